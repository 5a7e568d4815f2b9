"""Simulated robots and drones move believably: inside rooms, at walking speed, with batteries that last and refill."""

import itertools
import json
import math
import random

import pytest

from fleet_platform.telemetry import kinds
from fleet_platform.telemetry.simulation import floors, paths, stations
from fleet_platform.telemetry.simulation.flights import HOMES, LANDING, STANDBY, WAYLINE, Flight

ROBOT_RADIUS = 12  # pixels: half a metre


def gap(point, wall) -> float:
    """Distance of a point from a wall segment."""
    (x, y), ((x0, y0), (x1, y1)) = point, wall
    length = (x1 - x0) ** 2 + (y1 - y0) ** 2
    share = (
        0 if length == 0 else max(0, min(1, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length))
    )
    return math.dist(point, (x0 + share * (x1 - x0), y0 + share * (y1 - y0)))


def along(start, goal, step=4):
    count = max(1, int(math.dist(start, goal) / step))
    for index in range(count + 1):
        share = index / count
        yield start[0] + (goal[0] - start[0]) * share, start[1] + (goal[1] - start[1]) * share


@pytest.mark.parametrize("floor", floors.FLOORS, ids=lambda floor: floor.map_id)
def test_every_way_keeps_clear_of_walls_and_furniture(floor):
    walls = floor.walls()
    for first, second in floor.ways:
        for point in along(floor.places[first], floor.places[second]):
            near = min(gap(point, wall) for wall in walls)
            assert near >= ROBOT_RADIUS, f"{first} - {second} passes a wall at {point}"
            for block in floor.blocks:
                inside = (
                    block.left - 10 < point[0] < block.right + 10
                    and block.top - 10 < point[1] < block.bottom + 10
                )
                assert not inside, f"{first} - {second} runs into a {block.look} at {point}"
            for pillar in floor.pillars:
                assert math.dist(point, pillar) >= 24, (
                    f"{first} - {second} runs into a pillar at {point}"
                )


@pytest.mark.parametrize("floor", floors.FLOORS, ids=lambda floor: floor.map_id)
def test_every_place_can_be_reached_from_every_other(floor):
    for start, goal in itertools.permutations(floor.places, 2):
        assert paths.route(floor, start, goal)[-1] == goal


def test_a_robot_drives_an_hour_without_jumps_or_haste():
    drive = paths.Drive(floors.FIRST, random.Random(7))
    before = (drive.x, drive.y)
    for _ in range(2 * 3600):
        drive.step(0.5)
        moved_m = math.dist(before, (drive.x, drive.y)) / floors.PIXELS_PER_METRE
        assert moved_m <= 0.8 * 0.5 + 0.03
        assert 0 <= drive.speed <= 0.8
        before = (drive.x, drive.y)
    assert 300 < drive.distance_m < 2500


def test_a_robot_drives_the_lists_of_its_floor_and_rests_between():
    named = {"tour": ("dock", "west", "south"), "gone": ()}
    lists = {
        code: [dict(zip("xy", floors.FIRST.places[name], strict=True)) for name in names]
        for code, names in named.items()
    }
    drive = paths.Drive(floors.FIRST, random.Random(7), lists=lists)
    told, still, longest = [], 0.0, 0.0
    for _ in range(2 * 3600):
        drive.step(0.5)
        code = drive.sections()["robot_base_status"]["current_way_point_id"]
        if not told or told[-1] != code:
            told.append(code)
        still = still + 0.5 if drive.status == "Stop" else 0.0
        longest = max(longest, still)
    assert set(told) == {"", "tour"} and told.count("tour") >= 2
    assert longest > 60


def test_a_robot_with_a_low_battery_charges_and_drives_again():
    drive = paths.Drive(floors.SECOND, random.Random(1))
    drive.battery = 17.0
    seen = []
    for _ in range(3600):
        drive.step(1.0)
        if not seen or seen[-1] != drive.status:
            seen.append(drive.status)
    assert "Charging" in seen and "Driving" in seen[seen.index("Charging") :]
    assert drive.battery > 18


def test_a_turn_takes_the_shorter_way_round():
    assert paths.turn(170, -170, 90) == -170
    assert paths.turn(-170, 170, 5) == -175
    assert paths.heading((0, 0), (0, 10)) == 90


def test_a_drone_takes_off_flies_and_lands_at_home():
    flight = Flight(HOMES[0], random.Random(3))
    modes, highest, farthest = set(), 0.0, 0.0
    for _ in range(3000):
        flight.step(1.0)
        modes.add(flight.mode)
        highest, farthest = (
            max(highest, flight.elevation),
            max(farthest, math.hypot(flight.east, flight.north)),
        )
        if flight.mode == STANDBY:
            assert flight.elevation == 0 and math.hypot(flight.east, flight.north) < 1
    assert {STANDBY, WAYLINE, LANDING} <= modes
    assert 40 <= highest <= 90 and farthest > 50
    assert flight.sorties >= 2 and flight.battery >= 5


def test_what_simulated_devices_say_is_what_their_kinds_take():
    rng = random.Random(5)
    told = {
        "robot": paths.Drive(floors.FIRST, rng).sections(),
        "drone": Flight(HOMES[1], rng).sections(),
        "depot": stations.Depot(HOMES[0], rng).sections(),
        "base_station": stations.BaseStation(rng).sections(),
        "remote_controller": stations.RemoteController(HOMES[0], rng).sections(),
    }
    for name, sections in told.items():
        kind = kinds.get(name)
        for section, values in sections.items():
            kind.sections[section].decode(json.dumps(values).encode())
        if name != "base_station":
            assert kind.position(sections) is not None
