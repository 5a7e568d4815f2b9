"""Whether a point lies in a polygon, or a way leads through it.

Flat arithmetic, in pixels or degrees; the border belongs to the polygon.
"""

from collections.abc import Sequence
from itertools import islice, pairwise

Point = tuple[float, float]
WHOLE_TURN = 360.0


def contains(polygon: Sequence[Point], x: float, y: float) -> bool:
    """By the number of edges that a ray to the right crosses. The corners may go round either way."""
    inside = False
    for (x1, y1), (x2, y2) in pairwise([*polygon, polygon[0]]):
        if _on_edge(x1, y1, x2, y2, x, y):
            return True
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def _on_edge(x1: float, y1: float, x2: float, y2: float, x: float, y: float) -> bool:
    within = min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2)
    return within and (x2 - x1) * (y - y1) == (y2 - y1) * (x - x1)


def meets(polygon: Sequence[Point], a: Point, b: Point) -> bool:
    """Whether the straight way from a to b touches an edge."""
    return any(_touch(a, b, c, d) for c, d in pairwise([*polygon, polygon[0]]))


def _touch(a: Point, b: Point, c: Point, d: Point) -> bool:
    return (
        min(a[0], b[0]) <= max(c[0], d[0])
        and min(c[0], d[0]) <= max(a[0], b[0])
        and min(a[1], b[1]) <= max(c[1], d[1])
        and min(c[1], d[1]) <= max(a[1], b[1])
        and _side(a, b, c) * _side(a, b, d) <= 0
        and _side(c, d, a) * _side(c, d, b) <= 0
    )


def bounds(polygon: Sequence[Point]) -> tuple[float, float, float, float]:
    """(least x, least y, greatest x, greatest y)."""
    xs, ys = zip(*polygon, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def unrolled(polygon: Sequence[Point]) -> list[Point]:
    """Longitudes of a polygon over the 180th meridian, continued beyond it: neighbours are never half a turn apart."""
    first = polygon[0][0]
    return [(beside(longitude, first), latitude) for longitude, latitude in polygon]


def beside(longitude: float, other: float) -> float:
    """The same meridian, named so that it lies within half a turn of the other."""
    return longitude - WHOLE_TURN * round((longitude - other) / WHOLE_TURN)


def area(polygon: Sequence[Point]) -> float:
    """Square units, whichever way round the corners go."""
    pairs = pairwise([*polygon, polygon[0]])
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


def crosses_itself(polygon: Sequence[Point]) -> bool:
    """Whether two of its edges cross. Edges may touch."""
    edges = sorted(
        (min(a[0], b[0]), max(a[0], b[0]), a, b) for a, b in pairwise([*polygon, polygon[0]])
    )
    for index, (_, right, a, b) in enumerate(edges):
        for left, _, c, d in islice(edges, index + 1, None):
            if left > right:
                break
            if _cross(a, b, c, d):
                return True
    return False


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, of: Point) -> float:
    """Above 0 to the left of the line through a and b, below 0 to the right of it."""
    return (b[0] - a[0]) * (of[1] - a[1]) - (b[1] - a[1]) * (of[0] - a[0])
