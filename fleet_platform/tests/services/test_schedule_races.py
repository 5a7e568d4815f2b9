"""Schedules, those who edit them, and devices that send, side by side as several processes bring them together."""

import itertools
import threading
from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Membership
from fleet_platform.telemetry import store
from fleet_platform.telemetry.notices.services import channel_create, channel_update
from fleet_platform.telemetry.services import facts_publish
from fleet_platform.telemetry.tests.batches import checked
from fleet_platform.tests.server import sample, until
from robots.models import ScheduleRun, ScheduleTimer
from robots.services import (
    floor_map_create,
    floor_map_update,
    robot_register,
    schedule_create,
    schedule_update,
)
from robots.services.firing import schedules_fire

from .locks import somebody_waits

pytestmark = [
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="DATABASE_URL does not name a PostgreSQL server"
    ),
    pytest.mark.django_db(transaction=True),
]
EVERY_MINUTE = {"cron_format": "* * * * *", "go_charger": True}
EVERY_HOUR = {"cron_format": "0 * * * *", "go_charger": True}


@pytest.fixture
def actor(platform_owner, actor_of):
    return actor_of(platform_owner)


@pytest.fixture
def robots(actor, workspace) -> list:
    """Two, by device id ascending."""
    facts = {"actor": actor, "workspace_id": workspace.pk, "name": "R"}
    return [
        robot_register(**facts, robot_id=f"r{n}", serial_number=f"S-{n}", factory_code=f"F-{n}")[0]
        for n in range(2)
    ]


@pytest.fixture
def make_robot_in(actor):
    numbers = itertools.count(10)

    def make(workspace):
        n = next(numbers)
        facts = {"robot_id": f"r{n}", "serial_number": f"S-{n}", "factory_code": f"F-{n}"}
        return robot_register(actor=actor, workspace_id=workspace.pk, name="R", **facts)[0].device

    return make


@pytest.fixture
def floor(actor, workspace):
    return floor_map_create(actor=actor, workspace_id=workspace.pk, map_id="floor")


@pytest.fixture
def ingest_between(monkeypatch):
    """`ingest_between(module, devices)`: once it has published, all devices send in one batch, in another process."""

    def begin(module: str, devices: list) -> list[threading.Thread]:
        publish, begun = facts_publish, []

        def published(**facts) -> None:
            publish(**facts)
            if not begun:
                begun.append(in_another_process(partial(store.commit, batches)))
                until(lambda: not begun[0].is_alive() or somebody_waits())

        batches = [checked(device, sample(1)) for device in devices]
        monkeypatch.setattr(f"{module}.facts_publish", published)
        return begun

    return begin


def in_another_process(work) -> threading.Thread:
    def alone() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=alone)
    thread.start()
    return thread


def test_an_edit_and_the_scheduler_do_not_fire_one_due_time_twice(
    actor, floor, robots, monkeypatch
):
    facts = {"title": "Round", "robots": [robots[0].robot_id], "timers": [EVERY_HOUR]}
    schedule = schedule_create(actor=actor, floor_id=floor.pk, **facts)
    due = ScheduleTimer.objects.get().next_due_at
    later = due + timedelta(minutes=1)

    def sweep() -> None:
        """It waits for an edit that has begun, as far as this test has time."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '300ms'")
            schedules_fire(later)

    def now():
        in_another_process(sweep).join()
        return due - timedelta(seconds=1)

    for module in ("robots.services.schedules", "robots.services.firing"):
        monkeypatch.setattr(f"{module}.timezone", SimpleNamespace(now=now))
    schedule_update(actor=actor, schedule_id=schedule.pk, timers=[EVERY_HOUR])
    schedules_fire(later)
    assert list(ScheduleRun.objects.values_list("due_at", flat=True)) == [due]


def test_a_floor_whose_schedules_name_other_robots_each_changes_while_they_send(
    actor, floor, robots, ingest_between
):
    for robot in reversed(robots):
        facts = {"title": robot.robot_id, "robots": [robot.robot_id], "timers": [EVERY_HOUR]}
        schedule_create(actor=actor, floor_id=floor.pk, **facts)
    devices = [robot.device for robot in robots]
    begun = ingest_between("robots.services.schedules", devices)
    floor_map_update(actor=actor, floor_id=floor.pk, map_id="hall")
    begun[0].join()
    assert all(state.received_us for state in store.states([one.pk for one in devices]).values())


def test_a_schedule_goes_to_another_robot_while_they_send(actor, floor, robots, ingest_between):
    facts = {"title": "Round", "robots": [robots[1].robot_id], "timers": [EVERY_MINUTE]}
    schedule = schedule_create(actor=actor, floor_id=floor.pk, **facts)
    ago = timezone.now() - timedelta(minutes=2)
    ScheduleTimer.objects.update(swept_at=ago, next_due_at=ago)
    devices = [robot.device for robot in robots]
    begun = ingest_between("robots.services.firing", devices)
    schedule_update(actor=actor, schedule_id=schedule.pk, robots=[robots[0].robot_id])
    begun[0].join()
    assert all(state.received_us for state in store.states([one.pk for one in devices]).values())


@pytest.mark.parametrize("moves", [False, True])
def test_a_channel_of_several_workspaces_changes_while_their_robots_send(
    actor, actor_of, make_user, make_robot_in, workspace, other_workspace, ingest_between, moves
):
    person = make_user(workspace, ["viewer"])
    Membership.objects.create(user=person, workspace=other_workspace, role="viewer")
    first = make_robot_in(other_workspace)
    devices = [first, make_robot_in(workspace)]
    place = {"workspace_id": workspace.pk} if moves else {}
    facts = {"kind": "email", "address": person.email, **place}
    channel, _ = channel_create(actor=actor_of(person), **facts)
    changes = {"workspace_id": other_workspace.pk} if moves else {"minimum_severity": "info"}
    begun = ingest_between("robots.services.telling", devices)
    channel_update(actor=actor_of(person), channel_id=channel.pk, **changes)
    begun[0].join()
    assert all(state.received_us for state in store.states([one.pk for one in devices]).values())
