"""Writes: robots enter the registry, floors get their plans and what lies on them, photos are logged."""

from .certificates import robot_certify
from .drives import drives_derive, drives_derive_due, drives_end_due, drives_purge
from .firing import (
    schedule_begin_change,
    schedule_catch_up,
    schedule_run_now,
    schedule_runs_purge,
    schedules_fire,
)
from .floors import floor_map_create, floor_map_remove, floor_map_update
from .photos import photo_log_create, photo_logs_purge
from .places import has_room, place_create, place_remove, place_update
from .registry import (
    robot_enroll,
    robot_info_tell,
    robot_register,
    robot_remove,
    robot_update,
)
from .schedules import schedule_create, schedule_preview, schedule_remove, schedule_update
from .telling import channel_tell, robots_tell, workspace_zone, zone_tell

__all__ = [
    "channel_tell",
    "drives_derive",
    "drives_derive_due",
    "drives_end_due",
    "drives_purge",
    "floor_map_create",
    "floor_map_remove",
    "floor_map_update",
    "has_room",
    "photo_log_create",
    "photo_logs_purge",
    "place_create",
    "place_remove",
    "place_update",
    "robot_certify",
    "robot_enroll",
    "robot_info_tell",
    "robot_register",
    "robot_remove",
    "robot_update",
    "robots_tell",
    "schedule_begin_change",
    "schedule_catch_up",
    "schedule_create",
    "schedule_preview",
    "schedule_remove",
    "schedule_run_now",
    "schedule_runs_purge",
    "schedule_update",
    "schedules_fire",
    "workspace_zone",
    "zone_tell",
]
