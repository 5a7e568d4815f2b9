"""Drives, runs, laps and sections from readings: examples, and any journey against the definitions taken literally."""

import csv
import math
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings as configuration
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet_platform.telemetry.simulation import recordings
from robots.derivation import BLANK, Fold
from robots.drives import LOGS, DriveLog, LapLog, RunLog, SectionLog, route
from robots.readings import Reading, says_driving

from . import by_definition
from .journeys import START_US, S, find_route, journeys

RECORDED = Path(configuration.BASE_DIR).parent / "shared/data/robots"
PIXELS_PER_METRE = 25


def all_logs(readings: list[Reading], parts: tuple[int, ...] = ()) -> dict[type, list]:
    """By kind. After each of `parts` readings all that is known is written down and read again."""
    fold, logs = Fold(BLANK, find_route), []
    for number, each in enumerate(readings):
        if number in parts:
            logs += fold.segmenter.closed
            fold = Fold(fold.text(), find_route)
        fold.feed(each)
    logs += [*fold.segmenter.closed, *fold.segmenter.unfinished(over=True)]
    return {
        kind: sorted((log for log in logs if isinstance(log, kind)), key=by_time) for kind in LOGS
    }


def by_time(log) -> tuple:
    return (log.start_us, log.end_us, getattr(log, "number", 0))


# --- any journey ---


@settings(max_examples=150, deadline=None)
@given(journeys)
def test_logs_are_what_the_definitions_say(readings):
    wanted = by_definition.logs(readings, find_route)
    got = all_logs(readings)
    for kind in LOGS:
        assert got[kind] == sorted(wanted[kind], key=by_time)


@settings(max_examples=80, deadline=None)
@given(journeys, st.data())
def test_work_goes_on_from_any_point_as_if_it_had_not_stopped(readings, data):
    parts = data.draw(st.sets(st.integers(0, max(0, len(readings) - 1)), max_size=4))
    assert all_logs(readings, tuple(parts)) == all_logs(readings)


# --- drives, by example ---


def at(seconds: float, **told) -> Reading:
    return Reading(START_US + round(seconds * S), 0, told.pop("map_id", "a"), **told)


def drives(*readings: Reading) -> list[tuple[float, float]]:
    """Start and end of each, in seconds."""
    logs = all_logs(list(readings))[DriveLog]
    return [((log.start_us - START_US) / S, (log.end_us - START_US) / S) for log in logs]


def says(seconds: float, driving: bool) -> Reading:
    return at(seconds, driving=driving)


def test_a_stop_of_a_minute_is_part_of_the_drive_and_a_longer_one_ends_it():
    stop = [says(10 * n, False) for n in range(2, 7)]
    assert drives(says(0, True), says(10, True), *stop, says(70, True)) == [(0, 70)]
    assert drives(
        says(0, True), says(10, True), *stop, says(71, True), says(72, True)
    ) == [(0, 10), (71, 72)]  # fmt: skip


def test_a_minute_of_silence_is_part_of_the_drive_and_a_longer_one_ends_it():
    assert drives(says(0, True), says(60, True)) == [(0, 60)]
    assert drives(says(0, True), says(5, True), says(65.1, True), says(66, True)) == [
        (0, 5),
        (65.1, 66),
    ]


def test_another_map_ends_the_drive():
    upstairs = [at(n, driving=True, map_id="b") for n in (2, 3)]
    assert drives(says(0, True), says(1, True), *upstairs) == [(0, 1), (2, 3)]


def test_one_sample_makes_no_drive():
    assert drives(says(0, True), says(1, False), says(200, False)) == []


@pytest.mark.parametrize("word", ["Driving", "DRIVE", " moving", "주행 중", "이동중"])
def test_words_that_say_driving(word):
    assert says_driving(word) is True


@pytest.mark.parametrize("word", ["Stop", "Charging", "Idle", "정지", "off-driving"])
def test_words_that_do_not(word):
    assert says_driving(word) is False


def test_a_word_holds_for_fifteen_seconds():
    poses = [at(n, x=0.0, y=0.0) for n in range(1, 30)]
    assert drives(says(0, True), *poses) == [(0, 15)]


@pytest.mark.parametrize(("speed", "drove"), [(0.05, True), (0.049, False)])
def test_a_speed_is_driving_from_five_centimetres_a_second(speed, drove):
    assert bool(drives(at(0, speed=speed), at(1, speed=speed))) is drove


@pytest.mark.parametrize(("pace", "drove"), [(0.9, True), (0.8, False)])
def test_who_moves_five_pixels_before_his_place_is_noted_anew_drives(pace, drove):
    """A place is noted for five seconds: the sixth second decides."""
    assert bool(drives(*(at(n, x=pace * n, y=0.0) for n in range(60)))) is drove


def test_a_robot_that_shivers_where_it_stands_does_not_drive():
    assert drives(*(at(n / 10, x=2.0 * (n % 2), y=0.0) for n in range(600))) == []


def only(kind, *readings):
    (log,) = all_logs(list(readings))[kind]
    return log


def test_driving_time_leaves_out_stops_of_more_than_five_seconds():
    stop = says(2, False)
    assert only(DriveLog, says(0, True), says(1, True), stop, says(6, True)).time_us == 6 * S
    assert only(DriveLog, says(0, True), says(1, True), stop, says(6.1, True)).time_us == 1 * S


def test_distance_is_the_way_from_pose_to_pose():
    corner = [(0, 0), (30, 40), (30, 40.9), (90, 40)]
    log = only(DriveLog, *(at(n, driving=True, x=x, y=y) for n, (x, y) in enumerate(corner)))
    assert log.distance == 110_000


def test_finding_its_place_anew_is_no_distance():
    poses = [(0, 0), (40, 0), (640, 0), (680, 0)]
    log = only(DriveLog, *(at(n, driving=True, x=x, y=0) for n, (x, _) in enumerate(poses)))
    assert log.distance == 80_000


def test_speeds_are_those_that_the_robot_tells_weighted_by_time():
    speeds = {0: 0.2, 1: 0.4, 5: 0.4, 7: 0.1}
    log = only(DriveLog, *(at(n, driving=True, speed=speed) for n, speed in speeds.items()))
    assert (log.told, log.slowest, log.fastest) == (True, 0.1, 0.4)
    assert log.average == pytest.approx((0.3 * 1 + 0.4 * 4 + 0.25 * 2) / 7, abs=0.001)


def test_without_told_speeds_the_poses_give_them_in_pixels():
    log = only(DriveLog, *(at(n, driving=True, x=5.0 * n * n, y=0.0) for n in range(4)))
    assert (log.told, log.slowest, log.average, log.fastest) == (False, 5, 15, 25)


# --- routes ---


def along(points, name="square", start=0.0, step=5.0):
    """A reading a second, from the first point to the last."""
    readings, seconds = [], start
    for a, b in pairwise(points):
        strides = max(1, round(math.dist(a, b) / step))
        for n in range(strides):
            x, y = (a[i] + (b[i] - a[i]) * n / strides for i in (0, 1))
            readings.append(at(seconds, driving=True, x=x, y=y, way_point_id=name))
            seconds += 1
    x, y = points[-1]
    return [*readings, at(seconds, driving=True, x=x, y=y, way_point_id=name)]


SQUARE = [(0, 0), (40, 0), (40, 40), (0, 40)]


def test_twice_round_the_square_is_two_laps_of_four_sections():
    logs = all_logs(along([*SQUARE, *SQUARE, (0, 0)]))
    (run,) = logs[RunLog]
    assert (run.way_point_id, run.laps, run.distance) == ("square", 3, 320_000)
    assert [lap.complete for lap in logs[LapLog]] == [True, True, False]
    assert [(log.lap, log.index, log.to_index) for log in logs[SectionLog]] == [
        *((1, n, (n + 1) % 4) for n in range(4)),
        *((2, n, (n + 1) % 4) for n in range(4)),
    ]
    for lap in logs[LapLog][:2]:
        parts = [log for log in logs[SectionLog] if log.lap == lap.number]
        assert parts[0].start_us == lap.start_us and parts[-1].end_us == lap.end_us
        assert sum(part.distance for part in parts) == lap.distance
        assert sum(part.time_us for part in parts) == lap.time_us


def test_one_way_point_may_be_missed_and_two_may_not():
    square = [(0, 0), (40, 0), (40, 25), (14, 40), (0, 40), (0, 0)]
    assert [(log.index, log.to_index) for log in all_logs(along(square))[SectionLog]] == [
        (0, 1),
        (1, 3),
        (3, 0),
    ]
    short = [(0, 0), (20, 0), (14, 40), (0, 40), (0, 20)]
    assert all_logs(along(short))[SectionLog] == []


def test_a_list_into_a_shop_and_out_again_is_followed_in_its_order():
    spur = [(0, 0), (40, 0), (40, 40), (40, 0), (80, 0)]
    logs = all_logs(along(spur, "spur"))
    assert [(log.index, log.to_index) for log in logs[SectionLog]] == list(pairwise(range(5)))
    assert [lap.complete for lap in logs[LapLog]] == [True]


def test_an_open_list_driven_to_its_end_is_a_whole_lap():
    logs = all_logs(along([(0, 0), (120, 0)], "line"))
    assert [(lap.number, lap.complete) for lap in logs[LapLog]] == [(1, True)]
    assert len(logs[SectionLog]) == 2


def test_a_list_that_nobody_drew_has_one_lap_and_no_sections():
    logs = all_logs(along([*SQUARE, *SQUARE], "elsewhere"))
    assert [(lap.number, lap.complete) for lap in logs[LapLog]] == [(1, False)]
    assert logs[SectionLog] == [] and logs[RunLog][0].laps == 1


def test_another_list_is_another_run_and_none_is_none():
    readings = [
        *(at(n, driving=True, way_point_id="one") for n in range(3)),
        *(at(n, driving=True, way_point_id="two") for n in range(3, 5)),
        *(at(n, driving=True, way_point_id="") for n in range(5, 8)),
    ]
    runs = all_logs(readings)[RunLog]
    assert [(run.way_point_id, (run.end_us - run.start_us) / S) for run in runs] == [
        ("one", 3),
        ("two", 2),
    ]


def test_way_points_close_together_are_reached_one_by_one():
    way = route([(0, 0), (10, 0), (20, 0)], 25)
    assert way.reach == 5
    assert route([(0, 0), (100, 0), (100, 100), (3, 0)], 25).points == (
        (0, 0),
        (100, 0),
        (100, 100),
    )
    assert route([(1, 1)], 25) is None


# --- a real robot ---


def recorded(name: str) -> list[Reading]:
    """A drive of a real TurtleBot 3 on a map of 25 pixels a metre."""
    path = RECORDED / name
    if not path.exists():
        pytest.skip(f"{path} is not there")
    frame = recordings.MapFrame(PIXELS_PER_METRE, 400, 400, "lab")
    with path.open() as file:
        return [
            Reading(
                START_US + round(row.seconds * S),
                row.number,
                "lab",
                row.sections["pose"]["x"],
                row.sections["pose"]["y"],
                speed=row.sections.get("robot_base_status", {}).get("speed"),
            )
            for row in recordings.read(file, frame)
        ]


def path_length(name: str) -> float:
    with (RECORDED / name).open() as file:
        points = [(float(row["x_m"]), float(row["y_m"])) for row in csv.DictReader(file)]
    return sum(math.dist(a, b) for a, b in pairwise(points))


@pytest.mark.parametrize("name", ["turtlebot_nav2_odom.csv", "turtlebot_nav2_amcl.csv"])
def test_a_real_drive_is_as_long_as_its_recorded_path(name):
    logs = all_logs(recorded(name))[DriveLog]
    metres = sum(log.distance for log in logs) / 1000 / PIXELS_PER_METRE
    assert metres == pytest.approx(path_length(name), rel=0.02)


def test_a_real_drives_speed_is_its_distance_by_its_time():
    (log,) = all_logs(recorded("turtlebot_nav2_odom.csv"))[DriveLog]
    metres, seconds = log.distance / 1000 / PIXELS_PER_METRE, log.time_us / S
    assert log.told and log.average == pytest.approx(metres / seconds, rel=0.05)
