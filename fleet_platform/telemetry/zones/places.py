"""Where a device is, and whether it can have come straight from one place to the next. Arithmetic alone."""

import math
from collections.abc import Mapping

from fleet_platform.shared import clock

from .geometry import Point

LONGEST_US = 5 * clock.SECOND
FASTEST_PX = 500  # a second
FASTEST_DEGREES = 0.001  # a second: some 110 m
Place = tuple[str | None, float, float]  # (map id, x, y) in pixels, or (None, longitude, latitude)


def place_of(position: Mapping) -> Place | None:
    """Of a device document's position; None where it tells no map."""
    map_id = position.get("map_id")
    if map_id is not None:
        x, y = position.get("x"), position.get("y")
    else:
        x, y = position.get("longitude"), position.get("latitude")
    return None if x is None or y is None else (map_id, x, y)


def is_way(begin: Point, end: Point, apart_us: int, *, on_map: bool) -> bool:
    """Whether it can: in more time it may have gone round a corner, and one that would have had to be faster has found
    its place anew."""
    fastest = FASTEST_PX if on_map else FASTEST_DEGREES
    return apart_us <= LONGEST_US and math.dist(begin, end) * clock.SECOND <= fastest * apart_us
