"""A floor's plan with what lies on it, as shapes of plain numbers: the templates only write them down.

Pixels of the plan, x to the right and y down.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from . import points
from .models import FloorMap, Place, Region, Store, WayPointList

BARE = (1000, 600)  # a sheet for a floor without a plan
LINES_AT_MOST = 12
STORE, REGION = "#0b6b62", "#8a5a00"
RED_ZONE = "#b3261e"


@dataclass(frozen=True)
class Shape:
    """`corners`: SVG's list of points. `stops`: (number, x, y) of way points. `strong`: the one that is edited."""

    corners: str
    color: str
    label: str
    x: float
    y: float
    closed: bool = True
    dashed: bool = False
    strong: bool = False
    stops: tuple[tuple[int, float, float], ...] = ()


@dataclass(frozen=True)
class Drawing:
    width: int
    height: int
    shapes: list[Shape]
    text: float  # height of a letter
    columns: list[int]  # x of the grid's lines
    rows: list[int]


def draw(
    floor: FloorMap, places: Iterable[Place], zones: Iterable[Any], strong: Any = None
) -> Drawing:
    """Zones first, then the places in their order, the strong one last so that nothing hides it."""
    width, height = floor.size or BARE
    shapes = [_zone(zone) for zone in zones]
    shapes += [_place(place, place == strong) for place in places]
    shapes.sort(key=lambda shape: shape.strong)
    step = _step(max(width, height))
    return Drawing(
        width,
        height,
        shapes,
        text=max(width, height) / 70,
        columns=list(range(step, width, step)),
        rows=list(range(step, height, step)),
    )


def _step(extent: int) -> int:
    """100, 200, 500, 1000, ...: few enough lines to read the numbers at them."""
    step = 10
    while True:
        for factor in (1, 2, 5):
            if extent <= step * factor * LINES_AT_MOST:
                return step * factor
        step *= 10


def _place(place: Place, strong: bool) -> Shape:
    if isinstance(place, WayPointList):
        return _way(place, strong)
    if isinstance(place, Store):
        x, y = place.center_x, place.center_y
        return Shape(_corners(place.polygon), STORE, place.name, x, y, strong=strong)
    if isinstance(place, Region):
        return _region(place, strong)
    raise TypeError(place)


def _region(region: Region, strong: bool) -> Shape:
    right, bottom = region.x + region.width, region.y + region.height
    corners = [(region.x, region.y), (right, region.y), (right, bottom), (region.x, bottom)]
    x, y = points.centre(corners)
    return Shape(_corners(corners), REGION, str(region), x, y, dashed=True, strong=strong)


def _way(way: WayPointList, strong: bool) -> Shape:
    stops = tuple((number, stop["x"], stop["y"]) for number, stop in enumerate(way.points, 1))
    corners = _corners((x, y) for _, x, y in stops)
    _, x, y = stops[0]
    shown = stops if strong else ()
    return Shape(corners, way.color, way.name, x, y, closed=False, strong=strong, stops=shown)


def _zone(zone: Any) -> Shape:
    x, y = points.centre(zone.polygon) if points.area(zone.polygon) else zone.polygon[0]
    return Shape(_corners(zone.polygon), RED_ZONE, zone.name, x, y, dashed=True)


def _corners(polygon: Iterable[Sequence[float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in polygon)
