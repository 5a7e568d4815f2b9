"""Work that one process does at a time, by a lease in the configured cache (shared between processes with Redis)."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache


@contextmanager
def lease(name: str, seconds: int) -> Iterator[bool]:
    """Whether nobody else had it. It ends with the block, or after `seconds` where its holder died."""
    key, mine = f"lease:{name}", secrets.token_hex(8)
    taken = cache.add(key, mine, timeout=seconds)
    try:
        yield taken
    finally:
        if taken and cache.get(key) == mine:
            cache.delete(key)
