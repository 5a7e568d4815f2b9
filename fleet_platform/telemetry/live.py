"""/ws/live: a Channels consumer for routing, authentication and life cycle; its events come from the hub.

Frames go past Channels, from the hub to the transport, where the server lets them (frames.py). On another server each
event is sent by a task of its own, one at a time, with the newest of each topic waiting behind it.
"""

import asyncio
import logging
import time
from urllib.parse import parse_qs

import msgspec
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError

from accounts.authentication import actor_of_token, bearer_token
from accounts.principal import Actor
from accounts.upgrade import actor_of_ticket, actor_of_upgrade
from fleet_platform.shared.clock import now_us, rfc3339
from fleet_platform.shared.errors import NotAuthenticated

from . import close_codes, metrics, runtime, selectors, session_monitor
from .events import Subject
from .frames import EXTENSION
from .hub import Feed, Message

logger = logging.getLogger("fleet.live")
PROTOCOL = "fleet.v1"
TOPICS_AT_MOST = 200
SOCKETS_AT_MOST = 100
CLIENT_FRAME_BYTES = 64 * 1024
SNAPSHOT_DEVICES = 500
DEVICE_RATE = 10
WORKSPACE_RATE = 5
MESSAGES_A_SECOND = 20
MESSAGES_AT_ONCE = 200


class Ask(msgspec.Struct):
    """Anything a client may send."""

    type: str
    id: int | str | None = None
    topics: list[str] = []
    since: dict[str, int] = {}
    rate: float | str | None = None
    token: str = ""


_decode = msgspec.json.Decoder(Ask).decode
_encode = msgspec.json.encode


class DirectSocket:
    """Events by the server's door for frames."""

    def __init__(self, consumer: "LiveConsumer", door):
        self._door = door
        self.kick = consumer.kick

    def offer(self, message: Message) -> bool:
        return self._door.offer(message.frame)


class TaskSocket:
    """Events one at a time by the server's own send, for servers without the door."""

    def __init__(self, consumer: "LiveConsumer"):
        self._consumer = consumer
        self._sending: asyncio.Task | None = None
        self.kick = consumer.kick

    def offer(self, message: Message) -> bool:
        if self._sending is not None and not self._sending.done():
            return False
        self._sending = asyncio.get_running_loop().create_task(
            self._consumer.send(text_data=message.payload.decode())
        )
        return True


class LiveConsumer(AsyncWebsocketConsumer):
    def __init__(self):
        super().__init__()
        self.actor: Actor | None = None
        self.feeds: dict[str, Feed] = {}
        self.allowance = MESSAGES_AT_ONCE
        self.counted_at = time.monotonic()
        self.auth_timer: asyncio.TimerHandle | None = None
        self.closing = False

    async def __call__(self, scope, receive, send) -> None:
        """A reader that leaves in the middle of an answer ends the consumer without `disconnect`: let go here."""
        metrics.SOCKETS.inc()
        try:
            await super().__call__(scope, receive, send)
        finally:
            metrics.SOCKETS.dec()
            self._let_go()

    async def connect(self) -> None:
        runtime.start()
        door = self.scope.get("extensions", {}).get(EXTENSION)
        self.socket = DirectSocket(self, door) if door else TaskSocket(self)
        offered = self.scope.get("subprotocols", [])
        await self.accept(PROTOCOL if PROTOCOL in offered else None)
        try:
            actor = await self._actor_of_upgrade()
        except NotAuthenticated:
            await self.close(close_codes.NOT_AUTHENTICATED)
            return
        except DatabaseError:
            await self._try_later()
            return
        if actor is None:
            loop = asyncio.get_running_loop()
            self.auth_timer = loop.call_later(
                close_codes.AUTH_SECONDS, self.kick, close_codes.NO_AUTH_IN_TIME
            )
        else:
            await self._welcome(actor)

    async def _actor_of_upgrade(self) -> Actor | None:
        query = parse_qs(self.scope.get("query_string", b"").decode("latin-1"))
        if ticket := query.get("ticket"):
            return await database_sync_to_async(actor_of_ticket)(ticket[0])
        return await database_sync_to_async(actor_of_upgrade)(self.scope)

    async def _welcome(self, actor: Actor) -> None:
        if session_monitor.sockets_of(actor) >= SOCKETS_AT_MOST:
            await self.close(close_codes.TOO_MANY)
            return
        self.actor = actor
        session_monitor.opened(self)

    def _let_go(self) -> None:
        self.closing = True
        self._stop_auth_timer()
        session_monitor.closed(self)
        for feed in self.feeds.values():
            runtime.hub.detach(feed)
        self.feeds.clear()

    def _stop_auth_timer(self) -> None:
        if self.auth_timer is not None:
            self.auth_timer.cancel()

    def kick(self, code: int) -> None:
        if not self.closing:
            self.closing = True
            for feed in self.feeds.values():
                feed.held = True
            asyncio.get_running_loop().create_task(self.close(code))

    def rights_changed(self, actor: Actor) -> None:
        """A topic that the actor may no longer read ends the socket; the others go on with the new rights."""
        self.actor = actor
        watched = {(feed.topic.verb, feed.topic.workspace_id) for feed in self.feeds.values()}
        if not all(actor.may(verb, workspace_id) for verb, workspace_id in watched):
            self.kick(close_codes.FORBIDDEN)

    # --- what the client says ---

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        said = (text_data or "").encode() if bytes_data is None else bytes_data
        if len(said) > CLIENT_FRAME_BYTES:
            await self.close(close_codes.TOO_BIG)
            return
        if not self._allowed():
            await self.close(close_codes.TOO_MANY)
            return
        try:
            ask = _decode(said)
        except (msgspec.MsgspecError, RecursionError) as error:
            await self._send({"type": "error", "id": None, "code": "invalid", "detail": str(error)})
            return
        answer = {
            "auth": self._auth,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "ping": self._ping,
        }.get(ask.type, self._unknown)
        if self.actor is None and ask.type not in {"auth", "ping"}:
            await self.close(close_codes.NOT_AUTHENTICATED)
            return
        try:
            await answer(ask)
        except DatabaseError:
            await self._try_later()

    async def _try_later(self) -> None:
        logger.warning("A live socket is closed: the database did not answer", exc_info=True)
        await self.close(close_codes.TRY_LATER)

    def _allowed(self) -> bool:
        now = time.monotonic()
        self.allowance = min(
            MESSAGES_AT_ONCE, self.allowance + (now - self.counted_at) * MESSAGES_A_SECOND
        )
        self.counted_at = now
        self.allowance -= 1
        return self.allowance >= 0

    async def _send(self, message: dict) -> None:
        await self.send(text_data=_encode(message).decode())

    async def _unknown(self, ask: Ask) -> None:
        detail = f"{ask.type[:40]!r} is not one of auth, subscribe, unsubscribe, ping"
        await self._send({"type": "error", "id": ask.id, "code": "unknown_type", "detail": detail})

    async def _ping(self, ask: Ask) -> None:
        await self._send({"type": "pong", "id": ask.id, "time": rfc3339(now_us())})

    async def _auth(self, ask: Ask) -> None:
        try:
            actor = await database_sync_to_async(actor_of_token)(bearer_token(ask.token))
        except NotAuthenticated:
            await self.close(close_codes.NOT_AUTHENTICATED)
            return
        self._stop_auth_timer()
        if self.actor is None:
            await self._welcome(actor)
        elif (actor.kind, actor.id) != (self.actor.kind, self.actor.id):
            await self.close(close_codes.NOT_AUTHENTICATED)
            return
        else:
            self.actor = actor
        await self._send({"type": "authenticated", "id": ask.id, "actor": str(actor)})

    async def _unsubscribe(self, ask: Ask) -> None:
        for name in ask.topics:
            if feed := self.feeds.pop(name, None):
                runtime.hub.detach(feed)
        await self._send({"type": "unsubscribed", "id": ask.id, "topics": ask.topics})

    async def _subscribe(self, ask: Ask) -> None:
        rate = _rate(ask.rate)
        if rate is not None and rate < 0:
            detail = 'rate must be events a second, above 0 and at most 100, or "all"'
            await self._send({"type": "error", "id": ask.id, "code": "invalid", "detail": detail})
            return
        names = list(dict.fromkeys(ask.topics))
        room = TOPICS_AT_MOST - len(self.feeds.keys() - set(names))
        refused = [{"topic": name, "code": "too_many"} for name in names[room:]]
        found = await database_sync_to_async(selectors.topics_for)(self.actor, names[:room])
        known = [(name, found[name]) for name in names[:room]]
        refused += [{"topic": name, "code": code} for name, code in known if isinstance(code, str)]
        targets = {name: target for name, target in known if not isinstance(target, str)}
        if self.closing:
            return
        self._attach(targets, rate)
        subscribed = {
            "type": "subscribed",
            "id": ask.id,
            "topics": list(targets),
            "refused": refused,
        }
        await self._send(subscribed)
        await self._begin(targets, ask.since)

    def _attach(self, targets: dict[str, selectors.Target], rate: float | None) -> None:
        """Readers are on the list, held, before the snapshot is read: nothing falls between the two."""
        for name, target in targets.items():
            if old := self.feeds.pop(name, None):
                runtime.hub.detach(old)
            self.feeds[name] = self._attach_one(name, target, rate)

    def _attach_one(self, name: str, target: selectors.Target, rate: float | None) -> Feed:
        if target.subject is not None:
            return runtime.hub.attach_events(
                self.socket, name, target.workspace_id, target.subject.verb
            )
        if target.device_id is None:
            hertz = WORKSPACE_RATE if rate is None else rate
            return runtime.hub.attach_workspace(self.socket, target.workspace_id, hertz)
        hertz = DEVICE_RATE if rate is None else rate
        return runtime.hub.attach(self.socket, name, target.device_id, target.workspace_id, hertz)

    async def _begin(self, targets: dict[str, selectors.Target], since: dict[str, int]) -> None:
        ids = [target.device_id for target in targets.values() if target.device_id is not None]
        newest = await database_sync_to_async(selectors.snapshot)(ids) if ids else {}
        for name, target in targets.items():
            feed = self.feeds.get(name)
            if feed is None or self.closing:
                continue
            if target.subject is not None:
                await self._begin_events(feed, target.subject, since.get(name))
            elif target.device_id is None:
                await self._begin_workspace(feed, since.get(name))
            elif target.device_id in newest:
                await self._begin_device(feed, newest[target.device_id], since.get(name))

    async def _begin_device(self, feed: Feed, newest, since: int | None) -> None:
        missed = [] if since == newest.version else None
        if since is not None and missed is None and feed.topic.seq >= newest.version:
            missed = feed.topic.since(since)
        if missed is None:
            head = b'{"type":"snapshot","topic":%s,"seq":%d,"data":' % (
                _encode(feed.topic.name),
                newest.version,
            )
            await self.send(text_data=(head + newest.document + b"}").decode())
        upto = await self._send_missed(missed) or newest.version
        runtime.hub.release(feed, upto)

    async def _begin_workspace(self, feed: Feed, since: int | None) -> None:
        missed = feed.topic.since(since) if since is not None else None
        if missed is not None:
            runtime.hub.release(feed, await self._send_missed(missed) or since)
            return
        seq = feed.topic.seq
        documents = await database_sync_to_async(selectors.workspace_snapshot)(
            feed.topic.workspace_id
        )
        pages = range(0, len(documents), SNAPSHOT_DEVICES) or [0]
        for number, start in enumerate(pages, 1):
            head = b'{"type":"snapshot","topic":%s,"seq":%d,' % (_encode(feed.topic.name), seq)
            part = b'"part":%d,"parts":%d,' % (number, len(pages)) if len(pages) > 1 else b""
            data = b'"data":[%s]}' % b",".join(documents[start : start + SNAPSHOT_DEVICES])
            await self.send(text_data=(head + part + data).decode())
        runtime.hub.release(feed, seq)

    async def _begin_events(self, feed: Feed, subject: Subject, since: int | None) -> None:
        """The events since, or a snapshot; then whatever happened while it was read, none left out."""
        seq = since
        if since is None or feed.topic.since(since) is None:
            seq = feed.topic.seq
            documents = await database_sync_to_async(subject.snapshot)(feed.topic.workspace_id)
            head = b'{"type":"snapshot","topic":%s,"seq":%d,' % (_encode(feed.topic.name), seq)
            await self.send(text_data=(head + b'"data":[%s]}' % b",".join(documents)).decode())
        runtime.hub.release(feed, await self._send_missed(feed.topic.since(seq)) or seq)

    async def _send_missed(self, missed: list[Message] | None) -> int:
        """Sends held events; the number of the last one, 0 for none."""
        for message in missed or ():
            await self.send(text_data=message.payload.decode())
        return missed[-1].seq if missed else 0


def _rate(said: float | str | None) -> float | None:
    """Events a second; 0 for all of them, None for the topic's default, -1 for what is neither."""
    if said is None:
        return None
    if said == "all":
        return 0.0
    return float(said) if isinstance(said, int | float) and 0 < said <= 100 else -1.0
