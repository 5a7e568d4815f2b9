"""Schedules, those who edit them, and devices that send, side by side as several processes bring them together."""

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection

from robots.models import ScheduleRun, ScheduleTimer
from robots.services import floor_map_create, robot_register, schedule_create, schedule_update
from robots.services.firing import schedules_fire

pytestmark = [
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="DATABASE_URL does not name a PostgreSQL server"
    ),
    pytest.mark.django_db(transaction=True),
]
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
def floor(actor, workspace):
    return floor_map_create(actor=actor, workspace_id=workspace.pk, map_id="floor")


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
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '300ms'")
        schedules_fire(later)

    def now():
        in_another_process(sweep).join()
        return due - timedelta(seconds=1)

    for module in ("robots.services.schedules", "robots.services.firing"):
        monkeypatch.setattr(f"{module}.timezone", SimpleNamespace(now=now))
    schedule_update(actor=actor, schedule_id=schedule.pk, timers=[EVERY_HOUR])
    schedules_fire(later)
    assert list(ScheduleRun.objects.values_list("due_at", flat=True)) == [due]
