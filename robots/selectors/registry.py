"""The robots of the registry that somebody may see."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.db.models import F, QuerySet

from accounts.principal import Actor
from fleet_platform.shared.errors import Gone, NotFound
from fleet_platform.telemetry import store

from ..models import Robot


def _robots() -> QuerySet[Robot]:
    return Robot.objects.select_related("device__workspace")


def robots_for(actor: Actor) -> QuerySet[Robot]:
    """Robots in the registry that the actor may see, by id."""
    return actor.scope(
        "device.view",
        _robots().filter(device__removed_at=None),
        workspace="device__workspace_id",
        device="device_id",
    ).order_by("id")


def robot_for(actor: Actor, robot_id: str) -> Robot:
    """One robot. Raises NotFound for a stranger as for a missing one, Gone for a member once it was removed."""
    return _one(actor, robot_id=robot_id)


def robot_of_factory_code(actor: Actor, factory_code: str) -> Robot:
    """Raises as `robot_for`."""
    return _one(actor, device__factory_code=factory_code)


def robot_of_chip(actor: Actor, chip_serial: str) -> Robot:
    """The first with this chip. Raises as `robot_for`."""
    return _one(actor, chip_serial=chip_serial)


def robot_by_row(actor: Actor, id: int, *, lock: bool = False) -> Robot:
    """Raises as `robot_for`. `lock` holds the row until the transaction ends."""
    rows = _robots().select_for_update(of=("self",)) if lock else _robots()
    return _one(actor, rows, id=id)


def _one(actor: Actor, robots: QuerySet[Robot] | None = None, **named: str | int) -> Robot:
    """One that is in the registry goes before those that were removed."""
    if any("\0" in str(name) for name in named.values()):
        raise NotFound
    rows = _robots() if robots is None else robots
    rows = actor.scope("device.view", rows, workspace="device__workspace_id", device="device_id")
    present_first = F("device__removed_at").desc(nulls_first=True)
    robot = rows.filter(**named).order_by(present_first, "id").first()
    if robot is None:
        raise NotFound
    if robot.device.removed_at is not None:
        raise Gone
    return robot


def robot_newest(robot: Robot) -> Mapping[str, Any]:
    """The newest of each section that the robot sent."""
    return msgspec.json.decode(store.states([robot.device_id])[robot.device_id].sections)
