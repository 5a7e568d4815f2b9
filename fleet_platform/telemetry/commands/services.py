"""Writes of commands: asking, replying, canceling, running out. Every change of state is a conditional update."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Device
from accounts.principal import Actor
from accounts.selectors import device_for, devices_for, workspace_for
from fleet_platform.shared.clock import to_datetime
from fleet_platform.shared.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany

from .. import kinds
from ..models import Command
from . import forms
from .changes import CHUNK, announce, change, notify_devices
from .selectors import command_for
from .transitions import (
    ACCEPTED,
    CANCELED,
    EXPIRED,
    FAILED,
    OPEN,
    OVER,
    REPLIES,
    UNANSWERED,
)

BUSY_SECONDS = 5
STOP, STOP_SECONDS = "stop", 30


class Order(NamedTuple):
    """One thing to be asked of one device. `expires_in`: seconds within which it must begin."""

    device_id: int
    name: str
    params: Mapping[str, Any]
    expires_in: float = forms.DEFAULT_SECONDS


def command_request(
    *,
    actor: Actor,
    device_id: int,
    name: str,
    params: Mapping[str, Any] | None = None,
    expires_in: float = forms.DEFAULT_SECONDS,
    request_id: str | None = None,
    source: str = "api",
) -> tuple[Command, bool]:
    """The command, and whether it is new: the same `request_id` again gives the first one.

    Raises Invalid, NotFound, NotAllowed, Conflict where the request id stands for another command, TooMany where the
    device has as many open commands as it may.
    """
    order = Order(device_id, name, {} if params is None else params, expires_in)
    forms.check(*order[1:], request_id)
    with transaction.atomic():
        device = device_for(actor, device_id, "command.send")
        _lock([device.pk])
        if request_id is not None and (first := _repeated(order, request_id)):
            return first, False
        _require_room([device.pk])
        [command] = _create(actor, device.workspace_id, [order], source, request_id)
    return command, True


def commands_request(
    *, actor: Actor, workspace_id: int, orders: Sequence[Order], source: str
) -> list[Command]:
    """Several commands at once, all or none; a device gets its own in the order given. Raises as command_request."""
    for order in orders:
        forms.check(*order[1:])
    actor.require("command.send", workspace_id)
    ids = {order.device_id for order in orders}
    with transaction.atomic():
        _lock(ids)
        known = devices_for(actor, "command.send").filter(pk__in=ids, workspace_id=workspace_id)
        if known.count() < len(ids):
            raise NotFound
        _require_room(ids)
        return _create(actor, workspace_id, orders, source)


def workspace_stop_all(
    *, actor: Actor, workspace_id: int, expires_in: float = STOP_SECONDS
) -> list[Command]:
    """A `stop` for every device that drives or flies. What they were asked before and have not begun is canceled, so
    that nobody drives off afterwards. There is always room for a stop."""
    forms.check(STOP, {}, expires_in)
    workspace_for(actor, workspace_id)
    actor.require("command.send", workspace_id)
    moving = [kind.name for kind in kinds.all_kinds() if kind.moves]
    with transaction.atomic():
        rows = Device.objects.filter(workspace_id=workspace_id, removed_at=None, kind__in=moving)
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        _lock(ids)
        waiting = Command.objects.filter(
            workspace_id=workspace_id, device__in=rows, state__in=UNANSWERED
        ).exclude(name=STOP)
        _cancel(list(waiting.order_by("pk").values_list("pk", flat=True)))
        orders = [Order(id, STOP, {}, expires_in) for id in ids]
        return _create(actor, workspace_id, orders, "stop-all")


def _lock(device_ids: Iterable[int]) -> None:
    """One asker at a time for each device, in the order of their ids."""
    ids = sorted(device_ids)
    for start in range(0, len(ids), CHUNK):
        part = Device.objects.filter(pk__in=ids[start : start + CHUNK]).order_by("pk")
        list(part.select_for_update(no_key=True).values_list("pk", flat=True))


def _repeated(order: Order, request_id: str) -> Command | None:
    first = (
        Command.objects.select_related("device", "requested_by")
        .filter(device_id=order.device_id, request_id=request_id)
        .first()
    )
    if first and (first.name, first.params) != (order.name, order.params):
        raise Conflict(_("This request id stands for another command."))
    return first


def _require_room(device_ids: Collection[int]) -> None:
    most = settings.COMMANDS_OPEN_AT_MOST
    ids = list(device_ids)
    for start in range(0, len(ids), CHUNK):
        rows = Command.objects.filter(device_id__in=ids[start : start + CHUNK], state__in=OPEN)
        counts = rows.order_by().values("device_id").annotate(count=Count("pk"))
        if counts.filter(count__gte=most).exists():
            said = _("The device has %(count)d commands under way.") % {"count": most}
            raise TooMany(BUSY_SECONDS, said)


def _create(
    actor: Actor,
    workspace_id: int,
    orders: Sequence[Order],
    source: str,
    request_id: str | None = None,
) -> list[Command]:
    now = timezone.now()
    rows = Command.objects.bulk_create(
        [
            Command(
                device_id=order.device_id,
                workspace_id=workspace_id,
                name=order.name,
                params=order.params,
                source=source,
                requested_by_id=actor.id if actor.kind == "user" else None,
                request_id=request_id,
                requested_at=now,
                expires_at=now + timedelta(seconds=order.expires_in),
            )
            for order in orders
        ],
        batch_size=CHUNK,
    )
    _record(actor, workspace_id, rows, source)
    notify_devices(row.device_id for row in rows)
    return announce(row.pk for row in rows)


def _record(actor: Actor, workspace_id: int, rows: Sequence[Command], source: str) -> None:
    """One audit row for one command, and one for many that were asked at once."""
    if len(rows) == 1:
        facts = {"name": rows[0].name, "command": rows[0].pk, "source": source}
        audit.record(
            actor, "command.send", f"device:{rows[0].device_id}", workspace_id, None, facts
        )
    elif rows or source == "stop-all":
        facts = {"names": sorted({row.name for row in rows}), "count": len(rows), "source": source}
        audit.record(actor, "command.send", f"workspace:{workspace_id}", workspace_id, None, facts)


def command_cancel(*, actor: Actor, command_id: int) -> Command:
    """Raises NotFound, NotAllowed, Conflict where it is over already."""
    command = command_for(actor, command_id, "command.send")
    with transaction.atomic():
        if not _cancel([command.pk]):
            raise Conflict(_over_already(command.pk))
        facts = {"name": command.name, "command": command.pk}
        target = f"device:{command.device_id}"
        audit.record(actor, "command.cancel", target, command.workspace_id, None, facts)
    return command_for(actor, command_id)


def _cancel(command_ids: Sequence[int]) -> list[int]:
    """Those that were not over. A device that had one is told so. Rows are taken by rising id, as everywhere here."""
    canceled = [id for id in command_ids if change(id, CANCELED, finished_at=timezone.now())]
    had = Command.objects.filter(pk__in=canceled).exclude(attempts=0, accepted_at=None)
    had.update(cancel_due=True)
    notify_devices(list(had.values_list("device_id", flat=True)))
    announce(canceled)
    return canceled


def command_reply(*, actor: Actor, command_id: int, state: str, detail: str = "") -> Command:
    """What its device says of it. The same once more changes nothing.

    Raises Invalid, NotFound, NotAllowed for a person, Conflict where it is over: expired, canceled or answered.
    """
    if state not in REPLIES:
        raise Invalid({"state": f"must be one of {', '.join(REPLIES)}"})
    if not isinstance(detail, str) or len(detail) > forms.DETAIL_CHARACTERS or "\0" in detail:
        raise Invalid({"detail": f"must be a text of up to {forms.DETAIL_CHARACTERS} characters"})
    command = command_for(actor, command_id)
    if actor.kind != "device":
        raise NotAllowed(_("Only the device itself answers a command."))
    with transaction.atomic():
        if not _reply(command, state, detail):
            command.refresh_from_db()
            if command.state != state:
                raise Conflict(_over_already(command.pk))
    return command_for(actor, command_id)


def _reply(command: Command, state: str, detail: str) -> bool:
    now = timezone.now()
    overdue = Command.objects.filter(pk=command.pk, state__in=UNANSWERED, expires_at__lte=now)
    if overdue.exists():
        return False  # the sweep says so in a moment
    facts: dict[str, Any] = {"detail": detail}
    if state in OVER:
        facts["finished_at"] = now
    else:
        facts["accepted_at"] = now
    if not change(command.pk, state, **facts):
        return False
    announce([command.pk])
    return True


def _over_already(command_id: int) -> str:
    state = Command.objects.values_list("state", flat=True).get(pk=command_id)
    told = EXPIRED if state in UNANSWERED else state
    return _("The command is over: %(state)s.") % {"state": Command.State(told).label}


def commands_expire() -> int:
    """End what was not accepted in time, and what was accepted long ago and never heard of again. Answers how many."""
    now = timezone.now()
    overdue = Command.objects.filter(state__in=UNANSWERED, expires_at__lte=now)
    given_up = now - timedelta(seconds=settings.COMMAND_GIVEN_UP_SECONDS)
    silent = Command.objects.filter(state=ACCEPTED, accepted_at__lte=given_up)
    lost = {"detail": "The device never said how it ended.", "finished_at": now}
    return _end(overdue, EXPIRED, finished_at=now) + _end(silent, FAILED, **lost)


def _end(rows, state: str, **facts: Any) -> int:
    ended = 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        with transaction.atomic():
            done = [id for id in ids if change(id, state, **facts)]
            announce(done)
        ended += len(done)
    return ended


def commands_purge(workspace_id: int, before_us: int) -> Iterator[int]:
    """Delete a workspace's older commands, a chunk a transaction; yields how many each chunk had."""
    old = Command.objects.filter(
        workspace_id=workspace_id, requested_at__lt=to_datetime(before_us), state__in=OVER
    )
    while ids := list(old.values_list("pk", flat=True)[:CHUNK]):
        yield Command.objects.filter(pk__in=ids).delete()[0]
