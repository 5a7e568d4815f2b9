"""The devices that stay where they are: depot, base station, remote controller. Slow values that wander a little."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass
class Wander:
    """A value that drifts inside its bounds."""

    low: float
    high: float
    pace: float
    value: float = field(default=0.0)

    def step(self, random: random.Random, seconds: float) -> float:
        if not self.low <= self.value <= self.high:
            self.value = (self.low + self.high) / 2
        drift = random.gauss(0, self.pace * seconds**0.5)
        self.value = max(self.low, min(self.high, self.value + drift))
        return round(self.value, 1)


class Standing:
    """What stays where it is can show itself, and nothing else."""

    abilities: ClassVar[frozenset[str]] = frozenset({"locate"})
    busy = False

    def begin(self, name: str, params: Mapping[str, Any]) -> None:
        raise AssertionError("it has no drives")

    def drop(self) -> None:
        raise AssertionError("it has no drives")

    def hold(self, on: bool) -> None:
        raise AssertionError("it does not move")


class Depot(Standing):
    def __init__(self, home: tuple[float, float], random: random.Random):
        self.home, self.random = home, random
        self.wind = Wander(0, 12, 0.3, 3)
        self.direction = Wander(0, 359, 4, 220)
        self.warmth = Wander(-5, 32, 0.05, 14)
        self.humidity = Wander(25, 90, 0.3, 55)
        self.values: dict[str, float] = {}
        self.step(0)

    def step(self, seconds: float) -> None:
        wanderers = {"WS": self.wind, "WD": self.direction, "T": self.warmth, "RH": self.humidity}
        self.values = {key: one.step(self.random, seconds) for key, one in wanderers.items()}

    def sections(self) -> dict[str, dict]:
        longitude, latitude = self.home
        place = {"type": "depot", "lng": longitude, "lat": latitude, "alt": 38}
        return {
            "weather": dict(self.values),
            "depot_status": {"status": "ready", "power": "ac", "door": "closed", "fix": "off"},
            "charger": {"status": 0, "V": 25.2, "A": 0},
            "status": {"code": 0, "msg": "online", "status": place},
        }


class BaseStation(Standing):
    def __init__(self, random: random.Random):
        self.random = random
        self.temperature = Wander(18, 28, 0.03, 23)
        self.humidity = Wander(30, 65, 0.1, 45)
        self.brightness = Wander(80, 600, 4, 320)
        self.noise = Wander(28, 60, 0.8, 36)
        self.values: dict[str, float] = {}
        self.step(0)

    def step(self, seconds: float) -> None:
        names = ("temperature", "humidity", "brightness", "noise")
        self.values = {name: getattr(self, name).step(self.random, seconds) for name in names}

    def sections(self) -> dict[str, dict]:
        return {"environment": dict(self.values)}


class RemoteController(Standing):
    def __init__(self, home: tuple[float, float], random: random.Random):
        self.home, self.random = home, random
        self.battery = random.uniform(60, 100)

    def step(self, seconds: float) -> None:
        self.battery = self.battery - 0.004 * seconds if self.battery > 15 else 100.0

    def sections(self) -> dict[str, dict]:
        longitude, latitude = self.home
        osd = {
            "longitude": longitude,
            "latitude": latitude,
            "height": 39.5,
            "capacity_percent": round(self.battery),
            "transmission_signal_quality": 5,
        }
        return {"osd": osd}
