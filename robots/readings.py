"""What drives and counts are derived from: one sample of a robot, reduced to the few things that matter. No ORM.

Samples were checked when they came in, so what is of another form here is passed over rather than refused.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

LONGEST_NAME = 200
MOST = 1e300  # whole numbers have no end in JSON, nor has infinity in floats
DRIVING = ("driv", "mov", "주행", "이동")  # how the words begin that say so
LOG_SECTIONS = (
    "drive_section_log",
    "lap_drive_log",
    "route_drive_log",
    "robot_drive_info",
    "traffic_count",
)


class Reading(NamedTuple):
    """`x`, `y`: map pixels. `speed`: m/s, never negative. `way_point_id`: `""` says that no list is followed.

    What the sample does not tell is None. `traffic`: how many people the robot sees now. `own`: the rows of log
    sections (and visitor_count) that the robot sent itself.
    """

    time_us: int
    seq: int
    map_id: str | None = None
    x: float | None = None
    y: float | None = None
    driving: bool | None = None
    speed: float | None = None
    way_point_id: str | None = None
    traffic: int | None = None
    own: Mapping[str, Mapping[str, Any]] = {}


class _Pose(msgspec.Struct, gc=False):
    x: Any = None
    y: Any = None
    map_id: Any = None
    drive_status: Any = None
    traffic: Any = None


class _Status(msgspec.Struct, gc=False):
    speed: Any = None
    drive_status: Any = None
    current_way_point_id: Any = None
    map_id: Any = None


_Row = dict[str, Any] | None


class _Sections(msgspec.Struct):
    pose: _Pose | None = None
    robot_base_status: _Status | None = None
    drive_section_log: _Row = None
    lap_drive_log: _Row = None
    route_drive_log: _Row = None
    robot_drive_info: _Row = None
    traffic_count: _Row = None
    visitor_count: _Row = None


_decode = msgspec.json.Decoder(_Sections).decode
_NOTHING = _Sections()
_NO_POSE, _NO_STATUS = _Pose(), _Status()
_OWN = (*LOG_SECTIONS, "visitor_count")


def reading(time_us: int, seq: int, sections: str) -> Reading:
    """One stored sample: `sections` is JSON as the robot sent it."""
    try:
        said = _decode(sections)
    except msgspec.MsgspecError:
        said = _NOTHING
    pose, status = said.pose or _NO_POSE, said.robot_base_status or _NO_STATUS
    x, y = number(pose.x), number(pose.y)
    speed = number(status.speed)
    return Reading(
        time_us,
        seq,
        name(pose.map_id) or name(status.map_id) or None,
        x if y is not None else None,
        y if x is not None else None,
        says_driving(pose.drive_status, status.drive_status),
        None if speed is None else abs(speed),
        name(status.current_way_point_id),
        count(pose.traffic),
        _own(said) if "_log" in sections or "_info" in sections or "_count" in sections else {},
    )


def _own(said: _Sections) -> dict[str, dict]:
    return {section: row for section in _OWN if (row := getattr(said, section))}


def number(said: Any) -> float | None:
    if isinstance(said, bool) or not isinstance(said, int | float) or not -MOST < said < MOST:
        return None
    return said


def name(said: Any) -> str | None:
    """Ids come as texts or numbers; `""` where it is told that there is none, None where nothing is told."""
    if said is None or isinstance(said, dict | list):
        return None
    if isinstance(said, bool):
        return ""
    if isinstance(said, float) and said.is_integer():
        said = int(said)
    return str(said)[:LONGEST_NAME]


MOST_PEOPLE = 1_000_000


def count(said: Any) -> int | None:
    """Counts come as numbers or texts (`"1"`)."""
    if isinstance(said, str):
        try:
            said = float(said)
        except ValueError:
            return None
    said = number(said)
    return None if said is None else max(0, min(int(said), MOST_PEOPLE))


def says_driving(*said: Any) -> bool | None:
    words = [word for word in said if isinstance(word, str) and word]
    if not words:
        return None
    return any(word.strip().lower().startswith(DRIVING) for word in words)
