"""Drives, visitors, traffic and heat over the fleet API: what they say, to whom, and within which bounds."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fleet_platform.shared import clock
from robots.models import Drive, FloorMap, HourlyTraffic, WayPointList
from robots.readings import Reading
from robots.services import drives_derive_due

from . import deriving
from .test_drives import SQUARE, along

pytestmark = pytest.mark.django_db

S = clock.SECOND
HOUR_US = 3600 * S
MONDAY_US = 1_795_392_000 * S  # Monday 2026-11-23 00:00 UTC, 09:00 in Seoul


@pytest.fixture
def floor(workspace) -> FloorMap:
    return FloorMap.objects.create(workspace=workspace, map_id="hall", metres_per_pixel=0.04)


@pytest.fixture
def way(floor) -> WayPointList:
    points = [{"x": x, "y": y} for x, y in SQUARE]
    return WayPointList.objects.create(floor=floor, way_point_id="tour", name="Tour", points=points)


def ago(hours: float) -> int:
    return clock.now_us() - round(hours * HOUR_US)


def driven(robot, start_us: int, seconds: int = 60, map_id: str = "hall") -> None:
    readings = [
        Reading(start_us + n * S, n, map_id, 10.0 * n, 5.0, True) for n in range(seconds + 1)
    ]
    deriving.deliver(robot.device_id, readings)
    drives_derive_due()


def drives_of(robot) -> str:
    return f"/api/fleet/devices/{robot.device_id}/drives"


def test_drives_are_told_newest_first_with_the_totals(robot, floor, client_of, viewer):
    for hours in (5, 3, 1):
        driven(robot, ago(hours))
    driven(robot, ago(4), map_id="cellar")
    answer = client_of(viewer).get(drives_of(robot))
    body = answer.json()
    assert answer.status_code == 200
    assert [one["unit"] for one in body["results"]] == ["m", "m", "px", "m"]
    assert [one["distance"] for one in body["results"]] == [24, 24, 600, 24]
    newest = body["results"][0]
    assert newest == {
        "id": Drive.objects.order_by("-start_us")[0].pk,
        "start": newest["start"],
        "end": newest["end"],
        "drive_time": 60,
        "distance": 24,
        "map_id": "hall",
        "under_way": True,
        "unit": "m",
        "average_speed": 0.4,
        "max_speed": 0.4,
        "min_speed": 0.4,
        "speed_unit": "m/s",
    }
    assert body["results"][2]["speed_unit"] == "px/s"
    assert body["totals"] == [
        {"unit": "m", "drives": 3, "drive_time": 180, "distance": 72},
        {"unit": "px", "drives": 1, "drive_time": 60, "distance": 600},
    ]
    assert body["next"] is None and body["cut"] is False


def test_pages_of_drives_neither_skip_nor_repeat(robot, client_of, viewer):
    for hours in (5, 4, 3, 2, 1):
        driven(robot, ago(hours))
    seen, cursor = [], ""
    while cursor is not None:
        body = client_of(viewer).get(f"{drives_of(robot)}?limit=2&cursor={cursor}").json()
        seen += [one["id"] for one in body["results"]]
        cursor = body["next"]
    assert seen == list(Drive.objects.order_by("-start_us").values_list("pk", flat=True))


def test_a_span_has_the_drives_that_touch_it(robot, client_of, viewer):
    driven(robot, ago(5))
    driven(robot, ago(3))
    middle = (ago(3) + 30 * S) / S
    body = client_of(viewer).get(f"{drives_of(robot)}?from={middle}&to={middle + 5}").json()
    assert len(body["results"]) == 1


def test_laps_and_sections_come_when_asked_for(robot, way, client_of, viewer):
    shift = ago(2) - 1_688_453_891_000_000
    tour = [
        each._replace(time_us=each.time_us + shift, map_id="hall")
        for each in along([*SQUARE, *SQUARE], "tour")
    ]
    deriving.deliver(robot.device_id, tour)
    drives_derive_due()
    client = client_of(viewer)
    (plain,) = client.get(drives_of(robot)).json()["results"]
    assert "routes" not in plain
    (drive,) = client.get(f"{drives_of(robot)}?include=laps").json()["results"]
    (run,) = drive["routes"]
    assert run["way_point_id"] == "tour"
    assert [(lap["number"], lap["complete"]) for lap in run["laps"]] == [(1, True), (2, True)]
    assert "sections" not in run["laps"][0]
    (drive,) = client.get(f"{drives_of(robot)}?include=sections").json()["results"]
    first = drive["routes"][0]["laps"][0]["sections"]
    assert [(one["from_index"], one["to_index"]) for one in first] == [
        (0, 1),
        (1, 2),
        (2, 3),
        (3, 0),
    ]
    assert sum(one["distance"] for one in first) == drive["routes"][0]["laps"][0]["distance"]


def test_more_drives_cost_no_more_queries(robot, way, client_of, viewer):
    client = client_of(viewer)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(f"{drives_of(robot)}?include=sections").status_code == 200
        return len(captured)

    driven(robot, ago(9))
    one = queries()
    for hours in (8, 7, 6, 5):
        driven(robot, ago(hours))
    assert queries() == one


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=201", "limit"),
        ("include=laps&limit=21", "limit"),
        ("include=everything", "include"),
        ("cursor=x", "cursor"),
        ("from=yesterday", "from"),
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from"),
    ],
)
def test_what_cannot_be_asked_of_drives_is_named(robot, client_of, viewer, query, name):
    answer = client_of(viewer).get(f"{drives_of(robot)}?{query}")
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{name}"]


def test_a_robot_sees_its_own_drives_and_no_others(make_robot, client_of):
    one, other = make_robot(), make_robot()
    driven(one, ago(1))
    driven(other, ago(1))
    assert client_of(one.device).get(drives_of(one)).status_code == 200
    assert client_of(one.device).get(drives_of(other)).status_code == 404


@pytest.mark.parametrize("path", ["devices/{device}/drives", "devices/{device}/visitors",
                                  "floors/{floor}/traffic", "floors/{floor}/heat"])  # fmt: skip
def test_strangers_get_what_missing_rows_get(robot, floor, client_of, stranger, viewer, path):
    path = "/api/fleet/" + path
    there = path.format(device=robot.device_id, floor=floor.pk)
    missing = path.format(device=999_999, floor=999_999)
    assert client_of(None).get(there).status_code == 401
    assert client_of(viewer).get(there).status_code == 200
    strange, none = client_of(stranger).get(there), client_of(viewer).get(missing)
    assert strange.status_code == none.status_code == 404
    assert strange.json()["title"] == none.json()["title"]


# --- visitors ---


def visited(robot, hours: float, id: int, stay: float, people: int = 1) -> None:
    row = {"id": id, "count": str(people), "duration": stay}
    deriving.deliver(robot.device_id, [Reading(ago(hours), id, "hall", own={"visitor_count": row})])
    drives_derive_due()


def test_visitors_are_told_by_hour(robot, client_of, viewer):
    visited(robot, 0.001, 1, 5.0)
    visited(robot, 0.001, 2, 10.0, people=3)
    visited(robot, 26, 3, 2.0)
    body = client_of(viewer).get(f"/api/fleet/devices/{robot.device_id}/visitors").json()
    early, late = body["results"][0], body["results"][-1]
    assert early["hour"] == clock.rfc3339(ago(26) // HOUR_US * HOUR_US)
    assert {**early, "hour": 0} == {
        "hour": 0,
        "map_id": "hall",
        "visits": 1,
        "people": 1,
        "mean_stay": 2,
    }
    assert (late["visits"], late["people"], late["mean_stay"]) == (2, 4, 7.5)


def test_pages_of_visitors_neither_skip_nor_repeat(robot, client_of, viewer):
    for number in range(7):
        visited(robot, 2 + number, number, 1.0)
    seen, cursor = [], ""
    while cursor is not None:
        address = f"/api/fleet/devices/{robot.device_id}/visitors?limit=3&cursor={cursor}"
        body = client_of(viewer).get(address).json()
        seen += [row["hour"] for row in body["results"]]
        cursor = body["next"]
    assert len(seen) == 7 and seen == sorted(set(seen))


# --- floors ---


def passed(
    robot, hour_us: int, people: int, map_id: str = "hall", reported: int | None = None
) -> None:
    HourlyTraffic.objects.create(
        device_id=robot.device_id, map_id=map_id, hour_us=hour_us, seen=people, reported=reported
    )


SPAN = f"from={MONDAY_US // S}&to={(MONDAY_US + 8 * 24 * HOUR_US) // S}"


def traffic(client, floor, by: str) -> dict:
    return client.get(f"/api/fleet/floors/{floor.pk}/traffic?by={by}&{SPAN}").json()


def test_the_people_of_a_floor_are_those_of_all_its_robots(make_robot, floor, client_of, viewer):
    one, other = make_robot(), make_robot()
    passed(one, MONDAY_US, 3)
    passed(other, MONDAY_US, 9, reported=4)
    passed(other, MONDAY_US, 50, map_id="cellar")
    passed(one, MONDAY_US + HOUR_US, 0)
    passed(one, MONDAY_US - HOUR_US, 8)
    assert traffic(client_of(viewer), floor, "hour") == {
        "by": "hour",
        "time_zone": "UTC",
        "results": [{"hour": "2026-11-23T00:00:00.000Z", "people": 7}],
    }


def test_days_of_the_week_are_those_of_the_site(robot, floor, client_of, viewer):
    passed(robot, MONDAY_US, 3)
    passed(robot, MONDAY_US + 7 * 24 * HOUR_US, 4)
    passed(robot, MONDAY_US + 6 * 24 * HOUR_US, 5)  # Sunday 09:00 in Seoul
    assert traffic(client_of(viewer), floor, "weekday") == {
        "by": "weekday",
        "time_zone": "Asia/Seoul",
        "results": [
            {"weekday": 0, "hour": 9, "people": 5, "hours": 1},
            {"weekday": 1, "hour": 9, "people": 7, "hours": 2},
        ],
    }


def test_another_workspaces_robots_on_a_map_of_the_same_name_are_not_counted(
    robot, make_robot, other_workspace, floor, client_of, viewer
):
    passed(robot, MONDAY_US, 3)
    passed(make_robot(workspace=other_workspace), MONDAY_US, 100)
    assert traffic(client_of(viewer), floor, "hour")["results"][0]["people"] == 3


def test_a_robot_sees_the_people_that_it_counted_itself(make_robot, floor, client_of):
    one, other = make_robot(), make_robot()
    passed(one, MONDAY_US, 3)
    passed(other, MONDAY_US, 4)
    assert traffic(client_of(one.device), floor, "hour")["results"][0]["people"] == 3


def test_heat_tells_samples_seconds_and_people_by_cell(make_robot, floor, client_of, viewer):
    one, other = make_robot(), make_robot()
    start_us = ago(2)
    spots = [(5, 5, 0), (30, 5, 2), (45, 5, 2), (45, 5, 3)]
    for robot in (one, other):
        readings = [
            Reading(start_us + n * S, n, "hall", x, y, traffic=seen)
            for n, (x, y, seen) in enumerate(spots)
        ]
        deriving.deliver(robot.device_id, readings)
    drives_derive_due()
    client, address = client_of(viewer), f"/api/fleet/floors/{floor.pk}/heat"
    assert client.get(address).json() == {
        "cell": 40,
        "results": [[0, 0, 4, 4, 4], [1, 0, 4, 2, 2]],
    }
    small = client.get(f"{address}?cell=20").json()["results"]
    assert [cell[:2] for cell in small] == [[0, 0], [1, 0], [2, 0]]
    old = client.get(f"{address}?to={ago(24 * 7) // S}").json()
    assert old["results"] == []


@pytest.mark.parametrize("cell", ["30", "0", "420", "-20", "x"])
def test_cells_are_multiples_of_the_grid(floor, client_of, viewer, cell):
    answer = client_of(viewer).get(f"/api/fleet/floors/{floor.pk}/heat?cell={cell}")
    assert answer.status_code == 400


def test_spans_have_a_longest(floor, robot, client_of, viewer):
    query = "from=2020-01-01T00:00:00Z"
    for path in (f"floors/{floor.pk}/heat", f"floors/{floor.pk}/traffic",
                 f"devices/{robot.device_id}/visitors"):  # fmt: skip
        answer = client_of(viewer).get(f"/api/fleet/{path}?{query}")
        assert answer.status_code == 400 and answer.json()["errors"][0]["pointer"] == "/from"


def test_too_much_heat_is_refused_rather_than_worked_at(
    robot, floor, client_of, viewer, monkeypatch
):
    driven(robot, ago(1))
    monkeypatch.setattr("robots.selectors.hours.HEAT_HOURS_AT_MOST", 0)
    answer = client_of(viewer).get(f"/api/fleet/floors/{floor.pk}/heat")
    assert answer.status_code == 400 and answer.json()["errors"][0]["pointer"] == "/from"
    monkeypatch.undo()
    monkeypatch.setattr("robots.selectors.hours.CELLS_AT_MOST", 2)
    answer = client_of(viewer).get(f"/api/fleet/floors/{floor.pk}/heat")
    assert answer.status_code == 400 and answer.json()["errors"][0]["pointer"] == "/cell"
