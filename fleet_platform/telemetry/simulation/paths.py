"""A robot on a floor: drives from way point to way point, stops for people, goes to charge when its battery is low."""

import heapq
import math
import random
from dataclasses import dataclass, field

from .floors import PIXELS_PER_METRE, Floor, Point

TURN_DEG_PER_S = 90.0
SPEED_UP_M_PER_S2 = 0.4
DRAIN_PERCENT_PER_S = 0.02
CHARGE_PERCENT_PER_S = 0.25
LOW_PERCENT, FULL_PERCENT = 18.0, 96.0
STOP_CHANCE = 0.35
STOP_SECONDS = (3.0, 12.0)


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


@dataclass
class Drive:
    """`step` moves the robot on; `sections` says what it would report."""

    floor: Floor
    random: random.Random
    place: str = ""
    x: float = 0.0
    y: float = 0.0
    rotate: float = 0.0
    speed: float = 0.0
    battery: float = 80.0
    status: str = "Stop"
    ahead: list[str] = field(default_factory=list)
    wait: float = 0.0
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
        if self.wait > 0:
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
        self.ahead = route(self.floor, self.place, self.random.choice(goals))[1:]
        self.cruise = self.random.uniform(0.4, 0.8)

    def _move(self, seconds: float) -> None:
        goal = self.floor.places[self.ahead[0]]
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
        self.place = self.ahead.pop(0)
        self.x, self.y = self.floor.places[self.place]
        if not self.ahead or self.random.random() < STOP_CHANCE / 4:
            self.speed, self.status = 0.0, "Stop"
            self.wait = self.random.uniform(*STOP_SECONDS)

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
            "current_way_point_id": self.ahead[0] if self.ahead else self.place,
            "map_id": self.floor.map_id,
        }
        return {"pose": pose, "robot_base_status": status}
