"""Schedules are planned, changed and dropped. What was due under the old plan is dealt with before a change."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.principal import Actor
from fleet_platform.shared import clock
from fleet_platform.shared.errors import Conflict, Invalid
from fleet_platform.telemetry.services import devices_hold, facts_publish

from .. import reference_rows
from ..models import FloorMap, Robot, Schedule, ScheduleTimer, WayPointList
from ..selectors import floor_for, robots_for, schedule_for
from ..selectors.schedules import next_timer, robots_told
from .checks import check_row
from .firing import schedule_begin_change, schedule_lock

ROBOTS_AT_MOST = 500
Facts = Mapping[str, Any]


def schedule_create(
    *, actor: Actor, floor_id: int, timers: Sequence[Facts] = (), **facts: Any
) -> Schedule:
    """`facts`: some of Schedule.editable, `robots` as a list of robot ids; each of `timers`: some of
    ScheduleTimer.editable.

    Raises Invalid by field, NotFound, NotAllowed, or Conflict where the floor can hold no more.
    """
    floor = floor_for(actor, floor_id, "map.view")
    actor.require("schedule.manage", floor.workspace_id)
    now = timezone.now()
    with transaction.atomic():
        FloorMap.objects.select_for_update().get(pk=floor.pk)  # one counts at a time
        if Schedule.objects.filter(floor=floor).count() >= Schedule.most:
            raise Conflict(_("This floor can hold no more schedules: %d.") % Schedule.most)
        schedule = Schedule(floor=floor)
        _set(actor, schedule, facts)
        for place, said in enumerate(_listed(timers)):
            _set_timer(ScheduleTimer(schedule=schedule, swept_at=now), said, place)
        schedule_settle(schedule, now)
        audit.record(actor, "schedule.add", *_target(schedule), None, {"title": schedule.title})
    return schedule_for(actor, schedule.pk)


def schedule_update(
    *, actor: Actor, schedule_id: int, timers: Sequence[Facts] | None = None, **facts: Any
) -> Schedule:
    """Change some of Schedule.editable. `timers` replaces them all: those with the `id` of one change it.

    What came due before now is fired under the old plan first. Raises as schedule_create.
    """
    schedule_for(actor, schedule_id, "schedule.manage")
    with transaction.atomic():
        schedule, now = schedule_begin_change(schedule_id)
        before = {name: _told(schedule, name) for name in facts}
        _set(actor, schedule, facts)
        gone = [] if timers is None else _replace_timers(schedule, timers, now)
        if not all(timer.cron for timer in timers_of(schedule)):
            raise Invalid({"cron_format": _("A timer needs it: it has no time of its own.")})
        schedule_settle(schedule, now, gone=gone)
        after = {name: _told(schedule, name) for name in facts}
        if timers is not None:
            after["timers"] = len(timers)
        audit.record(actor, "schedule.change", *_target(schedule), before, after)
    return schedule_for(actor, schedule_id)


def schedule_remove(*, actor: Actor, schedule_id: int) -> None:
    schedule_for(actor, schedule_id, "schedule.manage")
    with transaction.atomic():
        schedule = schedule_lock(schedule_id)
        audit.record(actor, "schedule.delete", *_target(schedule), {"title": schedule.title}, None)
        schedule_tell_gone(schedule)
        schedule.delete()


def schedules_tell(floor: FloorMap, *, removed: bool = False) -> None:
    """Every schedule of a floor anew, after something about the floor changed what is told of them."""
    rows = Schedule.objects.select_related("floor").filter(floor=floor).order_by("pk")
    schedules = list(rows)
    devices_hold({id for schedule in schedules for id in robots_told(schedule)})
    for schedule in schedules:
        if removed:
            schedule_tell_gone(schedule)
        else:
            _tell(schedule, [])


def schedule_settle(
    schedule: Schedule, now: datetime, *, gone: Iterable[reference_rows.Row] = ()
) -> None:
    """After any change of the rows: reckon from `now` on when each timer is due, and tell the robots.

    Called inside the transaction of the change. What was due until now is the caller's to have dealt with.
    """
    now_us = clock.now_us()
    schedule.updated_us = now_us
    schedule.save(update_fields=["updated_us"])
    for timer in timers_of(schedule):
        timer.swept_at = now
        timer.next_due_at = next(iter(timer.following(now)), None)
        timer.updated_us = now_us
        timer.save(update_fields=["swept_at", "next_due_at", "updated_us"])
    _tell(schedule, list(gone))


def timers_of(schedule: Schedule) -> list[ScheduleTimer]:
    """In their order; each knows the schedule as it is in memory."""
    timers = list(ScheduleTimer.objects.filter(schedule_id=schedule.pk))
    for timer in timers:
        timer.schedule = schedule
    return timers


def schedule_preview(*, timers: Sequence[Facts], **facts: Any) -> list[ScheduleTimer]:
    """Timers of a schedule that nobody keeps, to see when they would be due. `facts`: its `time_zone`, `week_days` and
    `cron_format`. Raises Invalid as schedule_create.
    """
    schedule = Schedule(title="-", **facts)
    check_row(schedule)
    tried = [ScheduleTimer(schedule=schedule, go_charger=True, **said) for said in _listed(timers)]
    for place, timer in enumerate(tried):
        _told_of_timer(timer, f"timers.{place}.", check_row)
    return tried


# --- parts ---


def _set(actor: Actor, schedule: Schedule, facts: Facts) -> None:
    _refuse_unknown(facts, schedule.editable)
    robots = None if "robots" not in facts else _robots_named(actor, schedule, facts["robots"])
    for name, value in facts.items():
        if name != "robots":
            setattr(schedule, name, value)
    if not schedule.time_zone:
        schedule.time_zone = schedule.floor.workspace.time_zone
    check_row(schedule)
    schedule.save()
    if robots is not None:
        schedule.robots.set(robots)


def _robots_named(actor: Actor, schedule: Schedule, names: Sequence[str]) -> list[Robot]:
    wanted = set(names)
    if len(wanted) > ROBOTS_AT_MOST:
        raise Invalid({"robots": _("At most %d robots.") % ROBOTS_AT_MOST})
    known = robots_for(actor).filter(device__workspace_id=schedule.workspace_id)
    found = list(known.filter(robot_id__in=wanted))
    if missing := sorted(wanted - {robot.robot_id for robot in found}):
        raise Invalid({"robots": _("There is no robot %s.") % missing[0][:100]})
    return found


def _listed(timers: Sequence[Facts]) -> Sequence[Facts]:
    if len(timers) > ScheduleTimer.most:
        raise Invalid({"timers": _("At most %d timers.") % ScheduleTimer.most})
    return timers


def _replace_timers(
    schedule: Schedule, timers: Sequence[Facts], now: datetime
) -> list[reference_rows.Row]:
    """Rows that tell of the timers that went."""
    known = {timer.pk: timer for timer in timers_of(schedule)}
    for place, said in enumerate(_listed(timers)):
        said = dict(said)
        id = said.pop("id", None)
        if id is not None and id not in known:
            raise Invalid({f"timers.{place}.id": _("is not a timer of this schedule")})
        timer = known.pop(id) if id is not None else ScheduleTimer(schedule=schedule, swept_at=now)
        _set_timer(timer, said, place)
    gone = [reference_rows.schedule_timer(timer, removed=True) for timer in known.values()]
    ScheduleTimer.objects.filter(pk__in=known).delete()
    return gone


def _set_timer(timer: ScheduleTimer, said: Facts, place: int) -> None:
    _refuse_unknown(said, timer.editable, f"timers.{place}.")
    for name, value in said.items():
        setattr(timer, name, value)
    _check_timer(timer, f"timers.{place}.")
    timer.save()


def _check_timer(timer: ScheduleTimer, prefix: str) -> None:
    _told_of_timer(timer, prefix, check_row, check_way)


def _told_of_timer(timer: ScheduleTimer, prefix: str, *checks: Callable) -> None:
    """What one of the checks raises, said of the fields of that timer."""
    try:
        for check in checks:
            check(timer)
    except Invalid as error:
        fields = {prefix + name: told for name, told in error.fields.items()}
        raise Invalid(fields) from None


def check_way(timer: ScheduleTimer) -> None:
    """Its way point list is one of the floor. Raises Invalid."""
    ways = WayPointList.objects.filter(floor_id=timer.schedule.floor_id)
    if timer.way_point_id and not ways.filter(way_point_id=timer.way_point_id).exists():
        raise Invalid({"way_point_id": _("The floor has no way point list of this id.")})


def _refuse_unknown(facts: Facts, known: Sequence[str], prefix: str = "") -> None:
    if unknown := sorted(set(facts) - set(known)):
        raise Invalid({prefix + name: _("is not a field of this") for name in unknown})


def _told(schedule: Schedule, name: str) -> Any:
    if name == "robots":
        return sorted(schedule.robots.values_list("robot_id", flat=True))
    return getattr(schedule, name, None)


def _target(schedule: Schedule) -> tuple[str, int]:
    return f"schedule:{schedule.pk}", schedule.workspace_id


# --- telling the robots ---


def _tell(schedule: Schedule, gone: Sequence[reference_rows.Row]) -> None:
    """The schedule with the timer that is due next, and each of its timers: one row a section and sample."""
    timers = timers_of(schedule)
    plans = [reference_rows.schedule(schedule, next_timer(timers))]
    rows = [*gone, *map(reference_rows.schedule_timer, timers)]
    _publish(schedule, plans, rows)


def schedule_tell_gone(schedule: Schedule) -> None:
    """Once more before it goes, with all its timers."""
    timers = timers_of(schedule)
    plans = [reference_rows.schedule(schedule, next_timer(timers), removed=True)]
    _publish(
        schedule, plans, [reference_rows.schedule_timer(timer, removed=True) for timer in timers]
    )


def _publish(
    schedule: Schedule,
    plans: Sequence[reference_rows.Row],
    timers: Sequence[reference_rows.Row],
) -> None:
    devices = robots_told(schedule)
    for plan, timer in zip_longest(plans, timers):
        rows = {"schedule": plan, "schedule_timer": timer}
        facts = {section: row for section, row in rows.items() if row is not None}
        facts_publish(facts=dict.fromkeys(devices, facts))
