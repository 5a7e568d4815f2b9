"""One robot with stored samples, derived anew each round, beside the bare reading of them: prints one line of JSON.

A process of its own, so that the benchmark itself never imports the platform. Its argument is a JSON object: rounds and
samples.
"""

import json
import os
import sys
import time

import django
from django.core.management import call_command

from . import harness

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleet_platform.settings")
STEP_US = 100_000
STRIDE_PX = 3
CORNERS = ((100, 100), (700, 100), (700, 400), (100, 400))
REST_SAMPLES = 1200  # two minutes after each tour
ROWS_AT_ONCE = 10_000


def tour() -> list[tuple[int, int]]:
    """Round the corners, a place a sample, then a rest."""
    places = []
    for (x, y), (to_x, to_y) in zip(CORNERS, (*CORNERS[1:], CORNERS[0]), strict=True):
        steps = max(abs(to_x - x), abs(to_y - y)) // STRIDE_PX
        places += [(x + (to_x - x) * n // steps, y + (to_y - y) * n // steps) for n in range(steps)]
    return places * 3 + [CORNERS[0]] * REST_SAMPLES


def fill(device_id: int, count: int) -> int:
    """Ten samples a second, the last of them now; answers the first one's time."""
    from django.db import transaction

    from fleet_platform.telemetry.store.writing import sample_rows

    places = tour()
    first_us = time.time_ns() // 1000 - count * STEP_US
    texts = [
        (
            json.dumps({"pose": {"x": x, "y": y, "map_id": "bench", "drive_status": "Driving"}}),
            json.dumps({"map_id": "bench", "x": x, "y": y}),
        )
        for x, y in places
    ]
    resting = json.dumps(
        {
            "pose": {
                "x": CORNERS[0][0],
                "y": CORNERS[0][1],
                "map_id": "bench",
                "drive_status": "Stop",
            }
        }
    )
    on_the_way = json.dumps({"robot_base_status": {"current_way_point_id": "round"}})
    for start in range(0, count, ROWS_AT_ONCE):
        rows = []
        for number in range(start, min(start + ROWS_AT_ONCE, count)):
            place = number % len(places)
            sections, position = texts[place]
            if place >= len(places) - REST_SAMPLES:
                sections = resting
            elif place == 0:
                sections = on_the_way
            at = first_us + number * STEP_US
            rows.append((device_id, at, 0, at, sections, position))
        with transaction.atomic():
            sample_rows.run(rows)
    return first_us


def route(workspace_id: int) -> None:
    from robots.models import FloorMap, WayPointList

    floor = FloorMap.objects.create(
        workspace_id=workspace_id, map_id="bench", name="Benchmark", width=800, height=500
    )
    points = [{"x": x, "y": y} for x, y in CORNERS]
    WayPointList.objects.create(floor=floor, way_point_id="round", name="Round", points=points)


def forget(device_id: int) -> None:
    """So that all is to be derived again."""
    from robots.models import Checkpoint, Derivation, Drive, DriveTotal, HeatHour, HourlyTraffic

    for model in (Derivation, Checkpoint, Drive, DriveTotal, HeatHour, HourlyTraffic):
        model.objects.filter(device_id=device_id).delete()


def derive(device_id: int, from_us: int | None) -> tuple[float]:
    """CPU seconds until there is nothing more to derive."""
    from robots.services import drives_derive

    began = time.process_time()
    while from_us is not None:
        from_us = drives_derive(device_id=device_id, from_us=from_us, horizons={}, seconds=3600)
    return (time.process_time() - began,)


def derive_anew(device_id: int, first_us: int) -> tuple[float]:
    forget(device_id)
    return derive(device_id, first_us)


def derive_late(device_id: int, late_us: int) -> tuple[float]:
    """One more sample among all."""
    from fleet_platform.telemetry.store.writing import sample_rows

    sections = json.dumps({"robot_base_status": {"battery": 50}})
    sample_rows.run([(device_id, late_us, 0, late_us, sections, "null")])
    return derive(device_id, late_us)


def read(device_id: int, count: int) -> tuple[float]:
    """CPU seconds to have the same samples and parse them, by hand."""
    from django.db import connection

    began = time.process_time()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT time_us, seq, sections FROM telemetry_sample"
            " WHERE device_id = %s ORDER BY time_us, seq",
            [device_id],
        )
        parsed = sum(1 for _, _, text in cursor.fetchall() if json.loads(text))
    if parsed < count:
        raise SystemExit("Samples are missing")
    return (time.process_time() - began,)


def main() -> None:
    wanted = json.loads(sys.argv[1])
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    from benchmarks import stage
    from robots.models import Drive, Lap

    workspace_id = stage.people(1)["workspace_id"]
    device_id = stage.devices(workspace_id, "robot", 1)[0]["id"]
    route(workspace_id)
    count, rounds = wanted["samples"], wanted["rounds"]
    first_us = fill(device_id, count)
    ours, yardstick = harness.alternate(
        rounds, lambda: derive_anew(device_id, first_us), lambda: read(device_id, count)
    )
    middle_us = first_us + count // 2 * STEP_US
    late = [derive_late(device_id, middle_us + number) for number in range(1, rounds + 1)]
    told = {
        "ours": harness.medians(ours)[0],
        "bare": harness.medians(yardstick)[0],
        "late": harness.medians(late)[0],
        "drives": Drive.objects.count(),
        "laps": Lap.objects.count(),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
