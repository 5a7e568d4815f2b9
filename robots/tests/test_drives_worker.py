"""Who works when: leases, workers that meet, robots that hold nobody up, and what is too old to matter."""

import random

import pytest

from fleet_platform.shared import clock
from fleet_platform.telemetry import store
from fleet_platform.telemetry.models import Latest, RetentionRule, Sample
from fleet_platform.telemetry.services import expired_data_purge
from robots.models import (
    Checkpoint,
    Derivation,
    Drive,
    DriveTotal,
    HourlyTraffic,
    TrafficReport,
    Visit,
    VisitorHour,
)
from robots.readings import Reading
from robots.services import drives_derive, drives_derive_due, drives_end_due
from robots.services.drives import steps, worker
from robots.tasks import derive_drives

from . import deriving

pytestmark = pytest.mark.django_db

S = clock.SECOND
DAY_US = 86_400 * S


def driving(start_us: int, seconds: int, every: float = 1, seq: int = 0) -> list[Reading]:
    return [
        Reading(start_us + round(n * every * S), seq + n, "hall", 10.0 * n, 0.0, True)
        for n in range(round(seconds / every) + 1)
    ]


def recently(seconds: float = 0) -> int:
    return clock.now_us() - 3600 * S + round(seconds * S)


def drive_lengths(robot) -> list[float]:
    rows = Drive.objects.filter(device_id=robot.device_id).order_by("start_us")
    return [(row.end_us - row.start_us) / S for row in rows]


def test_the_task_derives_and_ends_drives(robot):
    deriving.deliver(robot.device_id, driving(recently(), 60))
    assert derive_drives() == 1
    assert drive_lengths(robot) == [60]
    Derivation.objects.update(ends_us=clock.now_us())
    assert derive_drives() == 1
    assert not Drive.objects.get().open
    assert derive_drives() == 0


def test_of_two_workers_at_one_robot_the_slower_writes_nothing(robot, monkeypatch):
    deriving.deliver(robot.device_id, driving(recently(), 60))
    (taken,) = store.derivation_take("robot", 1)
    real, met = worker.next_step, []

    def meanwhile(*arguments):
        step = real(*arguments)
        if not met:
            met.append(1)
            assert drives_derive(device_id=robot.device_id, from_us=taken.from_us) is None
        return step

    monkeypatch.setattr(worker, "next_step", meanwhile)
    assert drives_derive(device_id=robot.device_id, from_us=taken.from_us) == taken.from_us
    monkeypatch.undo()
    assert drives_derive(device_id=robot.device_id, from_us=taken.from_us) is None
    assert drive_lengths(robot) == [60]
    assert DriveTotal.objects.get().drives == 1
    assert Checkpoint.objects.filter(samples__lt=0).count() == 0


def test_a_robot_that_cannot_be_derived_from_holds_up_nobody(make_robot, monkeypatch, caplog):
    bad, good = make_robot(), make_robot()
    for robot in (bad, good):
        deriving.deliver(robot.device_id, driving(recently(), 60))
    real = worker.next_step

    def poisoned(row, *rest):
        if row.device_id == bad.device_id:
            raise ZeroDivisionError
        return real(row, *rest)

    monkeypatch.setattr(worker, "next_step", poisoned)
    assert drives_derive_due() == 2
    assert (drive_lengths(bad), drive_lengths(good)) == ([], [60])
    assert f"device {bad.device_id}" in caplog.text
    assert drives_derive_due() == 0, "its lease has to run out first"
    monkeypatch.undo()
    Latest.objects.filter(device_id=bad.device_id).update(deriving_until_us=0)
    assert drives_derive_due() == 1
    assert drive_lengths(bad) == [60]


def test_a_robot_with_much_to_do_lets_others_go_first(make_robot, monkeypatch):
    monkeypatch.setattr(worker, "SECONDS_A_ROBOT", -1)
    monkeypatch.setattr(steps, "SAMPLES_A_STEP", 100)
    monkeypatch.setattr(steps, "PAGE", 100)
    busy, calm = make_robot(), make_robot()
    deriving.deliver(busy.device_id, driving(recently(-600), 900))
    deriving.deliver(calm.device_id, driving(recently(), 60))
    order = []
    real = worker.drives_derive

    def noted(**options):
        order.append(options["device_id"])
        return real(**options, seconds=-1)

    monkeypatch.setattr(worker, "drives_derive", noted)
    drives_derive_due(seconds=60)
    assert set(order[:2]) == {busy.device_id, calm.device_id}
    assert order.count(busy.device_id) > 5 and order.count(calm.device_id) == 1
    assert (drive_lengths(busy), drive_lengths(calm)) == ([900], [60])


def test_a_worker_killed_in_the_middle_leaves_whole_steps(robot, monkeypatch):
    monkeypatch.setattr(steps, "SAMPLES_A_STEP", 100)
    deriving.deliver(robot.device_id, driving(recently(), 900))
    from_us = recently(-1)
    real, done = worker._write, []

    def killed(*arguments):
        if len(done) == 3:
            raise SystemExit
        done.append(1)
        return real(*arguments)

    monkeypatch.setattr(worker, "_write", killed)
    with pytest.raises(SystemExit):
        drives_derive(device_id=robot.device_id, from_us=from_us)
    monkeypatch.undo()
    assert 0 < Drive.objects.get().end_us - from_us < 900 * S
    assert drives_derive(device_id=robot.device_id, from_us=from_us) is None
    assert drive_lengths(robot) == [900]
    assert DriveTotal.objects.get().time_us == 900 * S


def test_in_order_samples_are_read_once(robot, monkeypatch):
    read = []
    real = store.samples
    monkeypatch.setattr(
        store, "samples", lambda *a, **k: read.extend(rows := real(*a, **k)) or rows
    )
    start_us = recently()
    for minute in range(20):
        deriving.deliver(robot.device_id, driving(start_us + minute * 60 * S, 59, seq=100 * minute))
        drives_derive_due()
    assert len(read) == 20 * 60


def test_a_late_sample_costs_its_surroundings_not_the_whole_past(robot, monkeypatch):
    start_us = recently(-7000)
    stops = [
        Reading(start_us + (n * 300 + m) * S, 10 * n, "hall", 5.0 * min(m, 100), 0.0, m < 100)
        for n in range(30)
        for m in range(0, 250, 5)
    ]
    deriving.deliver(robot.device_id, stops)
    drives_derive_due()
    before = drive_lengths(robot)
    read = []
    real = steps.reading
    monkeypatch.setattr(steps, "reading", lambda *a: read.append(1) or real(*a))
    late = Reading(start_us + (10 * 300 + 52) * S, 1, "hall", 51.0, 30.0, True)
    deriving.deliver(robot.device_id, [late])
    drives_derive_due()
    assert drive_lengths(robot) == before
    assert len(read) < 300


def test_device_without_a_registry_row_is_let_be(device):
    deriving.deliver(device.pk, driving(recently(), 10))
    assert drives_derive_due() == 1
    assert not Derivation.objects.exists()


def test_a_removed_robot_is_derived_to_its_end_and_told_nothing(robot):
    deriving.deliver(robot.device_id, driving(recently(), 60))
    robot.device.removed_at = clock.to_datetime(clock.now_us())
    robot.device.save()
    drives_derive_due()
    Derivation.objects.update(ends_us=clock.now_us())
    drives_end_due()
    assert drive_lengths(robot) == [60] and not Drive.objects.get().open
    assert not Sample.objects.filter(seq__gte=store.FACTS_SEQ).exists()


def test_an_end_that_fails_is_tried_again_later(robot, monkeypatch):
    deriving.deliver(robot.device_id, driving(recently(), 60))
    drives_derive_due()
    Derivation.objects.update(ends_us=clock.now_us())
    monkeypatch.setattr(worker, "ending_step", lambda *_: 1 / 0)
    assert drives_end_due() == 1
    assert Derivation.objects.get().ends_us > clock.now_us()
    assert drives_end_due() == 0


# --- what robots count themselves, in any order ---


def counting() -> list[Reading]:
    start_us = (clock.now_us() - 5 * 3600 * S) // (3600 * S) * 3600 * S
    begin = start_us // S
    rows: list[dict] = [
        {"traffic_count": {"count": n, "start_timestamp": begin}} for n in (3, 8, 12)
    ]
    rows += [{"traffic_count": {"add_count": 2, "update_at": (begin + 3600 + n % 3) * 1000,
                                "start_timestamp": begin + 3600}} for n in range(6)]  # fmt: skip
    visits = [(1, 5.0, 0), (2, 7.0, 10), (1, 65.0, 0), (3, 1.0, 3599), (4, 2.0, 3600)]
    rows += [
        {"visitor_count": {"id": id, "count": "2", "duration": stay, "start_timestamp": begin + at}}
        for id, stay, at in visits
    ]
    return [Reading(start_us + n * 20 * S, n, "hall", own=row) for n, row in enumerate(rows)]


@pytest.mark.parametrize("seed", range(8))
def test_repeated_and_late_counts_are_counted_once(robot, seed):
    chance = random.Random(seed)
    readings = counting()
    again = [Reading(r.time_us + S, r.seq, r.map_id, own=r.own) for r in readings if r.own]
    mixed = readings + chance.sample(again, len(again))
    chance.shuffle(mixed)
    for start in range(0, len(mixed), 4):
        deriving.deliver(robot.device_id, mixed[start : start + 4])
        if chance.random() < 0.6:
            drives_derive_due()
    drives_derive_due()
    hours = HourlyTraffic.objects.order_by("hour_us")
    assert [(hour.reported, hour.people) for hour in hours] == [(12, 12), (6, 6)]
    visitors = VisitorHour.objects.order_by("hour_us")
    assert [(row.visits, row.people, row.stay_us / S) for row in visitors] == [
        (3, 6, 73),
        (1, 2, 2),
    ]


# --- what is too old ---


def test_samples_older_than_what_is_kept_change_nothing(robot, workspace):
    RetentionRule.objects.create(workspace=workspace, data_class="telemetry", days=10)
    deriving.deliver(robot.device_id, driving(clock.now_us() - 8 * DAY_US, 60))
    drives_derive_due()
    deriving.deliver(robot.device_id, driving(clock.now_us() - 10 * DAY_US, 60))
    drives_derive_due()
    assert drive_lengths(robot) == [60]


def test_purging_keeps_what_the_rule_says_and_the_totals(robot, workspace):
    RetentionRule.objects.create(workspace=workspace, data_class="drives", days=10)
    for age in (20, 3):
        deriving.deliver(robot.device_id, driving(clock.now_us() - age * DAY_US, 60))
        visit = {"visitor_count": {"id": age, "duration": 5}, "traffic_count": {"add_count": 1}}
        told_us = clock.now_us() - age * DAY_US + 600 * S
        deriving.deliver(robot.device_id, [Reading(told_us, 0, "hall", own=visit)])
    deriving.derive()
    assert len(drive_lengths(robot)) == 2
    expired_data_purge(pause_seconds=0)
    assert len(drive_lengths(robot)) == 1
    for model in (HourlyTraffic, TrafficReport, Visit, VisitorHour):
        assert model.objects.count() == 1
    assert DriveTotal.objects.get().drives == 2
    deriving.deliver(robot.device_id, driving(clock.now_us() - DAY_US, 60))
    drives_derive_due()
    assert DriveTotal.objects.get().drives == 3


def test_purging_never_takes_the_place_where_work_goes_on(robot, workspace):
    RetentionRule.objects.create(workspace=workspace, data_class="drives", days=1)
    deriving.deliver(robot.device_id, driving(clock.now_us() - 5 * DAY_US, 300))
    deriving.derive()
    expired_data_purge(pause_seconds=0)
    assert Checkpoint.objects.count() == 1
    deriving.deliver(robot.device_id, driving(recently(), 60))
    drives_derive_due()
    assert drive_lengths(robot) == [60]
