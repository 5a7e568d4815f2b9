"""Reads of commands. The Actor comes first; a device sees its own."""

from collections.abc import Collection

from django.db.models import QuerySet
from django.utils import timezone

from accounts.principal import Actor
from accounts.selectors import device_for
from fleet_platform.shared.errors import Invalid
from fleet_platform.shared.paging import page_by_id

from ..events import SNAPSHOT_DOCUMENTS
from ..models import Command
from .documents import command_document
from .transitions import OPEN, STATES, UNANSWERED


def _rows() -> QuerySet[Command]:
    return Command.objects.select_related("device", "requested_by")


def command_for(actor: Actor, command_id: int, verb: str = "command.view") -> Command:
    """One command. Raises NotFound for a stranger as for a missing row, NotAllowed for a member of a lesser role."""
    return actor.find(actor.scope("command.view", _rows(), device="device_id"), command_id, verb)


def commands_for(
    actor: Actor,
    device_id: int,
    *,
    states: Collection[str] = (),
    cursor: str | None = None,
    limit: int,
) -> tuple[list[Command], str | None]:
    """A page of a device's commands, newest first, and the cursor of the next page. Raises NotFound, Invalid.

    A device that asks for what is still to be done gets nothing that has run out.
    """
    device = device_for(actor, device_id, "command.view")
    rows = actor.scope("command.view", _rows(), device="device_id").filter(device=device)
    if unknown := set(states) - set(STATES):
        raise Invalid({"state": f"{sorted(unknown)[0][:40]} is not one of {', '.join(STATES)}"})
    if states:
        rows = rows.filter(state__in=states)
    if actor.kind == "device" and states and UNANSWERED.issuperset(states):
        rows = rows.filter(expires_at__gt=timezone.now())
    return page_by_id(rows, cursor, limit, newest_first=True)


def commands_named(actor: Actor, command_ids: Collection[int]) -> dict[int, Command]:
    """Those of the ids that the actor may see."""
    rows = actor.scope("command.view", _rows(), device="device_id")
    return rows.in_bulk(command_ids)


def open_command_documents(workspace_id: int) -> list[bytes]:
    """What is not over, newest first: the snapshot of the live topic."""
    rows = _rows().filter(workspace_id=workspace_id, state__in=OPEN).order_by("-pk")
    return [command_document(command) for command in rows[:SNAPSHOT_DOCUMENTS]]
