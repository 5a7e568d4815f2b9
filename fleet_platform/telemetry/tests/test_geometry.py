"""Points in polygons, against an oracle that counts turns instead of crossings."""

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fleet_platform.telemetry.zones.geometry import (
    beside,
    bounds,
    contains,
    meets,
    unrolled,
)

SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]
# A letter U: what is between its arms is outside.
HOLLOW = [(0, 0), (9, 0), (9, 9), (6, 9), (6, 3), (3, 3), (3, 9), (0, 9)]
coordinates = st.integers(-50, 50)


def winding_number(polygon, x, y) -> int:
    """How often the polygon goes round the point: by exact cross products, edge by edge."""
    turns = 0
    for (x1, y1), (x2, y2) in pairwise([*polygon, polygon[0]]):
        side = Fraction(x2 - x1) * Fraction(y - y1) - Fraction(x - x1) * Fraction(y2 - y1)
        if y1 <= y < y2 and side > 0:
            turns += 1
        elif y2 <= y < y1 and side < 0:
            turns -= 1
    return turns


def star_around(centre, radii):
    """A polygon that never crosses itself: corners at rising angles."""
    step = 2 * math.pi / len(radii)
    return [
        (
            round(centre[0] + radius * math.cos(step * n)),
            round(centre[1] + radius * math.sin(step * n)),
        )
        for n, radius in enumerate(radii)
    ]


def on_border(polygon, x, y) -> bool:
    for (x1, y1), (x2, y2) in pairwise([*polygon, polygon[0]]):
        length = math.dist((x1, y1), (x2, y2))
        if abs(math.dist((x1, y1), (x, y)) + math.dist((x, y), (x2, y2)) - length) < 1e-9:
            return True
    return False


@pytest.mark.parametrize("point", [(5, 5), (0.001, 9.999), (1, 1)])
def test_a_point_within_is_inside(point):
    assert contains(SQUARE, *point)
    assert contains(SQUARE[::-1], *point)


@pytest.mark.parametrize("point", [(-0.001, 5), (10.001, 5), (5, -1), (5, 11), (20, 0), (-5, 10)])
def test_a_point_beside_is_outside(point):
    assert not contains(SQUARE, *point)


@pytest.mark.parametrize("point", [(0, 0), (10, 10), (5, 0), (0, 5), (10, 3), (3, 10)])
def test_the_border_belongs_to_the_polygon(point):
    assert contains(SQUARE, *point)


def test_a_hollow_shape_does_not_hold_its_hollow():
    assert contains(HOLLOW, 1.5, 6)
    assert contains(HOLLOW, 7.5, 6)
    assert contains(HOLLOW, 4.5, 1.5)
    assert not contains(HOLLOW, 4.5, 6)


@given(
    st.tuples(coordinates, coordinates),
    st.lists(st.integers(5, 40), min_size=3, max_size=12),
    coordinates,
    coordinates,
)
def test_it_agrees_with_the_winding_number(centre, radii, x, y):
    polygon = star_around(centre, radii)
    assume(not on_border(polygon, x, y))
    assert contains(polygon, x, y) == (winding_number(polygon, x, y) != 0)


@given(
    st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=8), coordinates, coordinates
)
def test_nothing_outside_the_bounds_is_inside(polygon, x, y):
    left, top, right, bottom = bounds(polygon)
    if contains(polygon, x, y):
        assert left <= x <= right
        assert top <= y <= bottom


# --- ways ---


THIN = [(5, 0), (6, 0), (6, 100), (5, 100)]
SAMPLES = 400


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ((0, 50), (10, 50)),
        ((10, 50), (0, 51)),
        ((0, -5), (11, 6)),  # over a corner
        ((5, -5), (5, 200)),  # along an edge
        ((0, 0), (5, 50)),  # up to it
        ((0, 50), (5.5, 50)),
    ],
)
def test_a_way_through_a_zone_meets_it(begin, end):
    assert meets(THIN, begin, end)
    assert meets(THIN[::-1], end, begin)


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ((0, 50), (4.999, 50)),
        ((7, 0), (7, 100)),
        ((5, -9), (5, -1)),  # on the line of an edge, before it
        ((0, -0.1), (100, -0.2)),
        ((5.2, 50), (5.8, 50)),  # all inside
        ((0, 0), (0, 0)),
    ],
)
def test_a_way_beside_it_does_not(begin, end):
    assert not meets(THIN, begin, end)


def test_a_way_into_a_hollow_and_out_again_does_not_meet_what_is_round_it():
    assert not meets(HOLLOW, (4, 20), (5, 4))
    assert meets(HOLLOW, (4, 20), (5, 1))


def along(begin, end) -> list[tuple[Fraction, Fraction]]:
    """Exact points of the way, close together."""
    (x1, y1), (x2, y2) = begin, end
    return [
        (x1 + Fraction(n, SAMPLES) * (x2 - x1), y1 + Fraction(n, SAMPLES) * (y2 - y1))
        for n in range(SAMPLES + 1)
    ]


def from_edges(polygon, x, y) -> float:
    """How far a point is from the nearest edge."""
    distances = []
    for (x1, y1), (x2, y2) in pairwise([*polygon, polygon[0]]):
        squared = (x2 - x1) ** 2 + (y2 - y1) ** 2
        t = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / squared if squared else 0
        t = min(max(t, 0), 1)
        distances.append(math.dist((x, y), (x1 + t * (x2 - x1), y1 + t * (y2 - y1))))
    return min(distances)


@settings(deadline=None)
@given(
    st.tuples(coordinates, coordinates),
    st.lists(st.integers(1, 40), min_size=3, max_size=10),
    st.tuples(coordinates, coordinates),
    st.tuples(coordinates, coordinates),
)
def test_a_way_from_outside_to_outside_meets_what_its_points_lie_in(centre, radii, begin, end):
    polygon = star_around(centre, radii)
    assume(not contains(polygon, *begin) and not contains(polygon, *end))
    points = along(begin, end)
    if any(contains(polygon, x, y) for x, y in points):
        assert meets(polygon, begin, end)
    elif meets(polygon, begin, end):  # between two of the points, then
        step = math.dist(begin, end) / SAMPLES
        assert min(from_edges(polygon, x, y) for x, y in points) <= step


@settings(deadline=None)
@given(
    st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=8),
    st.tuples(coordinates, coordinates),
    st.tuples(coordinates, coordinates),
)
def test_a_way_is_the_same_there_and_back_and_either_way_round(polygon, begin, end):
    told = meets(polygon, begin, end)
    assert meets(polygon, end, begin) == told
    assert meets(polygon[::-1], begin, end) == told


def test_a_polygon_over_the_date_line_is_unrolled():
    fiji = [(177, -20), (-178, -20), (-178, -15), (177, -15)]
    whole = unrolled(fiji)
    assert whole == [(177, -20), (182, -20), (182, -15), (177, -15)]
    for longitude in (179, -179, 181):
        assert contains(whole, beside(longitude, whole[0][0]), -17)
    assert not contains(whole, beside(-177, whole[0][0]), -17)
    assert not contains(whole, beside(0, whole[0][0]), -17)
