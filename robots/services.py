"""Writes: robots enter the registry, floors get their plans, photos are logged."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import Device
from accounts.principal import Actor
from accounts.services import device_remove
from fleet_platform.shared import clock
from fleet_platform.shared.errors import Conflict, Invalid
from fleet_platform.telemetry import store
from fleet_platform.telemetry.services import device_register, devices_touch

from . import floor_images
from .models import FloorMap, PhotoLog, Robot
from .selectors import robot_for

REGISTRY = {
    field.name: field for field in Robot._meta.concrete_fields if field.name not in {"id", "device"}
}
JSON_TYPES = {"CharField": str, "JSONField": list, "BooleanField": bool}
JSON_NAMES = {str: "text", list: "list", bool: "true or false"}
PURGE_CHUNK = 5000


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
    robot = Robot(device=device, **{"robot_id": f"robot_{device.pk}", **extra})
    _check(robot)
    try:
        with transaction.atomic():
            robot.save()
    except IntegrityError:
        raise Conflict(_("A robot of this robot id exists.")) from None


def robot_remove(*, actor: Actor, robot_id: str) -> None:
    """Take a robot out of the registry. Its history stays; its credential ends."""
    robot = robot_for(actor, robot_id)
    with transaction.atomic():
        device_remove(actor=actor, device_id=robot.device_id)
        devices_touch(device_ids=[robot.device_id])


def floor_map_create(
    *,
    actor: Actor,
    workspace_id: int,
    map_id: str,
    image: bytes = b"",
    **facts: Any,
) -> FloorMap:
    """A floor. `facts`: site, name, floor_order, invert_in_dark. Raises Conflict where the workspace has the map id."""
    actor.require("map.manage", workspace_id)
    floor = FloorMap(workspace_id=workspace_id, map_id=map_id, **facts)
    _check(floor)
    with transaction.atomic():
        if image:
            _put_image(floor, image)
        try:
            with transaction.atomic():
                floor.save()
        except IntegrityError:
            raise Conflict(_("This workspace has a map of this id.")) from None
        audit.record(
            actor, "floormap.add", f"floormap:{floor.pk}", workspace_id, None, {"map_id": map_id}
        )
    return floor


def _put_image(floor: FloorMap, image: bytes) -> None:
    content = ContentFile(image)
    try:
        plan = floor_images.check(content, len(image))
    except floor_images.UnfitImage as error:
        raise Invalid({"image": str(error)}) from None
    floor.image.save(f"floor{plan.suffix}", content, save=False)
    floor.width, floor.height = (
        plan.width,
        plan.height,
    )  # known already: no bucket needs to be asked


def photo_log_create(*, actor: Actor, robot_id: str) -> PhotoLog:
    """Log that the robot takes a picture now, where it is. Raises Invalid while it has not told its place."""
    robot = robot_for(actor, robot_id)
    actor.require("photo.create", robot.device.workspace_id)
    state = store.states([robot.device_id])[robot.device_id]
    sections = msgspec.json.decode(state.sections)
    pose = sections.get("pose") or {}
    if pose.get("x") is None or pose.get("y") is None:
        raise Invalid({"robot_id": "this robot has not told its place yet"})
    status = sections.get("robot_base_status") or {}
    return PhotoLog.objects.create(
        device_id=robot.device_id,
        robot_id=robot.robot_id,
        pose_x=pose["x"],
        pose_y=pose["y"],
        pose_rotate=pose.get("rotate"),
        pose_timestamp_ms=state.marks["pose"][0] // 1000,
        map_id=pose.get("map_id") or status.get("map_id") or "",
        store_id=pose.get("store_id"),
        drive_status=pose.get("drive_status") or status.get("drive_status") or "",
        drive_info=sections.get("robot_drive_info"),
        traffic=pose.get("traffic"),
        timestamp_ms=clock.now_us() // 1000,
    )


def photo_logs_purge(workspace_id: int, before_us: int) -> Iterator[int]:
    """Delete a workspace's older rows of the photo log, a chunk a transaction; yields how many each chunk had."""
    old = PhotoLog.objects.filter(
        device__workspace_id=workspace_id, timestamp_ms__lt=before_us // 1000
    )
    while ids := list(old.values_list("pk", flat=True)[:PURGE_CHUNK]):
        yield PhotoLog.objects.filter(pk__in=ids).delete()[0]


def _check_types(extra: Mapping[str, Any]) -> None:
    """Columns would turn any JSON value into a text."""
    wrong = {
        name: f"must be a {JSON_NAMES[wanted]}"
        for name, value in extra.items()
        if not isinstance(value, wanted := JSON_TYPES[REGISTRY[name].get_internal_type()])
    }
    if wrong:
        raise Invalid(wrong)


def _check(row: Robot | FloorMap) -> None:
    """The model's own checks of every column. Raises Invalid naming each bad one."""
    try:
        row.clean_fields(exclude={"device", "workspace", "image"})
    except ValidationError as error:
        raise Invalid(error.message_dict) from None
