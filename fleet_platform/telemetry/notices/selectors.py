"""A person's own channels; nobody else's, whatever his rights."""

from django.db.models import QuerySet

from accounts.principal import Actor
from fleet_platform.shared.errors import NotFound

from ..models import NotificationChannel


def channels_of(actor: Actor) -> QuerySet[NotificationChannel]:
    """By id; a device has none."""
    rows = NotificationChannel.objects.select_related("user").order_by("pk")
    return rows.filter(user_id=actor.id) if actor.kind == "user" else rows.none()


def channel_of(actor: Actor, channel_id: int) -> NotificationChannel:
    """Raises NotFound."""
    channel = channels_of(actor).filter(pk=channel_id).first()
    if channel is None:
        raise NotFound
    return channel
