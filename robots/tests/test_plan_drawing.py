"""The shapes of a plan."""

import pytest

from fleet_platform.telemetry.models import Zone
from robots.models import FloorMap, Region, Store, WayPointList
from robots.plan_drawing import BARE, LINES_AT_MOST, draw

from .places import REGION, STORE, WAY

FLOOR = FloorMap(pk=4, map_id="1f", width=1600, height=900)
store = Store(pk=1, floor=FLOOR, center_x=150, center_y=140, **STORE)
region = Region(pk=1, floor=FLOOR, **REGION)
way = WayPointList(pk=1, floor=FLOOR, **WAY)


def test_the_edited_place_is_drawn_last_and_strong():
    drawing = draw(FLOOR, [store, region, way], [], strong=store)
    assert [shape.label for shape in drawing.shapes] == ["Lobby", "Tour", "카페"]
    assert [shape.strong for shape in drawing.shapes] == [False, False, True]


def test_a_way_is_an_open_line_whose_stops_are_numbered_while_it_is_edited():
    (shape,) = draw(FLOOR, [way], [], strong=way).shapes
    assert shape.corners == "100,50 100,150 400,150"
    assert not shape.closed
    assert shape.stops == ((1, 100, 50), (2, 100, 150), (3, 400, 150))
    assert draw(FLOOR, [way], []).shapes[0].stops == ()


def test_a_region_is_a_rectangle():
    (shape,) = draw(FLOOR, [region], []).shapes
    assert shape.corners == "300,200 420,200 420,280.5 300,280.5"
    assert (shape.x, shape.y) == (360, 240.2)


@pytest.mark.parametrize("polygon", [[[0, 0], [9, 0], [9, 9]], [[0, 0], [5, 5], [9, 9]]])
def test_a_zone_has_its_name_inside_or_at_its_first_corner(polygon):
    (shape,) = draw(FLOOR, [], [Zone(name="Wet", polygon=polygon)]).shapes
    assert (shape.x, shape.y) in {(6, 3), (0, 0)}
    assert shape.dashed


@pytest.mark.parametrize("extent", [1, 50, 799, 1600, 12_001, 40_000])
def test_the_grid_has_few_lines_at_round_numbers(extent):
    drawing = draw(FloorMap(width=extent, height=extent), [], [])
    assert len(drawing.columns) <= LINES_AT_MOST
    assert all(0 < x < extent and x % 10 == 0 for x in drawing.columns)


def test_a_floor_without_a_plan_is_a_bare_sheet():
    drawing = draw(FloorMap(), [], [])
    assert (drawing.width, drawing.height) == BARE
