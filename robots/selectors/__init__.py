"""Reads: the robots, floors, ticks, black box and photo log that somebody may see."""

from .drives import Parts, Scales, Total, drive_page, parts_of, scales_of, totals_of
from .duplicates import SEARCHES as DUPLICATE_FIELDS
from .duplicates import is_taken
from .floors import (
    floor_for,
    floor_maps_for,
    floor_page,
    floor_plan,
    place_for,
    places_of,
    plans_stored,
)
from .holdings import Holdings, Ownership, holdings_of, ownership_of
from .hours import (
    Span,
    WeekHour,
    heat_for,
    traffic_by_hour,
    traffic_by_week_day,
    visitor_page,
)
from .photos import device_photos_for, newest_photos_of, photo_logs_for
from .registry import (
    robot_by_row,
    robot_for,
    robot_newest,
    robot_of_chip,
    robot_of_factory_code,
    robots_for,
)
from .schedules import last_runs, run_page, schedule_for, schedule_page, schedules_for
from .stream import Tick, black_box_for, stream_tick_for, zone_of

__all__ = [
    "DUPLICATE_FIELDS",
    "Holdings",
    "Ownership",
    "Parts",
    "Scales",
    "Span",
    "Tick",
    "Total",
    "WeekHour",
    "black_box_for",
    "device_photos_for",
    "drive_page",
    "floor_for",
    "floor_maps_for",
    "floor_page",
    "floor_plan",
    "heat_for",
    "holdings_of",
    "is_taken",
    "last_runs",
    "newest_photos_of",
    "ownership_of",
    "parts_of",
    "photo_logs_for",
    "place_for",
    "places_of",
    "plans_stored",
    "robot_by_row",
    "robot_for",
    "robot_newest",
    "robot_of_chip",
    "robot_of_factory_code",
    "robots_for",
    "run_page",
    "scales_of",
    "schedule_for",
    "schedule_page",
    "schedules_for",
    "stream_tick_for",
    "totals_of",
    "traffic_by_hour",
    "traffic_by_week_day",
    "visitor_page",
    "zone_of",
]
