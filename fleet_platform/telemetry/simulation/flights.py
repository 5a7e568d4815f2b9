"""A drone that flies rounds: take-off, cruise along a track, return, landing, battery change. DJI's own keys."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .orders import CannotDo

METRES_PER_DEGREE = 111_320.0
CLIMB_M_PER_S, SINK_M_PER_S = 3.0, 2.5
ACCELERATION_M_PER_S2 = 1.5
DRAIN_PERCENT_PER_S = 0.055
RETURN_PERCENT = 30.0
GROUND_SECONDS = (15.0, 60.0)
STANDBY, READY, TAKE_OFF, WAYLINE, RETURN_HOME, LANDING = 0, 2, 4, 5, 9, 10
HOMES = ((126.9326, 37.5284), (126.9945, 37.5130), (127.0710, 37.5185), (126.8935, 37.5690))
FARTHEST_M = 2000.0  # from home, where it is sent
ELLIPSOID_M = 38.0  # ground of the demo's take-off points above the WGS84 ellipsoid


def survey(random: random.Random) -> list[tuple[float, float]]:
    """A lawn-mower track in metres east and north of home."""
    length, gap = random.uniform(120, 260), random.uniform(25, 45)
    turn = math.radians(random.uniform(0, 360))
    track = []
    for line in range(random.randint(3, 6)):
        ends = [(40.0, line * gap), (40.0 + length, line * gap)]
        track += ends if line % 2 == 0 else ends[::-1]
    cos, sin = math.cos(turn), math.sin(turn)
    return [(x * cos - y * sin, x * sin + y * cos) for x, y in track]


@dataclass
class Flight:
    home: tuple[float, float]  # longitude, latitude
    random: random.Random
    east: float = 0.0
    north: float = 0.0
    elevation: float = 0.0
    heading: float = 0.0
    speed: float = 0.0
    climb: float = 0.0
    battery: float = 100.0
    mode: int = STANDBY
    wait: float = 0.0
    cruise_height: float = 60.0
    cruise_speed: float = 8.0
    ahead: list[tuple[float, float]] = field(default_factory=list)
    flown_s: float = 0.0
    flown_m: float = 0.0
    sorties: int = 0
    held: bool = False
    ordered: str = ""  # the drive that it was sent on

    abilities: ClassVar[frozenset[str]] = frozenset(
        {"stop", "resume", "go_to", "return_to_charger", "locate"}
    )

    def __post_init__(self):
        self.wait = self.random.uniform(1, 20)
        self.battery = self.random.uniform(85, 100)
        self.heading = self.random.uniform(-180, 180)

    def step(self, seconds: float) -> None:
        self.climb = 0.0
        if self.held:
            self._hover(seconds)
            return
        if self.mode in {STANDBY, READY}:
            self._on_ground(seconds)
            return
        self.flown_s += seconds
        self.battery = max(5.0, self.battery - DRAIN_PERCENT_PER_S * seconds)
        if self.mode == TAKE_OFF:
            self._climb_to(self.cruise_height, CLIMB_M_PER_S, seconds, WAYLINE)
        elif self.mode == LANDING:
            self._climb_to(0.0, SINK_M_PER_S, seconds, STANDBY)
            if self.mode == STANDBY:
                self.wait = self.random.uniform(*GROUND_SECONDS)
        else:
            self._cruise(seconds)

    def _hover(self, seconds: float) -> None:
        self.speed = 0.0
        if self.mode not in {STANDBY, READY}:
            self.flown_s += seconds
            self.battery = max(5.0, self.battery - DRAIN_PERCENT_PER_S * seconds)

    # --- as it is told ---

    @property
    def busy(self) -> bool:
        """Sent somewhere it is until it is there or turns back; sent home, until it stands there."""
        if self.ordered == "go_to":
            return self.mode in {TAKE_OFF, WAYLINE} and bool(self.ahead)
        return self.ordered == "return_to_charger" and self.mode not in {STANDBY, READY}

    def begin(self, name: str, params: Mapping[str, Any]) -> None:
        """Raises CannotDo."""
        flying = self.mode not in {STANDBY, READY}
        if name == "return_to_charger":
            if flying:
                self.mode, self.ahead = RETURN_HOME, [(0.0, 0.0)]
        else:
            goal = self._goal(params)
            if self.mode == LANDING:
                raise CannotDo("The drone is landing.")
            self.ahead = [goal]
            if not flying:
                self.wait, self.battery, self.sorties = 0.0, 100.0, self.sorties + 1
            if self.mode != TAKE_OFF:
                self.mode = WAYLINE if flying else TAKE_OFF
        self.ordered = name

    def drop(self) -> None:
        """It turns back: a drone does not stay in the air for nothing."""
        self.begin("return_to_charger", {})
        self.ordered = ""

    def hold(self, on: bool) -> None:
        self.held = on

    def _goal(self, params: Mapping[str, Any]) -> tuple[float, float]:
        """Metres east and north of home."""
        said = (params.get("longitude"), params.get("latitude"))
        if not all(isinstance(value, int | float) and math.isfinite(value) for value in said):
            raise CannotDo("It takes longitude and latitude.")
        longitude, latitude = self.home
        east_scale = METRES_PER_DEGREE * math.cos(math.radians(latitude))
        goal = (said[0] - longitude) * east_scale, (said[1] - latitude) * METRES_PER_DEGREE
        if math.hypot(*goal) > FARTHEST_M:
            raise CannotDo(f"That is more than {FARTHEST_M:.0f} m from home.")
        return goal

    def _on_ground(self, seconds: float) -> None:
        self.speed = 0.0
        self.wait -= seconds
        if self.wait > 3:
            return
        self.mode = READY
        if self.wait <= 0:
            if self.battery < 60:
                self.battery = 100.0  # a fresh battery was put in
            self.mode, self.sorties = TAKE_OFF, self.sorties + 1
            self.ahead = survey(self.random)
            self.cruise_height = self.random.uniform(40, 90)
            self.cruise_speed = self.random.uniform(6, 11)

    def _climb_to(self, height: float, rate: float, seconds: float, then: int) -> None:
        gap = height - self.elevation
        step = math.copysign(min(abs(gap), rate * seconds), gap)
        self.elevation += step
        self.climb = step / seconds
        if abs(height - self.elevation) < 0.01:
            self.mode = then

    def _cruise(self, seconds: float) -> None:
        if self.mode == WAYLINE and (not self.ahead or self.battery < RETURN_PERCENT):
            self.mode, self.ahead = RETURN_HOME, [(0.0, 0.0)]
        if not self.ahead:
            self.mode, self.speed = LANDING, 0.0
            return
        goal = self.ahead[0]
        gap = math.dist((self.east, self.north), goal)
        brake = max(1.0, math.sqrt(2 * ACCELERATION_M_PER_S2 * gap))
        wanted = min(self.cruise_speed, brake)
        self.speed = min(wanted, self.speed + ACCELERATION_M_PER_S2 * seconds)
        step = min(gap, self.speed * seconds)
        if gap > 0:
            ahead_east, ahead_north = goal[0] - self.east, goal[1] - self.north
            self.heading = math.degrees(math.atan2(ahead_east, ahead_north))
            self.east += ahead_east * step / gap
            self.north += ahead_north * step / gap
        self.flown_m += step
        if gap - step < 0.5:
            self.ahead.pop(0)

    @property
    def place(self) -> tuple[float, float]:
        """Longitude and latitude, degrees."""
        longitude, latitude = self.home
        east_scale = METRES_PER_DEGREE * math.cos(math.radians(latitude))
        return longitude + self.east / east_scale, latitude + self.north / METRES_PER_DEGREE

    def sections(self) -> dict[str, dict]:
        longitude, latitude = self.place
        osd = {
            "longitude": round(longitude, 7),
            "latitude": round(latitude, 7),
            "height": round(ELLIPSOID_M + self.elevation, 2),
            "elevation": round(self.elevation, 2),
            "attitude_head": round(self.heading, 1),
            "attitude_pitch": round(-1.2 * self.speed, 1),
            "attitude_roll": 0.0,
            "horizontal_speed": round(self.speed, 2),
            "vertical_speed": round(self.climb, 2),
            "mode_code": self.mode,
            "home_distance": round(math.hypot(self.east, self.north), 1),
            "battery": {
                "capacity_percent": round(self.battery),
                "remain_flight_time": round(max(0.0, self.battery - 10) / DRAIN_PERCENT_PER_S),
                "return_home_power": 20,
                "landing_power": 10,
            },
            "position_state": {"is_fixed": 2, "quality": 5, "gps_number": 22, "rtk_number": 0},
            "total_flight_time": round(self.flown_s),
            "total_flight_distance": round(self.flown_m, 1),
            "total_flight_sorties": self.sorties,
        }
        return {"osd": osd}
