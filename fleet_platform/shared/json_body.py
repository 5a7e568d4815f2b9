"""The reader of every JSON body that is not telemetry: bounded, strict about what the database cannot hold, and about
keys that are given twice, of which nobody can say which one is meant."""

import json
from collections.abc import Iterator
from functools import partial
from math import isinf
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from .errors import Invalid, TooLarge

LONGEST_KEY = 100  # that is told


class JSONBody(JSONParser):
    """DRF's own reads without limit, through any codec that the client names, and crashes on endless nesting."""

    def parse(self, stream, media_type=None, parser_context=None):
        """UTF-8. Raises ParseError, Invalid by field, TooLarge."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge
        doubled: list[_Doubled] = []
        try:
            value = json.loads(
                body.decode("utf-8-sig"),
                parse_constant=_refuse,
                parse_float=_float,
                object_pairs_hook=partial(_object, doubled),
            )
            odd = b"\\u" in body and odd_text(value)
            twice = doubled and _outermost(value)
        except (ValueError, RecursionError) as error:
            why = error if isinstance(error, ValueError) else "nested too deep"
            raise ParseError(f"JSON parse error - {why}") from None
        if odd:
            raise Invalid({odd: "must not have NUL characters or halves of characters"})
        if twice:
            name, key = twice
            raise Invalid({name: _("has %s twice") % key[:LONGEST_KEY]})
        return value


class _Doubled(dict):
    """An object that was given `key` twice."""

    key: str


def _object(doubled: list[_Doubled], pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object from what was read of it, noted among `doubled` where a key is there twice."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    found = _Doubled(found)
    found.key = next(key for key, value in pairs if key in seen or seen.add(key))
    doubled.append(found)
    return found


def _within(value: Any, name: str = "") -> Iterator[tuple[str, dict]]:
    """Every object, from the outside in."""
    if isinstance(value, dict):
        yield name, value
        parts = value.items()
    else:
        parts = enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from _within(part, f"{name}.{key}" if name else str(key))


def _outermost(value: Any) -> tuple[str, str]:
    """The dotted name of the first object that was given a key twice, and the key."""
    return next(
        (name or "body", found.key) for name, found in _within(value) if isinstance(found, _Doubled)
    )


def _refuse(constant: str):
    raise ValueError(f"{constant} is no number")


def _float(said: str) -> float:
    number = float(said)
    if isinf(number):
        raise ValueError(f"{said[:LONGEST_KEY]} is too large a number")
    return number


def odd_text(value, name: str = "") -> str | None:
    """The dotted name of the first text that PostgreSQL or UTF-8 cannot hold."""
    if isinstance(value, str):
        plain = value.encode(errors="replace").decode()
        return None if plain == value and "\0" not in value else name or "body"
    if isinstance(value, dict):
        if any(odd_text(key) for key in value):
            return name or "body"
        parts = value.items()
    else:
        parts = enumerate(value) if isinstance(value, list) else ()
    names = ((f"{name}.{key}" if name else str(key), part) for key, part in parts)
    return next((odd for key, part in names if (odd := odd_text(part, key))), None)
