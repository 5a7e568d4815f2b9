"""The times that clients of the FlyingLet API write: ISO 8601, YYYY-MM-DD, epoch seconds or epoch milliseconds."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from fleet_platform.shared import clock

NOT_A_TIME = "is not a time: give ISO 8601, YYYY-MM-DD, epoch seconds or epoch milliseconds"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
NUMBER = re.compile(r"\d{1,16}(\.\d{1,9})?", re.ASCII)


def parse(said: str | int | float, zone: tzinfo = UTC, *, last: bool = False) -> int:
    """Microseconds since 1970 UTC. A text without offset is a time of `zone`; a day is its start, or with `last` its
    end. Raises ValueError, with a sentence, for anything else and outside the years 1970 to 2100."""
    try:
        us = (
            _parse_text(said.strip(), zone, last) if isinstance(said, str) else clock.parse_us(said)
        )
    except (ValueError, OverflowError, TypeError):
        raise ValueError(NOT_A_TIME) from None
    if not 0 <= us <= clock.YEAR_2100:
        raise ValueError("must be between the years 1970 and 2100")
    return us


def _parse_text(said: str, zone: tzinfo, last: bool) -> int:
    if DAY.fullmatch(said):
        day = date.fromisoformat(said) + timedelta(days=last)
        return clock.from_datetime(datetime.combine(day, time.min, zone)) - last
    if NUMBER.fullmatch(said):
        return clock.parse_us(float(said) if "." in said else int(said))
    moment = datetime.fromisoformat(said)
    return clock.from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=zone))


@lru_cache(maxsize=8192)
def _text_of_second(seconds: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(seconds, zone).isoformat()


def text(us: int, zone: tzinfo) -> str:
    """`2023-07-04T06:58:11+09:00`: whole seconds, as clients parse them."""
    return _text_of_second(us // clock.SECOND, zone)
