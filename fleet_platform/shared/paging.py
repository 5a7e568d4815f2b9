"""Opaque cursors: the sort key of the last row answered, so that paging never skips or repeats."""

import base64
import binascii

import msgspec

from .errors import Invalid


def encode_cursor(*key: int | str) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(key)).decode().rstrip("=")


def decode_cursor(said: str, *types: type) -> tuple:
    """The key as given to `encode_cursor`. Raises Invalid on `cursor` for any other text."""
    try:
        raw = base64.urlsafe_b64decode(said + "=" * (-len(said) % 4))
        return msgspec.msgpack.decode(raw, type=tuple[types])
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise Invalid({"cursor": "is not a cursor of this list"}) from None


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
