"""The rows of drives, route runs, laps and sections: brought in line with what was derived, each keeping its id.

What was derived is laid beside the rows of the same time. A log takes the row of its key; a drive or a run else takes
one that overlaps it. Rows that no log takes are deleted, logs that take none get a new row, and only what differs is
written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import Q

from fleet_platform.shared import clock

from ...drives import DriveLog, LapLog, RunLog, SectionLog
from ...models import Drive, Lap, Log, RouteRun, SectionRun
from .steps import Step

Row = TypeVar("Row", bound=Log)
Values = dict[str, Any]
BY_START = ("start_us",)
KEYS: dict[type[Log], tuple[str, ...]] = {
    Drive: BY_START,
    RouteRun: BY_START,
    Lap: ("route_run_id", "number"),
    SectionRun: ("lap_id", "index"),
}
ROWS_A_STATEMENT = 200


@dataclass
class Written:
    """`changed`: rows that differ from before, new ones too. `totals`: what this adds to the robot's totals, or takes
    away, by map id: drives, microseconds, thousandths of a pixel."""

    changed: list[Log] = field(default_factory=list)
    totals: dict[str, list[int]] = field(default_factory=dict)

    def total(self, drives: Sequence[Drive], sign: int) -> None:
        for drive in drives:
            totals = self.totals.setdefault(drive.map_id, [0, 0, 0])
            for index, value in enumerate((1, drive.time_us, drive.distance)):
                totals[index] += sign * value


def write_logs(device_id: int, step: Step, horizon_us: int) -> Written:
    """Inside the transaction of the step. What ended before `horizon_us` is no longer kept."""
    logs = [log for log in (*step.closed, *step.unfinished) if log.end_us >= horizon_us]
    writing = _Writing(device_id, step)
    if logs or step.is_late:
        drives = writing.drives([log for log in logs if isinstance(log, DriveLog)])
        runs = writing.runs([log for log in logs if isinstance(log, RunLog)], drives)
        laps = writing.laps([log for log in logs if isinstance(log, LapLog)], runs)
        writing.sections([log for log in logs if isinstance(log, SectionLog)], laps)
        writing.delete()
    return writing.written


class _Writing:
    """`begun_run_id`, `begun_lap_id`: the rows of what was under way at the start, which may stand for something else
    afterwards. `ahead`: what goes on behind the end of the step, where all is as it was."""

    def __init__(self, device_id: int, step: Step):
        self.device_id, self.step = device_id, step
        self.begun = step.begun
        self.ahead = step.ahead
        self.begun_run_id: int | None = None
        self.begun_lap_id: int | None = None
        self.now_us = clock.now_us()
        self.written = Written()
        self.gone: list[tuple[type[Log], list[int]]] = []

    def drives(self, logs: Sequence[DriveLog]) -> dict[int, int]:
        """Ids by start."""
        old = self._old(Drive, Q(start_us=self.begun.drive_us))
        ahead = [drive for drive in old if drive.start_us == self.ahead.drive_us]
        old = [drive for drive in old if drive not in ahead]
        self.written.total(old, -1)
        rows = self._bring(Drive, old, [_drive(log) for log in logs])
        self.written.total(rows, 1)
        return {drive.start_us: drive.pk for drive in (*ahead, *rows)}

    def runs(self, logs: Sequence[RunLog], drives: Mapping[int, int]) -> dict[int, int]:
        """Ids by start."""
        old = self._old(RouteRun, Q(start_us=self.begun.run_us))
        self.begun_run_id = next((r.pk for r in old if r.start_us == self.begun.run_us), None)
        ahead = [run for run in old if run.start_us == self.ahead.run_us]
        old = [run for run in old if run not in ahead]
        rows = self._bring(RouteRun, old, [_run(log, drives[log.drive_us]) for log in logs])
        return {run.start_us: run.pk for run in (*ahead, *rows)}

    def laps(self, logs: Sequence[LapLog], runs: Mapping[int, int]) -> dict[tuple[int, int], int]:
        """Ids by start of the run and number."""
        begun = (self.begun_run_id, self.begun.lap)
        old = self._old(Lap, Q(route_run_id=begun[0], number=begun[1]))
        self.begun_lap_id = next(
            (lap.pk for lap in old if (lap.route_run_id, lap.number) == begun), None
        )
        at = (runs.get(self.ahead.run_us), self.ahead.lap)
        ahead = [lap for lap in old if (lap.route_run_id, lap.number) == at]
        old = [lap for lap in old if lap not in ahead]
        rows = self._bring(Lap, old, [_lap(log, runs[log.run_us]) for log in logs])
        run_us = {pk: start_us for start_us, pk in runs.items()}
        return {(run_us[lap.route_run_id], lap.number): lap.pk for lap in (*ahead, *rows)}

    def sections(self, logs: Sequence[SectionLog], laps: Mapping[tuple[int, int], int]) -> None:
        """The one under way has no row yet, or keeps the one that it had."""
        old = self._old(SectionRun, Q(lap_id=self.begun_lap_id, index=self.begun.index))
        ahead = self.ahead
        at = (laps.get((ahead.run_us, ahead.lap)), ahead.index)
        old = [section for section in old if (section.lap_id, section.index) != at]
        self._bring(SectionRun, old, [_section(log, laps[log.run_us, log.lap]) for log in logs])

    def delete(self) -> None:
        """Children first: those that are left have moved to other parents by now."""
        for model, ids in reversed(self.gone):
            model.objects.filter(pk__in=ids).delete()

    def _old(self, model: type[Row], begun: Q) -> list[Row]:
        """Rows that the step replaces: those that begin in its time, and the one that was under way before."""
        since, until = self.step.since_us, self.step.until_us
        span = Q(start_us__gte=since)
        if until is not None:
            span &= Q(start_us__lt=until)
        return list(
            model.objects.filter(span | begun, device_id=self.device_id).order_by("start_us")
        )

    def _bring(self, model: type[Row], old: Sequence[Row], wanted: Sequence[Values]) -> list[Row]:
        """The rows of what is wanted, in its order."""
        rows = self._rows_for(model, list(old), wanted)
        fresh, changed = [], []
        for index, values in enumerate(wanted):
            row = rows[index]
            if row is None:
                rows[index] = model(device_id=self.device_id, changed_us=self.now_us, **values)
                fresh.append(rows[index])
            elif _differs(row, values):
                row.changed_us = self.now_us
                changed.append(row)
        model.objects.bulk_create(fresh, ROWS_A_STATEMENT)
        if changed:
            names = ["changed_us", *wanted[0]]
            model.objects.bulk_update(changed, names, ROWS_A_STATEMENT)
        self.written.changed += [*fresh, *changed]
        return rows

    def _rows_for(
        self, model: type[Row], old: list[Row], wanted: Sequence[Values]
    ) -> list[Row | None]:
        names = KEYS[model]
        free = {tuple(getattr(row, name) for name in names): row for row in old}
        rows = [free.pop(tuple(values[name] for name in names), None) for values in wanted]
        if names == BY_START:
            for index, values in enumerate(wanted):
                if rows[index] is None:
                    rows[index] = _take_overlapping(free, values)
        if free:
            self.gone.append((model, [row.pk for row in free.values()]))
        return rows


def _take_overlapping(free: dict[tuple, Row], values: Values) -> Row | None:
    for key, row in free.items():
        if row.start_us <= values["end_us"] and values["start_us"] <= row.end_us:
            return free.pop(key)
    return None


def _differs(row: Log, values: Values) -> bool:
    """Whether the row was another; now it has the values."""
    differing = [name for name, value in values.items() if getattr(row, name) != value]
    for name in differing:
        setattr(row, name, values[name])
    return bool(differing)


def _span(log: DriveLog | RunLog | LapLog | SectionLog) -> Values:
    return {
        "start_us": log.start_us,
        "end_us": log.end_us,
        "time_us": log.time_us,
        "distance": log.distance,
    }


def _drive(log: DriveLog) -> Values:
    return _span(log) | {
        "map_id": log.map_id,
        "average_speed": log.average,
        "max_speed": log.fastest,
        "min_speed": log.slowest,
        "told": log.told,
        "open": log.open,
    }


def _run(log: RunLog, drive_id: int) -> Values:
    return _span(log) | {
        "drive_id": drive_id,
        "way_point_id": log.way_point_id,
        "laps": log.laps,
        "open": log.open,
    }


def _lap(log: LapLog, run_id: int) -> Values:
    return _span(log) | {
        "route_run_id": run_id,
        "number": log.number,
        "complete": log.complete,
        "open": log.open,
    }


def _section(log: SectionLog, lap_id: int) -> Values:
    return _span(log) | {"lap_id": lap_id, "index": log.index, "to_index": log.to_index}
