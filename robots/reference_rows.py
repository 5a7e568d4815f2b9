"""Rows of the stream's reference sections, in the wire's own keys, from rows of our tables.

What the wire leaves open is settled here. Numbers that name a row (`idx`, `id`) are its key. An id that robots use
is told as a number where it is one, as robots tell theirs (`"store_id": 3`). `..._at` is ISO 8601 with the site's
offset, like `create_at`. Points are lists of {x, y, ...}, like `pose`. A flag is 1 or 0: `false` would read as "not
told", which on this wire is also what an absent value is.

A row that was removed shows once more, told as gone: a store without outline, a region without extent, a way point
list that is not available, a zone or a schedule whose state is `deleted`, a timer of no schedule, a robot with
`delete_at`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from fleet_platform.shared.clock import from_datetime

from . import moments
from .models import Region, Robot, Schedule, ScheduleTimer, Store, WayPointList

Row = Mapping[str, Any]


def map_store(store: Store, zone: ZoneInfo, *, removed: bool = False) -> Row:
    return {
        "idx": store.pk,
        "map_idx": store.floor_id,
        "map_id": store.floor.map_id,
        "store_id": wire_id(store.store_id),
        "store_name": store.name,
        "center_x": _whole(store.center_x),
        "center_y": _whole(store.center_y),
        "bound": [] if removed else corners(store.polygon),
    }


def robot_region(region: Region, zone: ZoneInfo, *, removed: bool = False) -> Row:
    return {
        "traffic_idx": region.pk,
        "region_id": wire_id(region.region_id),
        "map_id": region.floor.map_id,
        "position_x": _whole(region.x),
        "position_y": _whole(region.y),
        "width": 0 if removed else _whole(region.width),
        "height": 0 if removed else _whole(region.height),
    }


def way_point_list(way: WayPointList, zone: ZoneInfo, *, removed: bool = False) -> Row:
    """Metres and seconds; both absent while the floor has no scale."""
    return {
        "idx": way.pk,
        "way_point_id": wire_id(way.way_point_id),
        "name": way.name,
        "map_id": way.floor.map_id,
        "version": way.version,
        "points": way.points,
        "update_at": moments.text(way.updated_us, zone),
        "drive_distance": way.drive_distance,
        "drive_time": way.drive_time,
        "id_color": way.color,
        "avaliable": int(way.available and not removed),
    }


def red_zone(red, zone: ZoneInfo, *, removed: bool = False) -> Row:
    """`red`: a zone of the spine on a map. Its state is `active`, `inactive` or `deleted`."""
    state = "active" if red.active else "inactive"
    return {
        "id": red.pk,
        "map_id": red.map_id,
        "name": red.name,
        "state": "deleted" if removed else state,
        "creator": red.created_by_id,
        "points": corners(red.polygon),
        "update_at": moments.text(red.updated_us, zone),
        "color": red.color,
    }


def notification_token(channel, workspace_id: int, zone: ZoneInfo, *, removed: bool = False) -> Row:
    """`channel`: a notification channel of the spine. Neither its address nor its secret is told, but a handle of it.

    `user_agent`: e-mail or webhook. `checked_at`: when it was last used.
    """
    used = channel.last_used_at
    in_use = channel.active and channel.verified_at and not channel.invalid_at and not removed
    return {
        "id": channel.pk,
        "token": channel.handle,
        "group_id": workspace_id,
        "invalid": int(not in_use),
        "user_agent": channel.kind,
        "checked_at": moments.text(from_datetime(used), zone) if used else None,
    }


def robot_info(robot: Robot, now_us: int, *, removed: bool = False) -> Row:
    """`access_scope`: the workspace whose members see the robot; `owner`: its name."""
    device = robot.device
    now = moments.text(now_us, robot.zone)
    return {
        "idx": robot.pk,
        "mac_address": robot.mac_address,
        "name": device.name,
        "hw_ver": robot.model_version,
        "sw_ver": robot.os_version,
        "access_scope": device.workspace_id,
        "owner": device.workspace.name,
        "type": robot.model_code,
        "update_at": now,
        "delete_at": now if removed else None,
    }


def schedule(row: Schedule, timer: ScheduleTimer | None, *, removed: bool = False) -> Row:
    """`timer`: the one that is due, or due next. Week days are numbers, 0 is Sunday; no robots mean all of the map."""
    timers = sorted(row.timers.all(), key=lambda one: (one.order_weight, one.pk))
    told = {
        "index": row.pk,
        "id": row.pk,
        "map_id": row.floor.map_id,
        "title": row.title,
        "state": "deleted" if removed else row.state,
        "week_days": row.week_days,
        "robots": [robot.robot_id for robot in row.robots.all()],
        "update_at": moments.text(row.updated_us, row.zone),
        "cron_format": row.cron_format or (timer.cron if timer else ""),
        "timezone": row.time_zone,
    }
    if timer is None:
        return told
    due = {f"timer_{key}": value for key, value in schedule_timer(timer).items()}
    due["timer_timer_index"] = due.pop("timer_index")
    due["timer_index"] = next((n for n, one in enumerate(timers) if one.pk == timer.pk), 0)
    return told | {key: value for key, value in due.items() if key != "timer_schedule_index"}


def schedule_timer(timer: ScheduleTimer, *, removed: bool = False) -> Row:
    return {
        "index": timer.pk,
        "schedule_index": 0 if removed else timer.schedule_id,
        "order_weight": timer.order_weight,
        "hours": timer.hours,
        "minutes": timer.minutes,
        "repeats": timer.repeats,
        "path_id": wire_id(timer.way_point_id) if timer.way_point_id else None,
        "go_charger": int(timer.go_charger),
        "update_at": moments.text(timer.updated_us, timer.schedule.zone),
        "cron_format": timer.cron,
    }


def wire_id(said: str) -> int | str:
    """`3` -> 3, while `03` and `tour_1` stay texts."""
    return int(said) if said.isdecimal() and said.isascii() and str(int(said)) == said else said


def corners(polygon: Iterable[Sequence[float]]) -> list[dict[str, float]]:
    return [{"x": x, "y": y} for x, y in polygon]


def _whole(value: float) -> float | int:
    return int(value) if value == int(value) else value
