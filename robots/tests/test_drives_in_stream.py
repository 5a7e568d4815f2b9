"""Derived rows in the robot's stream: told when they are over, told again when late samples change them."""

import json

import pytest

from fleet_platform.shared import clock
from fleet_platform.telemetry import store
from robots.models import Derivation, Drive, FloorMap, HourlyTraffic, SectionRun, WayPointList
from robots.services import drives_derive_due, drives_end_due

pytestmark = pytest.mark.django_db

HOUR_US = 3600 * clock.SECOND
BEGIN = (
    (clock.now_us() - 5 * HOUR_US) // HOUR_US * HOUR_US // clock.SECOND
)  # a full hour, epoch seconds
SQUARE = [(100, 100), (200, 100), (200, 200), (100, 200)]


@pytest.fixture
def floor(workspace) -> FloorMap:
    return FloorMap.objects.create(workspace=workspace, map_id="hall", metres_per_pixel=0.04)


@pytest.fixture
def way(floor) -> WayPointList:
    points = [{"x": x, "y": y} for x, y in SQUARE]
    return WayPointList.objects.create(floor=floor, way_point_id="7", name="Tour", points=points)


def moving(second: float, x: float, y: float = 100, **told) -> tuple[float, dict]:
    pose = {"x": x, "y": y, "map_id": "hall", "drive_status": "Driving", **told.pop("pose", {})}
    return BEGIN + second, {"pose": pose, **told}


def standing(second: float, x: float, **told) -> tuple[float, dict]:
    return moving(second, x, pose={"drive_status": "Stop"}, **told)


def straight(first: int, last: int) -> list[tuple[float, dict]]:
    """Ten pixels a second."""
    return [moving(second, 10.0 * second) for second in range(first, last + 1)]


def round_the_square(laps: int) -> list[tuple[float, dict]]:
    status = {"robot_base_status": {"current_way_point_id": 7, "speed": 0.4}}
    samples, second = [], 0
    for _ in range(laps):
        for (x, y), (to_x, to_y) in zip(SQUARE, [*SQUARE[1:], SQUARE[0]], strict=True):
            for n in range(10):
                place = x + (to_x - x) * n / 10, y + (to_y - y) * n / 10
                samples.append(moving(second, *place, **status))
                second += 1
    return [*samples, moving(second, *SQUARE[0], **status)]


def told(robot, section: str) -> list[dict]:
    """The platform's rows of a section in the robot's stream, in order."""
    rows = []
    for _, seq, _, sections, _ in store.samples(robot.device_id, limit=10_000):
        said = json.loads(sections)
        if seq >= store.FACTS_SEQ and section in said:
            rows.append(said[section])
    return rows


def silent_for_a_minute() -> None:
    Derivation.objects.filter(ends_us__isnull=False).update(ends_us=clock.now_us())
    Derivation.objects.filter(hour_ends_us__isnull=False).update(hour_ends_us=clock.now_us())
    drives_end_due()


def test_a_drive_is_told_when_it_is_over_and_not_before(robot, floor, send):
    send(robot, *straight(0, 60))
    drives_derive_due()
    assert Drive.objects.get().open and told(robot, "robot_drive_info") == []
    send(robot, *(standing(second, 600.0) for second in range(70, 140, 10)))
    drives_derive_due()
    (row,) = told(robot, "robot_drive_info")
    assert row == {
        "drive_idx": Drive.objects.get(open=False).pk,
        "robot_id": robot.robot_id,
        "robot_idx": robot.pk,
        "start_time_stamp": BEGIN * 1000,
        "end_time_stamp": (BEGIN + 60) * 1000,
        "drive_time": 60.0,
        "drive_distance": 24.0,
        "average_speed": 0.4,
        "max_speed": 0.4,
        "min_speed": 0.4,
        "total_distance": 24.0,
        "total_time": 60.0,
        "map_id": "hall",
        "resource": "derived:m",
        **{name: row[name] for name in row if name.startswith("start_") or name == "end_time"},
    }


def test_the_calendar_of_a_drive_is_utc_and_its_week_begins_on_sunday(robot, send):
    send(robot, *straight(0, 9))
    drives_derive_due()
    silent_for_a_minute()
    (row,) = told(robot, "robot_drive_info")
    start = clock.to_datetime(BEGIN * clock.SECOND)
    assert (row["start_year"], row["start_month"], row["start_date"]) == (
        start.year,
        start.month,
        start.day,
    )
    assert row["start_week_day"] == int(f"{start:%w}")
    assert (row["start_time"], row["end_time"]) == (f"{start:%H:%M:%S}", f"{start:%H:%M}:09")


def test_without_a_scale_distances_are_pixels_and_say_so(robot, send):
    send(robot, *straight(0, 60))
    drives_derive_due()
    silent_for_a_minute()
    (row,) = told(robot, "robot_drive_info")
    assert (row["resource"], row["drive_distance"], row["average_speed"]) == ("derived:px", 600, 10)


def test_a_robot_that_falls_silent_has_ended_its_drive(robot, floor, send):
    send(robot, *straight(0, 60))
    drives_derive_due()
    drives_end_due()
    assert Drive.objects.get().open
    silent_for_a_minute()
    assert not Drive.objects.get().open
    assert len(told(robot, "robot_drive_info")) == 1
    send(robot, *straight(61, 70))
    drives_derive_due()
    assert Drive.objects.get().open, "it was only slow in sending"
    silent_for_a_minute()
    assert [row["drive_distance"] for row in told(robot, "robot_drive_info")] == [24, 28]


def test_a_tour_is_told_section_by_section_then_laps_run_and_drive(robot, way, send):
    send(robot, *round_the_square(2), *(standing(150 + n, 100) for n in range(0, 60, 20)))
    drives_derive_due()
    sections, laps = told(robot, "drive_section_log"), told(robot, "lap_drive_log")
    (run,), (drive,) = told(robot, "route_drive_log"), told(robot, "robot_drive_info")
    assert [row["current_index"] for row in sections] == [0, 1, 2, 3, 0, 1, 2, 3]
    assert {row["drive_distance"] for row in sections[1:]} == {4.0}
    assert {row["drive_time_id"] for row in sections} == {drive["drive_idx"]}
    assert {row["route_log_id"] for row in (*sections, *laps)} == {run["route_log_id"]}
    assert [row["repetition"] for row in laps] == [1, 2, 3]
    assert {row["lap_log_id"] for row in sections} == {row["lap_log_id"] for row in laps[:2]}
    assert (run["way_point_id"], run["way_point_repetition"], run["map_id"]) == (7, 3, "hall")
    assert run["drive_distance"] == drive["drive_distance"] == 32.0
    assert laps[0]["update_at"].endswith("+09:00")


def test_rows_that_end_together_share_one_sample_of_the_stream(robot, way, send):
    send(robot, *round_the_square(1), *(standing(150 + n, 100) for n in range(0, 60, 20)))
    drives_derive_due()
    facts = [json.loads(s[3]) for s in store.samples(robot.device_id) if s[1] >= store.FACTS_SEQ]
    assert set(facts[-1]) >= {"lap_drive_log", "route_drive_log", "robot_drive_info"}


def test_a_late_sample_changes_a_drive_that_keeps_its_id_and_is_told_again(robot, floor, send):
    send(robot, *straight(0, 20), *straight(22, 60))
    drives_derive_due()
    silent_for_a_minute()
    send(robot, moving(-5, -50.0), moving(61, 700.0))
    drives_derive_due()
    silent_for_a_minute()
    first, second = told(robot, "robot_drive_info")
    assert first["drive_idx"] == second["drive_idx"]
    assert (first["drive_distance"], second["drive_distance"]) == (24, 30)
    assert second["start_time_stamp"] == (BEGIN - 5) * 1000
    assert second["total_distance"] == 30


def test_late_samples_that_change_nothing_are_told_nobody(robot, floor, send):
    send(robot, *straight(0, 60))
    drives_derive_due()
    silent_for_a_minute()
    send(robot, (BEGIN + 30.5, {"robot_base_status": {"battery": 50}}))
    drives_derive_due()
    silent_for_a_minute()
    assert len(told(robot, "robot_drive_info")) == 1


def test_the_newest_drive_is_told_last_with_the_totals_of_all(robot, floor, send):
    send(robot, *straight(0, 60), *straight(600, 660))
    drives_derive_due()
    silent_for_a_minute()
    send(robot, moving(30.5, 305.0, 125))  # a detour of the first drive
    drives_derive_due()
    rows = told(robot, "robot_drive_info")
    early, newest = rows[-2:]
    assert early["start_time_stamp"] < newest["start_time_stamp"]
    assert newest["drive_distance"] == 24 and early["drive_distance"] > 24
    assert newest["total_distance"] == pytest.approx(early["drive_distance"] + 24, abs=0.02)


def test_the_registry_shows_the_newest_drive(robot, floor, send, client_of, viewer):
    send(robot, *straight(0, 60), *straight(600, 660))
    drives_derive_due()
    silent_for_a_minute()
    document = client_of(viewer).get(f"/Registry/robot_id/{robot.robot_id}").json()["data"]
    assert document["drive_distance"] == "24.0" and document["total_distance"] == "48.0"
    assert (document["drive_time"], document["total_time"]) == ("60.0", "120.0")


def test_the_stream_and_the_black_box_have_the_row(robot, floor, send, client_of, viewer):
    send(robot, *straight(0, 60))
    drives_derive_due()
    silent_for_a_minute()
    tick = client_of(viewer).get(f"/stream/robot?robot_id={robot.robot_id}").json()
    assert tick["robot_drive_info"]["drive_distance"] == 24
    assert tick["route_drive_log"]["route_log_id"] is False
    now = (
        clock.now_us() // clock.SECOND
    )  # and not today, which has begun already where the robot is
    body = {"robot_id": robot.robot_id, "from_date": BEGIN, "to_date": now}
    ticks = client_of(viewer).post("/blackbox", body).json()
    assert [
        t["robot_drive_info"]["drive_distance"] for t in ticks if t["robot_drive_info"]["drive_idx"]
    ] == [24]


def test_being_told_of_does_not_make_a_robot_seen(robot, send):
    send(robot, *straight(0, 60))
    drives_derive_due()
    robot.device.refresh_from_db()
    seen = robot.device.last_seen_at
    silent_for_a_minute()
    robot.device.refresh_from_db()
    assert robot.device.last_seen_at == seen
    assert store.derivation_take("robot", 10) == []


def test_what_a_robot_logs_itself_is_not_told_over(robot, way, send):
    own = {"robot_drive_info": {"drive_idx": 9, "drive_distance": 99.0}}
    send(robot, moving(0, 100, **own), *round_the_square(1)[1:])
    drives_derive_due()
    silent_for_a_minute()
    assert Drive.objects.count() == 1
    assert told(robot, "robot_drive_info") == []
    assert len(told(robot, "route_drive_log")) == 1
    newest = json.loads(store.states([robot.device_id])[robot.device_id].sections)
    assert newest["robot_drive_info"] == own["robot_drive_info"]


# --- people ---


def seeing(second: float, people: int) -> tuple[float, dict]:
    return moving(second, 50, pose={"drive_status": "Stop", "traffic": people})


def test_people_of_an_hour_are_told_when_it_is_over(robot, send):
    send(robot, seeing(0, 0), seeing(10, 3), seeing(20, 1), seeing(30, 2))
    drives_derive_due()
    assert told(robot, "traffic_count") == []
    silent_for_a_minute()
    (row,) = told(robot, "traffic_count")
    start = clock.to_datetime(BEGIN * clock.SECOND)
    assert row == {
        "id": HourlyTraffic.objects.get().pk,
        "robot_id": robot.robot_id,
        "map_id": "hall",
        "count": 4,
        "add_count": 4,
        "start_utc_hours": BEGIN // 3600,
        "start_timestamp": BEGIN,
        "month": start.month,
        "weekOfDay": int(f"{start:%w}"),
        "hour": start.hour,
        "update_at": row["update_at"],
        "resource": "derived",
    }


def test_late_people_correct_the_hour(robot, send):
    send(robot, seeing(0, 2), seeing(100, 2))
    drives_derive_due()
    silent_for_a_minute()
    assert [row["count"] for row in told(robot, "traffic_count")] == [4]
    send(robot, seeing(50, 2))  # so they had been there all the time
    drives_derive_due()
    silent_for_a_minute()
    assert [(row["count"], row["add_count"]) for row in told(robot, "traffic_count")] == [
        (4, 4),
        (2, 0),
    ]


def test_the_hour_under_way_is_told_later(robot, send):
    now = clock.now_us() / clock.SECOND - BEGIN
    send(robot, seeing(now - 2, 0), seeing(now - 1, 3))
    drives_derive_due()
    hour = HourlyTraffic.objects.get()
    due = Derivation.objects.get().hour_ends_us
    assert hour.hour_us + HOUR_US <= due <= hour.hour_us + HOUR_US + 61 * clock.SECOND or (
        due <= clock.now_us() + 61 * clock.SECOND  # the test ran over the turn of an hour
    )


def test_a_robot_that_counts_itself_is_told_nothing(robot, send):
    count = {"traffic_count": {"count": 12, "start_timestamp": BEGIN}}
    send(robot, seeing(0, 3), standing(10, 50, **count))
    drives_derive_due()
    silent_for_a_minute()
    assert told(robot, "traffic_count") == []
    hour = HourlyTraffic.objects.get()
    assert (hour.seen, hour.reported, hour.people) == (3, 12, 12)


def test_sections_need_no_run_of_their_own_to_be_found_again(robot, way, send):
    """Ids of everything stay through a late sample in the middle of a tour."""
    samples = round_the_square(2)
    late = samples.pop(35)
    send(robot, *samples)
    drives_derive_due()
    before = dict(SectionRun.objects.values_list("start_us", "pk"))
    send(robot, late)
    drives_derive_due()
    assert dict(SectionRun.objects.values_list("start_us", "pk")) == before
