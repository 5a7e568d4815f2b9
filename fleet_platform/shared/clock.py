"""Times as the platform keeps them: whole microseconds since 1970 UTC.

In: RFC 3339, or epoch seconds, or epoch milliseconds. Out: RFC 3339 UTC with milliseconds.
"""

import time
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

SECOND = 1_000_000
YEAR_2000 = 946_684_800 * SECOND
YEAR_2100 = 4_102_444_800 * SECOND
MILLISECONDS_FROM = (
    100_000_000_000  # a number this large is milliseconds: as seconds it would be the year 5138
)


def now_us() -> int:
    return time.time_ns() // 1000


def parse_us(said: str | int | float | datetime) -> int:
    """Microseconds since 1970 UTC. Raises ValueError, with a sentence, for anything that is not a point in time."""
    if isinstance(said, datetime):
        return _aware_us(said)
    if isinstance(said, str):
        return _parse_text(said)
    if isinstance(said, bool) or not -1e15 < said < 1e15:
        raise ValueError("is not a time: give RFC 3339 or epoch seconds or milliseconds")
    if abs(said) >= MILLISECONDS_FROM:
        return round(said * 1000)
    return round(said * SECOND)


def _parse_text(said: str) -> int:
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise ValueError("is not a time: give RFC 3339 or epoch seconds or milliseconds") from None
    return _aware_us(moment)


def _aware_us(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError("lacks its offset: end it with Z or +09:00")
    return from_datetime(moment)


def from_datetime(moment: datetime) -> int:
    return round(moment.timestamp() * SECOND)


def to_datetime(us: int, zone: tzinfo = UTC) -> datetime:
    seconds, rest = divmod(us, SECOND)
    return datetime.fromtimestamp(seconds, zone).replace(microsecond=rest)


@lru_cache(maxsize=4096)
def _second_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


_MILLISECONDS = tuple(f".{number:03d}Z" for number in range(1000))


def rfc3339(us: int) -> str:
    """`2026-11-21T02:00:00.125Z`"""
    seconds, milliseconds = divmod(us // 1000, 1000)
    return _second_text(seconds) + _MILLISECONDS[milliseconds]
