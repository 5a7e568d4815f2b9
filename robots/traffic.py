"""From a robot's readings to how many people it saw and where it was, hour by hour. No ORM.

What a robot sees and where it stands is added up as it goes (`Tally`): whole numbers, so that parts can be taken away
and put back when samples come late. What it counted itself (`reports`) names its hour or visit; the same again
replaces what was told before, so that repeating changes nothing. The rules: docs/flyinglet.md, "Derived facts".
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from fleet_platform.shared import clock

from . import moments
from .readings import Reading, count, name, number

GAP_US = 60 * clock.SECOND  # after such a silence nobody knows who stands there
CELL_PX = 20
HOUR_US = 3600 * clock.SECOND
LONGEST_VISIT_US = 24 * HOUR_US
FARTHEST_PX = 1_000_000

Cell = list[int]  # samples, microseconds there, people who came into sight there


class Hour(msgspec.Struct, array_like=True):
    """`cells`: `"column,row"` of a grid of CELL_PX pixels."""

    people: int = 0
    cells: dict[str, Cell] = {}

    def add(self, other: "Hour", sign: int = 1) -> None:
        self.people += sign * other.people
        for key, values in other.cells.items():
            mine = self.cells.setdefault(key, [0, 0, 0])
            for index, value in enumerate(values):
                mine[index] += sign * value

    def is_nothing(self) -> bool:
        return not self.people and not any(any(values) for values in self.cells.values())


Counts = dict[str, dict[int, Hour]]  # by map id and start of the hour (microseconds since 1970 UTC)


def add_counts(counts: Counts, others: Counts, sign: int = 1) -> None:
    for map_id, hours in others.items():
        mine = counts.setdefault(map_id, {})
        for hour_us, hour in hours.items():
            mine.setdefault(hour_us, Hour()).add(hour, sign)


def hour_of(time_us: int) -> int:
    return time_us - time_us % HOUR_US


class Stand(msgspec.Struct, array_like=True):
    """Where the robot was last, and since when."""

    time_us: int
    cell: str


class State(msgspec.Struct, omit_defaults=True):
    """What a Tally remembers between two readings. `seen`: how many people were in sight."""

    time_us: int | None = None
    map_id: str = ""
    stand: Stand | None = None
    seen: int = 0


class Tally:
    """`counts`: what was added since the caller last took it away."""

    def __init__(self, state: State | None = None):
        self.state = state or State()
        self.counts: Counts = {}

    def feed(self, reading: Reading) -> None:
        state = self.state
        if state.time_us is not None and reading.time_us - state.time_us > GAP_US:
            state = self.state = State()
        if reading.map_id and reading.map_id != state.map_id:
            state = self.state = State(None, reading.map_id)
        state.time_us = reading.time_us
        if reading.x is not None:
            self._stand(reading)
        if reading.traffic is not None:
            self._see(reading)

    def _stand(self, reading: Reading) -> None:
        state = self.state
        if state.stand:
            since_us = reading.time_us - state.stand.time_us
            self._cell(state.stand.time_us, state.stand.cell)[1] += min(since_us, GAP_US)
        cell = f"{int(reading.x // CELL_PX)},{int(reading.y // CELL_PX)}"
        state.stand = Stand(reading.time_us, cell)
        self._cell(reading.time_us, cell)[0] += 1

    def _see(self, reading: Reading) -> None:
        """Only who came into sight since the last reading is somebody new."""
        state = self.state
        came, state.seen = reading.traffic - state.seen, reading.traffic
        if came > 0:
            self._hour(reading.time_us).people += came
            if state.stand:
                self._cell(reading.time_us, state.stand.cell)[2] += came

    def _hour(self, time_us: int) -> Hour:
        hours = self.counts.setdefault(self.state.map_id, {})
        return hours.setdefault(hour_of(time_us), Hour())

    def _cell(self, time_us: int, cell: str) -> Cell:
        return self._hour(time_us).cells.setdefault(cell, [0, 0, 0])


class PassersReport(NamedTuple):
    """People who passed in an hour. Key "count" is all of them so far; any other key an amount to add."""

    map_id: str
    hour_us: int
    key: str
    value: int


class VisitReport(NamedTuple):
    """People who stopped at the robot. (`time_us`, `seq`) is the sample that says so."""

    key: str
    time_us: int
    seq: int
    map_id: str
    start_us: int
    people: int
    stay_us: int
    x: float | None
    y: float | None


COUNT = "count"
Report = PassersReport | VisitReport


def reports(reading: Reading) -> Iterator[Report]:
    """What the robot itself counted, as one sample tells it."""
    if not reading.own:
        return
    if row := reading.own.get("traffic_count"):
        yield from _passers(reading, row)
    if row := reading.own.get("visitor_count"):
        yield from _visit(reading, row)


def _passers(reading: Reading, row: Mapping[str, Any]) -> Iterator[PassersReport]:
    start_us = start_of(row, reading)
    place = (name(row.get("map_id")) or reading.map_id or "", hour_of(start_us))
    if (so_far := count(row.get("count"))) is not None:
        yield PassersReport(*place, COUNT, so_far)
    elif added := count(row.get("add_count")):
        yield PassersReport(*place, _key_of_addition(row, reading), added)


def _key_of_addition(row: Mapping[str, Any], reading: Reading) -> str:
    """The same addition sent twice says when it was made; without that each sample is one of its own."""
    at = _moment(row.get("update_at"))
    return (
        f"{reading.time_us}:{reading.seq}" if at is None else f"at {at} {_id_of(row) or ''}"[:100]
    )


def _visit(reading: Reading, row: Mapping[str, Any]) -> Iterator[VisitReport]:
    people = count(row.get("count"))
    start_us = start_of(row, reading)
    place = row.get("position") if isinstance(row.get("position"), dict) else {}
    x, y = number(place.get("x")), number(place.get("y"))
    is_place = None not in (x, y) and abs(x) <= FARTHEST_PX and abs(y) <= FARTHEST_PX
    yield VisitReport(
        _key_of_visit(row, reading),
        reading.time_us,
        reading.seq,
        name(row.get("map_id")) or reading.map_id or "",
        start_us,
        1 if people is None else people,
        _stay(row.get("duration")),
        x if is_place else None,
        y if is_place else None,
    )


def _key_of_visit(row: Mapping[str, Any], reading: Reading) -> str:
    """A visit goes by its id and its start: the same again, longer by now, is still one."""
    begun = _moment(row.get("start_timestamp"))
    told = (_id_of(row), None if begun is None else str(begun))
    parts = [part for part in told if part is not None]
    return " at ".join(parts)[:100] if parts else f"{reading.time_us}:{reading.seq}"


def _id_of(row: Mapping[str, Any]) -> str | None:
    said = name(row.get("id"))
    return None if said in {None, "", "-1"} else said[:60]


def _stay(said: Any) -> int:
    """Seconds in, microseconds out."""
    seconds = number(said)
    return 0 if seconds is None else min(round(max(seconds, 0) * clock.SECOND), LONGEST_VISIT_US)


def start_of(row: Mapping[str, Any], reading: Reading) -> int:
    """When it began, as far as the row tells a time that can be; else when it was sent."""
    told = _moment(row.get("start_timestamp"))
    return reading.time_us if told is None else told


def _moment(said: Any) -> int | None:
    if not isinstance(said, str | int | float) or isinstance(said, bool):
        return None
    try:
        us = moments.parse(said)
    except ValueError:
        return None
    return us if us >= clock.YEAR_2000 else None
