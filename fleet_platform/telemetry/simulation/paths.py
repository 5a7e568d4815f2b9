"""A robot on a floor: drives its floor's lists of way points, and now and then just somewhere; stops for people, goes
to charge when its battery is low.

It does as it is told as well (orders.py): then it drives where it was sent, and rests a little before it goes on by
itself.
"""

import heapq
import math
import random
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from .floors import PIXELS_PER_METRE, Floor, Point
from .orders import CannotDo

TURN_DEG_PER_S = 90.0
SPEED_UP_M_PER_S2 = 0.4
DRAIN_PERCENT_PER_S = 0.02
CHARGE_PERCENT_PER_S = 0.25
LOW_PERCENT, FULL_PERCENT = 18.0, 96.0
STOP_CHANCE = 0.35
STOP_SECONDS = (3.0, 12.0)
END_SECONDS = (5.0, 60.0)  # after a drive of its own
ROUND_END_SECONDS = (65.0, 120.0)  # after a list: so long a rest ends the drive
LIST_CHANCE, LAPS = 0.5, (1, 3)
REST_SECONDS = 20.0  # after a drive that it was sent on
STAY_AT_MOST_SECONDS = 60.0
NEAR_PIXELS = 2.0
LAPS_AT_MOST, STOPS_AT_MOST = 100, 5000


class Stop(NamedTuple):
    """A point to drive to. `stay`: seconds there; `name` of a place of the floor, or of a way point, or empty.

    `code` of the list of way points that the robot follows on its way there, or empty.
    """

    name: str
    point: Point
    stay: float = 0.0
    code: str = ""


def route(floor: Floor, start: str, goal: str) -> list[str]:
    """The shortest way along the floor's ways, both ends included."""
    queue, done = [(0.0, [start])], set()
    while queue:
        length, places = heapq.heappop(queue)
        here = places[-1]
        if here == goal:
            return places
        if here in done:
            continue
        done.add(here)
        for place in floor.neighbours(here):
            step = math.dist(floor.places[here], floor.places[place])
            heapq.heappush(queue, (length + step, [*places, place]))
    raise ValueError(f"no way from {start} to {goal}")


def heading(start: Point, goal: Point) -> float:
    """Degrees in the image: 0 to the right, 90 down, within -180..180."""
    return math.degrees(math.atan2(goal[1] - start[1], goal[0] - start[0]))


def turn(angle: float, wanted: float, most: float) -> float:
    """`angle` moved towards `wanted` the shorter way round, by at most `most` degrees."""
    gap = (wanted - angle + 180) % 360 - 180
    turned = angle + max(-most, min(most, gap))
    return (turned + 180) % 360 - 180


def crosses(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the lines from a to b and from c to d cross."""

    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def is_clear(floor: Floor, start: Point, goal: Point) -> bool:
    """No wall stands between."""
    return not any(crosses(start, goal, *wall) for wall in floor.walls())


def nearest(floor: Floor, point: Point) -> str | None:
    """The nearest place of the floor that no wall is before."""
    by_distance = sorted(floor.places, key=lambda name: math.dist(floor.places[name], point))
    clear = (name for name in by_distance if is_clear(floor, floor.places[name], point))
    return next(clear, None)


def between(floor: Floor, start: Point, goal: Point) -> list[Stop]:
    """The stops on the way along the floor's ways, neither end among them. Raises CannotDo."""
    first, last = nearest(floor, start), nearest(floor, goal)
    if first is None or last is None:
        raise CannotDo("There is no way to that place.")
    stops = [Stop(name, floor.places[name]) for name in route(floor, first, last)]
    away = (stop for stop in stops if math.dist(stop.point, start) > NEAR_PIXELS)
    return [stop for stop in away if math.dist(stop.point, goal) > NEAR_PIXELS]


@dataclass
class Drive:
    """`step` moves the robot on; `sections` says what it would report.

    `lists`: way-point lists of the floor by their code, each [{x, y, name?, stay?}]; the robot drives these by itself.
    """

    abilities: ClassVar[frozenset[str]] = frozenset(
        {"stop", "resume", "go_to", "drive_route", "return_to_charger", "locate"}
    )

    floor: Floor
    random: random.Random
    place: str = ""
    x: float = 0.0
    y: float = 0.0
    rotate: float = 0.0
    speed: float = 0.0
    battery: float = 80.0
    status: str = "Stop"
    ahead: list[Stop] = field(default_factory=list)
    lists: Mapping[str, Sequence[Mapping]] = field(default_factory=dict)
    wait: float = 0.0
    held: bool = False
    ordered: bool = False
    to_charge: bool = False
    cruise: float = 0.6
    distance_m: float = 0.0

    def __post_init__(self):
        self.place = self.place or self.random.choice(sorted(self.floor.places))
        self.x, self.y = self.floor.places[self.place]
        self.rotate = self.random.uniform(-180, 180)
        self.battery = self.random.uniform(35, 95)
        self.wait = self.random.uniform(0, 5)

    def step(self, seconds: float) -> None:
        if self.status == "Charging":
            self._charge(seconds)
            return
        self.battery = max(0.0, self.battery - DRAIN_PERCENT_PER_S * seconds)
        if self.held:
            self.speed, self.status = 0.0, "Stop"
        elif self.wait > 0:
            self.wait -= seconds
            self.speed, self.status = 0.0, "Stop"
        elif not self.ahead:
            self._choose()
        else:
            self._move(seconds)

    def _charge(self, seconds: float) -> None:
        self.battery = min(100.0, self.battery + CHARGE_PERCENT_PER_S * seconds)
        if self.battery >= FULL_PERCENT:
            self.status = "Stop"

    def _choose(self) -> None:
        if self.battery < LOW_PERCENT:
            goals = self.floor.chargers
            if self.place in goals:
                self.speed, self.status = 0.0, "Charging"
                return
        else:
            goals = sorted(set(self.floor.places) - {self.place})
        self.cruise = self.random.uniform(0.4, 0.8)
        if self.battery >= LOW_PERCENT and self.lists and self.random.random() < LIST_CHANCE:
            code = self.random.choice(sorted(self.lists))
            with suppress(CannotDo):
                self.ahead = self._laps(self.lists[code], self.random.randint(*LAPS), code)
                return
        goal = self.random.choice(goals)
        self.ahead = self._way(Stop(goal, self.floor.places[goal]))

    def _move(self, seconds: float) -> None:
        goal = self.ahead[0].point
        gap_m = math.dist((self.x, self.y), goal) / PIXELS_PER_METRE
        wanted = heading((self.x, self.y), goal) if gap_m > 0.01 else self.rotate
        self.rotate = turn(self.rotate, wanted, TURN_DEG_PER_S * seconds)
        self.status = "Driving"
        facing = abs((wanted - self.rotate + 180) % 360 - 180) < 20
        limit = self.cruise if facing else 0.0
        if len(self.ahead) == 1:  # brake before the end of the drive
            limit = min(limit, max(0.15, math.sqrt(2 * SPEED_UP_M_PER_S2 * gap_m)))
        self.speed = max(0.0, min(limit, self.speed + SPEED_UP_M_PER_S2 * seconds))
        step_m = min(self.speed * seconds, gap_m)
        if gap_m > 0:
            self.x += (goal[0] - self.x) * step_m / gap_m
            self.y += (goal[1] - self.y) * step_m / gap_m
        self.distance_m += step_m
        if gap_m - step_m < 0.02:
            self._arrive()

    def _arrive(self) -> None:
        stop = self.ahead.pop(0)
        self.x, self.y = stop.point
        if stop.name in self.floor.places:
            self.place = stop.name
        if self.ordered:
            self._arrive_as_told(stop)
        elif not self.ahead:
            self._rest(self.random.uniform(*(ROUND_END_SECONDS if stop.code else END_SECONDS)))
        elif stop.stay:
            self._rest(min(stop.stay, STAY_AT_MOST_SECONDS))
        elif self.random.random() < STOP_CHANCE / 4:
            self._rest(self.random.uniform(*STOP_SECONDS))

    def _arrive_as_told(self, stop: Stop) -> None:
        if stop.stay and self.ahead:
            self._rest(min(stop.stay, STAY_AT_MOST_SECONDS))
        if self.ahead:
            return
        self.ordered = False
        self._rest(REST_SECONDS)
        if self.to_charge:
            self.wait, self.status = 0.0, "Charging"

    def _rest(self, seconds: float) -> None:
        self.speed, self.status, self.wait = 0.0, "Stop", seconds

    # --- as it is told ---

    @property
    def busy(self) -> bool:
        return self.ordered

    def begin(self, name: str, params: Mapping[str, Any]) -> None:
        """`drive_route` needs the way's `points`, [{x, y, name?, stay?}], and its `way_point_id`. Raises CannotDo."""
        if params.get("map_id") not in {None, self.floor.map_id}:
            raise CannotDo(f"The robot is on {self.floor.map_id}.")
        if name == "return_to_charger":
            stops = self._way(self._charger())
        elif name == "go_to":
            stops = self._way(Stop("", _point(params)))
        else:
            code = str(params.get("way_point_id") or "")
            stops = self._laps(params.get("points"), params.get("repeats", 1), code)
        self.ahead, self.ordered, self.to_charge = stops, True, name == "return_to_charger"
        self.wait, self.status, self.cruise = 0.0, "Driving", 0.7

    def drop(self) -> None:
        self.ahead, self.ordered = [], False
        self._rest(REST_SECONDS)

    def hold(self, on: bool) -> None:
        self.held = on
        if on and self.status == "Charging":
            self.status = "Stop"

    def _way(self, goal: Stop) -> list[Stop]:
        return [*between(self.floor, (self.x, self.y), goal.point), goal]

    def _charger(self) -> Stop:
        here = (self.x, self.y)
        names = sorted(
            self.floor.chargers, key=lambda name: math.dist(self.floor.places[name], here)
        )
        return Stop(names[0], self.floor.places[names[0]])

    def _laps(self, points: Any, repeats: Any, code: str) -> list[Stop]:
        """The list is followed from its first point on, not on the way to that."""
        if not isinstance(points, Sequence) or not points:
            raise CannotDo("The way is not known.")
        if not isinstance(repeats, int) or not 1 <= repeats <= LAPS_AT_MOST:
            raise CannotDo(f"The way is driven 1 to {LAPS_AT_MOST} times.")
        lap = [_stop(point) for point in points]
        way, here = [], (self.x, self.y)
        for stop in (stop for _ in range(repeats) for stop in lap):
            leg = [*self._leg(here, stop.point), stop]
            way += [each._replace(code=code) for each in leg] if way else leg
            here = stop.point
            if len(way) > STOPS_AT_MOST:
                raise CannotDo("The way is too long.")
        return way

    def _leg(self, start: Point, goal: Point) -> Iterable[Stop]:
        """Straight on where it can, else along the floor's ways."""
        return () if is_clear(self.floor, start, goal) else between(self.floor, start, goal)

    def sections(self, whole: bool = True) -> dict[str, dict]:
        """The pose, and with `whole` the base status that robots send less often."""
        pose = {
            "x": round(self.x, 1),
            "y": round(self.y, 1),
            "rotate": round(self.rotate, 1),
            "map_id": self.floor.map_id,
            "drive_status": self.status,
        }
        if not whole:
            return {"pose": pose}
        status = {
            "speed": round(self.speed, 3),
            "battery": round(self.battery, 1),
            "network": "GOOD" if self.y < 600 else "NORMAL",
            "drive_status": self.status,
            "current_way_point_id": self.ahead[0].code if self.ahead else "",
            "map_id": self.floor.map_id,
        }
        return {"pose": pose, "robot_base_status": status}


def _point(said: Any) -> Point:
    x, y = (said.get(name) if isinstance(said, Mapping) else None for name in "xy")
    fit = all(isinstance(value, int | float) and math.isfinite(value) for value in (x, y))
    if not fit:
        raise CannotDo("It takes x and y in pixels of the map.")
    return float(x), float(y)


def _stop(said: Any) -> Stop:
    point, stay = _point(said), said.get("stay")
    return Stop(str(said.get("name") or ""), point, stay if isinstance(stay, int | float) else 0.0)
