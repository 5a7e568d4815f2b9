"""Who hears of a changed channel."""

from .. import kinds
from ..models import NotificationChannel


def tell_kinds(channel: NotificationChannel, *, removed: bool = False) -> None:
    """Inside the caller's transaction."""
    for kind in kinds.all_kinds():
        if kind.channel_changed:
            kind.channel_changed(channel, removed)
