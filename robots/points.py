"""Points on a floor's plan: checked, measured, and written one a line for people.

Points are pixels of the plan, x to the right and y down. A plan's size is (width, height), None where it is not known.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

OUTLINE_LEAST, OUTLINE_MOST = 3, 200
WAY_LEAST, WAY_MOST = 2, 500
FARTHEST = 1_000_000  # pixels, where the plan's size is not known: what ingest takes of a pose
LONGEST_STAY = 86_400  # seconds
LONGEST_NAME = 100
METRES_A_SECOND = 0.4  # what the robots of this API drive at while they look around

Point = tuple[float, float]
Size = tuple[int, int] | None
WayPoint = dict[str, Any]  # x, y and, where said, rotate (degrees), name, stay (seconds)


class UnfitPoint(ValueError):
    """What is wrong with which point, as a sentence; `number` counts from one, None for the list as a whole."""

    def __init__(self, sentence: str, number: int | None = None) -> None:
        if number is not None:
            told = {"number": number, "sentence": sentence}
            sentence = _("point %(number)d: %(sentence)s") % told
        super().__init__(sentence)


def check_outline(said: Any, size: Size) -> list[list[float]]:
    """The corners of an area, [[x, y], ...], in order round it. Raises UnfitPoint."""
    outline = _each(said, OUTLINE_LEAST, OUTLINE_MOST, lambda corner: _corner(corner, size))
    if area(outline) == 0:
        raise UnfitPoint(_("the corners enclose no area"))
    return outline


def check_way_points(said: Any, size: Size) -> list[WayPoint]:
    """The stops of a way in their order, whatever was not said left out. Raises UnfitPoint."""
    return _each(said, WAY_LEAST, WAY_MOST, lambda stop: _way_point(stop, size))


def _each(said: Any, least: int, most: int, check: Callable[[Any], Any]) -> list:
    if not isinstance(said, list | tuple):
        raise UnfitPoint(_("must be a list of points"))
    if not least <= len(said) <= most:
        wanted = {"least": least, "most": most, "count": len(said)}
        raise UnfitPoint(_("has %(count)d points; %(least)d to %(most)d are wanted") % wanted)
    return [_numbered(number, point, check) for number, point in enumerate(said, 1)]


def _numbered(number: int, point: Any, check: Callable[[Any], Any]) -> Any:
    try:
        return check(point)
    except UnfitPoint as error:
        raise UnfitPoint(str(error), number) from None


def _corner(said: Any, size: Size) -> list[float]:
    if not isinstance(said, list | tuple) or len(said) != 2:
        raise UnfitPoint(_("must be [x, y]"))
    return list(_place(*said, size))


def _way_point(said: Any, size: Size) -> WayPoint:
    if not isinstance(said, dict) or not {"x", "y"} <= set(said):
        raise UnfitPoint(_("must be an object with x and y"))
    if unknown := sorted(str(key) for key in set(said) - {"x", "y", *PARTS}):
        raise UnfitPoint(_("%(name)s is not a part of a way point") % {"name": unknown[0][:50]})
    x, y = _place(said["x"], said["y"], size)
    parts = {name: check(said[name]) for name, check in PARTS.items() if said.get(name) is not None}
    return {"x": x, "y": y, **{name: part for name, part in parts.items() if part != ""}}


def _bounds(size: Size) -> tuple[float, float, float]:
    return (0, *size) if size else (-FARTHEST, FARTHEST, FARTHEST)


def outside(x: float, y: float, size: Size) -> str | None:
    """`x` or `y`, whichever lies beyond the plan first."""
    least, right, bottom = _bounds(size)
    if not least <= x <= right:
        return "x"
    return None if least <= y <= bottom else "y"


def _place(x: Any, y: Any, size: Size) -> Point:
    least, right, bottom = _bounds(size)
    return _number("x", x, least, right), _number("y", y, least, bottom)


def _number(name: str, said: Any, least: float, most: float) -> float:
    """Whole numbers stay whole."""
    wanted = {"name": name, "least": least, "most": most}
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise UnfitPoint(_("%(name)s must be a number") % wanted)
    if not least <= said <= most:  # nor is NaN
        raise UnfitPoint(_("%(name)s must be between %(least)s and %(most)s") % wanted)
    value = round(said, 3)
    return int(value) if value == int(value) else value


def _name(said: Any) -> str:
    if not isinstance(said, str) or not said.isprintable() or len(said.strip()) > LONGEST_NAME:
        sentence = _("name must be a text of one line, at most %(most)d characters")
        raise UnfitPoint(sentence % {"most": LONGEST_NAME})
    return said.strip()


PARTS: dict[str, Callable[[Any], Any]] = {
    "rotate": lambda said: _number("rotate", said, -360, 360),
    "name": _name,
    "stay": lambda said: _number("stay", said, 0, LONGEST_STAY),
}


def area(outline: Sequence[Sequence[float]]) -> float:
    """Square pixels, whichever way round the corners go."""
    return abs(sum(_crosses(_moved(outline)))) / 2


def centre(outline: Sequence[Sequence[float]]) -> Point:
    """The centre of gravity of an area, to a tenth of a pixel; never outside the box round the corners."""
    moved = _moved(outline)
    crosses = _crosses(moved)
    whole = 3 * sum(crosses)
    found = []
    for axis in (0, 1):
        terms = zip(_sides(moved), crosses, strict=True)
        middle = sum((a[axis] + b[axis]) * cross for (a, b), cross in terms) / whole
        values = [corner[axis] for corner in outline]
        found.append(round(min(max(outline[0][axis] + middle, min(values)), max(values)), 1))
    return found[0], found[1]


def _moved(outline: Sequence[Sequence[float]]) -> list[Point]:
    """With the first corner at 0, 0: small areas far from there keep their digits."""
    left, top = outline[0]
    return [(x - left, y - top) for x, y in outline]


def _sides(outline: Sequence) -> list[tuple]:
    return list(pairwise([*outline, outline[0]]))


def _crosses(outline: Sequence[Sequence[float]]) -> list[float]:
    return [a[0] * b[1] - b[0] * a[1] for a, b in _sides(outline)]


def length(way: Sequence[WayPoint]) -> float:
    """Pixels from the first way point to the last."""
    return sum(math.dist((a["x"], a["y"]), (b["x"], b["y"])) for a, b in pairwise(way))


def seconds(way: Sequence[WayPoint], metres: float) -> float:
    """How long a robot takes for the way of so many metres, its stays included: an estimate, to a tenth."""
    return round(metres / METRES_A_SECOND + sum(point.get("stay", 0) for point in way), 1)
