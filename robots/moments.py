"""The times that clients of the FlyingLet API write: ISO 8601, YYYY-MM-DD, epoch seconds or epoch milliseconds."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from django.utils.translation import gettext as _

from fleet_platform.shared import clock

# 20230704 is a day: as epoch seconds it would be one of 1970, when no robot sent anything.
DAY = re.compile(r"\d{4}-\d{2}-\d{2}|(19[7-9]|20\d|210)\d(0[1-9]|1[0-2])([0-2]\d|3[01])", re.ASCII)
NUMBER = re.compile(r"\d{1,16}(\.\d{1,9})?", re.ASCII)
MILLISECOND = 1000


def parse(said: str | int | float, zone: tzinfo = UTC, *, last: bool = False) -> int:
    """Microseconds since 1970 UTC. A text without offset is a time of `zone`.

    With `last` it is the end of what was named: of the day, of the whole second that `create_at` tells, of the
    millisecond. Raises ValueError, with a sentence, for anything else and outside the years 1970 to 2100.
    """
    try:
        first_us, unit_us = _read(str(said) if _is_whole(said) else said, zone)
        us = first_us + (unit_us - 1 if last else 0)
    except (ValueError, OverflowError, TypeError):
        raise ValueError(
            _("is not a time: give ISO 8601, YYYY-MM-DD, epoch seconds or epoch milliseconds")
        ) from None
    if not 0 <= us <= clock.YEAR_2100:
        raise ValueError(_("must be between the years 1970 and 2100"))
    return us


def _is_whole(said: object) -> bool:
    return isinstance(said, int) and not isinstance(said, bool)


def _read(said: str | float, zone: tzinfo) -> tuple[int, int]:
    """The start of what is named, and how long that is."""
    if not isinstance(said, str):
        return clock.parse_us(said), 1
    said = said.strip()
    if DAY.fullmatch(said):
        day = date.fromisoformat(said)
        first_us, next_us = (_midnight(one, zone) for one in (day, day + timedelta(days=1)))
        return first_us, next_us - first_us
    if NUMBER.fullmatch(said):
        return _read_number(said)
    moment = datetime.fromisoformat(said)
    us = clock.from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    return us, 1 if "." in said or "," in said else clock.SECOND


def _read_number(said: str) -> tuple[int, int]:
    if "." in said:
        return clock.parse_us(float(said)), 1
    number = int(said)
    return clock.parse_us(number), (
        MILLISECOND if number >= clock.MILLISECONDS_FROM else clock.SECOND
    )


def _midnight(day: date, zone: tzinfo) -> int:
    return clock.from_datetime(datetime.combine(day, time.min, zone))


@lru_cache(maxsize=8192)
def _text_of_second(seconds: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(seconds, zone).isoformat()


def text(us: int, zone: tzinfo) -> str:
    """`2023-07-04T06:58:11+09:00`: whole seconds, as clients parse them."""
    return _text_of_second(us // clock.SECOND, zone)
