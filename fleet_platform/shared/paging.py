"""Opaque cursors: the sort key of the last row answered, so that paging never skips or repeats."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec
from django.db.models import Model, QuerySet

from .errors import Invalid

LARGEST_ID = 2**63 - 1  # that a database column holds
Row = TypeVar("Row")
Stored = TypeVar("Stored", bound=Model)
Page = tuple[list[Row], str | None]


def encode_cursor(*key: int | str) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(key)).decode().rstrip("=")


def decode_cursor(said: str, *types: type) -> tuple:
    """The key as given to `encode_cursor`. Raises Invalid on `cursor` for any other text."""
    try:
        raw = base64.urlsafe_b64decode(said + "=" * (-len(said) % 4))
        key = msgspec.msgpack.decode(raw, type=tuple[types])
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise Invalid({"cursor": "is not a cursor of this list"}) from None
    if any(isinstance(part, int) and part > LARGEST_ID for part in key):
        raise Invalid({"cursor": "is not a cursor of this list"})
    return key


def parse_limit(said: str | None, *, default: int, most: int) -> int:
    if not said:
        return default
    try:
        limit = int(said)
    except ValueError:
        raise Invalid({"limit": "must be a whole number"}) from None
    if not 1 <= limit <= most:
        raise Invalid({"limit": f"must be between 1 and {most}"})
    return limit


def cut_page(rows: Sequence[Row], limit: int, key: Callable[[Row], tuple]) -> Page:
    """A page out of at most `limit + 1` rows: the one too many only says that there is a next page."""
    shown = list(rows[:limit])
    more = len(rows) > limit
    return shown, encode_cursor(*key(shown[-1])) if more else None


def page_by_id(
    rows: QuerySet[Stored], cursor: str | None, limit: int, *, newest_first: bool = False
) -> Page[Stored]:
    """A page of rows in the order of their ids. Raises Invalid on `cursor`."""
    if cursor:
        (after,) = decode_cursor(cursor, int)
        rows = rows.filter(pk__lt=after) if newest_first else rows.filter(pk__gt=after)
    rows = rows.order_by("-pk" if newest_first else "pk")
    return cut_page(list(rows[: limit + 1]), limit, lambda row: (row.pk,))
