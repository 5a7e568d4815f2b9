"""Query parameters of the fleet API -> plain values. Each raises Invalid by the parameter's name."""

from django.conf import settings

from fleet_platform.shared import clock
from fleet_platform.shared.errors import Invalid
from fleet_platform.shared.paging import parse_limit

from .. import ingest

RESOLUTION_AT_MOST = 86_400
TEXTS_AT_MOST = 10
DAY_US = 86_400 * clock.SECOND


def time_us(query, name: str, default: int) -> int:
    said = query.get(name)
    if not said:
        return default
    try:
        return clock.parse_us(float(said) if _is_number(said) else said.replace(" ", "+"))
    except (ValueError, OverflowError):
        raise Invalid(
            {name: "is not a time: give RFC 3339 or epoch seconds or milliseconds"}
        ) from None


def _is_number(said: str) -> bool:
    return said.removeprefix("-").replace(".", "", 1).isdecimal()


def period(query) -> tuple[int, int]:
    """`from` and `to` in microseconds since 1970 UTC, both included."""
    from_us = time_us(query, "from", 0)
    to_us = time_us(query, "to", clock.YEAR_2100)
    if from_us > to_us:
        raise Invalid({"from": "is after `to`"})
    return from_us, to_us


def export_period(query) -> tuple[int, int]:
    """As `period`, but bounded: the last EXPORT_MAX_DAYS unless told."""
    longest = settings.EXPORT_MAX_DAYS * DAY_US
    to_us = time_us(query, "to", clock.now_us() + ingest.MOST_AHEAD_US)
    from_us = time_us(query, "from", max(0, to_us - longest))
    if from_us > to_us:
        raise Invalid({"from": "is after `to`"})
    if to_us - from_us > longest:
        days = settings.EXPORT_MAX_DAYS
        raise Invalid({"from": f"is more than {days} days before `to`: ask in parts"})
    return from_us, to_us


def text(query, name: str) -> str:
    return _clean(query, name)[:100]


def _clean(query, name: str) -> str:
    said = query.get(name, "")
    if "\0" in said:
        raise Invalid({name: "must not have a NUL character"})
    return said


def _parts(said: str) -> list[str]:
    return [part.strip() for part in said.split(",") if part.strip()]


def flag(query, name: str) -> bool | None:
    said = query.get(name)
    if not said:
        return None
    if said.lower() not in {"true", "false", "1", "0"}:
        raise Invalid({name: "must be true or false"})
    return said.lower() in {"true", "1"}


def integer(query, name: str) -> int | None:
    said = query.get(name)
    if not said:
        return None
    if not said.isdecimal() or len(said) > 18:
        raise Invalid({name: "must be a whole number"})
    return int(said)


def resolution_us(query) -> int | None:
    said = query.get("resolution")
    if not said:
        return None
    try:
        seconds = float(said)
    except ValueError:
        seconds = 0
    if not 0.1 <= seconds <= RESOLUTION_AT_MOST:
        raise Invalid({"resolution": f"must be seconds between 0.1 and {RESOLUTION_AT_MOST}"})
    return round(seconds * clock.SECOND)


def sections(query) -> frozenset[str] | None:
    said = query.get("sections")
    return frozenset(_parts(said)) if said else None


def texts(query) -> list[str]:
    found = names(query, "texts")
    if len(found) > TEXTS_AT_MOST or any(name.count(".") != 1 for name in found):
        raise Invalid(
            {"texts": f"must be up to {TEXTS_AT_MOST} of section.field, with commas between"}
        )
    return found


def choice(query, name: str, default: str, *allowed: str) -> str:
    said = query.get(name) or default
    if said not in allowed:
        raise Invalid({name: f"must be one of {', '.join(allowed)}"})
    return said


def names(query, name: str) -> list[str]:
    """Several texts with commas between; none where nothing is told."""
    return _parts(_clean(query, name))


def choices(query, name: str, *allowed: str) -> list[str]:
    """Several values with commas between; none where nothing is told."""
    said = _parts(query.get(name, ""))
    if not set(said) <= set(allowed):
        raise Invalid({name: f"must be of {', '.join(allowed)}, with commas between"})
    return said


limit = parse_limit
