"""The robots' rows: registry, floors, schedules, the photo log, and what is derived from samples."""

from .drives import Checkpoint, Derivation, Drive, DriveTotal, Lap, Log, RouteRun, SectionRun
from .floors import FLOOR_FORMATS, PLAN_FOLDER, FloorMap, floor_image_name
from .hours import HeatHour, HourlyTraffic, TrafficReport, Visit, VisitorHour
from .photos import PhotoLog
from .places import Place, Region, Store, WayPointList
from .registry import PICTURE_ADDRESS, ROBOT_ID, Robot, zone_named
from .schedules import Schedule, ScheduleRun, ScheduleTimer

__all__ = [
    "FLOOR_FORMATS",
    "PICTURE_ADDRESS",
    "PLAN_FOLDER",
    "ROBOT_ID",
    "Checkpoint",
    "Derivation",
    "Drive",
    "DriveTotal",
    "FloorMap",
    "HeatHour",
    "HourlyTraffic",
    "Lap",
    "Log",
    "PhotoLog",
    "Place",
    "Region",
    "Robot",
    "RouteRun",
    "Schedule",
    "ScheduleRun",
    "ScheduleTimer",
    "SectionRun",
    "Store",
    "TrafficReport",
    "Visit",
    "VisitorHour",
    "WayPointList",
    "floor_image_name",
    "zone_named",
]
