"""A robot's computer tells what it is."""

from collections.abc import Mapping

from django.db import transaction

from accounts import audit
from accounts.models import Device
from accounts.selectors import actor_of_device
from accounts.services import device_prove
from fleet_platform.shared.errors import NotFound

from ..models import Robot
from .checks import check_columns
from .registry import robot_info_tell

EVERY_TIME = "certified_at"  # new with each certificate, so alone it is no change to write down


def robot_certify(
    *, factory_code: str, secret: str, address: str | None, facts: Mapping[str, str | None]
) -> Robot:
    """Overwrite what the registry knows of a robot's computer by what is told; `facts`: columns of Robot.

    Raises NotAuthenticated alike for a wrong secret and an unknown robot, TooMany after many wrong tries, Gone for a
    removed robot with its last secret.
    """
    device = device_prove(identifier=factory_code, secret=secret, address=address)
    with transaction.atomic():
        robot = Robot.objects.select_for_update(of=("self",)).filter(device=device).first()
        if robot is None:
            raise NotFound
        _overwrite(robot, device, {name: value or "" for name, value in facts.items()}, address)
    return robot


def _overwrite(robot: Robot, device: Device, facts: Mapping[str, str], address: str | None) -> None:
    before = {name: getattr(robot, name) for name in facts if getattr(robot, name) != facts[name]}
    if not before:
        return
    for name in before:
        setattr(robot, name, facts[name])
    check_columns(robot)
    robot.save(update_fields=list(before))
    if before.keys() <= {EVERY_TIME}:
        return
    actor = actor_of_device(device, address=address)
    after = {name: facts[name] for name in before}
    audit.record(actor, "robot.certify", f"robot:{robot.pk}", device.workspace_id, before, after)
    robot_info_tell(device.pk)
