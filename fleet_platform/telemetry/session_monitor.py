"""Looks at open sockets and tokens in use every few seconds: rights that ended close a socket within five."""

import asyncio
import logging
import time
from typing import Protocol

from channels.db import database_sync_to_async
from django.db import DatabaseError

from accounts.principal import Actor, Source
from accounts.selectors import actors_from

from . import close_codes, selectors
from .hub import Hub
from .token_cache import token_cache

logger = logging.getLogger("fleet.sessions")
LOOK_EVERY_SECONDS = 2.0
TIDY_EVERY_SECONDS = 30.0


class Connection(Protocol):
    """An open socket. `actor` is None until it has authenticated."""

    actor: Actor | None

    def rights_changed(self, actor: Actor) -> None:
        """The actor has other roles than before."""

    def kick(self, code: int) -> None: ...


_open: set[Connection] = set()


def opened(connection: Connection) -> None:
    _open.add(connection)


def closed(connection: Connection) -> None:
    _open.discard(connection)


def sockets_of(actor: Actor) -> int:
    """How many sockets the user or device has open in this process."""
    return sum(
        1 for one in _open if one.actor and (one.actor.kind, one.actor.id) == (actor.kind, actor.id)
    )


async def run(hub: Hub) -> None:
    """Look every few seconds, until cancelled."""
    tidied = time.monotonic()
    while True:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        try:
            await look()
            await token_cache.look()
        except DatabaseError as error:
            logger.warning("Rights could not be looked at again: %s", error)
        if time.monotonic() - tidied > TIDY_EVERY_SECONDS:
            tidied = time.monotonic()
            hub.forget_idle_topics()


async def look() -> None:
    """Check every open socket's rights once, against the database."""
    connections = {one: one.actor for one in _open if one.actor is not None}
    sources: set[Source] = {actor.source for actor in connections.values()}
    if not sources:
        return
    actors = await database_sync_to_async(actors_from)(sources)
    for connection, before in connections.items():
        if connection.actor is not before:
            continue  # it authenticated anew in the meantime
        actor = actors[before.source]
        if actor is None:
            connection.kick(close_codes.NOT_AUTHENTICATED)
        elif (actor.roles, actor.platform_role) != (before.roles, before.platform_role):
            connection.rights_changed(actor)


async def resync(hub: Hub) -> None:
    """After a time without the bus: give every reader the newest of what it watches."""
    changes = await database_sync_to_async(_newest)(hub.watched_devices(), hub.watched_workspaces())
    hub.deliver(changes)


def _newest(device_ids: list[int], workspace_ids: list[int]) -> list:
    ids = set(device_ids) | set(selectors.devices_of_workspaces(workspace_ids))
    return list(selectors.snapshot(ids).values())
