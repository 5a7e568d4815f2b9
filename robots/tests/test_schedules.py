"""Planning drives: what a schedule takes, when it is due, what robots are told of it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import AuditRow
from fleet_platform.shared.errors import Conflict, Invalid, NotAllowed, NotFound
from fleet_platform.telemetry import store
from robots import services
from robots.models import Schedule, ScheduleTimer
from robots.selectors import schedule_for
from robots.tests.conftest import section


@pytest.fixture
def change(operator, actor_of):
    def changed(schedule: Schedule, **facts) -> Schedule:
        return services.schedule_update(actor=actor_of(operator), schedule_id=schedule.pk, **facts)

    return changed


def next_of(schedule: Schedule) -> list:
    return [timer.next_due_at for timer in schedule.timers.all()]


def test_a_schedule_is_due_in_the_zone_of_its_workspace(plan, workspace):
    schedule = plan(week_days=[1, 3])
    assert schedule.time_zone == workspace.time_zone == "Asia/Seoul"
    [timer] = schedule.timers.all()
    assert timer.cron == "30 9 * * 1,3"
    at = timer.next_due_at.astimezone(schedule.zone)
    assert (at.hour, at.minute) == (9, 30)
    assert at.isoweekday() in {1, 3}
    assert timer.next_due_at > datetime.now(UTC)


def test_a_timers_own_entry_goes_first_and_the_schedules_comes_last(plan):
    schedule = plan(
        timers=[
            {"cron_format": "0 6 * * *", "go_charger": True},
            {"hours": 7, "minutes": 5, "go_charger": True},
            {"go_charger": True},
        ],
        cron_format="*/20 * * * *",
    )
    assert [timer.cron for timer in schedule.timers.all()] == [
        "0 6 * * *",
        "5 7 * * *",
        "*/20 * * * *",
    ]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "two\nlines"}, "title"),
        ({"state": "asleep"}, "state"),
        ({"week_days": [9]}, "week_days"),
        ({"week_days": ["mon"]}, "week_days"),
        ({"week_days": "1"}, "week_days"),
        ({"cron_format": "every day"}, "cron_format"),
        ({"cron_format": "0 0 30 2 *"}, "cron_format"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"grace_seconds": 5}, "grace_seconds"),
        ({"robots": ["robot_nobody"]}, "robots"),
        ({"colour": "red"}, "colour"),
        ({"timers": [{"hours": 24, "minutes": 0, "go_charger": True}]}, "timers.0.hours"),
        ({"timers": [{"hours": 9, "go_charger": True}]}, "timers.0.minutes"),
        ({"timers": [{"minutes": 9, "go_charger": True}]}, "timers.0.hours"),
        ({"timers": [{"go_charger": True}]}, "timers.0.cron_format"),
        ({"timers": [{"hours": 9, "minutes": 0}]}, "timers.0.way_point_id"),
        (
            {"timers": [{"hours": 9, "minutes": 0, "way_point_id": "nowhere"}]},
            "timers.0.way_point_id",
        ),
        (
            {"timers": [{"hours": 9, "minutes": 0, "go_charger": True, "repeats": 0}]},
            "timers.0.repeats",
        ),
        ({"timers": [{"cron_format": "* *", "go_charger": True}]}, "timers.0.cron_format"),
        ({"timers": [{"speed": 1}]}, "timers.0.speed"),
        ({"timers": [{"hours": 9, "minutes": 0, "go_charger": True}] * 21}, "timers"),
    ],
)
def test_bad_input_is_named_and_nothing_is_kept(plan, facts, field):
    with pytest.raises(Invalid) as refused:
        plan(**facts)
    assert list(refused.value.fields) == [field]
    assert not Schedule.objects.exists()


def test_only_robots_of_the_workspace_drive(plan, make_robot, other_workspace):
    own, foreign = make_robot(), make_robot(workspace=other_workspace)
    assert [robot.pk for robot in plan(robots=[own.robot_id]).robots.all()] == [own.pk]
    with pytest.raises(Invalid):
        plan(robots=[foreign.robot_id])


@pytest.mark.parametrize(("who", "refusal"), [("viewer", NotAllowed), ("stranger", NotFound)])
def test_others_plan_and_drop_nothing(plan, floor, actor_of, request, who, refusal):
    schedule, actor = plan(), actor_of(request.getfixturevalue(who))
    deeds = (
        lambda: services.schedule_create(actor=actor, floor_id=floor.pk, title="x"),
        lambda: services.schedule_update(actor=actor, schedule_id=schedule.pk, title="x"),
        lambda: services.schedule_remove(actor=actor, schedule_id=schedule.pk),
        lambda: services.schedule_run_now(actor=actor, schedule_id=schedule.pk),
    )
    for deed in deeds:
        with pytest.raises(refusal):
            deed()
    assert list(Schedule.objects.values_list("title", flat=True)) == ["Round"]


def test_a_floor_holds_so_many_and_no_more(plan, monkeypatch):
    monkeypatch.setattr(Schedule, "most", 1)
    plan()
    with pytest.raises(Conflict):
        plan()


def test_deeds_are_on_record(plan, change, operator, actor_of):
    schedule = plan()
    change(schedule, title="Late round", state="paused")
    services.schedule_remove(actor=actor_of(operator), schedule_id=schedule.pk)
    rows = AuditRow.objects.filter(target=f"schedule:{schedule.pk}").order_by("pk")
    assert [row.verb for row in rows] == ["schedule.add", "schedule.change", "schedule.delete"]
    assert (rows[1].before["title"], rows[1].after["title"]) == ("Round", "Late round")


def test_a_paused_schedule_is_never_due_and_goes_on_from_when_it_is_resumed(plan, change):
    schedule = change(plan(), state="paused")
    assert next_of(schedule) == [None]
    schedule = change(schedule, state="active")
    assert next_of(schedule)[0] > datetime.now(UTC)


def test_changing_the_zone_or_days_moves_the_next_time(plan, change):
    schedule = plan()
    before = next_of(schedule)[0]
    moved = change(schedule, time_zone="America/New_York")
    assert next_of(moved)[0] != before
    assert next_of(moved)[0].astimezone(moved.zone).hour == 9


def test_timers_are_changed_by_id_added_and_dropped(plan, change):
    schedule = plan(
        timers=[
            {"hours": 8, "minutes": 0, "go_charger": True},
            {"hours": 9, "minutes": 0, "go_charger": True},
        ]
    )
    first, second = schedule.timers.all()
    schedule = change(
        schedule,
        timers=[
            {"id": second.pk, "hours": 10},
            {"hours": 11, "minutes": 30, "way_point_id": "tour", "repeats": 3},
        ],
    )
    told = [(timer.pk == second.pk, timer.hours, timer.repeats) for timer in schedule.timers.all()]
    assert told == [(True, 10, 1), (False, 11, 3)]
    assert not ScheduleTimer.objects.filter(pk=first.pk).exists()
    with pytest.raises(Invalid):
        change(schedule, timers=[{"id": first.pk}])


def test_a_schedules_entry_cannot_be_taken_from_a_timer_that_needs_it(plan, change):
    schedule = plan(timers=[{"go_charger": True}], cron_format="0 9 * * *")
    with pytest.raises(Invalid):
        change(schedule, cron_format="")
    schedule.refresh_from_db()
    assert schedule.cron_format == "0 9 * * *"


# --- what robots are told ---


def test_a_new_schedule_is_told_to_its_robots_in_the_keys_of_the_wire(plan, make_robot, workspace):
    own, other = make_robot(), make_robot()
    schedule = plan(robots=[own.robot_id], week_days=[0, 6])
    [timer] = schedule.timers.all()
    row = section(own, "schedule")
    assert {key: row[key] for key in row if "update_at" not in key} == {
        "index": schedule.pk,
        "id": schedule.pk,
        "map_id": "thehyundai_1f",
        "title": "Round",
        "state": "active",
        "week_days": [0, 6],
        "robots": [own.robot_id],
        "cron_format": "30 9 * * 0,6",
        "timezone": "Asia/Seoul",
        "timer_timer_index": timer.pk,
        "timer_index": 0,
        "timer_order_weight": 0,
        "timer_hours": 9,
        "timer_minutes": 30,
        "timer_repeats": 1,
        "timer_path_id": "tour",
        "timer_go_charger": 0,
        "timer_cron_format": "30 9 * * 0,6",
    }
    assert row["update_at"].endswith("+09:00")
    told = section(own, "schedule_timer")
    assert (told["index"], told["schedule_index"], told["path_id"]) == (
        timer.pk,
        schedule.pk,
        "tour",
    )
    assert section(other, "schedule") is None


def test_without_names_every_robot_of_the_workspace_is_told(plan, make_robot, other_workspace):
    robots, foreign = [make_robot(), make_robot()], make_robot(workspace=other_workspace)
    schedule = plan()
    assert [section(robot, "schedule")["id"] for robot in robots] == [schedule.pk] * 2
    assert section(foreign, "schedule") is None


def test_every_row_fits_the_stream(plan, change, make_robot):
    from robots.sections import STREAM_SECTIONS

    robot = make_robot()
    change(plan(timers=[]), cron_format="0 9 * * *")
    plan(timers=[{"cron_format": "0 6 * * *", "go_charger": True}])
    for name in ("schedule", "schedule_timer"):
        row = section(robot, name)
        assert set(row) <= set(STREAM_SECTIONS[name].keys)
        STREAM_SECTIONS[name].check.decode(json.dumps(row).encode())


def test_each_timer_is_a_row_of_the_black_box(plan, make_robot):
    robot = make_robot()
    schedule = plan(
        timers=[{"hours": hour, "minutes": 0, "go_charger": True} for hour in (8, 12, 18)]
    )
    rows = [json.loads(sample[3]) for sample in store.samples(robot.device_id)]
    told = [row["schedule_timer"]["index"] for row in rows if "schedule_timer" in row]
    assert told == [timer.pk for timer in schedule.timers.all()]
    assert len([row for row in rows if "schedule" in row]) == 1


def test_what_goes_is_told_as_gone(plan, change, make_robot, operator, actor_of):
    robot = make_robot()
    schedule = plan()
    [timer] = schedule.timers.all()
    change(schedule, timers=[])
    assert section(robot, "schedule_timer")["schedule_index"] == 0
    assert section(robot, "schedule_timer")["index"] == timer.pk
    services.schedule_remove(actor=actor_of(operator), schedule_id=schedule.pk)
    assert section(robot, "schedule")["state"] == "deleted"
    with pytest.raises(NotFound):
        schedule_for(actor_of(operator), schedule.pk)


def test_a_floor_that_goes_takes_its_schedules_along_and_says_so(
    plan, floor, make_robot, operator, actor_of
):
    robot = make_robot()
    plan()
    services.floor_map_remove(actor=actor_of(operator), floor_id=floor.pk)
    assert not Schedule.objects.exists()
    assert section(robot, "schedule")["state"] == "deleted"


def test_a_floor_that_is_renamed_is_told(plan, floor, make_robot, operator, actor_of):
    robot = make_robot()
    plan()
    services.floor_map_update(actor=actor_of(operator), floor_id=floor.pk, map_id="new_1f")
    assert section(robot, "schedule")["map_id"] == "new_1f"


def test_a_schedule_of_a_year_ahead_is_found(plan):
    schedule = plan(timers=[{"cron_format": "0 0 29 2 *", "go_charger": True}])
    assert next_of(schedule)[0] - datetime.now(UTC) < timedelta(days=4 * 366)
