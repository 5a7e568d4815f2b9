"""Due times become commands. Each is claimed by its own row, in the transaction of the commands, so that any number of
schedulers fire it once; one that was missed for too long is told as missed and not made up for.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.principal import Actor
from accounts.roles import Role
from fleet_platform.shared.clock import to_datetime
from fleet_platform.shared.errors import Conflict, DomainError, Invalid, NotFound
from fleet_platform.telemetry.commands.forms import LONGEST_SECONDS, check_request_id
from fleet_platform.telemetry.commands.services import Order, commands_request
from fleet_platform.telemetry.services import devices_hold, facts_publish

from .. import due, reference_rows
from ..models import Robot, Schedule, ScheduleRun, ScheduleTimer, WayPointList
from ..selectors import schedule_for
from ..selectors.schedules import robots_driving, robots_told
from .telling import robots_of

logger = logging.getLogger("fleet.schedules")
SCHEDULES_A_SWEEP = 500
LOOK_BACK = timedelta(days=7)  # what was missed longer ago than this is not told one by one
MISSED_AT_MOST = 50  # rows of one timer and sweep
DETAIL_CHARACTERS = 500
PURGE_CHUNK = 5000


def schedules_fire(now: datetime | None = None) -> int:
    """Deal with everything that came due until now. Answers how many due times were fired."""
    now = now or timezone.now()
    waiting = ScheduleTimer.objects.filter(
        next_due_at__lte=now, schedule__state=Schedule.State.ACTIVE
    )
    ids = waiting.order_by("next_due_at").values_list("schedule_id", flat=True)[:SCHEDULES_A_SWEEP]
    fired = 0
    for id in dict.fromkeys(ids):
        try:
            fired += schedule_catch_up(id, now)
        except Exception:  # one that cannot be dealt with must not stop the others
            logger.exception("Schedule %d could not be fired", id)
    return fired


def schedule_catch_up(schedule_id: int, now: datetime) -> int:
    """The same for one schedule. One scheduler at a time; the others find it done."""
    with transaction.atomic():
        try:
            return _catch_up_all(schedule_lock(schedule_id), now)
        except NotFound:
            return 0


def schedule_begin_change(schedule_id: int) -> tuple[Schedule, datetime]:
    """The schedule's row, locked, and the moment until which everything due has been dealt with under the old plan.

    Inside the transaction of the change, which settles from that moment on: schedulers wait for its end, so that no
    due time is fired under both plans, or under neither. Raises NotFound.
    """
    schedule = schedule_lock(schedule_id)
    devices_hold(robots_of([schedule.workspace_id]))  # of the old plan and of the new one
    now = timezone.now()
    _catch_up_all(schedule, now)
    return schedule, now


def schedule_lock(schedule_id: int) -> Schedule:
    """Inside the caller's transaction. Raises NotFound."""
    rows = Schedule.objects.select_for_update(of=("self",)).select_related("floor__workspace")
    schedule = rows.filter(pk=schedule_id).first()
    if schedule is None:
        raise NotFound
    return schedule


def _catch_up_all(schedule: Schedule, now: datetime) -> int:
    if not schedule.is_active:
        return 0
    timers = ScheduleTimer.objects.filter(schedule=schedule, next_due_at__lte=now)
    return sum(_catch_up(schedule, timer, now) for timer in timers)


def _catch_up(schedule: Schedule, timer: ScheduleTimer, now: datetime) -> int:
    timer.schedule = schedule
    times = _due_times(timer, now)
    for missed in times[-MISSED_AT_MOST - 1 : -1]:
        _claim(timer, missed, ScheduleRun.State.MISSED, _("A later one was due as well."))
    fired = bool(times) and _fire_last(timer, times[-1], now)
    timer.swept_at = now
    timer.next_due_at = next(iter(timer.following(now)), None)
    timer.save(update_fields=["swept_at", "next_due_at"])
    return int(fired)


def _due_times(timer: ScheduleTimer, now: datetime) -> list[datetime]:
    if not timer.cron:
        return []
    after = max(timer.swept_at, now - LOOK_BACK)
    return due.between(due.parse(timer.cron), timer.schedule.zone, after, now)


def _fire_last(timer: ScheduleTimer, due_at: datetime, now: datetime) -> bool:
    late = (now - due_at).total_seconds()
    if late > timer.schedule.grace_seconds:
        told = _("Nobody was there to fire it in time.")
        _claim(timer, due_at, ScheduleRun.State.MISSED, told)
        return False
    run = _claim(timer, due_at, ScheduleRun.State.FIRED)
    if run is None:
        return False
    return _fire(scheduler_of(timer.schedule), timer, run, timer.schedule.grace_seconds - late)


def _claim(
    timer: ScheduleTimer, due_at: datetime, state: str, detail: str = "", **facts: Any
) -> ScheduleRun | None:
    """The row of a due time; None where it is there already: somebody else has dealt with it."""
    row = ScheduleRun(
        schedule=timer.schedule, timer=timer, due_at=due_at, state=state, detail=detail, **facts
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        return None
    return row


def scheduler_of(schedule: Schedule) -> Actor:
    """Who asks for a schedule: it acts in its own workspace alone, whoever has left since it was planned."""
    roles = {schedule.workspace_id: frozenset({Role.OPERATOR})}
    return Actor("schedule", schedule.pk, schedule.title, roles)


def _fire(actor: Actor, timer: ScheduleTimer, run: ScheduleRun, seconds: float) -> bool:
    """Ask the robots, and say what came of it. `seconds`: within which they must begin."""
    _tell(
        timer
    )  # first: it locks all devices that are asked below, in the order in which ingest does
    refused: list[str] = []
    try:
        drives = list(_drives(timer))
        robots = robots_driving(timer.schedule)
        run.command_ids = _ask_all(actor, timer, robots, drives, seconds, refused)
        if not robots:
            refused.append(_("No robot is on the floor."))
    except Invalid as error:
        refused.append(_sentence(error))
    if not run.command_ids:
        run.state = ScheduleRun.State.FAILED
    run.detail = " ".join(refused)[:DETAIL_CHARACTERS]
    run.save(update_fields=["state", "detail", "command_ids"])
    return run.state == ScheduleRun.State.FIRED


def _ask_all(
    actor: Actor,
    timer: ScheduleTimer,
    robots: Sequence[Robot],
    drives: Sequence[tuple[str, dict]],
    seconds: float,
    refused: list[str],
) -> list[int]:
    """At once, or one by one where that is refused: a robot that cannot be asked holds up no other."""
    if not robots:
        return []
    try:
        return _ask(actor, timer, robots, drives, seconds)
    except DomainError:
        asked = []
    for robot in robots:
        try:
            asked += _ask(actor, timer, [robot], drives, seconds)
        except DomainError as error:
            refused.append(f"{robot.robot_id}: {_sentence(error)}")
    return asked


def _drives(timer: ScheduleTimer) -> Iterator[tuple[str, dict]]:
    """Raises Invalid where the way point list has left the floor."""
    if timer.way_point_id:
        ways = WayPointList.objects.filter(
            floor_id=timer.schedule.floor_id, way_point_id=timer.way_point_id, available=True
        )
        if not ways.exists():
            said = _("The floor has no way point list %s that robots may be sent on.")
            raise Invalid({}, said % timer.way_point_id)
        yield "drive_route", {"way_point_id": timer.way_point_id, "repeats": timer.repeats}
    if timer.go_charger:
        yield "return_to_charger", {}


def _ask(
    actor: Actor,
    timer: ScheduleTimer,
    robots: Sequence[Robot],
    drives: Sequence[tuple[str, dict]],
    seconds: float,
) -> list[int]:
    within = min(max(seconds, 1.0), LONGEST_SECONDS)
    orders = [
        Order(robot.device_id, name, params, within) for robot in robots for name, params in drives
    ]
    commands = commands_request(
        actor=actor,
        workspace_id=timer.schedule.workspace_id,
        orders=orders,
        source=f"schedule:{timer.schedule_id}",
    )
    return [command.pk for command in commands]


def _sentence(error: DomainError) -> str:
    return _(str(error.message))


def _tell(timer: ScheduleTimer) -> None:
    """The schedule's row with the timer that is due."""
    row = reference_rows.schedule(timer.schedule, timer)
    facts_publish(facts={id: {"schedule": row} for id in robots_told(timer.schedule)})


def schedule_run_now(
    *, actor: Actor, schedule_id: int, timer_id: int | None = None, request_id: str | None = None
) -> list[ScheduleRun]:
    """Fire one timer, or all in their order, whether due or not and though the schedule is paused.

    The same `request_id` again gives the first runs. Raises Invalid, NotFound, NotAllowed, Conflict where the request
    id stands for other timers.
    """
    schedule = schedule_for(actor, schedule_id, "schedule.manage")
    actor.require("command.send", schedule.workspace_id)
    check_request_id(request_id)
    with transaction.atomic():
        schedule_lock(schedule_id)
        timers = [one for one in schedule.timers.all() if timer_id in {None, one.pk}]
        if request_id is not None and (first := _repeated(schedule, timers, request_id)):
            return first
        if not timers:
            raise Invalid({"timer_id": _("is not a timer of this schedule")})
        now = timezone.now()
        runs = [_run_now(actor, schedule, timer, now, request_id) for timer in timers]
        facts = {"timer": timer_id, "commands": sum(len(run.command_ids) for run in runs)}
        target = f"schedule:{schedule.pk}"
        audit.record(actor, "schedule.run", target, schedule.workspace_id, None, facts)
    return runs


def _repeated(
    schedule: Schedule, timers: Sequence[ScheduleTimer], request_id: str
) -> list[ScheduleRun]:
    first = list(
        ScheduleRun.objects.filter(schedule=schedule, request_id=request_id).order_by("pk")
    )
    if first and {run.timer_id for run in first} != {timer.pk for timer in timers}:
        raise Conflict(_("This request id stands for another run."))
    return first


def _run_now(
    actor: Actor,
    schedule: Schedule,
    timer: ScheduleTimer,
    now: datetime,
    request_id: str | None,
) -> ScheduleRun:
    timer.schedule = schedule
    run = _claim(timer, now, ScheduleRun.State.FIRED, by_hand=True, request_id=request_id)
    _fire(actor, timer, run, schedule.grace_seconds)
    return run


def schedule_runs_purge(workspace_id: int, before_us: int) -> Iterator[int]:
    """Delete a workspace's older runs, a chunk a transaction; yields how many each chunk had."""
    old = ScheduleRun.objects.filter(
        schedule__floor__workspace_id=workspace_id, created_at__lt=to_datetime(before_us)
    )
    while ids := list(old.values_list("pk", flat=True)[:PURGE_CHUNK]):
        yield ScheduleRun.objects.filter(pk__in=ids).delete()[0]
