"""Which device a token belongs to. A token is looked up when it is first seen; while it is in use, all tokens together
are looked up again every few seconds, so that a thousand devices cost the database a few queries."""

import time
from collections import OrderedDict
from dataclasses import dataclass

from channels.db import database_sync_to_async

from accounts.authentication import actor_of_token
from accounts.models import Device
from accounts.principal import Actor
from accounts.selectors import actors_from
from fleet_platform.shared.errors import NotAllowed

from .ingest import Sender

BELIEVED_SECONDS = (
    5.0  # longer than the time between two looks, and as long as a right may outlive its end
)
IDLE_SECONDS = 30.0
TOKENS_AT_MOST = 10_000


def sender_of_token(token: str) -> tuple[Sender, Actor]:
    """Raises NotAuthenticated, or NotAllowed for a user's token."""
    actor = actor_of_token(token)
    return sender_of(actor), actor


def sender_of(actor: Actor) -> Sender:
    if actor.kind != "device":
        raise NotAllowed("Only a device sends telemetry: use its own token.")
    device = Device.objects.only("kind", "workspace_id").get(pk=actor.id)
    return Sender(device.pk, device.kind, device.workspace_id)


@dataclass
class Known:
    sender: Sender
    actor: Actor
    until: float
    used: float


class TokenCache:
    def __init__(self):
        self._known: OrderedDict[str, Known] = OrderedDict()

    async def sender(self, token: str) -> Sender:
        """Raises NotAuthenticated, or NotAllowed for a user's token."""
        now = time.monotonic()
        known = self._known.get(token)
        if known and known.until > now and known.actor.source.expires_at > time.time():
            known.used = now
            return known.sender
        sender, actor = await database_sync_to_async(sender_of_token)(token)
        self._known[token] = Known(sender, actor, now + BELIEVED_SECONDS, now)
        self._known.move_to_end(token)
        if len(self._known) > TOKENS_AT_MOST:
            self._known.popitem(last=False)
        return sender

    async def look(self) -> None:
        """Confirm every token in use, forget the others."""
        began = time.monotonic()
        used = {
            token: known
            for token, known in self._known.items()
            if began - known.used < IDLE_SECONDS
        }
        actors = {}
        if used:
            sources = {known.actor.source for known in used.values()}
            actors = await database_sync_to_async(actors_from)(sources)
        for token, known in list(self._known.items()):
            if token not in used:
                if known.used < began - IDLE_SECONDS:
                    del self._known[token]
                continue
            actor = actors[known.actor.source]
            if actor is None or actor.roles != known.actor.roles:
                del self._known[token]
            else:
                known.until = began + BELIEVED_SECONDS


token_cache = TokenCache()
