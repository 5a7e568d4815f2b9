"""Drives, visitors and traffic as CSV: the rows of the lists, to the same people, as one file."""

import csv
import io

import pytest

from fleet_platform.shared import clock
from robots.models import Drive, HourlyTraffic, VisitorHour

pytestmark = pytest.mark.django_db

S = clock.SECOND
HOUR_US = 3600 * S
MONDAY_US = 1_795_392_000 * S  # Monday 2026-11-23 00:00 UTC, 09:00 in Seoul
SPAN = f"from={MONDAY_US // S}&to={(MONDAY_US + 24 * HOUR_US) // S}"
PATHS = ["devices/{device}/drives", "devices/{device}/visitors", "floors/{floor}/traffic"]


@pytest.fixture
def address(robot, floor):
    """`address(path)`: with the ids of the robot and the floor in it."""
    return lambda path: "/api/fleet/" + path.format(device=robot.device_id, floor=floor.pk)


@pytest.fixture
def table(client_of, viewer, address):
    """`table(path, query)`: the rows that a viewer is sent."""

    def get(path: str, query: str = SPAN) -> list[dict]:
        answer = client_of(viewer).get(f"{address(path)}?format=csv&{query}")
        assert answer.status_code == 200, answer.content
        return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))

    return get


def hour(robot, number: int, map_id: str = "thehyundai_1f") -> dict:
    return {
        "device_id": robot.device_id,
        "map_id": map_id,
        "hour_us": MONDAY_US + number * HOUR_US,
    }


def drive(robot, number: int) -> Drive:
    start_us = MONDAY_US + number * HOUR_US
    return Drive.objects.create(
        device_id=robot.device_id,
        map_id="thehyundai_1f",
        start_us=start_us,
        end_us=start_us + 60 * S,
        time_us=30 * S,
        distance=100_000,  # thousandths of a pixel
        changed_us=0,
        told=False,
    )


def test_drives_are_told_newest_first_over_many_pages(robot, floor, table, monkeypatch):
    monkeypatch.setattr("robots.api.fleet.drives.LONGEST_PAGE", 2)
    ids = [drive(robot, number).pk for number in range(5)]
    rows = table(PATHS[0])
    assert [int(row["id"]) for row in rows] == ids[::-1]
    assert rows[-1] == rows[-1] | {
        "device_id": str(robot.device_id),
        "start": "2026-11-23T00:00:00.000Z",
        "end": "2026-11-23T00:01:00.000Z",
        "drive_time": "30.0",
        "distance": "4.0",
        "unit": "m",
    }
    assert "routes" not in rows[0]


def test_drives_of_a_span_alone(robot, table):
    ids = [drive(robot, number).pk for number in range(3)]
    rows = table(PATHS[0], f"from={(MONDAY_US + HOUR_US) // S}&to={(MONDAY_US + HOUR_US) // S}")
    assert [int(row["id"]) for row in rows] == [ids[1]]


def test_laps_have_no_place_in_a_table(client_of, viewer, address):
    answer = client_of(viewer).get(f"{address(PATHS[0])}?format=csv&include=laps")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/include"


def test_visitors_are_told_by_hour_over_many_pages(robot, table, monkeypatch):
    monkeypatch.setattr("robots.api.fleet.hours.PAGE", 2)
    for number in range(5):
        VisitorHour.objects.create(**hour(robot, number), visits=2, people=3, stay_us=9 * S)
    rows = table(PATHS[1])
    assert [row["hour"][11:13] for row in rows] == ["00", "01", "02", "03", "04"]
    assert rows[0] == {
        "device_id": str(robot.device_id),
        "hour": "2026-11-23T00:00:00.000Z",
        "map_id": "thehyundai_1f",
        "visits": "2",
        "people": "3",
        "mean_stay": "4.5",
    }


def test_a_name_of_a_map_runs_no_formula(robot, table):
    VisitorHour.objects.create(**hour(robot, 0, "=1+1"), visits=1, people=1, stay_us=S)
    assert table(PATHS[1])[0]["map_id"] == "'=1+1"


def test_traffic_is_told_by_hour_and_by_day_of_the_week(robot, floor, table):
    for number in range(2):
        HourlyTraffic.objects.create(**hour(robot, number), seen=number + 1)
    by_hour, by_day = table(PATHS[2]), table(PATHS[2], f"{SPAN}&by=weekday")
    assert by_hour[0] == {
        "floor_id": str(floor.pk),
        "time_zone": "UTC",
        "hour": "2026-11-23T00:00:00.000Z",
        "people": "1",
    }
    assert by_day[1] == {
        "floor_id": str(floor.pk),
        "time_zone": "Asia/Seoul",
        "weekday": "1",
        "hour": "10",
        "people": "2",
        "hours": "1",
    }


@pytest.mark.parametrize("path", PATHS)
def test_a_table_of_nothing_is_its_head(table, path):
    assert table(path) == []


@pytest.mark.parametrize("path", PATHS)
def test_only_who_may_see_the_list_gets_the_table(
    client_of, viewer, owner, stranger, address, path
):
    there = f"{address(path)}?format=csv"
    told = [client_of(who).get(there).status_code for who in (None, stranger, viewer, owner)]
    assert told == [401, 404, 200, 200]
    by_accept = client_of(viewer).get(address(path), headers={"Accept": "text/csv"})
    assert by_accept["Content-Type"] == "text/csv; charset=utf-8" and by_accept.streaming


@pytest.mark.parametrize("path", PATHS)
def test_a_bad_parameter_is_named(client_of, viewer, address, path):
    for query, pointer in (("format=xml", "/format"), ("format=csv&from=soon", "/from")):
        answer = client_of(viewer).get(f"{address(path)}?{query}")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == pointer
