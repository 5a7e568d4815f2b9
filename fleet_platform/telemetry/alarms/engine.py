"""The rows of alarms, as their conditions begin and end. Every function is called inside its caller's transaction and
gives the events to publish after the commit.

At most one alarm of a device, code and subject is open. The same again counts up, and raises an acknowledged one
anew. An alarm whose condition is over clears by itself, but a critical one that nobody has acknowledged stays.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet, prefetch_related_objects
from django.utils import timezone

from ..events import Event
from ..models import Alarm, Severity
from ..notices import outbox
from .conditions import ConditionChange
from .documents import alarm_document


def apply(changes: Iterable[ConditionChange]) -> list[Event]:
    """Begin and end alarms in the order told."""
    return told([alarm for one in changes for alarm in _follow(one)])


def _follow(one: ConditionChange) -> list[Alarm]:
    if not one.begins:
        return _end_all(device_id=one.device_id, code=one.code, subject=one.subject)
    facts = one._asdict()
    del facts["begins"]
    return [_begin(**facts)]


def begin(
    *,
    device_id: int,
    workspace_id: int,
    code: str,
    severity: str,
    subject: str = "",
    data: dict[str, Any],
) -> list[Event]:
    """Raise an alarm, or count the open one up."""
    return apply([ConditionChange(device_id, workspace_id, code, subject, severity, True, data)])


def end(*, code: str, subject: str = "", **which: Any) -> list[Event]:
    """The condition is over: of `device_id`, or of every device where none is named."""
    return told(_end_all(code=code, subject=subject, **which))


def told(alarms: Sequence[Alarm]) -> list[Event]:
    """What follows from alarms that were just written, in the order in which they were."""
    prefetch_related_objects(alarms, "device")
    outbox.write(alarms)
    return [event_of(alarm) for alarm in alarms]


def _begin(
    device_id: int, workspace_id: int, code: str, subject: str, severity: str, data: dict
) -> Alarm:
    mine = {"device_id": device_id, "code": code, "subject": subject}
    alarm = _open(**mine).first()
    if alarm is None:
        fresh = Alarm(workspace_id=workspace_id, severity=severity, data=data, **mine)
        try:
            with transaction.atomic():
                fresh.save()
            return fresh
        except IntegrityError:  # somebody else raised it a moment ago
            alarm = _open(**mine).get()
    alarm.count += 1
    alarm.active, alarm.severity, alarm.data = True, severity, data
    alarm.state, alarm.last_raised_at = Alarm.State.RAISED, timezone.now()
    alarm.acknowledged_at = alarm.acknowledged_by = None
    alarm.save()
    return alarm


def _end_all(**which: Any) -> list[Alarm]:
    return [_end(alarm) for alarm in _open(**which).filter(active=True)]


def _end(alarm: Alarm) -> Alarm:
    alarm.active = False
    unseen = alarm.state == Alarm.State.RAISED and alarm.severity == Severity.CRITICAL
    if not unseen:
        alarm.state, alarm.cleared_at = Alarm.State.CLEARED, timezone.now()
    alarm.save()
    return alarm


def _open(**which: Any) -> QuerySet[Alarm]:
    rows = Alarm.objects.exclude(state=Alarm.State.CLEARED).filter(**which)
    rows = rows.select_related("device", "acknowledged_by", "cleared_by")
    return rows.select_for_update(of=("self",)).order_by("pk")


def event_of(alarm: Alarm) -> Event:
    return Event(f"alarms:{alarm.workspace_id}", alarm.workspace_id, alarm_document(alarm))
