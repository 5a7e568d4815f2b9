"""Cron entries in words, for people who plan drives."""

from collections.abc import Collection, Iterator

from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .due import Cron

TIMES_AT_MOST = 6
ROW = 3  # days of the week that are told as a range
ALL_DAYS, ALL_MONTHS, ALL_WEEKDAYS = 31, 12, 7


def words(cron: Cron) -> str:
    """`09:30, 14:30 on Monday to Friday`, `every 15 minutes`."""
    told = {"times": _times(cron), "days": _days(cron), "months": _months(cron)}
    return " ".join((_("%(times)s %(days)s %(months)s") % told).split())


def _times(cron: Cron) -> str:
    if not cron.interval:
        return _clock_times(cron)
    first, count = cron.minutes[0], len(cron.minutes)
    step = 60 // count
    if cron.minutes == tuple(range(first, 60, step)) and 60 % count == 0 and first < step:
        if count == 1:
            return _("every hour at minute %d") % first
        every = ngettext("every minute", "every %(count)d minutes", step) % {"count": step}
        return every if first == 0 else f"{every} {_('from minute %d') % first}"
    return _("every hour at minutes %s") % ", ".join(map(str, cron.minutes))


def _clock_times(cron: Cron) -> str:
    times = [f"{hour:02}:{minute:02}" for hour in cron.hours for minute in cron.minutes]
    if len(times) <= TIMES_AT_MOST:
        return ", ".join(times)
    told = {"count": len(times), "first": times[0], "last": times[-1]}
    return _("%(count)d times a day from %(first)s to %(last)s") % told


def _days(cron: Cron) -> str:
    dates, weekdays = len(cron.days) < ALL_DAYS, len(cron.weekdays) < ALL_WEEKDAYS
    by_date = _("on day %s of the month") % ", ".join(map(str, sorted(cron.days)))
    by_weekday = _("on %s") % ", ".join(_weekdays(cron.weekdays))
    if dates and weekdays:
        both = _("%(one)s or %(other)s") if cron.either_day else _("%(one)s, if %(other)s")
        return both % {"one": by_date, "other": by_weekday}
    return by_date if dates else by_weekday if weekdays else ""


def _weekdays(days: Collection[int]) -> Iterator[str]:
    """From Monday on; three and more in a row by the first and the last."""
    row: list[int] = []
    for day in range(1, 9):
        if day % 7 in days and day < 8:
            row.append(day)
            continue
        names = [str(WEEKDAYS[one - 1]) for one in row]
        if len(names) >= ROW:
            yield _("%(first)s to %(last)s") % {"first": names[0], "last": names[-1]}
        else:
            yield from names
        row = []


def _months(cron: Cron) -> str:
    if len(cron.months) == ALL_MONTHS:
        return ""
    return _("in %s") % ", ".join(str(MONTHS[month]) for month in sorted(cron.months))
