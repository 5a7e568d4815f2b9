"""When a text of a section became another one: a robot's drive status over time. Knows no Django."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

_sections = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class StatusChange(NamedTuple):
    """`before` is None where nothing is known of the time before. Microseconds since 1970 UTC."""

    time_us: int
    value: str
    before: str | None


def status_changes(
    rows: Iterable[tuple], field: str, before: str | None = None
) -> list[StatusChange]:
    """The changes of `field` ("section.name") in stored samples, in their order; other values than texts are none."""
    section, _, name = field.partition(".")
    mark = f'"{section}"'
    found: list[StatusChange] = []
    for time_us, _, _, text, _ in rows:
        if mark not in text or (value := _value(text, section, name)) in {None, before}:
            continue
        found.append(StatusChange(time_us, value, before))
        before = value
    return found


def _value(text: str, section: str, name: str) -> str | None:
    raw = _sections(text).get(section)
    part = msgspec.json.decode(raw) if raw else None
    value = part.get(name) if isinstance(part, dict) else None
    return value if isinstance(value, str) else None
