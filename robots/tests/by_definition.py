"""The definitions of docs/flyinglet.md taken literally: slow, over whole lists, and on its own. What tests compare with."""

import math
from collections import defaultdict
from itertools import groupby, pairwise

from robots.drives import DriveLog, LapLog, Route, RunLog, SectionLog
from robots.readings import Reading

S = 1_000_000


def stretches(readings: list[Reading]) -> list[list[Reading]]:
    """Parted where the robot was silent for more than a minute."""
    parts: list[list[Reading]] = []
    for reading in readings:
        if not parts or reading.time_us - parts[-1][-1].time_us > 60 * S:
            parts.append([])
        parts[-1].append(reading)
    return parts


def in_force(stretch: list[Reading], i: int, name: str, held_us: float = math.inf):
    """The newest value told by then, unless it is too old."""
    for reading in reversed(stretch[: i + 1]):
        if (value := getattr(reading, name)) not in (None, ""):
            return value if stretch[i].time_us - reading.time_us <= held_us else None
        if name == "way_point_id" and value == "":
            return ""
    return None


def maps_of(stretch: list[Reading]) -> list[str]:
    """The map of each reading. Before a first map is told, the first one counts."""
    told = [in_force(stretch, i, "map_id") for i in range(len(stretch))]
    first = next((name for name in told if name), "")
    return [name or first for name in told]


def steps_of(stretch: list[Reading], maps: list[str]) -> tuple[set[int], set[int]]:
    """Indices at which the robot has moved, and at which its pose jumped."""
    moved, jumped = set(), set()
    posed = [i for i, reading in enumerate(stretch) if reading.x is not None]
    for _, group in groupby(posed, lambda i: (part_of(maps, i), maps[i])):
        first, *others = group
        anchor, before = first, first
        for i in others:
            apart_s = (stretch[i].time_us - stretch[before].time_us) / S
            if apart(stretch[before], stretch[i]) > 500 * apart_s:
                jumped.add(i)
                anchor = i
            elif apart(stretch[anchor], stretch[i]) >= 5:
                moved.add(i)
                anchor = i
            elif stretch[i].time_us - stretch[anchor].time_us > 5 * S:
                anchor = i
            before = i
    return moved, jumped


def part_of(maps: list[str], i: int) -> int:
    return sum(one != other for one, other in pairwise(maps[: i + 1]))


def apart(a: Reading, b: Reading) -> float:
    return math.hypot(a.x - b.x, a.y - b.y)


def logs(readings: list[Reading], find_route=lambda *_: None) -> dict[type, list]:
    """All logs of a sequence that goes on no more, each kind by time."""
    found: dict[type, list] = defaultdict(list)
    for stretch in stretches(readings):
        maps = maps_of(stretch)
        moved, jumped = steps_of(stretch, maps)
        active = [i for i in range(len(stretch)) if i in moved or says_so(stretch, i)]
        for drive in drives_of(stretch, maps, active):
            OneDrive(stretch, maps, jumped, drive, find_route).tell(found)
    return found


def says_so(stretch: list[Reading], i: int) -> bool:
    speed = in_force(stretch, i, "speed", 15 * S)
    return bool(newest_word(stretch, i)) or (speed is not None and speed >= 0.05)


def newest_word(stretch: list[Reading], i: int) -> bool | None:
    for reading in reversed(stretch[: i + 1]):
        if reading.driving is not None:
            return reading.driving and stretch[i].time_us - reading.time_us <= 15 * S
    return None


def drives_of(stretch, maps, active: list[int]) -> list[list[int]]:
    """Active readings that belong together."""
    drives: list[list[int]] = []
    for i in active:
        if drives:
            last = drives[-1][-1]
            stood = i - last > 1
            long = stretch[i].time_us - stretch[last].time_us > 60 * S
            if part_of(maps, i) == part_of(maps, last) and not (stood and long):
                drives[-1].append(i)
                continue
        drives.append([i])
    return drives


class OneDrive:
    def __init__(self, stretch, maps, jumped, active: list[int], find_route):
        self.stretch, self.active, self.jumped = stretch, active, jumped
        self.map_id = maps[active[0]]
        self.maps = maps
        self.find_route = find_route
        self.names = [in_force(stretch, i, "way_point_id") or "" for i in active]

    def us(self, k: int) -> int:
        return self.stretch[self.active[k]].time_us

    def drove(self, k: int) -> bool:
        """Whether it drove from active reading k - 1 to k, rather than stand in between."""
        stood = self.active[k] - self.active[k - 1] > 1
        return not (stood and self.us(k) - self.us(k - 1) > 5 * S)

    def time(self, first: int, last: int) -> int:
        return sum(self.us(k) - self.us(k - 1) for k in range(first + 1, last + 1) if self.drove(k))

    def counted(self) -> list[tuple[int, int, float | None]]:
        """(active reading, thousandths of a pixel, pixels a second) of every step that counts."""
        first = self.active[0]
        start = next(
            (
                i
                for i in range(first, -1, -1)
                if self.stretch[i].x is not None
                and part_of(self.maps, i) == part_of(self.maps, first)
            ),
            None,
        )
        found, here = [], start
        previous_active = 0
        for i in range(first + 1, self.active[-1] + 1):
            if i in self.jumped:
                here = i
            if i not in self.active:
                continue
            previous_active += 1
            if self.stretch[i].x is None:
                continue
            if here is None:
                here = i
                continue
            step = apart(self.stretch[here], self.stretch[i])
            if step < 1:
                continue
            us = self.stretch[i].time_us - self.stretch[here].time_us
            speed = step * S / us if us and self.drove(previous_active) else None
            found.append((previous_active, round(step * 1000), speed))
            here = i
        return found

    def distance(self, first: int, last: int) -> int:
        return sum(length for k, length, _ in self.counted() if first < k <= last)

    def span(self, first: int, last: int) -> tuple[int, int, int, int]:
        return self.us(first), self.us(last), self.time(first, last), self.distance(first, last)

    def tell(self, found) -> None:
        last = len(self.active) - 1
        if self.us(last) == self.us(0):
            return
        found[DriveLog].append(
            DriveLog(*self.span(0, last), self.map_id, *self.speeds(last), open=False)
        )
        starts = [k for k in range(last + 1) if k == 0 or self.names[k] != self.names[k - 1]]
        for first, end in zip(starts, [*starts[1:], last], strict=True):
            if self.names[first]:
                self.tell_run(found, first, end)

    def speeds(self, last: int) -> tuple:
        said = [
            speed
            for k in range(last + 1)
            if (speed := self.stretch[self.active[k]].speed) is not None
        ]
        if said:
            average = self.told_average(last)
            return (*(round(value, 3) for value in (average, max(said), min(said))), True)
        posed = [speed for _, _, speed in self.counted() if speed is not None]
        time = self.time(0, last)
        if not posed or not time:
            return None, None, None, False
        average = self.distance(0, last) * 1000 / time
        return (*(round(value, 3) for value in (average, max(posed), min(posed))), False)

    def told_average(self, last: int) -> float:
        speeds = [in_force(self.stretch, i, "speed", 15 * S) for i in self.active]
        speeds = [None if speed is None else round(speed * 1000) for speed in speeds]
        whole = time = 0
        for k in range(1, last + 1):
            if self.drove(k) and None not in (speeds[k - 1], speeds[k]):
                us = self.us(k) - self.us(k - 1)
                whole += (speeds[k - 1] + speeds[k]) * us // 2
                time += us
        return whole / time / 1000 if time else (speeds[last] or 0) / 1000

    def tell_run(self, found, first: int, end: int) -> None:
        if self.us(first) == self.us(end):
            return
        name, run_us = self.names[first], self.us(first)
        way: Route | None = self.find_route(name, self.map_id)
        reached = self.reached(way, first, end) if way else []
        laps: list[list] = [[first, []]]  # where it began, what was reached in it
        for n, (k, index) in enumerate(reached):
            if n and index < reached[n - 1][1]:
                laps.append([k, []])
            laps[-1][1].append(index)
        for (k, index), (until, to_index) in pairwise(reached):
            lap = max(number for number, (start, _) in enumerate(laps, 1) if start <= k)
            span = self.span(k, until)
            found[SectionLog].append(SectionLog(run_us, lap, index, to_index, *span))
        ends = [start for start, _ in laps[1:]] + [end]
        told = [lap for lap, e in zip(laps, ends, strict=True) if self.us(e) > self.us(lap[0])]
        found[RunLog].append(
            RunLog(self.us(0), *self.span(first, end), name, len(told), open=False)
        )
        for number, ((start, passed), stop) in enumerate(zip(laps, ends, strict=True), 1):
            if self.us(stop) == self.us(start):
                continue
            closed = number < len(laps)
            whole = bool(passed) and passed[0] == 0
            complete = whole and (closed or passed[-1] == len(way.points) - 1)
            log = LapLog(run_us, number, *self.span(start, stop), complete, open=False)
            found[LapLog].append(log)

    def reached(self, way: Route, first: int, end: int) -> list[tuple[int, int]]:
        """(active reading, way point) whenever another way point was reached, in order."""
        found: list[tuple[int, int]] = []
        for k in range(first, end + 1):
            if k == end and end < len(self.active) - 1:
                break  # the next run began there
            reading = self.stretch[self.active[k]]
            if reading.x is None:
                continue
            near = [
                i
                for i, (x, y) in enumerate(way.points)
                if math.hypot(reading.x - x, reading.y - y) <= way.reach
            ]
            if not found:
                found += [(k, i) for i in near[:1]]
                continue
            ahead = {(i - found[-1][1]) % len(way.points): i for i in near}
            last = way.points[found[-1][1]]
            if 2 in ahead and math.dist(last, way.points[ahead[2]]) <= 2 * way.reach:
                del ahead[2]
            step = next((step for step in (1, 2) if step in ahead), None)
            if step and step < len(way.points):
                found.append((k, ahead[step]))
        return found


def on_maps(readings: list[Reading]) -> list[list[tuple[Reading, str]]]:
    """Readings with the map in force, parted by silence and by change of map; before a first map is told it is ""."""
    parts = []
    for stretch in stretches(readings):
        told = [in_force(stretch, i, "map_id") or "" for i in range(len(stretch))]
        pairs = list(zip(stretch, told, strict=True))
        starts = [0, *(i for i in range(1, len(pairs)) if told[i] != told[i - 1]), len(pairs)]
        parts += [pairs[start:end] for start, end in pairwise(starts)]
    return parts


def hour(time_us: int) -> int:
    return time_us // (3600 * S) * 3600 * S


def people(readings: list[Reading]) -> dict[tuple[str, int], int]:
    """Who came into sight, by map and hour."""
    found: dict = defaultdict(int)
    for part in on_maps(readings):
        seen = 0
        for reading, map_id in part:
            if reading.traffic is not None:
                found[map_id, hour(reading.time_us)] += max(0, reading.traffic - seen)
                seen = reading.traffic
    return {key: count for key, count in found.items() if count}


def cells(readings: list[Reading]) -> dict[tuple[str, int], dict[tuple[int, int], list[int]]]:
    """Samples, microseconds and people of each cell, by map and hour."""
    found: dict = defaultdict(lambda: defaultdict(lambda: [0, 0, 0]))
    for part in on_maps(readings):
        posed = [reading for reading, _ in part if reading.x is not None]
        for reading, after in zip(posed, [*posed, None][1:], strict=True):
            cell = found[part[0][1], hour(reading.time_us)][at(reading)]
            cell[0] += 1
            if after:
                cell[1] += min(after.time_us - reading.time_us, 60 * S)
        seen, place = 0, None
        for reading, map_id in part:
            place = reading if reading.x is not None else place
            if reading.traffic is not None:
                came, seen = max(0, reading.traffic - seen), reading.traffic
                if came and place:
                    found[map_id, hour(reading.time_us)][at(place)][2] += came
    return {key: dict(grid) for key, grid in found.items()}


def at(reading: Reading) -> tuple[int, int]:
    return math.floor(reading.x / 20), math.floor(reading.y / 20)
