"""What lies on the demo's floors: shops in the rooms, regions in the halls, ways along the paths, red zones.

Everything follows the shapes that the simulated robots drive between (telemetry/simulation/floors.py), so ways are
those that robots can drive. One red zone lies on such a way: a robot runs into it every few minutes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from fleet_platform.telemetry.simulation.floors import FIRST, FLOORS, SECOND, Floor, Room
from fleet_platform.telemetry.simulation.paths import route
from robots.models import Place, Region, Store, WayPointList

STAY_SECONDS = 20
ROUND, ROUND_HOURS = "Tour of the floor", (10, 15)
Corners = list[list[int]]
Box = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True)
class Way:
    """`stops`: places of the floor at which the robot stays; between them it takes the shortest way."""

    code: str
    name: str
    color: str
    stops: tuple[str, ...]


SHOPS = {
    FIRST.map_id: ("서점", "카페", "향수", "구두", "식료품", "꽃집"),
    SECOND.map_id: ("여성복", "남성복", "장난감", "안경", "가구", "식당가"),
}
REGIONS: dict[str, dict[str, Box]] = {
    FIRST.map_id: {
        "Atrium": (680, 260, 940, 370),
        "West hall": (60, 280, 440, 470),
        "South hall": (680, 590, 940, 670),
        "East hall": (1180, 380, 1560, 480),
    },
    SECOND.map_id: {
        "North hall": (520, 260, 1110, 340),
        "West hall": (320, 420, 480, 660),
        "South hall": (520, 560, 1110, 650),
    },
}
WAYS: dict[str, tuple[Way, ...]] = {
    FIRST.map_id: (
        Way("thehyundai_1f_tour", "Tour", "#2d6a9e", ("dock", "shop2", "west", "shop5", "south", "store")),
        Way("thehyundai_1f_guide", "Guide to the shops", "#8a3ffc", ("dock", "shop4", "east", "shop7", "garden")),
        Way("thehyundai_1f_atrium", "Atrium round", "#b28600", ("centre", "escalator", "shop2", "door3", "centre")),
    ),
    SECOND.map_id: (
        Way("thehyundai_2f_tour", "Tour", "#2d6a9e", ("dock", "shop4", "shop3", "west", "hall", "dock")),
        Way("thehyundai_2f_guide", "Guide to the shops", "#8a3ffc", ("dock", "shop6", "south", "shop2-in", "shop1")),
    ),
}  # fmt: skip
RED_ZONES: dict[str, dict[str, Box]] = {
    FIRST.map_id: {"Escalator": (700, 40, 900, 225), "Planter": (730, 790, 870, 860)},
    SECOND.map_id: {"Atrium void": (630, 390, 970, 510), "Escalator": (350, 40, 450, 190)},
}


def on_floor(map_id: str) -> Iterator[tuple[type[Place], dict[str, Any]]]:
    """The places of one of the demo's floors, ready for the service that draws them."""
    floor = next(floor for floor in FLOORS if floor.map_id == map_id)
    shops = [room for room in floor.rooms if room.tint == "room"]
    for number, (room, name) in enumerate(zip(shops, SHOPS[map_id], strict=False), 1):
        yield Store, {"store_id": str(number), "name": name, "polygon": _room(room)}
    for number, (name, box) in enumerate(REGIONS[map_id].items(), 1):
        left, top, right, bottom = box
        extent = {"x": left, "y": top, "width": right - left, "height": bottom - top}
        yield Region, {"region_id": str(number), "name": name, **extent}
    for way in WAYS[map_id]:
        points = _points(floor, way.stops)
        yield (
            WayPointList,
            {"way_point_id": way.code, "name": way.name, "color": way.color, "points": points},
        )


def rounds_on(map_id: str) -> list[dict[str, Any]]:
    """Timers of a schedule: the floor's first way in the morning and in the afternoon, then back to the charger."""
    code = WAYS[map_id][0].code
    return [
        {"hours": hour, "minutes": 30, "way_point_id": code, "repeats": 1, "go_charger": True}
        for hour in ROUND_HOURS
    ]


def red_zones_on(map_id: str) -> dict[str, Corners]:
    return {name: _box(box) for name, box in RED_ZONES[map_id].items()}


def _points(floor: Floor, stops: Sequence[str]) -> list[dict[str, Any]]:
    """Every place that the way passes, in its order; the robot stays at the stops after the first."""
    passed, stays = [stops[0]], set()
    for start, goal in pairwise(stops):
        passed += route(floor, start, goal)[1:]
        stays.add(len(passed) - 1)
    return [
        {"x": x, "y": y, "name": name, **({"stay": STAY_SECONDS} if index in stays else {})}
        for index, name in enumerate(passed)
        for x, y in [floor.places[name]]
    ]


def _room(room: Room) -> Corners:
    return _box((room.left, room.top, room.right, room.bottom))


def _box(box: Box) -> Corners:
    left, top, right, bottom = box
    return [[left, top], [right, top], [right, bottom], [left, bottom]]
