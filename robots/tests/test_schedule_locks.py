"""Ingest, schedules, stop-all, claims and expiry side by side: nobody locks anybody out (which PostgreSQL would tell)."""

import itertools
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from fleet_platform.telemetry import store
from fleet_platform.telemetry.commands import delivery
from fleet_platform.telemetry.commands.services import commands_expire, workspace_stop_all
from fleet_platform.telemetry.ingest import Sender, parse_batch
from fleet_platform.tests.server import EPOCH_MS
from robots import services
from robots.models import ScheduleTimer

SECONDS = 3


def batch(robot, number: int) -> list:
    pose = b'{"x": 1, "y": 1, "map_id": "thehyundai_1f"}'
    body = b'{"samples": [{"time": %d, "seq": 0, "sections": {"pose": %s}}]}'
    sender = Sender(robot.device_id, "robot", robot.device.workspace_id)
    return parse_batch(body % (EPOCH_MS + number, pose), sender).rows


@pytest.mark.django_db(transaction=True)
def test_nobody_locks_anybody_out(plan, make_robot, workspace, operator, actor_of, settings):
    settings.COMMANDS_OPEN_AT_MOST = 100_000
    robots = [make_robot() for _ in range(12)]
    timers = [{"cron_format": "* * * * *", "go_charger": True}]
    for named in ([], [robot.robot_id for robot in robots[3:9]]):
        plan(timers=timers, robots=named)
    actor = actor_of(operator)
    numbers = itertools.count(1)

    def come_due() -> None:
        ago = timezone.now() - timedelta(minutes=next(numbers) + 1)
        ScheduleTimer.objects.update(swept_at=ago, next_due_at=ago + timedelta(minutes=1))
        services.schedules_fire()

    def claim() -> None:
        for robot in robots:
            delivery.claim(robot.device_id, f"socket:{threading.get_ident()}")
            delivery.socket_closed(robot.device_id, f"socket:{threading.get_ident()}")

    def ingest() -> None:
        number = next(numbers)
        store.commit([batch(robot, number) for robot in reversed(robots)])

    def stop_all() -> None:
        workspace_stop_all(actor=actor, workspace_id=workspace.pk, expires_in=1)

    wrong, ending = [], time.monotonic() + SECONDS

    def again(work) -> None:
        try:
            while time.monotonic() < ending:
                work()
        except Exception as error:
            wrong.append(f"{work.__name__}: {error!r}")
        finally:
            connection.close()

    works = (ingest, ingest, come_due, come_due, claim, stop_all, commands_expire)
    threads = [threading.Thread(target=again, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
