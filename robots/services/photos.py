"""Photos are logged."""

from collections.abc import Iterator

import msgspec

from accounts.principal import Actor
from fleet_platform.shared import clock
from fleet_platform.shared.errors import Invalid
from fleet_platform.telemetry import store

from ..models import PhotoLog
from ..selectors import robot_for

PURGE_CHUNK = 5000


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
