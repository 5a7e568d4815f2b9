"""Schedules in the console: planned and changed there as through the API."""

import itertools
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings as configuration
from django.test import Client

from accounts.models import AuditRow
from fleet_platform.telemetry.models import Command
from robots.models import Schedule, ScheduleRun, ScheduleTimer, WayPointList
from robots.services import schedules_fire
from robots.tests.conftest import section

LIST = "/admin/robots/schedule/"


@pytest.fixture
def console(admin) -> Client:
    client = Client()
    client.force_login(admin, configuration.AUTHENTICATION_BACKENDS[0])
    return client


def form(floor, robots=(), timers=(), initial: int = 0, **facts) -> dict:
    said = {
        "floor": floor.pk,
        "title": "Round",
        "state": "active",
        "week_days": [1, 2],
        "robots": [robot.pk for robot in robots],
        "cron_format": "",
        "time_zone": "",
        "grace_seconds": 600,
        "timers-TOTAL_FORMS": len(timers),
        "timers-INITIAL_FORMS": initial,
        "timers-MIN_NUM_FORMS": 0,
        "timers-MAX_NUM_FORMS": 20,
        **facts,
    }
    for number, timer in enumerate(timers):
        whole = {"order_weight": 0, "repeats": 1, **timer}
        said |= {f"timers-{number}-{name}": value for name, value in whole.items()}
    return said


MORNING = {"hours": 9, "minutes": 30, "way_point_id": "tour"}


def test_a_schedule_is_planned_with_its_timers_and_told(console, floor, way, robot):
    answer = console.post(f"{LIST}add/", form(floor, [robot], [MORNING]))
    assert answer.status_code == 302, answer.context["errors"]
    schedule = Schedule.objects.get()
    [timer] = schedule.timers.all()
    assert (schedule.time_zone, timer.cron) == ("Asia/Seoul", "30 9 * * 1,2")
    assert timer.next_due_at
    assert section(robot, "schedule")["id"] == schedule.pk
    assert section(robot, "schedule_timer")["index"] == timer.pk
    assert AuditRow.objects.filter(verb="schedule.add").exists()


@pytest.mark.parametrize(
    ("facts", "timers"),
    [
        ({"cron_format": "daily"}, []),
        ({"time_zone": "Nowhere"}, []),
        ({"grace_seconds": 1}, []),
        ({}, [{"hours": 9, "way_point_id": "tour"}]),
        ({}, [{"hours": 9, "minutes": 30}]),
        ({}, [{"hours": 9, "minutes": 30, "way_point_id": "nowhere"}]),
        ({}, [{"go_charger": "on"}]),
    ],
)
def test_what_does_not_fit_is_refused_on_the_page(console, floor, way, facts, timers):
    answer = console.post(f"{LIST}add/", form(floor, timers=timers, **facts))
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert not Schedule.objects.exists()


def test_robots_of_another_workspace_are_refused(console, floor, way, make_robot, other_workspace):
    foreign = make_robot(workspace=other_workspace)
    answer = console.post(f"{LIST}add/", form(floor, [foreign], [MORNING]))
    assert answer.status_code == 200
    assert not Schedule.objects.exists()


def test_its_page_tells_when_in_words_and_the_next_times(console, plan):
    schedule = plan(
        timers=[
            {"cron_format": "*/15 9-10 * * 1-5", "go_charger": True},
            {"hours": 18, "minutes": 0, "way_point_id": "tour"},
        ],
        week_days=[6],
    )
    path = f"{LIST}{schedule.pk}/change/"
    page = console.get(path).content.decode()
    assert "8 times a day from 09:00 to 10:45 on Monday to Friday" in page
    assert "18:00 on Saturday" in page
    assert page.count(" KST &middot; ") == 5
    assert " KST" in console.get(LIST).content.decode()
    console.cookies["django_language"] = "ko"
    assert re.search(r"<li>\d{4}\. \d+\. \d+\. \d\d:\d\d KST &middot;", console.get(path).text)


def test_a_route_is_chosen_by_its_name_among_those_of_the_floor(console, plan, floor, way):
    WayPointList.objects.filter(way_point_id=way).update(name="The long way round")
    schedule = plan(timers=[{"hours": 9, "minutes": 0, "way_point_id": "tour"}])
    page = console.get(f"{LIST}{schedule.pk}/change/").content.decode()
    assert re.search(r'<option value="tour" selected>\s*The long way round', page)
    assert page.count("KST &middot; The long way round") == 5
    fresh = console.get(f"{LIST}add/").content.decode()
    assert f'<optgroup label="{floor}">' in fresh


def test_a_route_that_is_gone_stays_named_in_its_timer(console, plan, way):
    schedule = plan(timers=[{"hours": 9, "minutes": 0, "way_point_id": "tour"}])
    WayPointList.objects.filter(way_point_id=way).delete()
    page = console.get(f"{LIST}{schedule.pk}/change/").content.decode()
    assert re.search(r'<option value="tour" selected>\s*tour', page)


def test_a_change_on_the_page_is_reckoned_and_told(console, plan, floor, robot):
    schedule = plan(robots=[robot.robot_id])
    [timer] = schedule.timers.all()
    changed = {**MORNING, "hours": 11, "id": timer.pk, "schedule": schedule.pk}
    gone = {**changed, "DELETE": "on"}
    path = f"{LIST}{schedule.pk}/change/"
    console.post(path, form(floor, [robot], [changed], 1, title="Late round"))
    after = ScheduleTimer.objects.get()
    assert after.next_due_at != timer.next_due_at
    assert after.next_due_at.astimezone(schedule.zone).hour == 11
    assert section(robot, "schedule")["title"] == "Late round"
    console.post(path, form(floor, [robot], [gone], 1))
    assert not ScheduleTimer.objects.exists()
    assert section(robot, "schedule_timer")["schedule_index"] == 0


def test_what_comes_due_while_the_page_is_saved_is_not_lost(
    console, plan, floor, robot, monkeypatch
):
    schedule = plan(robots=[robot.robot_id])
    timer = schedule.timers.get()
    due = timer.next_due_at
    moments = (due + timedelta(seconds=2 * number - 1) for number in itertools.count())
    clock = SimpleNamespace(now=lambda: next(moments))
    for module in ("robots.admin.schedules", "robots.services.firing"):
        monkeypatch.setattr(f"{module}.timezone", clock)
    changed = {**MORNING, "id": timer.pk, "schedule": schedule.pk}
    page = form(floor, [robot], [changed], 1, title="Late", week_days=[])
    console.post(f"{LIST}{schedule.pk}/change/", page)
    assert Schedule.objects.get().title == "Late"
    schedules_fire(due + timedelta(minutes=1))
    assert ScheduleRun.objects.get().due_at == due


def test_it_is_run_from_the_console(console, plan, robot):
    schedule = plan(robots=[robot.robot_id])
    path = f"{LIST}{schedule.pk}/run/"
    assert console.get(path).status_code == 200
    assert not ScheduleRun.objects.exists()
    console.post(path)
    assert ScheduleRun.objects.get().by_hand
    assert Command.objects.get().name == "drive_route"
    page = console.get("/admin/robots/schedulerun/").content.decode()
    assert "Fired" in page


def test_it_is_dropped_and_that_is_told(console, plan, robot):
    schedule = plan(robots=[robot.robot_id])
    console.post(f"{LIST}{schedule.pk}/delete/", {"post": "yes"})
    assert not Schedule.objects.exists()
    assert section(robot, "schedule")["state"] == "deleted"
