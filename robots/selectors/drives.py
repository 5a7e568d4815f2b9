"""Drives of a robot, with what they consist of, and their totals."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from accounts.principal import Actor
from accounts.selectors import device_for
from fleet_platform.shared.paging import Page, cut_page, decode_cursor

from ..log_rows import Scale
from ..models import Drive, DriveTotal, FloorMap, Lap, RouteRun, SectionRun

PARTS_AT_MOST = 5000  # laps, and sections, of one page

Scales = dict[str, Scale]  # by map id


def scales_of(workspace_id: int) -> Scales:
    """Of the maps that have a scale."""
    floors = FloorMap.objects.filter(workspace_id=workspace_id, metres_per_pixel__isnull=False)
    return {
        map_id: Scale(scale) for map_id, scale in floors.values_list("map_id", "metres_per_pixel")
    }


class Total(NamedTuple):
    """All drives of a robot whose distance is told in one unit, `m` or `px`. `distance` in it, driving time in us."""

    unit: str
    drives: int
    time_us: int
    distance: float


def drive_page(
    actor: Actor, device_id: int, *, from_us: int, to_us: int, cursor: str | None, limit: int
) -> tuple[Page[Drive], Scales]:
    """A page of a robot's drives that touch the span, newest first. Raises NotFound."""
    device = device_for(actor, device_id, "telemetry.view")
    drives = Drive.objects.filter(
        device_id=device.pk, end_us__gte=from_us, start_us__lte=to_us
    ).order_by("-start_us")
    if cursor:
        drives = drives.filter(start_us__lt=decode_cursor(cursor, int)[0])
    page = cut_page(drives[: limit + 1], limit, lambda drive: (drive.start_us,))
    return page, scales_of(device.workspace_id)


def totals_of(device_id: int, scales: Scales) -> list[Total]:
    """By unit; metres first. The device is the caller's to have checked."""
    found: dict[str, Total] = {}
    for row in DriveTotal.objects.filter(device_id=device_id, drives__gt=0):
        scale = scales.get(row.map_id, Scale(None))
        known = found.get(scale.unit, Total(scale.unit, 0, 0, 0.0))
        found[scale.unit] = Total(
            scale.unit,
            known.drives + row.drives,
            known.time_us + row.time_us,
            round(known.distance + scale.length(row.distance), 2),
        )
    return [found[unit] for unit in sorted(found)]


@dataclass
class Parts:
    """Route runs by drive, laps by run, sections by lap, each by time. `cut`: there are more than are told."""

    runs: dict[int, list[RouteRun]] = field(default_factory=lambda: defaultdict(list))
    laps: dict[int, list[Lap]] = field(default_factory=lambda: defaultdict(list))
    sections: dict[int, list[SectionRun]] = field(default_factory=lambda: defaultdict(list))
    cut: bool = False


def parts_of(drives: Sequence[Drive], *, sections: bool) -> Parts:
    """What drives consist of, in two or three queries. The drives are the caller's to have checked."""
    parts = Parts()
    ids = [drive.pk for drive in drives]
    runs = RouteRun.objects.filter(drive_id__in=ids)
    laps = Lap.objects.filter(route_run__drive_id__in=ids)
    _share(parts, runs, parts.runs, "drive_id")
    _share(parts, laps, parts.laps, "route_run_id")
    if sections:
        rows = SectionRun.objects.filter(lap__route_run__drive_id__in=ids)
        _share(parts, rows, parts.sections, "lap_id")
    return parts


def _share(parts: Parts, rows, by_parent: dict, parent: str) -> None:
    found = list(rows.order_by("-start_us")[: PARTS_AT_MOST + 1])
    parts.cut = parts.cut or len(found) > PARTS_AT_MOST
    for row in reversed(found[:PARTS_AT_MOST]):
        by_parent[getattr(row, parent)].append(row)
