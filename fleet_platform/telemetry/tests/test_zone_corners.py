"""The corners of a zone: what is taken, what is made of it, and what is refused by which name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet_platform.shared.errors import Invalid
from fleet_platform.telemetry.zones.corners import CORNERS_MOST, checked
from fleet_platform.telemetry.zones.geometry import area, crosses_itself

SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10]]
BOW_TIE = [[0, 0], [10, 10], [10, 0], [0, 12]]
numbers = st.integers(-20, 20)


def named(said, *, on_map=True) -> list[str]:
    with pytest.raises(Invalid) as refused:
        checked(said, on_map=on_map)
    return list(refused.value.fields)


def test_a_square_stays_as_it_was_given():
    assert checked(SQUARE, on_map=True) == SQUARE
    assert checked(SQUARE[::-1], on_map=True) == SQUARE[::-1]


def test_a_ring_closed_as_geojson_does_loses_the_repeat():
    assert checked([*SQUARE, SQUARE[0]], on_map=True) == SQUARE[1:] + SQUARE[:1]


def test_a_corner_given_twice_in_a_row_is_kept_once():
    assert checked([SQUARE[0], SQUARE[0], *SQUARE[1:]], on_map=True) == SQUARE


@pytest.mark.parametrize(
    "said",
    [
        None,
        "square",
        {},
        [],
        SQUARE[:2],
        [[1, 1]] * 9,
        [[0, 0], [5, 5], [10, 10]],
        [[0, 0], [0, 5], [0, 9], [0, 2]],
        BOW_TIE,
        [[n, n * n] for n in range(CORNERS_MOST + 1)],
    ],
    ids=["null", "text", "object", "none", "two", "one", "line", "upright", "bow tie", "too many"],
)
def test_what_is_no_polygon_is_refused(said):
    assert named(said) == ["polygon"]


@pytest.mark.parametrize(
    "corner",
    [
        *(None, 5, "1,2", [1], [1, 2, 3], ["1", 2], [True, 2]),
        *([float("nan"), 1], [float("inf"), 1], [10**400, 1], [1, 2_000_000]),
    ],
)
def test_a_bad_corner_is_named_by_its_number(corner):
    assert named([*SQUARE[:3], corner]) == ["polygon.3"]


@pytest.mark.parametrize("corner", [[181, 0], [0, 91], [-200, 0], [0, -90.5]])
def test_degrees_have_their_bounds(corner):
    assert named([*SQUARE, corner], on_map=False) == ["polygon.4"]


def test_as_many_corners_as_allowed_are_taken():
    parabola = [[n, n * n] for n in range(CORNERS_MOST)]
    assert checked(parabola, on_map=True) == parabola


def test_a_zone_may_lie_over_the_180th_meridian():
    fiji = [[177, -19], [-179, -19], [-179, -16], [177, -16]]
    assert checked(fiji, on_map=False) == fiji


def test_a_zone_of_a_few_metres_has_an_area():
    pad = [[126.97, 37.56], [126.97001, 37.56], [126.97001, 37.56001]]
    assert checked(pad, on_map=False) == pad


def test_edges_that_only_touch_do_not_cross():
    assert not crosses_itself([(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)])


@given(st.lists(st.tuples(numbers, numbers), min_size=3, max_size=3))
def test_a_triangle_never_crosses_itself_and_has_herons_area(triangle):
    assert not crosses_itself(triangle)
    (ax, ay), (bx, by), (cx, cy) = triangle
    assert area(triangle) == abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2


@given(st.lists(st.tuples(numbers, numbers), min_size=4, max_size=12, unique=True))
def test_crossing_does_not_depend_on_where_the_corners_begin_or_which_way_they_go(corners):
    told = crosses_itself(corners)
    assert crosses_itself(corners[2:] + corners[:2]) == told
    assert crosses_itself(corners[::-1]) == told
