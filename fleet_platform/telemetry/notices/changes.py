"""Who hears of a changed channel."""

from collections.abc import Iterable

from .. import kinds, store
from ..models import NotificationChannel


def tell_kinds(channel: NotificationChannel, *, removed: bool = False) -> None:
    """Inside the caller's transaction."""
    for kind in kinds.all_kinds():
        if kind.channel_changed:
            kind.channel_changed(channel, removed)


def hold_those_who_hear(channel: NotificationChannel, workspace_ids: Iterable[int | None]) -> None:
    """Lock the workspaces' devices (None: all of the channel's person) before several changes are told at once."""
    ids = set(workspace_ids)
    if None in ids:
        ids |= set(channel.user.memberships.values_list("workspace_id", flat=True))
    store.hold_workspaces(ids - {None})
