"""Rows of the stream's log sections, in the wire's own keys, from what was derived.

`resource` is `derived:m` where distances are metres, `derived:px` where they are pixels: the floor has no scale.
Timestamps are epoch milliseconds, those of `traffic_count` epoch seconds, as the wire's examples have them. Years,
months, days and hours are UTC and the week begins with Sunday, 0: that is what makes the wire's own example true
(1688453891.0, hour 6, day_of_week 2).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from fleet_platform.shared import clock

from . import moments
from .models import Drive, DriveTotal, HourlyTraffic, Lap, Robot, RouteRun, SectionRun
from .reference_rows import wire_id
from .traffic import HOUR_US

Row = Mapping[str, Any]


class Scale(NamedTuple):
    """Lengths are told in metres where the floor says how long a pixel is, else in pixels."""

    metres_per_pixel: float | None

    @property
    def unit(self) -> str:
        return "px" if self.metres_per_pixel is None else "m"

    def length(self, thousandths: int) -> float:
        """From thousandths of a pixel."""
        if self.metres_per_pixel is None:
            return round(thousandths / 1000, 1)
        return round(thousandths / 1000 * self.metres_per_pixel, 2)

    def speed(self, said: float | None, told: bool) -> float | None:
        """Speeds that robots tell are metres a second whatever the floor says."""
        if said is None or told or self.metres_per_pixel is None:
            return said
        return round(said * self.metres_per_pixel, 3)


class Totals(NamedTuple):
    distance: float
    seconds: float


def totals_in(scale: Scale, rows: Iterable[tuple[DriveTotal, Scale]]) -> Totals:
    """All drives of a robot whose distance is told in the same unit."""
    alike = [(row, its) for row, its in rows if its.unit == scale.unit]
    return Totals(
        round(sum(its.length(row.distance) for row, its in alike), 2),
        round(sum(row.time_us for row, _ in alike) / clock.SECOND, 1),
    )


def robot_drive_info(drive: Drive, robot: Robot, scale: Scale, totals: Totals) -> Row:
    start, end = drive.start, drive.end
    return {
        "drive_idx": drive.pk,
        "robot_id": robot.robot_id,
        "robot_idx": robot.pk,
        "start_time_stamp": _ms(drive.start_us),
        "start_year": start.year,
        "start_month": start.month,
        "start_date": start.day,
        "start_week_day": week_day(start),
        "start_time": f"{start:%H:%M:%S}",
        "end_time_stamp": _ms(drive.end_us),
        "end_time": f"{end:%H:%M:%S}",
        "drive_time": drive.seconds,
        "drive_distance": scale.length(drive.distance),
        "average_speed": scale.speed(drive.average_speed, drive.told),
        "max_speed": scale.speed(drive.max_speed, drive.told),
        "min_speed": scale.speed(drive.min_speed, drive.told),
        "total_distance": totals.distance,
        "total_time": totals.seconds,
        "map_id": drive.map_id,
        "resource": f"derived:{scale.unit}",
    }


def route_drive_log(run: RouteRun, robot: Robot, scale: Scale) -> Row:
    return {
        "route_log_id": run.pk,
        "way_point_id": wire_id(run.way_point_id),
        "map_id": run.drive.map_id,
        "way_point_repetition": run.laps,
        **_log(run, robot, scale),
    }


def lap_drive_log(lap: Lap, robot: Robot, scale: Scale) -> Row:
    return {
        "lap_log_id": lap.pk,
        "route_log_id": lap.route_run_id,
        "repetition": lap.number,
        **_log(lap, robot, scale),
    }


def drive_section_log(section: SectionRun, robot: Robot, scale: Scale) -> Row:
    run = section.lap.route_run
    return {
        "section_log_id": section.pk,
        "drive_time_id": run.drive_id,
        "route_log_id": run.pk,
        "lap_log_id": section.lap_id,
        "current_index": section.index,
        **_log(section, robot, scale),
    }


def _log(row: RouteRun | Lap | SectionRun, robot: Robot, scale: Scale) -> Row:
    return {
        "robot_id": robot.robot_id,
        "drive_time": row.seconds,
        "drive_distance": scale.length(row.distance),
        "start_timestamp": _ms(row.start_us),
        "end_timestamp": _ms(row.end_us),
        "resource": f"derived:{scale.unit}",
        "update_at": moments.text(row.changed_us, robot.zone),
    }


def traffic_count(hour: HourlyTraffic, robot: Robot, zone: ZoneInfo, now_us: int) -> Row:
    """`start_utc_hours` counts hours since 1970; `add_count` is what came to the count since it was told last."""
    start = hour.hour
    return {
        "id": hour.pk,
        "robot_id": robot.robot_id,
        "map_id": hour.map_id,
        "count": hour.people,
        "start_utc_hours": hour.hour_us // HOUR_US,
        "start_timestamp": hour.hour_us / clock.SECOND,
        "month": start.month,
        "weekOfDay": week_day(start),
        "hour": start.hour,
        "update_at": moments.text(now_us, zone),
        "add_count": max(0, hour.people - hour.told),
        "resource": "derived",
    }


def week_day(moment: datetime) -> int:
    """0 is Sunday."""
    return moment.isoweekday() % 7


def _ms(us: int) -> int:
    return us // 1000
