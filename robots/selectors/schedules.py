"""Schedules that somebody may see, what is due, and which robots it is about."""

from collections.abc import Iterable

from django.db.models import OuterRef, QuerySet, Subquery

from accounts.principal import Actor
from fleet_platform.shared.paging import Page, page_by_id

from ..models import Robot, Schedule, ScheduleRun, ScheduleTimer
from .holdings import map_ids_of


def _rows() -> QuerySet[Schedule]:
    return Schedule.objects.select_related("floor__workspace").prefetch_related("timers", "robots")


def schedules_for(actor: Actor) -> QuerySet[Schedule]:
    return actor.scope("schedule.view", _rows(), workspace="floor__workspace_id").order_by("id")


def schedule_for(actor: Actor, schedule_id: int, verb: str = "schedule.view") -> Schedule:
    """Raises NotFound for a stranger as for a missing one, NotAllowed for a member of a lesser role."""
    return actor.find(schedules_for(actor), schedule_id, verb)


def schedule_page(
    actor: Actor,
    *,
    workspace_id: int | None = None,
    floor_id: int | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[Schedule]:
    """A page by id."""
    rows = schedules_for(actor)
    if workspace_id is not None:
        rows = rows.filter(floor__workspace_id=workspace_id)
    if floor_id is not None:
        rows = rows.filter(floor_id=floor_id)
    return page_by_id(rows, cursor, limit)


def run_page(
    actor: Actor, schedule_id: int, *, cursor: str | None = None, limit: int
) -> Page[ScheduleRun]:
    """What came of a schedule's due times, newest first. Raises as schedule_for."""
    rows = ScheduleRun.objects.filter(schedule=schedule_for(actor, schedule_id))
    return page_by_id(rows, cursor, limit, newest_first=True)


def last_runs(schedules: Iterable[Schedule]) -> dict[int, ScheduleRun]:
    """The newest run of each schedule that has one, by the schedule's id."""
    newest = ScheduleRun.objects.filter(schedule=OuterRef("pk")).order_by("-id").values("pk")[:1]
    asked = Schedule.objects.filter(pk__in=[schedule.pk for schedule in schedules])
    rows = ScheduleRun.objects.filter(pk__in=asked.values_list(Subquery(newest)))
    return {run.schedule_id: run for run in rows}


def next_timer(timers: Iterable[ScheduleTimer]) -> ScheduleTimer | None:
    """The one that is due next; the first in order while none is."""
    ordered = sorted(timers, key=lambda timer: (timer.order_weight, timer.pk))
    waiting = [timer for timer in ordered if timer.next_due_at]
    return min(waiting, key=lambda timer: timer.next_due_at, default=next(iter(ordered), None))


def robots_told(schedule: Schedule) -> list[int]:
    """Devices of the robots that hear of its edits: those it names, or all of the workspace."""
    named = schedule.robots.exists()
    return [robot.device_id for robot in (_named(schedule) if named else _all(schedule))]


def robots_driving(schedule: Schedule) -> list[Robot]:
    """The robots that it is for now: those it names, or all that are on its floor."""
    if schedule.robots.exists():
        return _named(schedule)
    robots = _all(schedule)
    maps = map_ids_of(robots)
    return [robot for robot in robots if maps.get(robot.device_id) == schedule.floor.map_id]


def _all(schedule: Schedule) -> list[Robot]:
    rows = Robot.objects.filter(device__workspace_id=schedule.workspace_id, device__removed_at=None)
    return list(rows.order_by("pk"))


def _named(schedule: Schedule) -> list[Robot]:
    """Those that are still in the registry and in its workspace."""
    rows = schedule.robots.filter(
        device__workspace_id=schedule.workspace_id, device__removed_at=None
    )
    return list(rows.order_by("pk"))
