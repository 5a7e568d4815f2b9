"""Counting tries in fixed windows, atomically, in the configured cache (shared between processes with Redis)."""

import hashlib
import time
from contextlib import suppress

from django.core.cache import cache

from .errors import TooMany


def hit(scope: str, key: str, *, limit: int, window: int) -> None:
    """Count one try. Raises TooMany with the seconds until the window ends once `limit` tries were counted."""
    now = int(time.time())
    slot = _slot(scope, key, now // window)
    cache.add(slot, 0, timeout=window + 1)
    try:
        count = cache.incr(slot)
    except ValueError:  # the window ended between the two calls
        cache.set(slot, 1, timeout=window + 1)
        count = 1
    if count > limit:
        raise TooMany(window - now % window)


def refund(scope: str, key: str, *, window: int) -> None:
    """Take one counted try back: it was no wrong one. Counting first keeps parallel tries within the limit."""
    with suppress(ValueError):  # the window of the try has ended
        cache.decr(_slot(scope, key, int(time.time()) // window))


def _slot(scope: str, key: str, window_number: int) -> str:
    return f"throttle:{scope}:{hashlib.sha256(key.encode()).hexdigest()[:32]}:{window_number}"
