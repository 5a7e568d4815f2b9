"""The one way in which a command changes its state, and who is told of it after the commit."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from .. import metrics, runtime
from ..models import Command
from .documents import event_of
from .transitions import sources

CHUNK = 500


def change(command_id: int, state: str, **facts: Any) -> bool:
    """Give the command a state that may follow its own; False where none may: somebody else was first."""
    rows = Command.objects.filter(pk=command_id, state__in=sources(state))
    changed = bool(rows.update(state=state, **facts))
    if changed:
        metrics.COMMANDS.labels(state).inc()
    return changed


def announce(command_ids: Iterable[int]) -> list[Command]:
    """The commands as they are now, by id; whoever follows the workspace's topic gets them after the commit."""
    ids = list(command_ids)
    rows = Command.objects.select_related("device", "requested_by").order_by("pk")
    parts = [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
    found = [row for part in parts for row in rows.filter(pk__in=part)]
    if events := [event_of(row) for row in found]:
        transaction.on_commit(lambda: runtime.publish_events(events))
    return found


def notify_devices(device_ids: Iterable[int]) -> None:
    """After the commit, wherever the devices are connected."""
    if ids := sorted(set(device_ids)):
        transaction.on_commit(lambda: runtime.notify_devices(ids))
