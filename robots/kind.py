"""What a robot sends and where it is."""

from fleet_platform.telemetry.kinds import Kind, Sections

from .sections import SENT_BY_ROBOTS


def position(sections: Sections) -> dict | None:
    """The place on the map from `pose`; None without x and y. The map may be named by robot_base_status alone."""
    pose = sections.get("pose") or {}
    x, y = pose.get("x"), pose.get("y")
    if x is None or y is None:
        return None
    status = sections.get("robot_base_status") or {}
    map_id = pose.get("map_id") or status.get("map_id")
    return {"map_id": map_id, "x": x, "y": y, "rotate": pose.get("rotate")}


KIND = Kind(
    name="robot",
    sections=SENT_BY_ROBOTS,
    position=position,
)
