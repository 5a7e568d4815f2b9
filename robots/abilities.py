"""What a robot can do: its special functions, and the two lists of abilities that the wire tells beside them.

A function is {"id", "mainType", "value"}, as on the wire: mainType 1 makes it a main ability, 0 another one.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

KEYS = ("id", "mainType", "value")
MOST = 50
LONGEST_ID = 100
LARGEST_VALUE = 1_000_000

Function = dict[str, Any]


def functions_of(said: Sequence[Any]) -> list[Function]:
    """The same functions, checked. Raises ValueError with a sentence that names the row."""
    if len(said) > MOST:
        raise ValueError(gettext("has more than %d functions") % MOST)
    found = [_function(row, number) for number, row in enumerate(said, 1)]
    ids = [function["id"] for function in found]
    if twice := next((id for id in ids if ids.count(id) > 1), None):
        raise ValueError(gettext("has %s twice") % twice)
    return found


def _function(row: Any, number: int) -> Function:
    if not isinstance(row, Mapping) or set(row) != set(KEYS):
        raise ValueError(gettext("row %d is not {id, mainType, value}") % number)
    id, main, value = (row[key] for key in KEYS)
    if not isinstance(id, str) or not 0 < len(id) <= LONGEST_ID or not id.isprintable():
        raise ValueError(gettext("row %d has no id of 1 to 100 characters") % number)
    if type(main) is not int or main not in (0, 1):
        raise ValueError(gettext("row %d: mainType is 1 for a main ability, else 0") % number)
    if type(value) is not int or not 0 <= value <= LARGEST_VALUE:
        raise ValueError(gettext("row %d: value is a whole number from 0") % number)
    return {"id": id, "mainType": main, "value": value}


def main_abilities(functions: Iterable[Function]) -> list[str]:
    return [function["id"] for function in functions if function["mainType"]]


def other_abilities(functions: Iterable[Function]) -> list[str]:
    return [function["id"] for function in functions if not function["mainType"]]


def from_abilities(main: Iterable[str], others: Iterable[str]) -> list[Function]:
    """Functions for who told abilities alone; each is switched on."""
    told = [*((id, 1) for id in main), *((id, 0) for id in others)]
    return [{"id": id, "mainType": kind, "value": 1} for id, kind in told]
