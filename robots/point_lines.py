"""Points as people edit them: one a line, `x, y` for corners and `x, y, rotation, name, stay` for way points.

What a way point lacks at the end of its line is left out; in the middle it stays empty: `120, 40, , Lift`. A name
with a comma in it stands between double quotes.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _

from .points import WayPoint

CORNER = ("x", "y")
STOP = ("x", "y", "rotate", "name", "stay")


class UnfitLine(ValueError):
    """Which line cannot be read, as a sentence."""

    def __init__(self, number: int, sentence: str) -> None:
        super().__init__(
            _("line %(number)d: %(sentence)s") % {"number": number, "sentence": sentence}
        )


def corners_text(outline: Iterable[Sequence[float]]) -> str:
    return "\n".join(f"{x}, {y}" for x, y in outline)


def way_text(way: Iterable[WayPoint]) -> str:
    return "\n".join(_line([str(point.get(part, "")) for part in STOP]) for point in way)


def _line(parts: list[str]) -> str:
    while parts[-1] == "":
        parts.pop()
    return ", ".join(_cell(part) for part in parts)


def _cell(part: str) -> str:
    return '"' + part.replace('"', '""') + '"' if set(part) & {",", '"'} else part


def corners(text: str) -> list[list[float]]:
    """[[x, y], ...]. Raises UnfitLine; whether the numbers fit the plan is not looked at."""
    return [
        [_number(part, number) for part in _counted(parts, number, CORNER)]
        for number, parts in _lines(text)
    ]


def way(text: str) -> list[WayPoint]:
    """Raises UnfitLine; whether the numbers fit the plan is not looked at."""
    return [
        {
            name: part if name == "name" else _number(part, number)
            for name, part in zip(STOP, _counted(parts, number, STOP), strict=False)
            if part or name in CORNER
        }
        for number, parts in _lines(text)
    ]


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The parts of each line that is not empty, with the line's number."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                (parts,) = csv.reader([line], skipinitialspace=True, strict=True)
            except csv.Error:
                raise UnfitLine(number, _("a double quote has no partner")) from None
            yield number, [part.strip() for part in parts]


def _counted(parts: list[str], number: int, wanted: Sequence[str]) -> list[str]:
    if not len(CORNER) <= len(parts) <= len(wanted):
        raise UnfitLine(number, _("must be %(parts)s") % {"parts": ", ".join(wanted)})
    return parts


def _number(said: str, number: int) -> float:
    try:
        return float(said)
    except ValueError:
        raise UnfitLine(number, _("“%(said)s” is not a number") % {"said": said[:50]}) from None
