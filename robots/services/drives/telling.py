"""What was derived enters the robot's stream: a row when it is over, and again when late samples change it.

A robot that sends a log section itself is told none of the platform's rows in it.
"""

from collections.abc import Iterable, Sequence

from django.db.models import F

from fleet_platform.shared import clock
from fleet_platform.telemetry.services import facts_publish

from ... import log_rows
from ...log_rows import Row, Scale
from ...models import (
    Drive,
    DriveTotal,
    HourlyTraffic,
    Lap,
    Log,
    Robot,
    RouteRun,
    SectionRun,
)
from ...selectors import scales_of
from ...traffic import hour_of

Told = tuple[str, Row]  # section and its row
INWARD = (SectionRun, Lap, RouteRun, Drive)  # of what ends together the inner one ends first
HOURS_AT_ONCE = 200


def logs_tell(robot: Robot, own_sections: Sequence[str], changed: Iterable[Log]) -> None:
    """Rows that are over, by their end. The robot's newest drive comes last: the newest state shows it, with totals."""
    over = [row for row in changed if not row.open]
    if not over:
        return
    over.sort(key=lambda row: (row.end_us, INWARD.index(type(row))))
    newest = (
        Drive.objects.filter(device_id=robot.device_id, open=False).order_by("-start_us").first()
    )
    if newest and any(isinstance(row, Drive) for row in over):
        over = [row for row in over if row != newest] + [newest]
    rows = _Rows(robot, over)
    told = [rows.of(row) for row in over]
    _publish(robot, [(name, row) for name, row in told if name not in own_sections])


def hours_tell(robot: Robot, own_sections: Sequence[str]) -> bool:
    """The people of hours that are over, where the robot saw other than it was told. True when there are more."""
    if "traffic_count" in own_sections:
        return False
    rows = HourlyTraffic.objects.filter(
        device_id=robot.device_id, reported=None, hour_us__lt=hour_of(clock.now_us())
    ).exclude(told=F("seen"))
    rows = list(rows.order_by("hour_us", "id")[:HOURS_AT_ONCE])
    now_us = clock.now_us()
    told = [
        ("traffic_count", log_rows.traffic_count(row, robot, robot.zone, now_us)) for row in rows
    ]
    for row in rows:
        row.told = row.seen
    HourlyTraffic.objects.bulk_update(rows, ["told"])
    _publish(robot, told)
    return len(rows) == HOURS_AT_ONCE


def _publish(robot: Robot, told: Sequence[Told]) -> None:
    """As few samples as there can be: one holds one row of each section."""
    facts: dict[str, Row] = {}
    for name, row in told:
        if name in facts:
            facts_publish(facts={robot.device_id: facts})
            facts = {}
        facts[name] = row
    if facts:
        facts_publish(facts={robot.device_id: facts})


class _Rows:
    """Builds the wire's rows; what they name beside themselves is read once."""

    def __init__(self, robot: Robot, rows: Sequence[Log]):
        self.robot = robot
        self.scales = scales_of(robot.device.workspace_id)
        laps = [row.lap_id for row in rows if isinstance(row, SectionRun)]
        self.laps = Lap.objects.select_related("route_run__drive").in_bulk(laps)
        runs = [row.route_run_id for row in rows if isinstance(row, Lap)]
        self.runs = RouteRun.objects.select_related("drive").in_bulk(runs)
        drives = [row.drive_id for row in rows if isinstance(row, RouteRun)]
        self.drives = Drive.objects.in_bulk(drives)
        self.totals = [
            (total, self.scale(total.map_id))
            for total in DriveTotal.objects.filter(device_id=robot.device_id)
        ]

    def scale(self, map_id: str) -> Scale:
        return self.scales.get(map_id, Scale(None))

    def of(self, row: Log) -> Told:
        if isinstance(row, Drive):
            scale = self.scale(row.map_id)
            totals = log_rows.totals_in(scale, self.totals)
            told = log_rows.robot_drive_info(row, self.robot, scale, totals)
            return "robot_drive_info", told
        if isinstance(row, RouteRun):
            row.drive = self.drives[row.drive_id]
            scale = self.scale(row.drive.map_id)
            return "route_drive_log", log_rows.route_drive_log(row, self.robot, scale)
        if isinstance(row, Lap):
            scale = self.scale(self.runs[row.route_run_id].drive.map_id)
            return "lap_drive_log", log_rows.lap_drive_log(row, self.robot, scale)
        row.lap = self.laps[row.lap_id]
        scale = self.scale(row.lap.route_run.drive.map_id)
        return "drive_section_log", log_rows.drive_section_log(row, self.robot, scale)
