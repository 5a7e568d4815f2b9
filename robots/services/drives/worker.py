"""The worker: which robots are due, and the writing of each step."""

import logging
import time
from collections.abc import Mapping

from django.db import OperationalError, transaction
from django.db.models import F, Q

from fleet_platform.shared import clock
from fleet_platform.telemetry import retention, store

from ... import drives
from ...models import Derivation, DriveTotal, Robot, WayPointList
from ...traffic import HOUR_US
from .history import thin, write_history
from .hours import Key, write_hours
from .logs import Written, write_logs
from .steps import Step, ending_step, next_step
from .telling import hours_tell, logs_tell

log = logging.getLogger("fleet.derivation")

ROBOTS_AT_ONCE = 20
SECONDS_A_ROBOT = 2.0  # then the others come first
SECONDS_A_RUN = 4.0
REACH_METRES, REACH_PX = (
    1.0,
    25.0,
)  # how near to a way point is there; pixels where the floor has no scale
SETTLED_US = 60 * clock.SECOND  # how long an hour that is over waits for samples on their way
AGAIN_US = 600 * clock.SECOND  # after a failure

Horizons = Mapping[int, int]  # by workspace: older samples may be gone


def drives_derive_due(*, seconds: float = SECONDS_A_RUN) -> int:
    """Derive from what robots have sent since the last run. Answers how many robots it worked at.

    A robot with much to work through gets SECONDS_A_ROBOT, then the others come first. One whose derivation
    fails is tried again when its lease has run out, and holds up nobody.
    """
    until, robots = time.monotonic() + seconds, 0
    horizons = horizons_by_workspace()
    while time.monotonic() < until:
        waiting = store.derivation_take("robot", ROBOTS_AT_ONCE)
        for taken in waiting:
            _derive(taken, horizons)
        robots += len(waiting)
        if not waiting:
            break
    return robots


def _derive(taken: store.Taken, horizons: Horizons) -> None:
    try:
        left_us = drives_derive(device_id=taken.device_id, from_us=taken.from_us, horizons=horizons)
    except OperationalError:
        raise  # the database is away, for all of them
    except Exception:
        log.exception("Nothing could be derived from the samples of device %d", taken.device_id)
        return
    if left_us is None:
        store.derivation_done(taken)
    else:
        store.derivation_put_back(taken, left_us)


def drives_derive(
    *,
    device_id: int,
    from_us: int,
    horizons: Horizons | None = None,
    seconds: float = SECONDS_A_ROBOT,
) -> int | None:
    """Derive from a robot's samples of `from_us` and later. Answers where to go on; None when all is done."""
    robot = Robot.objects.select_related("device__workspace").filter(device_id=device_id).first()
    if robot is None:
        return None
    horizons = horizons_by_workspace() if horizons is None else horizons
    horizon_us = horizons.get(robot.device.workspace_id, 0)
    until = time.monotonic() + seconds
    find_route = _Routes(robot.device.workspace_id)
    while True:
        row, _ = Derivation.objects.get_or_create(device_id=device_id)
        step = next_step(row, from_us, horizon_us, find_route)
        if not step.folded and not step.is_late:
            return None
        if not _write(robot, row, step, horizon_us):
            return from_us
        if step.left_us is None or time.monotonic() > until:
            return step.left_us
        from_us = step.left_us


def drives_end_due(*, most: int = 200) -> int:
    """End drives of robots that fell silent, and tell of hours that are over. Answers how many robots it looked at."""
    now_us = clock.now_us()
    due = Derivation.objects.filter(Q(ends_us__lte=now_us) | Q(hour_ends_us__lte=now_us))
    rows = list(due.order_by("device_id")[:most])
    robots = Robot.objects.select_related("device__workspace").in_bulk(
        [row.device_id for row in rows], field_name="device_id"
    )
    for row in rows:
        try:
            _end(row, robots.get(row.device_id), now_us)
        except OperationalError:
            raise
        except Exception:
            log.exception("The drive of device %d could not be ended", row.device_id)
            Derivation.objects.filter(pk=row.pk).update(
                ends_us=row.ends_us and now_us + AGAIN_US,
                hour_ends_us=row.hour_ends_us and now_us + AGAIN_US,
            )
    return len(rows)


def _end(row: Derivation, robot: Robot | None, now_us: int) -> None:
    if robot is None:
        Derivation.objects.filter(pk=row.pk).update(ends_us=None, hour_ends_us=None)
        return
    if row.ends_us is not None and row.ends_us <= now_us:
        step = ending_step(row, _Routes(robot.device.workspace_id))
        if not _write(robot, row, step, 0):
            return
    if row.hour_ends_us is not None and row.hour_ends_us <= now_us:
        with transaction.atomic():
            waiting = Derivation.objects.filter(pk=row.pk)
            told_now = waiting.filter(hour_ends_us=row.hour_ends_us).update(hour_ends_us=None)
            if told_now and hours_tell(robot, row.own_sections):
                waiting.update(hour_ends_us=now_us)


def horizons_by_workspace() -> Horizons:
    """Times before which samples, or what was derived from them, may be deleted already; an hour to spare."""
    found: dict[int, int] = {}
    for data_class in retention.data_classes():
        if data_class.name in {"telemetry", "drives"}:
            for workspace_id, before_us in retention.limits(data_class):
                found[workspace_id] = max(found.get(workspace_id, 0), before_us + HOUR_US)
    return found


def _write(robot: Robot, row: Derivation, step: Step, horizon_us: int) -> bool:
    """One transaction. False where another worker wrote a step since `row` was read: nothing is written then."""
    own_sections = sorted({*row.own_sections, *step.own_sections})
    with transaction.atomic():
        if not _advance(row, step, own_sections):
            return False
        difference = write_history(row.device_id, step)
        if hours := write_hours(row.device_id, difference, step.reports):
            _settle_later(row, hours)
        written = write_logs(row.device_id, step, horizon_us)
        _add_totals(row.device_id, written)
        if step.tip and len(step.slots) > 1:
            thin(row.device_id, step, step.tip[0][0])
        elif step.met:
            thin(row.device_id, step, row.time_us)
        logs_tell(robot, own_sections, written.changed)
    return True


def _advance(row: Derivation, step: Step, own_sections: list[str]) -> bool:
    values = {"revision": row.revision + 1, "own_sections": own_sections}
    if step.tip:
        (time_us, seq), state = step.tip
        values |= {"time_us": time_us, "seq": seq, "state": state}
    if step.until_us is None:
        is_open = any(getattr(log, "open", False) for log in step.unfinished)
        values["ends_us"] = clock.now_us() + drives.GAP_US if is_open else None
    return bool(Derivation.objects.filter(pk=row.pk, revision=row.revision).update(**values))


def _settle_later(row: Derivation, hours: set[Key]) -> None:
    """The hours are to be told soon: those under way when they are over."""
    now_us = clock.now_us()
    first_us = min(max(now_us, hour_us + HOUR_US) for _, hour_us in hours) + SETTLED_US
    waiting = Q(hour_ends_us=None) | Q(hour_ends_us__gt=first_us)
    Derivation.objects.filter(waiting, pk=row.pk).update(hour_ends_us=first_us)


def _add_totals(device_id: int, written: Written) -> None:
    for map_id, (count, time_us, distance) in written.totals.items():
        if not (count or time_us or distance):
            continue
        total, _ = DriveTotal.objects.get_or_create(device_id=device_id, map_id=map_id)
        DriveTotal.objects.filter(pk=total.pk).update(
            drives=F("drives") + count,
            time_us=F("time_us") + time_us,
            distance=F("distance") + distance,
        )


class _Routes:
    """Finds lists of way points, each once."""

    def __init__(self, workspace_id: int):
        self.workspace_id = workspace_id
        self.known: dict[tuple[str, str], drives.Route | None] = {}

    def __call__(self, way_point_id: str, map_id: str) -> drives.Route | None:
        key = (way_point_id, map_id)
        if key not in self.known:
            self.known[key] = self._find(*key)
        return self.known[key]

    def _find(self, way_point_id: str, map_id: str) -> drives.Route | None:
        way = (
            WayPointList.objects.select_related("floor")
            .filter(
                way_point_id=way_point_id,
                floor__map_id=map_id,
                floor__workspace_id=self.workspace_id,
            )
            .first()
        )
        if way is None:
            return None
        scale = way.floor.metres_per_pixel
        reach = REACH_METRES / scale if scale else REACH_PX
        return drives.route([(point["x"], point["y"]) for point in way.points], reach)
