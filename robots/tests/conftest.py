"""A registry with robots in it, and a way for them to send."""

import io
import itertools
import json

import pytest
from PIL import Image

from accounts.roles import PlatformRole
from fleet_platform.telemetry import store
from fleet_platform.telemetry.ingest import Sender, parse_batch
from robots.models import FloorMap, Robot, Schedule, WayPointList
from robots.services import floor_map_create, place_create, robot_register, schedule_create

_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def make_robot(workspace, make_user, actor_of):
    """`make_robot(robot_id=..., workspace=..., **registry)`; its secret is at `.secret`."""

    def make(robot_id=None, workspace=workspace, name="더현대큐브릭1", **registry) -> Robot:
        number = next(_numbers)
        robot, secret = robot_register(
            actor=actor_of(make_user(role=PlatformRole.OWNER)),
            workspace_id=workspace.pk,
            name=name,
            robot_id=robot_id or f"robot_{number}",
            **{"serial_number": f"R-{number}", "factory_code": f"INTE-{number}", **registry},
        )
        robot.secret = secret
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


@pytest.fixture
def floor(workspace, platform_owner, actor_of) -> FloorMap:
    """A floor of 800 x 600 pixels, 25 of them a metre."""
    plan = io.BytesIO()
    Image.new("L", (800, 600)).save(plan, "PNG")
    return floor_map_create(
        actor=actor_of(platform_owner),
        workspace_id=workspace.pk,
        map_id="thehyundai_1f",
        image=plan.getvalue(),
        metres_per_pixel=0.04,
    )


@pytest.fixture
def way(floor, operator, actor_of) -> str:
    points = [{"x": 10, "y": 10}, {"x": 90, "y": 10}]
    place_create(
        actor=actor_of(operator),
        model=WayPointList,
        floor_id=floor.pk,
        way_point_id="tour",
        name="Tour",
        points=points,
    )
    return "tour"


@pytest.fixture
def plan(floor, way, operator, actor_of):
    """`plan(timers=[...], **facts)` as the operator: a schedule; by default one timer at 09:30."""

    def planned(timers=({"hours": 9, "minutes": 30, "way_point_id": "tour"},), **facts) -> Schedule:
        facts = {"title": "Round", **facts}
        return schedule_create(actor=actor_of(operator), floor_id=floor.pk, timers=timers, **facts)

    return planned


def section(robot: Robot, name: str) -> dict | None:
    """The newest row of one section in a robot's stream."""
    state = store.states([robot.device_id])[robot.device_id]
    return json.loads(state.sections).get(name)
