"""Counting tries in fixed windows, atomically, in the configured cache (shared between processes with Redis)."""

import hashlib
import logging
import time

from django.core.cache import cache

from .errors import TooMany, Unavailable

logger = logging.getLogger("fleet.throttle")


def hit(scope: str, key: str, *, limit: int, window: int) -> str:
    """Count one try. Answers the slot that it was counted in, for `refund`.

    Raises TooMany with the seconds until the window ends once `limit` tries were counted; the refused one counts as
    none. Raises Unavailable where the cache is away: guessing stays slow even then.
    """
    now = int(time.time())
    slot = _slot(scope, key, now // window)
    try:
        count = _count(slot, window)
    except Exception as error:  # each cache backend has exceptions of its own
        logger.warning("the cache does not count: %s", error)
        raise Unavailable(5) from error
    if count > limit:
        refund(slot)
        raise TooMany(window - now % window)
    return slot


def refund(slot: str) -> None:
    """Take one counted try back: it was no wrong one. Counting first keeps parallel tries within the limit."""
    try:
        cache.decr(slot)
    except Exception as error:  # the window has ended, or the cache is away: the try stays counted
        logger.info("a try stays counted: %s", error)


def is_used_up(scope: str, key: str, *, limit: int, window: int) -> bool:
    """Whether the next `hit` would be refused, as far as the cache tells."""
    try:
        return (cache.get(_slot(scope, key, int(time.time()) // window)) or 0) >= limit
    except Exception:
        return False


def _count(slot: str, window: int) -> int:
    cache.add(slot, 0, timeout=window + 1)
    try:
        return cache.incr(slot)
    except ValueError:  # the window ended between the two calls
        cache.set(slot, 1, timeout=window + 1)
        return 1


def _slot(scope: str, key: str, window_number: int) -> str:
    return f"throttle:{scope}:{hashlib.sha256(key.encode()).hexdigest()[:32]}:{window_number}"
