"""One-time passes to the live socket, for clients that cannot set a header: a browser on another host, a player."""

import hashlib
import secrets
from dataclasses import asdict
from datetime import timedelta

from django.utils import timezone

from fleet_platform.shared import throttle
from fleet_platform.shared.errors import NotAuthenticated

from ..models import LiveTicket
from ..principal import Actor, Source

TICKET_SECONDS = 30
TICKETS_PER_MINUTE = 120


def ticket_issue(*, actor: Actor) -> str:
    """A ticket good for TICKET_SECONDS and for one use. It stands for the credential that the actor came with."""
    if actor.source is None:
        raise NotAuthenticated
    throttle.hit("ticket", str(actor), limit=TICKETS_PER_MINUTE, window=60)
    text = secrets.token_urlsafe(32)
    LiveTicket.objects.create(
        ticket_hash=_digest(text),
        source=asdict(actor.source),
        expires_at=timezone.now() + timedelta(seconds=TICKET_SECONDS),
    )
    return text


def ticket_spend(text: str) -> Source | None:
    """The source behind a ticket, once; None for a spent, stale or unknown one."""
    rows = LiveTicket.objects.filter(ticket_hash=_digest(text), expires_at__gt=timezone.now())
    ticket = rows.first()
    if ticket is None:
        return None
    deleted, _ = LiveTicket.objects.filter(pk=ticket.pk).delete()
    return Source(**ticket.source) if deleted else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
