"""Counting tries in fixed windows, atomically, in the configured cache (shared between processes with Redis)."""

import hashlib
import logging
import time

from django.core.cache import cache

from .errors import TooMany, Unavailable

logger = logging.getLogger("fleet.throttle")


def hit(scope: str, key: str, *, limit: int, window: int) -> None:
    """Count one try. Raises TooMany with the seconds until the window ends once `limit` tries were counted.

    Raises Unavailable where the cache is away: guessing stays slow even then.
    """
    now = int(time.time())
    try:
        count = _count(_slot(scope, key, now // window), window)
    except Exception as error:  # each cache backend has exceptions of its own
        logger.warning("the cache does not count: %s", error)
        raise Unavailable(5) from error
    if count > limit:
        raise TooMany(window - now % window)


def refund(scope: str, key: str, *, window: int) -> None:
    """Take one counted try back: it was no wrong one. Counting first keeps parallel tries within the limit."""
    try:
        cache.decr(_slot(scope, key, int(time.time()) // window))
    except Exception as error:  # the window has ended, or the cache is away: the try stays counted
        logger.info("a try stays counted: %s", error)


def _count(slot: str, window: int) -> int:
    cache.add(slot, 0, timeout=window + 1)
    try:
        return cache.incr(slot)
    except ValueError:  # the window ended between the two calls
        cache.set(slot, 1, timeout=window + 1)
        return 1


def _slot(scope: str, key: str, window_number: int) -> str:
    return f"throttle:{scope}:{hashlib.sha256(key.encode()).hexdigest()[:32]}:{window_number}"
