"""A registry with robots in it, and a way for them to send."""

import itertools
import json

import pytest

from accounts.roles import PlatformRole
from fleet_platform.telemetry import store
from fleet_platform.telemetry.ingest import Sender, parse_batch
from robots.models import Robot
from robots.services import robot_register

_numbers = itertools.count(1)


@pytest.fixture
def make_robot(workspace, make_user, actor_of):
    """`make_robot(robot_id=..., workspace=..., **registry)`."""

    def make(robot_id=None, workspace=workspace, name="더현대큐브릭1", **registry) -> Robot:
        number = next(_numbers)
        robot, _secret = robot_register(
            actor=actor_of(make_user(role=PlatformRole.OWNER)),
            workspace_id=workspace.pk,
            name=name,
            robot_id=robot_id or f"robot_{number}",
            **{"serial_number": f"R-{number}", "factory_code": f"INTE-{number}", **registry},
        )
        return robot

    return make


@pytest.fixture
def robot(make_robot) -> Robot:
    return make_robot("robot_cubrick_01_v2")


@pytest.fixture
def send():
    """`send(robot, (time, sections), ...)`: samples committed as the device ends commit them."""

    def sent(robot: Robot, *samples) -> None:
        body = {"samples": [{"time": time, "sections": sections} for time, sections in samples]}
        sender = Sender(robot.device_id, "robot", robot.device.workspace_id)
        parsed = parse_batch(json.dumps(body).encode(), sender)
        assert not parsed.rejected
        store.commit([parsed.rows])

    return sent
