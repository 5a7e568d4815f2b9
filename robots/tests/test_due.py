"""When cron entries are due: against a clock that is watched minute by minute, at every kind of change there was."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robots import due

MINUTE = timedelta(minutes=1)

# zone, a day around which its clocks changed (local), what happened
CHANGES = [
    ("Europe/Berlin", "2026-03-29", "an hour forward"),
    ("Europe/Berlin", "2026-10-25", "an hour back"),
    ("America/New_York", "2026-03-08", "an hour forward"),
    ("America/New_York", "2026-11-01", "an hour back"),
    ("Australia/Lord_Howe", "2026-10-04", "half an hour forward"),
    ("Australia/Lord_Howe", "2026-04-05", "half an hour back"),
    ("America/St_Johns", "2026-03-08", "an hour forward, half an hour off the others"),
    ("America/St_Johns", "2026-11-01", "an hour back, half an hour off the others"),
    ("America/St_Johns", "2006-10-29", "an hour back, a minute after midnight: over the date"),
    ("America/St_Johns", "1988-04-03", "two hours forward, a minute after midnight"),
    ("America/Sao_Paulo", "2018-11-04", "an hour forward at midnight"),
    ("America/Sao_Paulo", "2018-02-18", "an hour back at midnight"),
    ("Africa/Casablanca", "2026-02-15", "an hour back for Ramadan"),
    ("Africa/Casablanca", "2026-03-22", "an hour forward after it"),
    ("Asia/Tehran", "2022-03-22", "an hour forward at midnight"),
    ("Asia/Tehran", "2022-09-22", "an hour back at midnight, the last one"),
    ("Asia/Seoul", "2026-05-10", "nothing"),
    ("Asia/Seoul", "1988-05-08", "an hour forward, in the year of the games"),
    ("Asia/Pyongyang", "2015-08-15", "half an hour back for good"),
    ("Pacific/Apia", "2011-12-30", "a whole day skipped"),
    ("America/Caracas", "2016-05-01", "half an hour forward for good"),
    ("Antarctica/Troll", "2026-03-29", "two hours forward"),
    ("Antarctica/Troll", "2026-10-25", "two hours back"),
]
INTERVALS = ["*/15 * * * *", "7 * * * *", "* * * * *"]
TIMES = [
    "30 2 * * *",
    "0 0 * * *",
    "30 0 * * *",
    "0,30 2 * * *",
    "15 1,2,3 * * *",
    "59 23 * * *",
    "*/10 2 * * *",
    "0 */2 * * *",
    "*/20 0-3 * * *",
    "0 12 * * *",
    "45 23 30 12 *",
    "30 2 * * SUN",
    "0 1 1-7 * 0",
    "30 0-22 * * *",
]
ENTRIES = INTERVALS + TIMES


class Watched:
    """An oracle that knows nothing of offsets: it looks at the wall clock at every minute of UTC."""

    def __init__(self, zone: str, day: str):
        middle = datetime.fromisoformat(day).replace(tzinfo=UTC)
        self.start, self.end = middle - timedelta(hours=20), middle + timedelta(hours=40)
        self.clock = []  # (instant, what the wall clock shows)
        now = self.start - timedelta(hours=4)
        while now <= self.end:
            self.clock.append((now, now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)))
            now += MINUTE

    def times(self, matches) -> list[datetime]:
        """Each time of the wall clock at the first minute that shows it or a later one."""
        latest, found = self.clock[0][1], []
        for now, shown in self.clock[1:]:
            hit, passed = False, latest + MINUTE
            while passed <= shown:
                hit = hit or matches(passed)
                passed += MINUTE
            latest = max(latest, shown)
            if hit and self.start < now:
                found.append(now)
        return found

    def interval(self, matches) -> list[datetime]:
        return [now for now, shown in self.clock if self.start < now and matches(shown)]


def reader(entry: str):
    """Whether what a clock shows is what the entry says, for entries as these tests write them."""
    minute, hour, day, month, weekday = entry.split()
    minutes, hours, days, months = taken(minute, 0), taken(hour, 0), taken(day, 1), taken(month, 1)
    weekdays = taken(weekday.replace("SUN", "0"), 0)
    both_named = not day.startswith("*") and not weekday.startswith("*")

    def matches(shown: datetime) -> bool:
        by_day = shown.day in days, shown.isoweekday() % 7 in weekdays
        return (
            shown.minute in minutes
            and shown.hour in hours
            and shown.month in months
            and (any(by_day) if both_named else all(by_day))
        )

    return matches


def taken(text: str, low: int) -> set[int]:
    found = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begin = low if first == "*" else int(first)
        end = 99 if first == "*" else int(last or first)
        found |= {value for value in range(begin, end + 1) if (value - begin) % int(step or 1) == 0}
    return found


@pytest.mark.parametrize(("zone", "day", "what"), CHANGES, ids=lambda text: text)
def test_every_entry_is_due_as_a_watched_clock_says(zone, day, what):
    watched = Watched(zone, day)
    for entry in ENTRIES:
        cron = due.parse(entry)
        matches = reader(entry)
        expected = (watched.interval if entry in INTERVALS else watched.times)(matches)
        got = due.between(cron, ZoneInfo(zone), watched.start, watched.end)
        assert got == expected, entry
        assert due.following(cron, ZoneInfo(zone), watched.start, len(got)) == expected


def local(zone: str, entry: str, after: str, count: int) -> list[str]:
    """The next times as the wall clock shows them, with its offset."""
    place = ZoneInfo(zone)
    start = datetime.fromisoformat(after).replace(tzinfo=place).astimezone(UTC)
    found = due.following(due.parse(entry), place, start, count)
    return [instant.astimezone(place).strftime("%d %H:%M %z") for instant in found]


def test_a_skipped_time_is_due_when_the_skip_ends():
    told = local("Europe/Berlin", "30 2 * * *", "2026-03-28T12:00", 2)
    assert told == ["29 03:00 +0200", "30 02:30 +0200"]
    told = local("Australia/Lord_Howe", "10 2 * * *", "2026-10-03T12:00", 2)
    assert told == ["04 02:30 +1100", "05 02:10 +1100"]


def test_several_skipped_times_are_due_together_once():
    told = local("Europe/Berlin", "0,20,40 2,3 * * *", "2026-03-29T00:00", 4)
    assert told == ["29 03:00 +0200", "29 03:20 +0200", "29 03:40 +0200", "30 02:00 +0200"]


def test_a_time_that_comes_twice_is_due_the_first_time():
    told = local("America/New_York", "30 1 * * *", "2026-10-31T12:00", 2)
    assert told == ["01 01:30 -0400", "02 01:30 -0500"]


def test_an_interval_keeps_its_distance_over_both_changes():
    for day in ("2026-03-29", "2026-10-25"):
        start = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=UTC)
        found = due.following(due.parse("*/15 * * * *"), ZoneInfo("Europe/Berlin"), start, 20)
        gaps = {later - earlier for earlier, later in pairwise(found)}
        assert gaps == {timedelta(minutes=15)}


def test_a_skipped_midnight_is_due_at_one():
    assert local("America/Sao_Paulo", "0 0 * * *", "2018-11-03T12:00", 1) == ["04 01:00 -0200"]


def test_a_skipped_day_is_due_when_the_next_begins():
    told = local("Pacific/Apia", "0 9 * * *", "2011-12-29T12:00", 2)
    assert told == ["31 00:00 +1400", "31 09:00 +1400"]


def test_days_of_month_and_week_are_either_where_both_are_named():
    told = local("UTC", "0 0 13 * FRI", "2026-11-05T00:00", 4)
    assert [text[:2] for text in told] == ["06", "13", "20", "27"]
    told = local("UTC", "0 0 */13 * FRI", "2026-11-05T00:00", 1)
    assert told == ["27 00:00 +0000"]


@pytest.mark.parametrize(
    ("entry", "same"),
    [
        ("0 9 * * MON-FRI", "0 9 * * 1-5"),
        ("0 9 * * 7", "0 9 * * 0"),
        ("0 9 * jan,Jul *", "0 9 * 1,7 *"),
        ("5/20 * * * *", "5,25,45 * * * *"),
        ("  0   9 * *  * ", "0 9 * * *"),
    ],
)
def test_ways_to_write_the_same(entry, same):
    assert due.parse(entry) == due.parse(same)


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "*/0 * * * *",
        "5-1 * * * *",
        "*-5 * * * *",
        "1,,2 * * * *",
        "a * * * *",
        "-1 * * * *",
        "1.5 * * * *",
        "٣ * * * *",
        "* * * FOO *",
        "@daily",
        "0 0 30 2 *",
        "0 0 31 4,6 *",
        "0," * 200 + "0 * * * *",
    ],
)
def test_what_is_no_entry_is_refused_with_a_sentence(entry):
    with pytest.raises(ValueError, match=r"^(must|has|names) "):
        due.parse(entry)


def test_a_leap_day_is_found_over_the_year_that_has_none():
    after = datetime(2096, 3, 1, tzinfo=UTC)
    [found] = due.following(due.parse("0 0 29 2 *"), ZoneInfo("UTC"), after)
    assert found == datetime(2104, 2, 29, tzinfo=UTC)


def test_the_end_of_the_calendar_is_an_end():
    after = datetime(9999, 12, 30, 12, tzinfo=UTC)
    assert len(due.following(due.parse("0 0 * * *"), ZoneInfo("Asia/Seoul"), after, 5)) < 5


@given(
    zone=st.sampled_from(sorted({zone for zone, _, _ in CHANGES})),
    start=st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)),
    entry=st.sampled_from(ENTRIES),
)
@settings(max_examples=80, deadline=None)
def test_what_follows_is_later_and_in_order_and_none_is_left_out(zone, start, entry):
    cron, place, after = due.parse(entry), ZoneInfo(zone), start.replace(tzinfo=UTC)
    found = due.following(cron, place, after, 4)
    assert found == sorted(set(found)) and found[0] > after
    assert due.between(cron, place, after, found[-1]) == found
    for instant in found:
        assert due.following(cron, place, instant - timedelta(seconds=1)) == [instant]
