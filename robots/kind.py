"""What a robot sends, where it is, and its registry row and live topic `robot:<robot_id>`."""

from fleet_platform.telemetry.kinds import Kind, Sections

from .conditions import CONDITIONS
from .models import Robot
from .sections import SENT_BY_ROBOTS
from .services import channel_tell, robot_enroll, robot_info_tell, zone_tell


def position(sections: Sections) -> dict | None:
    """The place on the map from `pose`; None without x and y. The map may be named by robot_base_status alone."""
    pose = sections.get("pose") or {}
    x, y = pose.get("x"), pose.get("y")
    if x is None or y is None:
        return None
    status = sections.get("robot_base_status") or {}
    map_id = pose.get("map_id") or status.get("map_id")
    return {"map_id": map_id, "x": x, "y": y, "rotate": pose.get("rotate")}


def robot_topic(name: str) -> int | None:
    """The device behind a robot id. Who may listen is for the caller to check."""
    if "\0" in name:
        return None
    rows = Robot.objects.filter(robot_id=name, device__removed_at=None)
    return rows.values_list("device_id", flat=True).first()


KIND = Kind(
    name="robot",
    sections=SENT_BY_ROBOTS,
    position=position,
    enroll=robot_enroll,
    zone_changed=zone_tell,
    device_changed=robot_info_tell,
    channel_changed=channel_tell,
    conditions=CONDITIONS,
    derives=True,
    moves=True,
)
