"""Changes, events and notified devices between processes: one message a commit, whatever the number of readers.

With REDIS_URL a Redis channel carries them to every web process. Without, the one web process listens on a socket
file in the data folder, where the worker and the MQTT gateway send theirs. Sending never holds up a commit: it has a
thread and a bounded queue of its own, and what does not fit is counted and left to the readers' next change.
"""

import asyncio
import contextlib
import logging
import os
import socket
import struct
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec
from django.conf import settings

from . import metrics
from .events import Event
from .store import Change

logger = logging.getLogger("fleet.bus")
ORIGIN = os.urandom(8)
LONGEST_MESSAGE = 64 * 1024 * 1024
QUEUE_MESSAGES = 1000
TIMEOUT = 3.0
_LENGTH = struct.Struct("!I")


class Envelope(msgspec.Struct, array_like=True):
    """`notified`: ids of devices for which a command waits in the database."""

    origin: bytes
    changes: list[Change] = []
    events: list[Event] = []
    notified: list[int] = []


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Envelope).decode


def channel() -> str:
    return f"{settings.KEY_PREFIX}:live"


def socket_path() -> str:
    path = str(Path(settings.DATA_DIR) / "live.sock")
    if len(path) < 100:  # the system's limit is 107
        return path
    name = sha256(path.encode()).hexdigest()[:16]
    return str(Path(tempfile.gettempdir()) / f"fleet-{os.getuid()}-{name}.sock")


class Sender:
    """Sends this process's changes to the others. `listens` is set in the process that hears the socket file itself."""

    def __init__(self):
        self.listens = False
        self._queue: deque[bytes] = deque()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None

    def publish(
        self, changes: list[Change] = (), events: list[Event] = (), notified: list[int] = ()
    ) -> None:
        if self.listens and not settings.REDIS_URL:
            return
        message = _encode(Envelope(ORIGIN, list(changes), list(events), list(notified)))
        with self._wake:
            if len(self._queue) >= QUEUE_MESSAGES:
                metrics.BUS_DROPPED.inc(len(changes) + len(events) + len(notified))
                return
            self._queue.append(message)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="live-bus", daemon=True)
                self._thread.start()
            self._wake.notify()

    def _run(self) -> None:
        send = _redis_sender() if settings.REDIS_URL else _socket_sender()
        while True:
            with self._wake:
                while not self._queue:
                    self._wake.wait()
                message = self._queue.popleft()
            try:
                send(message)
            except OSError as error:
                metrics.BUS_DROPPED.inc()
                logger.debug("A change could not be sent to the other processes: %s", error)
            except Exception as error:
                metrics.BUS_DROPPED.inc()
                logger.warning("A change could not be sent to the other processes: %s", error)


def _redis_sender() -> Callable[[bytes], None]:
    import redis

    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
    )
    return lambda message: client.publish(channel(), message)


def _socket_sender() -> Callable[[bytes], None]:
    held: list[socket.socket] = []

    def send(message: bytes) -> None:
        if not held:
            fresh = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            fresh.settimeout(TIMEOUT)
            try:
                fresh.connect(socket_path())
            except OSError:
                fresh.close()
                raise
            held.append(fresh)
        try:
            held[0].sendall(_LENGTH.pack(len(message)) + message)
        except OSError:
            held.pop().close()
            raise

    return send


async def listen(deliver: Callable[[Envelope], None], resync: Callable[[], None]) -> None:
    """Hear the other processes until cancelled. `resync` is called after a time of deafness."""
    if settings.REDIS_URL:
        await _listen_redis(deliver, resync)
    else:
        await _listen_socket(deliver)


async def _listen_redis(deliver, resync) -> None:
    import redis.asyncio as redis

    deaf = False
    while True:
        client = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=None,
            socket_connect_timeout=TIMEOUT,
            health_check_interval=15,
        )
        try:
            async with client.pubsub() as pubsub:
                await pubsub.subscribe(channel())
                if deaf:
                    resync()
                deaf = True
                while True:
                    message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=10)
                    if message is not None:
                        _hear(message["data"], deliver)
        except (redis.RedisError, OSError) as error:
            logger.warning("The live layer lost Redis: %s", error)
            await asyncio.sleep(1)
        finally:
            with contextlib.suppress(redis.RedisError, OSError):
                await client.aclose()


def _hear(message: bytes, deliver) -> None:
    try:
        envelope = _decode(message)
    except msgspec.MsgspecError:
        logger.warning("A message on the live bus could not be read")
        return
    if envelope.origin != ORIGIN:
        deliver(envelope)


async def _listen_socket(deliver) -> None:
    path = socket_path()
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
                if length > LONGEST_MESSAGE:
                    return
                _hear(await reader.readexactly(length), deliver)
        except (asyncio.IncompleteReadError, OSError):
            return
        finally:
            writer.close()

    before = os.umask(0o177)
    try:
        server = await asyncio.start_unix_server(hear, path)
    finally:
        os.umask(before)
    async with server:
        await server.serve_forever()
