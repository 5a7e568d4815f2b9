"""The reader of every JSON body that is not telemetry: bounded, and strict about what the database cannot hold."""

import json

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from .errors import TooLarge


class JSONBody(JSONParser):
    """DRF's own reads without limit, through any codec that the client names, and crashes on endless nesting."""

    def parse(self, stream, media_type=None, parser_context=None):
        """UTF-8. Raises ParseError, TooLarge."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge
        try:
            value = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
            if b"\\u" in body:
                _check_texts(value)
        except (ValueError, RecursionError) as error:
            why = error if isinstance(error, ValueError) else "nested too deep"
            raise ParseError(f"JSON parse error - {why}") from None
        return value


def _refuse(constant: str):
    raise ValueError(f"{constant} is no number")


def _check_texts(value) -> None:
    """Raises ValueError for NUL characters and halves of characters: PostgreSQL and UTF-8 have neither."""
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("a text has a NUL character")
        value.encode()
    elif isinstance(value, dict):
        for key, part in value.items():
            _check_texts(key)
            _check_texts(part)
    elif isinstance(value, list):
        for part in value:
            _check_texts(part)
