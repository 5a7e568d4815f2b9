"""Outlines and ways: what is a point, what is not, how long a way is, and how people write them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robots import point_lines, points

PLAN = (1600, 900)
SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10]]

across = st.integers(0, 1600) | st.floats(0, 1600)
down = st.integers(0, 900) | st.floats(0, 900)
names = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), max_size=40)
stops = st.fixed_dictionaries(
    {"x": across, "y": down},
    optional={
        "rotate": st.floats(-360, 360),
        "name": names.filter(str.isprintable),
        "stay": st.floats(0, points.LONGEST_STAY),
    },
)
ways = st.lists(stops, min_size=2, max_size=20)
outlines = st.lists(st.tuples(across, down), min_size=3, max_size=20)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(["x", "y", "rotate", "name", "stay", "z"]), inner)
    ),
    max_leaves=30,
)


# --- outlines ---


def test_an_outline_keeps_its_corners_in_their_order():
    assert points.check_outline([[0, 0], [10.5, 0], (10, 10)], PLAN) == [
        [0, 0],
        [10.5, 0],
        [10, 10],
    ]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("0,0", "must be a list of points"),
        ([[0, 0], [1, 1]], "has 2 points; 3 to 200 are wanted"),
        ([[0, 0]] * 201, "has 201 points; 3 to 200 are wanted"),
        ([[0, 0], [5, 5], [10, 10]], "the corners enclose no area"),
        ([[0, 0], [10, 0], [10]], "point 3: must be [x, y]"),
        ([[0, 0], [10, 0], {"x": 1, "y": 1}], "point 3: must be [x, y]"),
        ([[0, 0], [1601, 0], [10, 10]], "point 2: x must be between 0 and 1600"),
        ([[0, 0], [10, -1], [10, 10]], "point 2: y must be between 0 and 900"),
        ([[0, 0], [10, "0"], [10, 10]], "point 2: y must be a number"),
        ([[0, 0], [10, True], [10, 10]], "point 2: y must be a number"),
        ([[0, 0], [10, math.nan], [10, 10]], "point 2: y must be between 0 and 900"),
        ([[0, 0], [math.inf, 0], [10, 10]], "point 2: x must be between 0 and 1600"),
        ([[0, 0], [10**400, 0], [10, 10]], "point 2: x must be between 0 and 1600"),
    ],
)
def test_what_is_no_outline_is_told_by_its_point(said, told):
    with pytest.raises(points.UnfitPoint) as refused:
        points.check_outline(said, PLAN)
    assert str(refused.value) == told


def test_without_a_plan_points_may_lie_anywhere_that_a_pose_may():
    assert points.check_outline([[-5, -5], [99_999, 0], [0, 7]], None)
    with pytest.raises(points.UnfitPoint):
        points.check_outline([[-5, -5], [1_000_001, 0], [0, 7]], None)


@given(outlines)
def test_an_outline_is_on_the_plan_and_its_centre_inside_the_box_round_it(said):
    try:
        outline = points.check_outline(said, PLAN)
    except points.UnfitPoint:
        return
    x, y = points.centre(outline)
    assert min(c[0] for c in outline) - 0.1 <= x <= max(c[0] for c in outline) + 0.1
    assert min(c[1] for c in outline) - 0.1 <= y <= max(c[1] for c in outline) + 0.1
    assert points.check_outline(outline, PLAN) == outline


def test_the_centre_of_an_area_is_its_centre_of_gravity():
    assert points.centre(SQUARE) == (5, 5)
    assert points.centre(SQUARE[::-1]) == (5, 5)
    assert points.centre([[0, 0], [30, 0], [0, 30]]) == (10, 10)


# --- ways ---


def test_a_way_keeps_what_was_said_of_each_stop_and_no_more():
    said = [{"x": 1, "y": 2, "rotate": None, "name": " Lift ", "stay": 5}, {"x": 3.0, "y": 4}]
    assert points.check_way_points(said, PLAN) == [
        {"x": 1, "y": 2, "name": "Lift", "stay": 5},
        {"x": 3, "y": 4},
    ]


@pytest.mark.parametrize(
    ("stop", "told"),
    [
        ([1, 2], "must be an object with x and y"),
        ({"x": 1}, "must be an object with x and y"),
        ({"x": 1, "y": 2, "z": 3}, "z is not a part of a way point"),
        ({"x": 1, "y": 2, "rotate": 361}, "rotate must be between -360 and 360"),
        ({"x": 1, "y": 2, "stay": -1}, "stay must be between 0 and 86400"),
        ({"x": 1, "y": 2, "name": 5}, "name must be a text of one line, at most 100 characters"),
        ({"x": 1, "y": 2, "name": "a\nb"}, "name must be a text of one line, at most 100 characters"),
        ({"x": 1, "y": 2, "name": "a\0"}, "name must be a text of one line, at most 100 characters"),
        ({"x": 1, "y": 2, "name": "a" * 101}, "name must be a text of one line, at most 100 characters"),
        ({"x": 1, "y": 901}, "y must be between 0 and 900"),
    ],
)  # fmt: skip
def test_what_is_no_stop_is_told_by_its_number(stop, told):
    with pytest.raises(points.UnfitPoint) as refused:
        points.check_way_points([{"x": 0, "y": 0}, stop], PLAN)
    assert str(refused.value) == f"point 2: {told}"


@given(anything)
def test_whatever_is_said_is_a_way_or_refused_with_a_sentence(said):
    for check in (points.check_way_points, points.check_outline):
        try:
            assert check(said, PLAN)
        except points.UnfitPoint as error:
            assert str(error)


@given(ways)
def test_a_checked_way_stays_as_it_is_when_checked_again(said):
    way = points.check_way_points(said, PLAN)
    assert points.check_way_points(way, PLAN) == way
    assert [set(point) <= {"x", "y", "rotate", "name", "stay"} for point in way]
    assert len(way) == len(said)


@given(ways)
def test_a_way_is_as_long_as_backwards_and_no_shorter_than_straight(said):
    way = points.check_way_points(said, PLAN)
    straight = math.dist((way[0]["x"], way[0]["y"]), (way[-1]["x"], way[-1]["y"]))
    assert points.length(way) == pytest.approx(points.length(way[::-1]))
    assert points.length(way) >= straight - 1e-6


def test_a_way_takes_as_long_as_its_metres_and_its_stays():
    assert points.seconds([{"x": 0, "y": 0, "stay": 30}, {"x": 3, "y": 4}], metres=4) == 40


# --- lines ---


@given(ways)
def test_a_way_written_for_people_reads_back_as_the_same_way(said):
    way = points.check_way_points(said, PLAN)
    assert points.check_way_points(point_lines.way(point_lines.way_text(way)), PLAN) == way


@given(outlines)
def test_an_outline_written_for_people_reads_back_as_the_same_outline(said):
    try:
        outline = points.check_outline(said, PLAN)
    except points.UnfitPoint:
        return
    text = point_lines.corners_text(outline)
    assert points.check_outline(point_lines.corners(text), PLAN) == outline


def test_a_way_is_one_stop_a_line():
    way = [
        {"x": 120, "y": 420},
        {"x": 185, "y": 320.5, "rotate": 90, "name": "Door 1"},
        {"x": 185, "y": 215, "name": 'Lift, "west"', "stay": 30},
    ]
    text = '120, 420\n185, 320.5, 90, Door 1\n185, 215, , "Lift, ""west""", 30'
    assert point_lines.way_text(way) == text
    assert point_lines.way(text) == way


def test_empty_lines_and_spaces_do_not_matter():
    assert point_lines.corners("\n 1,2\r\n\n  3 ,  4 \n") == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1", "line 1: must be x, y, rotate, name, stay"),
        ("\n1, 2, 3, 4, 5, 6", "line 2: must be x, y, rotate, name, stay"),
        ("1, two", "line 1: “two” is not a number"),
        ("1, 2, north", "line 1: “north” is not a number"),
        ("1, ", "line 1: “” is not a number"),
        ('1, 2, 3, "Lift', "line 1: a double quote has no partner"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_by_its_number(text, told):
    with pytest.raises(point_lines.UnfitLine) as refused:
        point_lines.way(text)
    assert str(refused.value) == told


@given(st.text(max_size=200))
def test_any_text_is_a_way_or_refused_with_a_sentence(text):
    for read in (point_lines.way, point_lines.corners):
        try:
            read(text)
        except point_lines.UnfitLine as error:
            assert str(error).startswith("line ")
