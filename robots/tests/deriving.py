"""Readings sent as samples, derivation as the worker does it, and what came of it, in the terms of by_definition.py."""

import json
from collections.abc import Iterable, Sequence

from fleet_platform.telemetry import store
from fleet_platform.telemetry.ingest import Row
from robots import heat
from robots.drives import DriveLog, LapLog, RunLog, SectionLog
from robots.models import (
    Drive,
    DriveTotal,
    HeatHour,
    HourlyTraffic,
    Lap,
    Robot,
    RouteRun,
    SectionRun,
)
from robots.readings import Reading
from robots.services import drives_derive


def sections_of(reading: Reading) -> dict:
    pose = {
        "x": reading.x,
        "y": reading.y,
        "map_id": reading.map_id,
        "drive_status": {None: None, True: "Driving", False: "Stop"}[reading.driving],
        "traffic": reading.traffic,
    }
    status = {"speed": reading.speed, "current_way_point_id": reading.way_point_id}
    said = {"pose": _told(pose), "robot_base_status": _told(status), **reading.own}
    return {name: row for name, row in said.items() if row} or {"robot_base_status": {}}


def _told(row: dict) -> dict:
    return {name: value for name, value in row.items() if value is not None}


def deliver(device_id: int, readings: Iterable[Reading]) -> None:
    rows = []
    for reading in readings:
        sections = sections_of(reading)
        text = json.dumps(sections)
        rows.append(
            Row(
                device_id, reading.time_us, reading.seq, reading.time_us, text, "null", (*sections,)
            )
        )
    store.commit([rows])


def derive(*, once: bool = False) -> None:
    """All that waits, whatever its age; or `once` one step for each robot, as after a worker's time was over."""
    while waiting := store.derivation_take("robot", 10):
        for taken in waiting:
            left_us = drives_derive(
                device_id=taken.device_id,
                from_us=taken.from_us,
                horizons={},
                seconds=-1 if once else 60,
            )
            if left_us is None:
                store.derivation_done(taken)
            else:
                store.derivation_put_back(taken, left_us)
        if once:
            return


def logs(robot: Robot) -> dict[type, list]:
    """As of a robot that goes on no more: what is under way counts as it is."""
    of_robot = {"device_id": robot.device_id}
    drives = Drive.objects.filter(**of_robot).order_by("start_us")
    runs = RouteRun.objects.filter(**of_robot).select_related("drive").order_by("start_us")
    laps = Lap.objects.filter(**of_robot).select_related("route_run")
    sections = SectionRun.objects.filter(**of_robot).select_related("lap__route_run")
    return {
        DriveLog: [
            DriveLog(
                *_span(row),
                row.map_id,
                row.average_speed,
                row.max_speed,
                row.min_speed,
                row.told,
                False,
            )
            for row in drives
        ],
        RunLog: [
            RunLog(row.drive.start_us, *_span(row), row.way_point_id, row.laps, False)
            for row in runs
        ],
        LapLog: [
            LapLog(row.route_run.start_us, row.number, *_span(row), row.complete, False)
            for row in laps.order_by("start_us", "end_us", "number")
        ],
        SectionLog: [
            SectionLog(
                *(row.lap.route_run.start_us, row.lap.number, row.index, row.to_index), *_span(row)
            )
            for row in sections.order_by("start_us", "end_us")
        ],
    }


def _span(row) -> tuple[int, int, int, int]:
    return row.start_us, row.end_us, row.time_us, row.distance


def people(robot: Robot) -> dict[tuple[str, int], int]:
    rows = HourlyTraffic.objects.filter(device_id=robot.device_id)
    return {(row.map_id, row.hour_us): row.seen for row in rows if row.seen}


def cells(robot: Robot) -> dict:
    rows = HeatHour.objects.filter(device_id=robot.device_id)
    grids = {(row.map_id, row.hour_us): heat.unpack(row.cells) for row in rows}
    return {key: grid for key, grid in grids.items() if grid}


def totals(robot: Robot) -> dict[str, tuple[int, int, int]]:
    rows = DriveTotal.objects.filter(device_id=robot.device_id)
    return {row.map_id: (row.drives, row.time_us, row.distance) for row in rows if row.drives}


def sums(drives: Sequence[DriveLog]) -> dict[str, tuple[int, int, int]]:
    """What `totals` should be."""
    found: dict[str, tuple[int, int, int]] = {}
    for log in drives:
        count, time_us, distance = found.get(log.map_id, (0, 0, 0))
        found[log.map_id] = (count + 1, time_us + log.time_us, distance + log.distance)
    return found
