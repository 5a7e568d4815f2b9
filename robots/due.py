"""When a cron entry is due in a time zone. Pure: no clock, no ORM.

An entry has five fields: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday), each `*`, a
number, a name (JAN, MON), a range, a step or a list of these. Where both kinds of day are restricted, either may match;
a day field that begins with `*` restricts nothing but by its step, and then both must match.

Clocks are put forward and back. The rule:

- Times of the wall clock (every entry that leaves out hours of the day): each comes due once, at the first instant
  at which the clock shows it or later. So a time that the clock skips is due when the skip ends, several skipped ones
  together, and a time that the clock shows twice is due the first time.
- Intervals (entries for every hour, as `*/15 * * * *`): due whenever the clock shows a matching minute, so the distance
  between two is the same in the hours around a change as on any day.

Why no library: celery's crontab reckons from the last run and promises nothing at either edge; cronsim and croniter,
both well kept, have their own rules for entries such as `*/15 2 * * *` and do not take several skipped times together.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
FIELDS = (
    (gettext_lazy("minute"), 0, 59, ()),
    (gettext_lazy("hour"), 0, 23, ()),
    (gettext_lazy("day of the month"), 1, 31, ()),
    (gettext_lazy("month"), 1, 12, MONTHS),
    (gettext_lazy("day of the week"), 0, 7, DAYS),
)
LONGEST_ENTRY = 200
PART = re.compile(r"(\*|\w+)(?:-(\w+))?(?:/(\d{1,2}))?", re.ASCII)
ONE_DAY = timedelta(days=1)
MARGIN = timedelta(
    days=2
)  # of local dates around a span of instants: Apia once skipped a whole day
SEARCH_DAYS = 12 * 366  # from one 29 February on a given day to the next, over a year such as 2100


@dataclass(frozen=True)
class Cron:
    """`either_day`: one of the two kinds of day is enough. `interval`: it names every hour."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool
    interval: bool

    def on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        by_date, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_date or by_weekday if self.either_day else by_date and by_weekday


@lru_cache(maxsize=2048)
def parse(entry: str) -> Cron:
    """Raises ValueError with a sentence, also for an entry that never comes due."""
    parts = entry.upper().split()
    if len(entry) > LONGEST_ENTRY or len(parts) != len(FIELDS):
        raise ValueError(_("must have five fields: minute hour day month weekday"))
    values = [_values(part, *field) for part, field in zip(parts, FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = values
    cron = Cron(
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=frozenset(days),
        months=frozenset(months),
        weekdays=frozenset(day % 7 for day in weekdays),
        either_day=not (parts[2].startswith("*") or parts[4].startswith("*")),
        interval=len(hours) == 24,
    )
    start = date(2000, 1, 1)
    if not any(cron.on(start + timedelta(days=number)) for number in range(SEARCH_DAYS)):
        raise ValueError(_("names a day that never comes"))
    return cron


def _values(text: str, name: str, low: int, high: int, names: tuple[str, ...]) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = PART.fullmatch(part)
        if match is None:
            raise _no(name, part)
        first, last, step = match.groups()
        begin = low if first == "*" else _number(first, name, low, high, names)
        end = begin if first != "*" and not step else high
        if last:
            if first == "*":
                raise _no(name, part)
            end = _number(last, name, low, high, names)
        if end < begin or (step and int(step) == 0):
            raise _no(name, part)
        found.update(range(begin, end + 1, int(step or 1)))
    return found


def _no(name: str, part: str) -> ValueError:
    return ValueError(_("has no %(field)s: %(part)s") % {"field": name, "part": repr(part[:20])})


def _number(text: str, name: str, low: int, high: int, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + low
    if not text.isdecimal() or len(text) > 2 or not low <= int(text) <= high:
        told = {"field": name, "text": repr(text[:20]), "low": low, "high": high}
        raise ValueError(_("has no %(field)s %(text)s: it is %(low)d to %(high)d") % told)
    return int(text)


def between(cron: Cron, zone: ZoneInfo, after: datetime, until: datetime) -> list[datetime]:
    """The instants (UTC) at which it comes due, `after` left out, `until` included, in order. For spans of days."""
    day, last = (after.astimezone(zone) - MARGIN).date(), (until.astimezone(zone) + MARGIN).date()
    found: set[datetime] = set()
    while day <= last:
        if cron.on(day):
            instants = _interval(cron, zone, day) if cron.interval else _times(cron, zone, day)
            found.update(instant for instant in instants if after < instant <= until)
        day += ONE_DAY
    return sorted(found)


def following(cron: Cron, zone: ZoneInfo, after: datetime, count: int = 1) -> list[datetime]:
    """The next `count` instants (UTC) at which it comes due; fewer only at the end of the calendar."""
    found: list[datetime] = []
    span = ONE_DAY
    try:
        while len(found) < count and span.days < SEARCH_DAYS:
            until = after + span
            found += between(cron, zone, after, until)
            after, span = until, span * 2
    except OverflowError:  # beyond the year 9999
        pass
    return found[:count]


def _wall(cron: Cron, day: date) -> Iterator[datetime]:
    for hour in cron.hours:
        for minute in cron.minutes:
            yield datetime(day.year, day.month, day.day, hour, minute)


def _times(cron: Cron, zone: ZoneInfo, day: date) -> Iterator[datetime]:
    for wall in _wall(cron, day):
        yield first_shown(wall, zone)


def _interval(cron: Cron, zone: ZoneInfo, day: date) -> Iterator[datetime]:
    for wall in _wall(cron, day):
        for fold in (0, 1):
            local = wall.replace(tzinfo=zone, fold=fold)
            instant = local.astimezone(UTC)
            if instant.astimezone(zone).replace(tzinfo=None) == wall:
                yield instant


def first_shown(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant (UTC) at which the clocks of a zone show that time or later."""
    late = wall.replace(tzinfo=zone).astimezone(UTC)
    if late.astimezone(zone).replace(tzinfo=None) == wall:
        return late
    # Skipped: the change lies between the instant by the offset after it and the one by the offset before it.
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).replace(tzinfo=None) >= wall:
            late = middle
        else:
            early = middle
    return late
