"""The device ends, native ASGI in front of Django: POST /api/fleet/telemetry and /ws/device.

They carry the platform's rate, so they touch neither middleware nor ORM on the way: a token is verified once in a few
seconds, a batch is parsed on the loop and answered after the writer's commit.
"""

import asyncio
import contextlib

import msgspec
from channels.db import database_sync_to_async
from django.conf import settings

from accounts.authentication import bearer_token
from accounts.principal import Actor
from accounts.upgrade import headers_of
from fleet_platform.shared.errors import (
    DomainError,
    NotAllowed,
    NotAuthenticated,
    TooLarge,
    Unavailable,
)

from . import brackets, close_codes, ingest, metrics, runtime, selectors, services, session_monitor
from .answers import ack, error_answer, error_message
from .commands.socket_dispatch import SocketDispatcher, reply
from .ingest import Parsed, Sender
from .token_cache import sender_of_token, token_cache

BATCHES_UNDER_WAY = 16


async def parse(samples_or_body, sender: Sender) -> Parsed:
    """On the loop, or in a thread where a sample may name another device and so needs the database."""
    read = ingest.parse_batch if isinstance(samples_or_body, bytes) else ingest.parse_samples
    if selectors.carries(sender):
        return await database_sync_to_async(read)(samples_or_body, sender, selectors.carried_sender)
    return read(samples_or_body, sender)


async def store_batch(parsed: Parsed) -> dict:
    """The answer to one batch, after its commit. Raises NotAuthenticated, Unavailable."""
    metrics.REJECTED.inc(len(parsed.rejected))
    if not parsed.rows:
        return ack(0, 0, parsed.rejected)
    written = await asyncio.wrap_future(runtime.writer().submit(parsed.rows))
    return ack(written.accepted, written.duplicates, parsed.rejected)


class TelemetryEndpoint:
    """Takes POST /api/fleet/telemetry; leaves every other method to Django, which knows how to refuse it."""

    path = "/api/fleet/telemetry"

    def __init__(self, django):
        self._django = django

    async def __call__(self, scope, receive, send) -> None:
        if scope["method"] != "POST" or scope["path"] != self.path:
            await self._django(scope, receive, send)
            return
        runtime.start()
        try:
            status, body, headers = await self._answer(headers_of(scope), receive)
        except DomainError as error:
            status, body, headers = error_answer(error, self.path)
        headers = [
            (b"content-length", b"%d" % len(body)),
            *((name.encode(), value.encode()) for name, value in headers.items()),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, headers: dict, receive) -> tuple[int, bytes, dict[str, str]]:
        token = bearer_token(headers.get("authorization", ""))
        if not token:
            raise NotAuthenticated
        sender = await token_cache.sender(token)
        body = await _read(receive, headers.get("content-length", ""))
        body = ingest.unpack(body, headers.get("content-encoding", ""))
        parsed = await parse(body, sender)
        answer = await store_batch(parsed)
        status = 200 if parsed.rows else 400
        return status, msgspec.json.encode(answer), {"content-type": "application/json"}


async def _read(receive, length: str) -> bytes:
    limit = settings.TELEMETRY_MAX_BYTES
    if length.isdecimal() and (len(length) > 18 or int(length) > limit):
        raise TooLarge(f"A batch may have at most {limit} bytes.")
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise NotAuthenticated("The connection ended before the body did.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise TooLarge(f"A batch may have at most {limit} bytes.")
        if not message.get("more_body"):
            return b"".join(parts)


class Said(msgspec.Struct):
    """Anything a device may send on its socket."""

    type: str
    id: int | str | None = None
    samples: list[ingest.Sample] = []
    token: str = ""
    state: str = ""
    detail: str | None = None


class _SaidLoosely(Said):
    """The same with each sample still as bytes, to be read by itself."""

    samples: list[msgspec.Raw] = []


_decode_said = msgspec.json.Decoder(Said).decode
_decode_loosely = msgspec.json.Decoder(_SaidLoosely).decode


def read_message(text: bytes) -> Said:
    """Raises Invalid. A telemetry message with something wrong in it is taken apart sample by sample."""
    with contextlib.suppress(msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return _decode_said(text)
    try:
        return _decode_loosely(text)
    except (msgspec.MsgspecError, RecursionError) as error:
        most = settings.TELEMETRY_MAX_SAMPLES
        samples = brackets.split_samples(text, str(error), most=most)
        return Said("telemetry", brackets.find_id(text), samples)


class DeviceSocket:
    """One open /ws/device. Batches are acknowledged in the order sent, several may be under way."""

    def __init__(self, scope, receive, send):
        self._scope = scope
        self._receive = receive
        self._send = send
        self._closed = False
        self._batches: asyncio.Queue = asyncio.Queue(BATCHES_UNDER_WAY)
        self._loop = asyncio.get_running_loop()
        self.actor: Actor | None = None
        self.sender: Sender | None = None
        self._dispatcher: SocketDispatcher | None = None

    async def run(self) -> None:
        runtime.start()
        if (await self._receive())["type"] != "websocket.connect":
            return
        await self._send({"type": "websocket.accept"})
        session_monitor.opened(self)
        timer = self._loop.call_later(close_codes.AUTH_SECONDS, self._no_auth_in_time)
        answering = self._loop.create_task(self._answer_batches())
        try:
            if header := headers_of(self._scope).get("authorization"):
                await self._authenticate_upgrade(header)
            await self._listen()
        finally:
            timer.cancel()
            answering.cancel()
            session_monitor.closed(self)
            with contextlib.suppress(asyncio.CancelledError):
                await answering
            if self._dispatcher is not None:
                await self._dispatcher.close()

    async def _authenticate_upgrade(self, header: str) -> None:
        try:
            await self._authenticate(bearer_token(header))
            self._open_dispatcher()
        except NotAuthenticated:
            await self._close(close_codes.NOT_AUTHENTICATED)
        except NotAllowed:
            await self._close(close_codes.FORBIDDEN)

    def _no_auth_in_time(self) -> None:
        if self.actor is None:
            self.kick(close_codes.NO_AUTH_IN_TIME)

    async def _listen(self) -> None:
        while not self._closed:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                self._closed = True
            elif message["type"] == "websocket.receive":
                text = message.get("text")
                await self._hear(message.get("bytes") or b"" if text is None else text.encode())

    async def _hear(self, text: bytes) -> None:
        said: Said | None = None
        try:
            if len(text) > settings.TELEMETRY_MAX_BYTES:
                raise TooLarge(f"A message may have at most {settings.TELEMETRY_MAX_BYTES} bytes.")
            said = read_message(text)
            await self._act(said)
        except NotAuthenticated:
            await self._close(close_codes.NOT_AUTHENTICATED)
        except NotAllowed:
            await self._close(close_codes.FORBIDDEN)
        except DomainError as error:
            await self._say(error_message(error, said.id if said else None))

    async def _act(self, said: Said) -> None:
        if said.type == "auth":
            await self._authenticate(said.token)
            await self._say(
                {"type": "authenticated", "id": said.id, "device_id": self.sender.device_id}
            )
            self._open_dispatcher()
        elif self.sender is None:
            raise NotAuthenticated
        elif said.type == "telemetry":
            parsed = await parse(said.samples, self.sender)
            await self._batches.put((said.id, self._loop.create_task(store_batch(parsed))))
        elif said.type == "ping":
            await database_sync_to_async(services.device_heard)(self.sender.device_id)
            await self._say({"type": "pong", "id": said.id})
        elif said.type == "command":
            await self._say(await reply(self.actor, said.id, said.state, said.detail or ""))
        else:
            await self._say({"type": "error", "id": said.id, "code": "unknown_type"})

    async def _authenticate(self, token: str) -> None:
        """Raises NotAuthenticated, or NotAllowed for a user's token."""
        sender, actor = await database_sync_to_async(sender_of_token)(token)
        if self.sender is not None and sender != self.sender:
            raise NotAuthenticated
        self.sender, self.actor = sender, actor

    def _open_dispatcher(self) -> None:
        if self._dispatcher is None:
            self._dispatcher = SocketDispatcher(self.sender.device_id, self._say)
            self._dispatcher.open()

    async def _answer_batches(self) -> None:
        """Goes on after the device has hung up, so that who waits to put another batch in is not stuck."""
        while True:
            id, batch = await self._batches.get()
            try:
                answer = {"type": "ack", "id": id, **await batch}
            except NotAuthenticated:
                await self._close(close_codes.NOT_AUTHENTICATED)
                continue
            except Unavailable as error:
                answer = error_message(error, id)
            await self._say(answer)

    async def _say(self, message: dict) -> bool:
        """Whether the socket still takes messages."""
        if not self._closed:
            await self._tell(
                {"type": "websocket.send", "text": msgspec.json.encode(message).decode()}
            )
        return not self._closed

    async def _close(self, code: int) -> None:
        if not self._closed:
            self._closed = True
            await self._tell({"type": "websocket.close", "code": code})

    async def _tell(self, event: dict) -> None:
        try:
            await self._send(event)
        except OSError:  # how a server says that the device has hung up
            self._closed = True

    def kick(self, code: int) -> None:
        self._loop.create_task(self._close(code))

    def rights_changed(self, actor: Actor) -> None:
        """The device was moved to another workspace: it comes back with what it is now."""
        self.kick(close_codes.NOT_AUTHENTICATED)


async def device_socket(scope, receive, send) -> None:
    await DeviceSocket(scope, receive, send).run()
