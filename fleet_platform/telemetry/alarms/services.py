"""What people do about alarms, and what happens to them when their device leaves.

Alarms of a device are written by whoever holds the device's row: one at a time, so that of several people the first
one's name stays.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Device
from accounts.principal import Actor
from fleet_platform.shared.clock import to_datetime
from fleet_platform.shared.errors import Invalid

from .. import runtime, store
from ..models import Alarm
from . import engine
from .selectors import alarm_for, alarms_for

NOTE_LONGEST = 1000
AT_ONCE = 200
PURGE_CHUNK = 2000
State = Alarm.State


def alarm_acknowledge(*, actor: Actor, alarm_id: int, note: str = "") -> Alarm:
    """Somebody has seen it. One whose condition is over is cleared by that.

    An alarm that is acknowledged or cleared already stays as it is. Raises Invalid, NotFound or NotAllowed.
    """
    _check_note(note)
    seen = alarm_for(actor, alarm_id, "alarm.manage")
    with transaction.atomic():
        _hold([seen.device_id])
        alarm = alarm_for(actor, alarm_id, "alarm.manage")
        _tell(_acknowledge(actor, [alarm], note))
    return alarm


def alarms_acknowledge(*, actor: Actor, alarm_ids: Iterable[int], note: str = "") -> list[Alarm]:
    """Several at once, all or none; those that the actor may not see are left out of the answer.

    Raises Invalid, or NotAllowed where he may see one and not acknowledge it.
    """
    ids = set(alarm_ids)
    if len(ids) > AT_ONCE:
        raise Invalid({"ids": _("at most %d at once") % AT_ONCE})
    _check_note(note)
    visible = alarms_for(actor).filter(pk__in=ids)
    with transaction.atomic():
        _hold(visible.values_list("device_id", flat=True))
        alarms = list(visible)
        for workspace_id in {alarm.workspace_id for alarm in alarms}:
            actor.require("alarm.manage", workspace_id)
        _tell(_acknowledge(actor, alarms, note))
    return alarms


def alarm_clear(*, actor: Actor, alarm_id: int) -> Alarm:
    """End it by hand, whether its condition holds or not: it is raised again when that begins anew.

    One that is cleared already stays as it is. Raises NotFound or NotAllowed.
    """
    seen = alarm_for(actor, alarm_id, "alarm.manage")
    with transaction.atomic():
        _hold([seen.device_id])
        alarm = alarm_for(actor, alarm_id, "alarm.manage")
        _tell(_clear(actor, [alarm]))
    return alarm


def device_alarms_clear(*, actor: Actor, device_id: int) -> None:
    """The device leaves its workspace: nothing there is about it any more. Inside the caller's transaction."""
    _hold([device_id])
    store.forget_conditions(device_id)
    rows = Alarm.objects.filter(device_id=device_id).exclude(state=State.CLEARED)
    _tell(_clear(actor, rows.select_related("device", "acknowledged_by").order_by("pk")))


def silent_alarms_raise() -> int:
    """An alarm for each device that has been silent for longer than it may, once a silence. Answers how many."""
    raised = 0
    for events in store.raise_silence_alarms(settings.SILENCE_ALARM_SECONDS):
        runtime.publish_events(events)
        raised += len(events)
    return raised


def alarms_purge(workspace_id: int, before_us: int) -> Iterator[int]:
    """Delete a workspace's alarms that were cleared before then, a chunk a transaction; yields how many each had."""
    old = Alarm.objects.filter(
        workspace_id=workspace_id, state=State.CLEARED, cleared_at__lt=to_datetime(before_us)
    )
    while ids := list(old.values_list("pk", flat=True)[:PURGE_CHUNK]):
        yield Alarm.objects.filter(pk__in=ids).delete()[0]


def _check_note(note: str) -> None:
    if len(note) > NOTE_LONGEST:
        raise Invalid({"note": _("at most %d characters") % NOTE_LONGEST})


def _hold(device_ids: Iterable[int]) -> None:
    """The devices' rows, in the order in which ingest takes them."""
    rows = Device.objects.filter(pk__in=set(device_ids)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))


def _acknowledge(actor: Actor, alarms: Iterable[Alarm], note: str) -> list[Alarm]:
    changed = [alarm for alarm in alarms if alarm.state == State.RAISED]
    for alarm in changed:
        alarm.state = State.ACKNOWLEDGED
        alarm.acknowledged_at, alarm.acknowledged_by_id = timezone.now(), _user(actor)
        alarm.note = note
        if not alarm.active:
            alarm.state, alarm.cleared_at = State.CLEARED, alarm.acknowledged_at
        _write(actor, "alarm.acknowledge", alarm, {"state": alarm.state, "note": note})
    return changed


def _clear(actor: Actor, alarms: Iterable[Alarm]) -> list[Alarm]:
    changed = [alarm for alarm in alarms if alarm.state != State.CLEARED]
    for alarm in changed:
        alarm.state, alarm.active = State.CLEARED, False
        alarm.cleared_at, alarm.cleared_by_id = timezone.now(), _user(actor)
        _write(actor, "alarm.clear", alarm, {"state": alarm.state})
    return changed


def _user(actor: Actor) -> int | None:
    return actor.id if actor.kind == "user" else None


def _write(actor: Actor, verb: str, alarm: Alarm, after: dict[str, Any]) -> None:
    alarm.save()
    about = {"device": alarm.device_id, "code": alarm.code}
    audit.record(actor, verb, f"alarm:{alarm.pk}", alarm.workspace_id, about, after)


def _tell(alarms: list[Alarm]) -> None:
    events = engine.told(alarms)
    if events:
        transaction.on_commit(lambda: runtime.publish_events(events))
