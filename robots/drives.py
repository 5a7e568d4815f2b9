"""From a robot's readings to its drives, and within them runs of routes, laps and sections. No ORM.

A `Segmenter` takes readings in their order. Its whole memory is `state`, small and plain, so that work goes on from any
point: the logs of a sequence are those of its first part and, with the state between, of its second. What is a drive
and what is a lap: docs/flyinglet.md, "Derived facts".

Times are microseconds, lengths thousandths of a map pixel: whole numbers, so that sums do not depend on their order.
"""

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import msgspec

from fleet_platform.shared.clock import SECOND

from .readings import Reading

GAP_US = 60 * SECOND  # of silence: nothing is known of what lies between
STOP_US = 60 * SECOND  # without driving: the drive is over
PAUSE_US = 5 * SECOND  # a stop longer than that is no driving time
HELD_US = 15 * SECOND  # how long a status or a speed holds after it was told
SLOWEST = 0.05  # m/s, from which on a robot moves
MOVED_PX, MOVED_WITHIN_US = 5, 5 * SECOND  # how far from where it was it has moved
JITTER_PX = 1  # closer together, two poses are one place
JUMP_PX_PER_S = 500  # faster, a robot found its place anew instead of driving there
MISSED_MOST = 1  # way points in a row that a robot may pass at a distance


class DriveLog(NamedTuple):
    """`average`, `fastest`, `slowest`: m/s where `told` (by the robot), else pixels a second from the poses."""

    start_us: int
    end_us: int
    time_us: int
    distance: int
    map_id: str
    average: float | None
    fastest: float | None
    slowest: float | None
    told: bool
    open: bool


class RunLog(NamedTuple):
    """`drive_us` is the start of its drive; `laps`: how many were begun."""

    drive_us: int
    start_us: int
    end_us: int
    time_us: int
    distance: int
    way_point_id: str
    laps: int
    open: bool


class LapLog(NamedTuple):
    """`run_us` is the start of its run. `complete`: from the first way point to the last."""

    run_us: int
    number: int
    start_us: int
    end_us: int
    time_us: int
    distance: int
    complete: bool
    open: bool


class SectionLog(NamedTuple):
    """From way point `index` to way point `to_index` of the list, counted from 0."""

    run_us: int
    lap: int
    index: int
    to_index: int
    start_us: int
    end_us: int
    time_us: int
    distance: int


Log = DriveLog | RunLog | LapLog | SectionLog
LOGS = (DriveLog, RunLog, LapLog, SectionLog)


class Route(NamedTuple):
    """A list of way points in pixels; `reach`: how near to one counts as there."""

    points: tuple[tuple[float, float], ...]
    reach: float

    def first_near(self, x: float, y: float) -> int | None:
        return next((i for i in range(len(self.points)) if self.is_near(i, x, y)), None)

    def next_near(self, last: int, x: float, y: float) -> int | None:
        """The next way point after `last`, or the one after that, round the list: whichever the place is near to.

        Where the list turns back on itself, who still stands at `last` has not been at the turn yet.
        """
        count = len(self.points)
        for step in range(1, min(MISSED_MOST + 2, count)):
            index = (last + step) % count
            if self.is_near(index, x, y) and (step == 1 or self._are_apart(last, index)):
                return index
        return None

    def _are_apart(self, index: int, other: int) -> bool:
        """No place is near to both."""
        return math.dist(self.points[index], self.points[other]) > 2 * self.reach

    def is_near(self, index: int, x: float, y: float) -> bool:
        a, b = self.points[index]
        return abs(x - a) <= self.reach and math.hypot(x - a, y - b) <= self.reach


def route(points: list[tuple[float, float]], reach: float) -> Route | None:
    """None for fewer than two places. Where the last is the first again, it is one place.

    Where way points lie close together, nearer ones than `reach` count: no more than half the way between two.
    """
    shortest = min((math.dist(*leg) for leg in pairwise(points)), default=0)
    reach = min(reach, max(MOVED_PX, shortest / 2))
    if len(points) > 2 and math.dist(points[0], points[-1]) <= reach:
        points = points[:-1]
    return Route(tuple(points), reach) if len(points) > 1 else None


class Place(msgspec.Struct, array_like=True):
    time_us: int
    x: float
    y: float


class Speeds(msgspec.Struct):
    """`weighted`: mm/s times the microseconds driven at it, of which there are `time_us`. `last`: mm/s."""

    last: int | None = None
    weighted: int = 0
    time_us: int = 0
    fastest: float | None = None
    slowest: float | None = None

    def add(self, speed: float) -> None:
        self.fastest = speed if self.fastest is None else max(self.fastest, speed)
        self.slowest = speed if self.slowest is None else min(self.slowest, speed)

    def average(self) -> float:
        return self.weighted / self.time_us / 1000 if self.time_us else (self.last or 0) / 1000


class Odometer(msgspec.Struct, array_like=True):
    """Where and when something began: time, and time and distance of the drive by then."""

    at_us: int
    time_us: int
    distance: int


class OpenLap(msgspec.Struct):
    """`section` began at way point `index`, the last one reached; None before the first."""

    number: int
    begun: Odometer
    whole: bool = False
    index: int | None = None
    section: Odometer | None = None


class OpenRun(msgspec.Struct):
    way_point_id: str
    begun: Odometer
    lap: OpenLap


class OpenDrive(msgspec.Struct):
    """`last_us`: when it last drove. `counted`: the pose up to which the distance is counted."""

    start_us: int
    last_us: int
    map_id: str
    time_us: int = 0
    distance: int = 0
    stopped: bool = False
    counted: Place | None = None
    told: Speeds = msgspec.field(default_factory=Speeds)
    posed: Speeds = msgspec.field(default_factory=Speeds)
    run: OpenRun | None = None

    def odometer(self) -> Odometer:
        return Odometer(self.last_us, self.time_us, self.distance)


class State(msgspec.Struct, omit_defaults=True):
    """What a Segmenter remembers between two readings."""

    time_us: int | None = None
    map_id: str = ""
    pose: Place | None = None
    anchor: Place | None = None
    driving: bool | None = None
    driving_us: int = 0
    speed: float | None = None
    speed_us: int = 0
    way_point_id: str = ""
    drive: OpenDrive | None = None


FindRoute = Callable[[str, str], Route | None]  # by way point id and map id


class Segmenter:
    """`closed`: the logs that ended, in the order in which they did. The caller empties it."""

    def __init__(self, state: State | None = None, find_route: FindRoute = lambda *_: None):
        self.state = state or State()
        self.find_route = find_route
        self.closed: list[Log] = []

    def feed(self, reading: Reading) -> None:
        self.pass_gap(reading.time_us)
        state = self.state
        if reading.map_id and reading.map_id != state.map_id:
            self._change_map(reading.map_id)
        self._take_words(reading)
        moved = jumped = False
        if reading.x is not None:
            moved, jumped = self._take_pose(reading)
        if jumped and state.drive:
            state.drive.counted = state.pose
        if moved or self._says_driving(reading.time_us):
            self._drive(reading)
        elif state.drive:
            self._stand(reading.time_us)
        state.time_us = reading.time_us

    def pass_gap(self, time_us: int) -> None:
        """After a silence nothing that was told before still holds."""
        if self.state.time_us is not None and time_us - self.state.time_us > GAP_US:
            self._end_drive()
            self.state = State()

    def unfinished(self, *, over: bool = False) -> Iterator[Log]:
        """What is under way, as it is by now. `over`: nothing more is expected of it."""
        drive = self.state.drive
        if drive is None or drive.last_us == drive.start_us:
            return
        yield _drive_log(drive, open=not over)
        yield from _run_logs(
            drive, self.state.drive.odometer(), self._count_of(drive), open=not over
        )

    def _change_map(self, map_id: str) -> None:
        state = self.state
        if state.map_id:
            self._end_drive()
            state.pose = state.anchor = None
        elif state.drive:
            state.drive.map_id = map_id
        state.map_id = map_id

    def _take_words(self, reading: Reading) -> None:
        state = self.state
        if reading.driving is not None:
            state.driving, state.driving_us = reading.driving, reading.time_us
        if reading.speed is not None:
            state.speed, state.speed_us = reading.speed, reading.time_us
        if reading.way_point_id is not None:
            state.way_point_id = reading.way_point_id

    def _says_driving(self, now_us: int) -> bool:
        state = self.state
        if state.driving and now_us - state.driving_us <= HELD_US:
            return True
        speed = self._speed(now_us)
        return speed is not None and speed >= SLOWEST

    def _speed(self, now_us: int) -> float | None:
        return self.state.speed if now_us - self.state.speed_us <= HELD_US else None

    def _take_pose(self, reading: Reading) -> tuple[bool, bool]:
        """Whether the robot has moved, and whether it cannot have driven to where it now says it is."""
        state, now = self.state, Place(reading.time_us, reading.x, reading.y)
        before, state.pose = state.pose, now
        if before is None or state.anchor is None:
            state.anchor = now
            return False, False
        apart_us = now.time_us - before.time_us
        if _apart(before, now) * SECOND > JUMP_PX_PER_S * apart_us:
            state.anchor = now
            return False, True
        if _apart(state.anchor, now) >= MOVED_PX:
            state.anchor = now
            return True, False
        if now.time_us - state.anchor.time_us > MOVED_WITHIN_US:
            state.anchor = now
        return False, False

    def _drive(self, reading: Reading) -> None:
        state, now_us = self.state, reading.time_us
        if state.drive and state.drive.stopped and now_us - state.drive.last_us > STOP_US:
            self._end_drive()
        if state.drive is None:
            state.drive = OpenDrive(now_us, now_us, state.map_id, counted=state.pose)
            self._begin_run()
        else:
            self._go_on(state.drive, reading)
        self._take_speed(state.drive, reading)
        self._reach(state.drive, reading)

    def _go_on(self, drive: OpenDrive, reading: Reading) -> None:
        since_us = reading.time_us - drive.last_us
        drove = not drive.stopped or since_us <= PAUSE_US
        if drove:
            drive.time_us += since_us
            speed = self._speed(reading.time_us)
            if speed is not None and drive.told.last is not None:
                drive.told.weighted += (drive.told.last + round(speed * 1000)) * since_us // 2
                drive.told.time_us += since_us
        if reading.x is not None:
            _measure(drive, self.state.pose, drove)
        drive.last_us, drive.stopped = reading.time_us, False
        if self.state.way_point_id != (drive.run.way_point_id if drive.run else ""):
            self._end_run()
            self._begin_run()

    def _take_speed(self, drive: OpenDrive, reading: Reading) -> None:
        speed = self._speed(reading.time_us)
        drive.told.last = None if speed is None else round(speed * 1000)
        if reading.speed is not None:
            drive.told.add(reading.speed)

    def _stand(self, now_us: int) -> None:
        drive = self.state.drive
        drive.stopped = True
        if now_us - drive.last_us > STOP_US:
            self._end_drive()

    def _begin_run(self) -> None:
        drive, name = self.state.drive, self.state.way_point_id
        if name:
            drive.run = OpenRun(name, drive.odometer(), OpenLap(1, drive.odometer()))

    def _reach(self, drive: OpenDrive, reading: Reading) -> None:
        """Way points that the robot comes to end sections, and the first one again begins a lap."""
        run = drive.run
        if run is None or reading.x is None:
            return
        way = self.find_route(run.way_point_id, drive.map_id)
        if way is None:
            return
        lap = run.lap
        if lap.index is None or lap.index >= len(way.points):
            index = way.first_near(reading.x, reading.y)
            if index is not None:
                lap.index, lap.section, lap.whole = index, drive.odometer(), index == 0
            return
        index = way.next_near(lap.index, reading.x, reading.y)
        if index is None:
            return
        now = drive.odometer()
        self.closed.append(_section_log(run, index, now))
        if index < lap.index:
            self._close_lap(run, now, complete=lap.whole)
            run.lap = OpenLap(lap.number + 1, now, whole=index == 0)
        run.lap.index, run.lap.section = index, now

    def _close_lap(self, run: OpenRun, now: Odometer, *, complete: bool) -> None:
        if now.at_us > run.lap.begun.at_us:
            self.closed.append(_lap_log(run, now, complete=complete, open=False))

    def _end_run(self) -> None:
        drive = self.state.drive
        logs = list(_run_logs(drive, drive.odometer(), self._count_of(drive), open=False))
        self.closed += reversed(logs)
        drive.run = None

    def _end_drive(self) -> None:
        drive = self.state.drive
        if drive is None:
            return
        self._end_run()
        if drive.last_us > drive.start_us:
            self.closed.append(_drive_log(drive, open=False))
        self.state.drive = None

    def _count_of(self, drive: OpenDrive) -> int | None:
        """How many way points the list of the present run has; None where it is not known."""
        way = self.find_route(drive.run.way_point_id, drive.map_id) if drive.run else None
        return len(way.points) if way else None


def _apart(a: Place, b: Place) -> float:
    return math.hypot(a.x - b.x, a.y - b.y)


def _measure(drive: OpenDrive, pose: Place, drove: bool) -> None:
    if drive.counted is None:
        drive.counted = pose
        return
    step = _apart(drive.counted, pose)
    if step < JITTER_PX:
        return
    drive.distance += round(step * 1000)
    since_us = pose.time_us - drive.counted.time_us
    if drove and since_us > 0:
        drive.posed.add(step * SECOND / since_us)
    drive.counted = pose


def _drive_log(drive: OpenDrive, *, open: bool) -> DriveLog:
    told, posed = drive.told, drive.posed
    if told.fastest is not None:
        speeds = (told.average(), told.fastest, told.slowest)
    elif posed.fastest is not None and drive.time_us:
        speeds = (drive.distance * 1000 / drive.time_us, posed.fastest, posed.slowest)
    else:
        speeds = (None, None, None)
    return DriveLog(
        *(drive.start_us, drive.last_us, drive.time_us, drive.distance, drive.map_id),
        *(None if speed is None else round(speed, 3) for speed in speeds),
        told=told.fastest is not None,
        open=open,
    )


def _run_logs(drive: OpenDrive, now: Odometer, count: int | None, *, open: bool) -> Iterator[Log]:
    """The run and its present lap, unless they have only begun. `count`: of the list's way points, where known."""
    run = drive.run
    if run is None or now.at_us == run.begun.at_us:
        return
    laps = run.lap.number - (now.at_us == run.lap.begun.at_us)
    yield RunLog(drive.start_us, *_since(run.begun, now), run.way_point_id, laps, open)
    if now.at_us > run.lap.begun.at_us:
        complete = run.lap.whole and count is not None and run.lap.index == count - 1
        yield _lap_log(run, now, complete=complete, open=open)


def _lap_log(run: OpenRun, now: Odometer, *, complete: bool, open: bool) -> LapLog:
    lap = run.lap
    return LapLog(run.begun.at_us, lap.number, *_since(lap.begun, now), complete, open)


def _section_log(run: OpenRun, index: int, now: Odometer) -> SectionLog:
    lap = run.lap
    return SectionLog(run.begun.at_us, lap.number, lap.index, index, *_since(lap.section, now))


def _since(begun: Odometer, now: Odometer) -> tuple[int, int, int, int]:
    """Start, end, driving time and distance."""
    return (
        begun.at_us,
        now.at_us,
        now.time_us - begun.time_us,
        now.distance - begun.distance,
    )
