"""Due times become commands: once, in time or not at all, whoever looks and however often."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import AuditRow, Device
from accounts.principal import Actor
from fleet_platform.shared.errors import Invalid
from fleet_platform.telemetry import retention
from fleet_platform.telemetry.models import Command
from robots import services, tasks
from robots.models import Schedule, ScheduleRun, ScheduleTimer, WayPointList
from robots.tests.conftest import section

MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # in Seoul


@pytest.fixture
def robot(make_robot):
    return make_robot("robot_one")


@pytest.fixture
def noon(plan, robot):
    """A schedule at noon for one robot, last looked at an hour before."""
    timers = [{"hours": 12, "minutes": 0, "way_point_id": "tour", "repeats": 2, "go_charger": True}]
    schedule = plan(timers=timers, robots=[robot.robot_id])
    rewind(schedule, NOON - timedelta(hours=1))
    return schedule


def rewind(schedule: Schedule, to: datetime) -> None:
    """As if the schedulers had last looked then."""
    for timer in ScheduleTimer.objects.filter(schedule=schedule).select_related("schedule__floor"):
        timer.swept_at, timer.next_due_at = to, next(iter(timer.following(to)), None)
        timer.save()


def runs() -> list[tuple]:
    rows = ScheduleRun.objects.order_by("due_at", "pk")
    return [(row.due_at, row.state) for row in rows]


def commands(robot) -> list[tuple]:
    rows = Command.objects.filter(device_id=robot.device_id).order_by("pk")
    return [(row.name, row.params) for row in rows]


def test_nothing_is_fired_before_its_time(noon):
    assert services.schedules_fire(NOON - MINUTE) == 0
    assert runs() == []


def test_a_due_time_asks_the_robot_to_drive_and_then_to_charge(noon, robot):
    assert services.schedules_fire(NOON + timedelta(seconds=5)) == 1
    assert commands(robot) == [
        ("drive_route", {"way_point_id": "tour", "repeats": 2}),
        ("return_to_charger", {}),
    ]
    run = ScheduleRun.objects.get()
    assert (run.due_at, run.state, run.by_hand) == (NOON, "fired", False)
    rows = Command.objects.filter(pk__in=run.command_ids)
    assert {row.source for row in rows} == {f"schedule:{noon.pk}"}
    assert {row.requested_by for row in rows} == {None}
    left = (rows[0].expires_at - rows[0].requested_at).total_seconds()
    assert left == noon.grace_seconds - 5
    assert AuditRow.objects.filter(verb="command.send", actor=f"schedule:{noon.pk}").exists()


def test_it_is_fired_once_however_often_one_looks(noon):
    assert [services.schedules_fire(NOON + MINUTE) for _ in range(3)] == [1, 0, 0]
    rewind(noon, NOON - timedelta(hours=1))  # a scheduler that has forgotten
    assert services.schedules_fire(NOON + MINUTE) == 0
    assert len(runs()) == 1
    assert Command.objects.count() == 2


def test_the_next_day_it_is_due_again(noon):
    services.schedules_fire(NOON)
    timer = ScheduleTimer.objects.get()
    assert timer.next_due_at == NOON + timedelta(days=1)
    assert services.schedules_fire(timer.next_due_at) == 1
    assert [state for _, state in runs()] == ["fired", "fired"]


def test_a_late_one_is_fired_within_its_grace_and_missed_after(noon):
    late = NOON + timedelta(seconds=noon.grace_seconds)
    assert services.schedules_fire(late) == 1
    assert services.schedules_fire(late + timedelta(days=1, seconds=1)) == 0
    assert [state for _, state in runs()] == ["fired", "missed"]
    assert Command.objects.count() == 2


def test_after_days_without_a_scheduler_there_is_no_burst(noon, robot):
    later = NOON + timedelta(days=4, minutes=1)
    assert services.schedules_fire(later) == 1
    assert [state for _, state in runs()] == ["missed"] * 4 + ["fired"]
    assert len(commands(robot)) == 2


def test_what_was_missed_in_great_numbers_is_told_in_part(plan, robot):
    schedule = plan(timers=[{"cron_format": "* * * * *", "go_charger": True}])
    rewind(schedule, NOON - timedelta(days=30))
    services.schedules_fire(NOON)
    assert len(runs()) <= 51
    assert runs()[-1][0] == NOON


def test_a_paused_schedule_fires_nothing_and_makes_up_for_nothing(noon, operator, actor_of):
    Schedule.objects.update(state="paused")
    assert services.schedules_fire(NOON + MINUTE) == 0
    services.schedule_update(actor=actor_of(operator), schedule_id=noon.pk, state="active")
    assert services.schedules_fire() == 0
    assert runs() == []


def test_an_edit_does_not_lose_what_was_due_before_it(noon, operator, actor_of, robot):
    """It came due a moment ago and no scheduler has looked yet."""
    just_now = timezone.now() - timedelta(seconds=30)
    timer = ScheduleTimer.objects.get()
    timer.cron_format = f"{just_now.minute} {just_now.hour} * * *"
    timer.save()
    Schedule.objects.update(time_zone="UTC")
    rewind(noon, just_now.replace(second=0, microsecond=0) - MINUTE)
    changes = {"timers": [{"id": timer.pk, "cron_format": "0 0 1 1 *"}]}
    services.schedule_update(actor=actor_of(operator), schedule_id=noon.pk, **changes)
    assert [state for _, state in runs()] == ["fired"]
    assert len(commands(robot)) == 2


def test_without_names_the_robots_on_the_floor_drive(plan, make_robot, send):
    here, status_only, elsewhere, unheard = (make_robot() for _ in range(4))
    send(here, ("2026-11-20T02:00:00Z", {"pose": {"x": 1, "y": 1, "map_id": "thehyundai_1f"}}))
    send(status_only, ("2026-11-20T02:00:00Z", {"robot_base_status": {"map_id": "thehyundai_1f"}}))
    send(elsewhere, ("2026-11-20T02:00:00Z", {"pose": {"x": 1, "y": 1, "map_id": "other"}}))
    rewind(plan(timers=[{"hours": 12, "minutes": 0, "way_point_id": "tour"}]), NOON - MINUTE)
    assert services.schedules_fire(NOON) == 1
    asked = set(Command.objects.values_list("device_id", flat=True))
    assert asked == {here.device_id, status_only.device_id}
    assert unheard.device_id not in asked


def test_a_floor_without_robots_is_a_failure_that_is_told(plan):
    rewind(plan(timers=[{"hours": 12, "minutes": 0, "go_charger": True}]), NOON - MINUTE)
    assert services.schedules_fire(NOON) == 0
    run = ScheduleRun.objects.get()
    assert (run.state, run.command_ids) == ("failed", [])
    assert run.detail


@pytest.mark.parametrize("gone", ["deleted", "not available"])
def test_a_way_that_left_the_floor_is_a_failure_that_names_it(noon, gone):
    if gone == "deleted":
        WayPointList.objects.all().delete()
    else:
        WayPointList.objects.update(available=False)
    assert services.schedules_fire(NOON) == 0
    assert "tour" in ScheduleRun.objects.get().detail
    assert not Command.objects.exists()


def test_one_robot_that_cannot_be_asked_holds_up_no_other(plan, make_robot, settings):
    settings.COMMANDS_OPEN_AT_MOST = 1
    busy, free = make_robot("robot_busy"), make_robot("robot_free")
    actor = Actor("user", None, "test", platform_role="owner")
    services_request(actor, busy)
    timers = [{"hours": 12, "minutes": 0, "way_point_id": "tour"}]
    rewind(plan(timers=timers, robots=["robot_busy", "robot_free"]), NOON - MINUTE)
    assert services.schedules_fire(NOON) == 1
    run = ScheduleRun.objects.get()
    assert run.state == "fired"
    assert "robot_busy" in run.detail
    assert commands(free) == [("drive_route", {"way_point_id": "tour", "repeats": 1})]


def test_many_robots_are_asked_at_once(plan, make_robot, send, django_assert_max_num_queries):
    robots = [make_robot() for _ in range(25)]
    for robot in robots:
        pose = {"x": 1, "y": 1, "map_id": "thehyundai_1f"}
        send(robot, ("2026-11-20T02:00:00Z", {"pose": pose}))
    rewind(plan(timers=[{"hours": 12, "minutes": 0, "way_point_id": "tour"}]), NOON - MINUTE)
    with django_assert_max_num_queries(45):
        assert services.schedules_fire(NOON) == 1
    assert Command.objects.count() == 25


def services_request(actor, robot) -> None:
    from fleet_platform.telemetry.commands.services import command_request

    command_request(actor=actor, device_id=robot.device_id, name="locate")


def test_each_of_several_robots_has_as_long_as_the_grace_lasts(plan, make_robot):
    robots = [make_robot() for _ in range(3)]
    timers = [{"hours": 12, "minutes": 0, "go_charger": True}]
    schedule = plan(timers=timers, robots=[robot.robot_id for robot in robots])
    rewind(schedule, NOON - MINUTE)
    services.schedules_fire(NOON + timedelta(seconds=5))
    lefts = {(row.expires_at - row.requested_at).total_seconds() for row in Command.objects.all()}
    assert Command.objects.count() == 3
    assert lefts == {schedule.grace_seconds - 5}


def test_robots_that_left_are_not_asked(noon, robot, make_robot):
    """None that it names is left: it is not for all others instead."""
    Device.objects.filter(pk=robot.device_id).update(removed_at=timezone.now())
    make_robot()
    assert services.schedules_fire(NOON) == 0
    assert ScheduleRun.objects.get().state == "failed"
    assert not Command.objects.exists()


def test_timers_that_are_due_together_keep_their_order(plan, robot):
    timers = [
        {"hours": 12, "minutes": 0, "go_charger": True, "order_weight": 5},
        {"hours": 12, "minutes": 0, "way_point_id": "tour", "order_weight": 1},
    ]
    rewind(plan(timers=timers, robots=[robot.robot_id]), NOON - MINUTE)
    assert services.schedules_fire(NOON) == 2
    assert [name for name, _ in commands(robot)] == ["drive_route", "return_to_charger"]


def test_the_stream_shows_the_timer_that_came_due(noon, robot):
    services.schedules_fire(NOON)
    row = section(robot, "schedule")
    assert (row["id"], row["timer_timer_index"]) == (noon.pk, noon.timers.get().pk)


def test_a_broken_schedule_stops_no_other(noon, plan, robot, monkeypatch):
    from robots.services import firing

    other = plan(timers=[{"hours": 12, "minutes": 0, "go_charger": True}], robots=["robot_one"])
    rewind(other, NOON - MINUTE)
    real = firing._fire_last

    def fails(timer, *rest):
        if timer.schedule_id == noon.pk:
            raise RuntimeError("a fault of ours")
        return real(timer, *rest)

    monkeypatch.setattr(firing, "_fire_last", fails)
    assert services.schedules_fire(NOON) == 1
    monkeypatch.undo()
    assert services.schedules_fire(NOON) == 1  # nothing of it was kept: it is tried again
    assert {state for _, state in runs()} == {"fired"}


def test_clocks_put_forward_cost_no_drive(plan, robot):
    schedule = plan(
        timers=[{"hours": 2, "minutes": 30, "go_charger": True}],
        time_zone="Europe/Berlin",
        robots=[robot.robot_id],
    )
    night = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)  # at 02:00 the clocks went to 03:00
    rewind(schedule, night)
    assert services.schedules_fire(night + timedelta(minutes=59)) == 0
    assert services.schedules_fire(night + timedelta(minutes=60)) == 1
    assert services.schedules_fire(night + timedelta(hours=20)) == 0


# --- by hand ---


def test_it_is_run_by_hand_though_paused(noon, operator, actor_of, robot):
    Schedule.objects.update(state="paused")
    [run] = services.schedule_run_now(actor=actor_of(operator), schedule_id=noon.pk)
    assert (run.state, run.by_hand, len(run.command_ids)) == ("fired", True, 2)
    assert Command.objects.first().requested_by == operator
    assert AuditRow.objects.filter(verb="schedule.run").exists()


def test_one_timer_is_run_by_hand(plan, robot, operator, actor_of):
    timers = [{"hours": hour, "minutes": 0, "go_charger": True} for hour in (8, 9)]
    schedule = plan(timers=timers, robots=[robot.robot_id])
    second = schedule.timers.all()[1]
    run_now = {"actor": actor_of(operator), "schedule_id": schedule.pk}
    [run] = services.schedule_run_now(timer_id=second.pk, **run_now)
    assert run.timer_id == second.pk
    with pytest.raises(Invalid):
        services.schedule_run_now(timer_id=999_999, **run_now)


# --- who looks ---


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", range(3))
def test_schedulers_side_by_side_fire_each_due_time_once(noon, plan, robot, round):
    for _ in range(4):
        other = plan(timers=[{"hours": 12, "minutes": 0, "go_charger": True}], robots=["robot_one"])
        rewind(other, NOON - MINUTE)
    barrier, told = threading.Barrier(4), []

    def look() -> None:
        try:
            barrier.wait(10)
            told.append(services.schedules_fire(NOON + timedelta(seconds=1)))
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(told) == 4
    assert sum(told) == 5
    assert ScheduleRun.objects.count() == 5
    assert Command.objects.count() == 6


def test_the_task_of_the_scheduler_fires(plan, robot, settings):
    timers = [{"cron_format": "* * * * *", "go_charger": True}]
    rewind(plan(timers=timers, robots=[robot.robot_id]), timezone.now() - 2 * MINUTE)
    tasks.fire_schedules()
    assert "fired" in [state for _, state in runs()]
    assert ("return_to_charger", {}) in commands(robot)
    entry = settings.CELERY_BEAT_SCHEDULE["schedules"]
    assert entry["task"] == tasks.fire_schedules.name
    assert settings.CELERY_BEAT_SCHEDULER.startswith("django_celery_beat.")


def test_old_runs_go_by_retention(noon, workspace):
    services.schedules_fire(NOON)
    [data_class] = [one for one in retention.data_classes() if one.name == "schedule_runs"]
    assert sum(data_class.purge(workspace.pk, 0)) == 0
    later_us = int((timezone.now() + timedelta(days=1)).timestamp() * 1e6)
    assert sum(data_class.purge(workspace.pk, later_us)) == 1
