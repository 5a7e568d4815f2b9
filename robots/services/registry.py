"""Robots enter and leave the registry."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import Device
from accounts.principal import Actor
from fleet_platform.shared import clock
from fleet_platform.shared.errors import Conflict, Invalid
from fleet_platform.telemetry.services import device_leave, device_register, facts_publish

from .. import abilities, reference_rows
from ..models import Robot
from ..selectors import robot_by_row, robot_for
from .checks import check_columns

REGISTRY = {
    field.name: field for field in Robot._meta.concrete_fields if field.name not in {"id", "device"}
}
JSON_TYPES = {
    "CharField": str,
    "JSONField": list,
    "BooleanField": bool,
    "PositiveIntegerField": int,
}
JSON_NAMES = {str: "text", list: "list", bool: "true or false", int: "whole number"}


def robot_register(
    *,
    actor: Actor,
    workspace_id: int,
    name: str,
    robot_id: str,
    serial_number: str | None = None,
    factory_code: str | None = None,
    **registry: Any,
) -> tuple[Robot, str]:
    """A robot with its device, and the device's secret, which is told this once. `registry`: columns of Robot."""
    device, secret = device_register(
        actor=actor,
        workspace_id=workspace_id,
        kind=Device.Kind.ROBOT,
        name=name,
        serial_number=serial_number,
        factory_code=factory_code,
        extra={"robot_id": robot_id, **registry},
    )
    return Robot.objects.select_related("device").get(device=device), secret


def robot_enroll(device: Device, extra: Mapping[str, Any]) -> None:
    """The registry row of a robot whose device was just made. Without a robot_id it is named by its device."""
    if unknown := set(extra) - set(REGISTRY):
        raise Invalid({name: "is not a field of the robot registry" for name in sorted(unknown)})
    _check_types(extra)
    robot = Robot(device=device, **{"robot_id": f"robot_{device.pk}", **_with_abilities(extra)})
    check_columns(robot)
    _save(robot)


def robot_update(*, actor: Actor, row_id: int, **changes: Any) -> Robot:
    """Change columns of a robot, named by its row: its robot id may be what changes.

    Raises Invalid by column, Conflict where a robot id is in use, Gone for a removed robot.
    """
    _check_types(changes)
    with transaction.atomic():
        robot = robot_by_row(actor, row_id, lock=True)
        actor.require("device.manage", robot.device.workspace_id)
        wanted = _with_abilities(changes).items()
        after = {name: value for name, value in wanted if getattr(robot, name) != value}
        if after:
            _overwrite(actor, robot, after)
    return robot


def _overwrite(actor: Actor, robot: Robot, after: Mapping[str, Any]) -> None:
    before = {name: getattr(robot, name) for name in after}
    for name, value in after.items():
        setattr(robot, name, value)
    check_columns(robot)
    _save(robot, update_fields=list(after))
    workspace_id = robot.device.workspace_id
    audit.record(actor, "robot.change", f"robot:{robot.pk}", workspace_id, before, after)
    robot_info_tell(robot.device_id)


def robot_remove(*, actor: Actor, robot_id: str) -> None:
    """Take a robot out of the registry. Its history stays; its credential ends."""
    device_leave(actor=actor, device_id=robot_for(actor, robot_id).device_id)


def robot_info_tell(device_id: int, removed: bool = False) -> None:
    """Its own row of robot_info enters a robot's stream, after something in the registry changed."""
    robot = Robot.objects.select_related("device__workspace").filter(device_id=device_id).first()
    if robot is not None:
        row = reference_rows.robot_info(robot, clock.now_us(), removed=removed)
        facts_publish(facts={device_id: {"robot_info": row}})


def _with_abilities(values: Mapping[str, Any]) -> dict[str, Any]:
    """Functions and abilities say the same: who tells the ones gets the others. Raises Invalid where they differ."""
    if not values.keys() & {"special_functions", "main_abilities", "sub_abilities"}:
        return dict(values)
    told = values.get("special_functions") or abilities.from_abilities(
        values.get("main_abilities", ()), values.get("sub_abilities", ())
    )
    try:
        functions = abilities.functions_of(told)
    except ValueError as error:
        raise Invalid({"special_functions": str(error)}) from None
    derived = {
        "main_abilities": abilities.main_abilities(functions),
        "sub_abilities": abilities.other_abilities(functions),
    }
    for name, wanted in derived.items():
        if sorted(values.get(name, wanted), key=str) != sorted(wanted):
            raise Invalid({name: gettext("does not agree with special_functions")})
    return {**values, "special_functions": functions, **derived}


def _save(robot: Robot, **options: Any) -> None:
    try:
        with transaction.atomic():
            robot.save(**options)
    except IntegrityError:
        raise Conflict(_("A robot of this robot id exists.")) from None


def _check_types(extra: Mapping[str, Any]) -> None:
    """Columns would turn any JSON value into a text."""
    wrong = {
        name: f"must be a {JSON_NAMES[wanted]}"
        for name, value in extra.items()
        if type(value) is not (wanted := JSON_TYPES[REGISTRY[name].get_internal_type()])
        and not (value is None and REGISTRY[name].null)
    }
    if wrong:
        raise Invalid(wrong)
