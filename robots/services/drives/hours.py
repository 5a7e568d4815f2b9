"""The hourly rows: people who passed, people who stopped, where the robot was.

What the robot saw comes as differences: what its slots add now less what they added before. What it reported is kept
report by report, the same one again in its place, and the hour is their sum.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Count, Sum

from ... import heat
from ...models import HeatHour, HourlyTraffic, TrafficReport, Visit, VisitorHour
from ...traffic import (
    COUNT,
    HOUR_US,
    Counts,
    Hour,
    PassersReport,
    Report,
    VisitReport,
    hour_of,
)

Key = tuple[str, int]  # map id, start of the hour
HOUR = ["device", "map_id", "hour_us"]
LOOKED_UP = 500


def write_hours(device_id: int, difference: Counts, reports: Sequence[Report]) -> set[Key]:
    """Inside the transaction of the step. Answers the hours whose people who passed may be other ones now."""
    hours = {
        (map_id, hour_us): hour
        for map_id, of_map in difference.items()
        for hour_us, hour in of_map.items()
        if not hour.is_nothing()
    }
    _write_heat(device_id, {key: hour for key, hour in hours.items() if hour.cells})
    seen = {key: hour.people for key, hour in hours.items() if hour.people}
    reported: dict[Key, int] = {}
    for start in range(0, len(reports), LOOKED_UP):
        part = reports[start : start + LOOKED_UP]
        passers = [report for report in part if isinstance(report, PassersReport)]
        reported |= _write_passers(device_id, passers)
        _write_visits(device_id, [report for report in part if isinstance(report, VisitReport)])
    _write_traffic(device_id, seen, reported)
    return seen.keys() | reported.keys()


def _rows(model, device_id: int, keys: Iterable[Key]) -> dict[Key, object]:
    """Rows of these hours, and maybe of the same hours on other maps."""
    maps = sorted({map_id for map_id, _ in keys})
    hours = sorted({hour_us for _, hour_us in keys})
    found = {}
    for start in range(0, len(hours), LOOKED_UP):
        part = hours[start : start + LOOKED_UP]
        rows = model.objects.filter(device_id=device_id, map_id__in=maps, hour_us__in=part)
        found.update(((row.map_id, row.hour_us), row) for row in rows)
    return found


def _save(model, rows: Sequence, names: list[str]) -> None:
    model.objects.bulk_create(
        rows, LOOKED_UP, update_conflicts=True, unique_fields=HOUR, update_fields=names
    )


def _write_heat(device_id: int, hours: Mapping[Key, Hour]) -> None:
    if not hours:
        return
    there = _rows(HeatHour, device_id, hours)
    rows = []
    for key, hour in hours.items():
        before = there[key].cells if key in there else None
        cells = heat.changed(before, hour)
        rows.append(HeatHour(device_id=device_id, map_id=key[0], hour_us=key[1], cells=cells))
    _save(HeatHour, rows, ["cells"])


def _write_traffic(
    device_id: int, seen: Mapping[Key, int], reported: Mapping[Key, int | None]
) -> None:
    keys = seen.keys() | reported.keys()
    if not keys:
        return
    there = _rows(HourlyTraffic, device_id, keys)
    rows = []
    for key in sorted(keys):
        row = there.get(key) or HourlyTraffic(device_id=device_id, map_id=key[0], hour_us=key[1])
        row.pk = None  # its key finds it
        row.seen += seen.get(key, 0)
        row.reported = reported.get(key, row.reported)
        rows.append(row)
    _save(HourlyTraffic, rows, ["seen", "reported"])


def _write_passers(device_id: int, reports: Sequence[PassersReport]) -> dict[Key, int]:
    """What the robot reported of the hours that these speak of."""
    if not reports:
        return {}
    keys = {(report.map_id, report.hour_us) for report in reports}
    of_hour: dict[Key, dict[str, int]] = defaultdict(dict)
    for row in _report_rows(device_id, keys):
        of_hour[row.map_id, row.hour_us][row.key] = row.value
    changed = {}
    for report in reports:
        values = of_hour[report.map_id, report.hour_us]
        if report.value > values.get(
            report.key, -1
        ):  # a count only rises, an addition is told once
            values[report.key] = report.value
            changed[report.map_id, report.hour_us, report.key] = report.value
    TrafficReport.objects.bulk_create(
        [
            TrafficReport(device_id=device_id, map_id=map_id, hour_us=hour_us, key=key, value=value)
            for (map_id, hour_us, key), value in changed.items()
        ],
        LOOKED_UP,
        update_conflicts=True,
        unique_fields=[*HOUR, "key"],
        update_fields=["value"],
    )
    return {key: of_hour[key].get(COUNT, sum(of_hour[key].values())) for key in keys}


def _report_rows(device_id: int, keys: Iterable[Key]) -> Iterable[TrafficReport]:
    return TrafficReport.objects.filter(
        device_id=device_id,
        map_id__in={map_id for map_id, _ in keys},
        hour_us__in={hour_us for _, hour_us in keys},
    ).iterator()


def _write_visits(device_id: int, reports: Sequence[VisitReport]) -> None:
    if not reports:
        return
    keys = {report.key for report in reports}
    there = {visit.key: visit for visit in Visit.objects.filter(device_id=device_id, key__in=keys)}
    hours = {(visit.map_id, hour_of(visit.start_us)) for visit in there.values()}
    for report in reports:
        there[report.key] = _joined(there.get(report.key), report, device_id)
    hours |= {(visit.map_id, hour_of(visit.start_us)) for visit in there.values()}
    names = ["told_us", "told_seq", "map_id", "start_us", "people", "stay_us", "x", "y"]
    for visit in there.values():
        visit.pk = None
    Visit.objects.bulk_create(
        list(there.values()),
        LOOKED_UP,
        update_conflicts=True,
        unique_fields=["device", "key"],
        update_fields=names,
    )
    for key in hours:
        _write_visitor_hour(device_id, *key)


def _joined(visit: Visit | None, report: VisitReport, device_id: int) -> Visit:
    """Place and time as first told, people and stay as they grew."""
    told = Visit(
        device_id=device_id,
        key=report.key,
        told_us=report.time_us,
        told_seq=report.seq,
        map_id=report.map_id,
        start_us=report.start_us,
        people=report.people,
        stay_us=report.stay_us,
        x=report.x,
        y=report.y,
    )
    if visit is None:
        return told
    first = min(visit, told, key=lambda each: (each.told_us, each.told_seq))
    first.people = max(visit.people, told.people)
    first.stay_us = max(visit.stay_us, told.stay_us)
    return first


def _write_visitor_hour(device_id: int, map_id: str, hour_us: int) -> None:
    visits = Visit.objects.filter(
        device_id=device_id, map_id=map_id, start_us__range=(hour_us, hour_us + HOUR_US - 1)
    )
    values = visits.aggregate(visits=Count("pk"), people=Sum("people"), stay_us=Sum("stay_us"))
    if not values["visits"]:
        VisitorHour.objects.filter(device_id=device_id, map_id=map_id, hour_us=hour_us).delete()
        return
    _save(
        VisitorHour,
        [VisitorHour(device_id=device_id, map_id=map_id, hour_us=hour_us, **values)],
        list(values),
    )
