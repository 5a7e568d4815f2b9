"""People and places hour by hour: of a robot, and of a floor with all its robots.

An hour belongs to a span when it begins in it; the hour that the span begins in does too.
"""

from collections import defaultdict
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.principal import Actor
from accounts.selectors import device_for
from fleet_platform.shared import clock
from fleet_platform.shared.errors import Invalid
from fleet_platform.shared.paging import Page, cut_page, decode_cursor

from .. import heat
from ..log_rows import week_day
from ..models import FloorMap, HeatHour, HourlyTraffic, VisitorHour, zone_named
from ..traffic import hour_of
from .floors import floor_for

HEAT_HOURS_AT_MOST = 20_000  # of robots: 27 of them for a month
CELLS_AT_MOST = 50_000


class Span(NamedTuple):
    from_us: int
    to_us: int


class WeekHour(NamedTuple):
    """`week_day` 0 is Sunday. `hours`: in how many such hours somebody was counted."""

    week_day: int
    hour: int
    people: int
    hours: int


def visitor_page(
    actor: Actor, device_id: int, span: Span, *, cursor: str | None, limit: int
) -> Page[VisitorHour]:
    """People who stopped at a robot, by hour and map, oldest first. Raises NotFound."""
    device = device_for(actor, device_id, "telemetry.view")
    hours = _in(span, VisitorHour.objects.filter(device_id=device.pk)).order_by("hour_us", "map_id")
    if cursor:
        hour_us, map_id = decode_cursor(cursor, int, str)
        later = hours.filter(hour_us__gt=hour_us) | hours.filter(hour_us=hour_us, map_id__gt=map_id)
        hours = later.order_by("hour_us", "map_id")
    return cut_page(hours[: limit + 1], limit, lambda hour: (hour.hour_us, hour.map_id))


def traffic_by_hour(actor: Actor, floor_id: int, span: Span) -> list[tuple[int, int]]:
    """(start of the hour, people who passed the robots of the floor), oldest first, without hours of nobody.

    Raises NotFound or NotAllowed.
    """
    floor = _floor(actor, floor_id)
    hours = _in(span, _of_floor(actor, floor, HourlyTraffic)).values("hour_us")
    sums = hours.annotate(people=Sum(Coalesce("reported", "seen"))).order_by("hour_us")
    return [(row["hour_us"], int(row["people"])) for row in sums if row["people"]]


def traffic_by_week_day(actor: Actor, floor_id: int, span: Span) -> tuple[list[WeekHour], ZoneInfo]:
    """The same by day of the week and hour, in the time zone of the floor's workspace, which is answered too."""
    zone = zone_named(_floor(actor, floor_id).workspace.time_zone)
    sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for hour_us, people in traffic_by_hour(actor, floor_id, span):
        local = clock.to_datetime(hour_us, zone)
        known = sums[week_day(local), local.hour]
        known[0] += people
        known[1] += 1
    return [WeekHour(*key, *sums[key]) for key in sorted(sums)], zone


def heat_for(actor: Actor, floor_id: int, span: Span, cell_px: int) -> heat.Grid:
    """Where the robots of a floor were. Raises NotFound, NotAllowed, or Invalid where that is too much to tell."""
    rows = _in(span, _of_floor(actor, _floor(actor, floor_id), HeatHour))
    if rows.count() > HEAT_HOURS_AT_MOST:
        raise Invalid({"from": _("there is too much to read: ask for a shorter time")})
    packs = rows.values_list("cells", flat=True).iterator(chunk_size=500)
    grid = heat.joined(packs, cell_px)
    if len(grid) > CELLS_AT_MOST:
        raise Invalid({"cell": _("there are too many cells: ask for larger ones")})
    return grid


def _floor(actor: Actor, floor_id: int) -> FloorMap:
    floor = floor_for(actor, floor_id)
    actor.require("telemetry.view", floor.workspace_id)
    return floor


def _of_floor(actor: Actor, floor: FloorMap, model: type) -> QuerySet:
    """Rows of all its robots; a device sees its own alone."""
    rows = model.objects.filter(map_id=floor.map_id, device__workspace_id=floor.workspace_id)
    return actor.scope("telemetry.view", rows, workspace="device__workspace_id", device="device_id")


def _in(span: Span, rows: QuerySet) -> QuerySet:
    return rows.filter(hour_us__gte=hour_of(span.from_us), hour_us__lte=span.to_us)
