"""All that is derived from a robot's readings, in one go: drives and counts with one memory. No ORM."""

from typing import NamedTuple

import msgspec

from . import drives, traffic
from .readings import LOG_SECTIONS, Reading


class Memory(msgspec.Struct, omit_defaults=True):
    drive: drives.State = msgspec.field(default_factory=drives.State)
    tally: traffic.State = msgspec.field(default_factory=traffic.State)


class Begun(NamedTuple):
    """What is under way: a drive and a run by their start, a lap by its number, a section by its first way point."""

    drive_us: int | None = None
    run_us: int | None = None
    lap: int | None = None
    index: int | None = None


BLANK = "{}"
NOTHING = Begun()
_decode = msgspec.json.Decoder(Memory).decode


class Fold:
    """Takes readings in their order. `text()` is all that has to be kept to go on later."""

    def __init__(self, text: str, find_route: drives.FindRoute):
        memory = _decode(text)
        self.segmenter = drives.Segmenter(memory.drive, find_route)
        self.tally = traffic.Tally(memory.tally)
        self.reports: list[traffic.Report] = []
        self.own_sections: set[str] = set()

    def feed(self, reading: Reading) -> None:
        self.segmenter.feed(reading)
        self.tally.feed(reading)
        if reading.own:
            self.reports += traffic.reports(reading)
            self.own_sections.update(name for name in reading.own if name in LOG_SECTIONS)

    def text(self) -> str:
        return msgspec.json.encode(Memory(self.segmenter.state, self.tally.state)).decode()

    def take_counts(self) -> traffic.Counts:
        counts, self.tally.counts = self.tally.counts, {}
        return counts

    def begun(self) -> Begun:
        drive = self.segmenter.state.drive
        if drive is None:
            return NOTHING
        if drive.run is None:
            return Begun(drive.start_us)
        lap = drive.run.lap
        return Begun(drive.start_us, drive.run.begun.at_us, lap.number, lap.index)


def is_same(one: str, other: str, next_us: int) -> bool:
    """Whether two memories lead to the same from a reading at `next_us` on: also where both are worn out by then."""
    return one == other or (_is_worn(one, next_us) and _is_worn(other, next_us))


def _is_worn(text: str, next_us: int) -> bool:
    heard_us = _decode(text).drive.time_us
    return heard_us is None or next_us - heard_us > drives.GAP_US
