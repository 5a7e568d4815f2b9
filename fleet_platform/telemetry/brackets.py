"""A body that is not strict JSON, taken apart by its brackets alone: one bad sample must not cost the others."""

import codecs
import re
from collections.abc import Iterator

from fleet_platform.shared.errors import Invalid

_SAMPLES_START = re.compile(rb'"samples"\s*:\s*\[')
_ID = re.compile(rb'"id"\s*:\s*(?:(\d{1,18})|"([^"\\]{0,100})")\s*[,}]')
# Possessive, and an unended string runs to the end of the body: each byte is looked at once, whatever was sent.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{},]', re.DOTALL)


def _tokens(data: bytes, start: int = 0) -> Iterator[tuple[re.Match, int]]:
    """Strings, brackets and commas, each with the depth behind it; a bracket that closes what was open before
    `start` makes it negative."""
    depth = 0
    for token in _TOKEN.finditer(data, start):
        sign = token.group()
        if sign in b"[{":
            depth += 1
        elif sign in b"}]":
            depth -= 1
        yield token, depth


def deeper_than(data: bytes, most: int) -> bool:
    return any(depth > most for _, depth in _tokens(data))


def split_samples(body: bytes, reason: str, *, most: int) -> list[bytes]:
    """The elements of the `samples` array; it may end after one more than `most`. Raises Invalid where it has none.

    `reason` says why the body is not JSON.
    """
    start = _SAMPLES_START.search(body)
    if start is None or not body.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{"):
        raise Invalid({"body": f"is not a JSON object with samples: {reason}"})
    parts, begin = [], start.end()
    for token, depth in _tokens(body, begin):
        if depth < 0:
            if token.group() != b"]" or not _ends_object(body, token.end()):
                break
            last = body[begin : token.start()].strip()
            return [*parts, last] if last else parts
        if depth == 0 and token.group() == b",":
            parts.append(body[begin : token.start()].strip())
            begin = token.end()
            if len(parts) > most:
                return parts
    raise Invalid({"body": f"is not whole JSON: {reason}"})


def _ends_object(body: bytes, start: int) -> bool:
    """Whether only the rest of the object follows: a second document's samples would be lost without a word."""
    for token, depth in _tokens(body, start):
        if depth < 0:
            return not body[token.end() :].strip()
    return False


def find_id(body: bytes) -> int | str | None:
    """The `id` of a message, looked for before its samples."""
    start = _SAMPLES_START.search(body)
    found = _ID.search(body, 0, start.start() if start else len(body))
    if found is None:
        return None
    return int(found[1]) if found[1] else found[2].decode(errors="replace")
