"""Reads of alarms. The Actor comes first; devices see none."""

from collections.abc import Collection

from django.db.models import QuerySet

from accounts.principal import Actor
from fleet_platform.shared.clock import YEAR_2100, to_datetime

from ..events import SNAPSHOT_DOCUMENTS
from ..models import Alarm
from .documents import alarm_document


def _rows() -> QuerySet[Alarm]:
    return Alarm.objects.select_related("device", "acknowledged_by", "cleared_by")


def alarms_for(
    actor: Actor,
    *,
    states: Collection[str] = (),
    severities: Collection[str] = (),
    device_id: int | None = None,
    workspace_id: int | None = None,
    codes: Collection[str] = (),
    kinds: Collection[str] = (),
    raised_us: tuple[int, int] | None = None,
) -> QuerySet[Alarm]:
    """The ones raised first come last. An alarm that is raised again keeps its place, so that pages do not shift.

    `raised_us`: only what was raised, for the first time or again, between two times, both included.
    """
    rows = actor.scope("alarm.view", _rows()).order_by("-pk")
    if states:
        rows = rows.filter(state__in=states)
    if severities:
        rows = rows.filter(severity__in=severities)
    if device_id is not None:
        rows = rows.filter(device_id=device_id)
    if workspace_id is not None:
        rows = rows.filter(workspace_id=workspace_id)
    if codes:
        rows = rows.filter(code__in=codes)
    if kinds:
        rows = rows.filter(device__kind__in=kinds)
    if raised_us is not None:
        first, last = (to_datetime(min(max(us, 0), YEAR_2100)) for us in raised_us)
        rows = rows.filter(last_raised_at__gte=first, raised_at__lte=last)
    return rows


def alarm_for(actor: Actor, alarm_id: int, verb: str = "alarm.view") -> Alarm:
    """One alarm. Raises NotFound for a stranger as for a missing row, NotAllowed for a member of a lesser role."""
    return actor.find(alarms_for(actor), alarm_id, verb)


def open_alarm_documents(workspace_id: int) -> list[bytes]:
    """What is not cleared, newest first: the snapshot of the live topic."""
    rows = (
        _rows()
        .filter(workspace_id=workspace_id)
        .exclude(state=Alarm.State.CLEARED)
        .order_by("-last_raised_at", "-pk")
    )
    return [alarm_document(alarm) for alarm in rows[:SNAPSHOT_DOCUMENTS]]
