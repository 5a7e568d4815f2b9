"""The reader of every JSON body that is not telemetry: bounded, and strict about what the database cannot hold."""

import json

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from .errors import Invalid, TooLarge


class JSONBody(JSONParser):
    """DRF's own reads without limit, through any codec that the client names, and crashes on endless nesting."""

    def parse(self, stream, media_type=None, parser_context=None):
        """UTF-8. Raises ParseError, Invalid by field, TooLarge."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge
        try:
            value = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
            odd = b"\\u" in body and _odd_text(value)
        except (ValueError, RecursionError) as error:
            why = error if isinstance(error, ValueError) else "nested too deep"
            raise ParseError(f"JSON parse error - {why}") from None
        if odd:
            raise Invalid({odd: "must not have NUL characters or halves of characters"})
        return value


def _refuse(constant: str):
    raise ValueError(f"{constant} is no number")


def _odd_text(value, name: str = "") -> str | None:
    """The dotted name of the first text that PostgreSQL or UTF-8 cannot hold."""
    if isinstance(value, str):
        plain = value.encode(errors="replace").decode()
        return None if plain == value and "\0" not in value else name or "body"
    if isinstance(value, dict):
        if any(_odd_text(key) for key in value):
            return name or "body"
        parts = value.items()
    else:
        parts = enumerate(value) if isinstance(value, list) else ()
    names = ((f"{name}.{key}" if name else str(key), part) for key, part in parts)
    return next((odd for key, part in names if (odd := _odd_text(part, key))), None)
