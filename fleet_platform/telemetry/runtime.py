"""What runs once in a process: the writer, the hub, the way to other processes, and the monitor of open sockets.

A web process calls `start` from its event loop when the first request or socket arrives (servers without ASGI's
lifespan included); a worker or gateway only uses `writer()` and `publish`.
"""

import asyncio
import atexit
import contextlib
import logging
import threading

from . import bus, session_monitor
from .events import Event
from .hub import Hub
from .notifier import CommandNotifier
from .store import Change
from .writer import Writer

logger = logging.getLogger("fleet.runtime")
hub = Hub()
notifier = CommandNotifier()
_sender = bus.Sender()
_writer: Writer | None = None
_lock = threading.Lock()
_started: asyncio.AbstractEventLoop | None = None
_tasks: set[asyncio.Task] = set()


def publish(changes: list[Change], events: list[Event] = ()) -> None:
    """Tell readers here and in the other processes. Call after the commit; from any thread."""
    if changes:
        hub.publish(changes)
    if events:
        hub.publish_events(events)
    if changes or events:
        _sender.publish(changes, events)


def publish_events(events: list[Event]) -> None:
    publish([], events)


def notify_devices(device_ids: list[int]) -> None:
    """Let whoever holds the devices' sockets look for waiting commands. After the commit; from any thread."""
    if device_ids:
        notifier.notify(device_ids)
        _sender.publish(notified=device_ids)


def _hear(envelope: bus.Envelope) -> None:
    """What another process said; on the event loop."""
    if envelope.changes:
        hub.deliver(envelope.changes)
    if envelope.events:
        hub.deliver_events(envelope.events)
    if envelope.notified:
        notifier.deliver(envelope.notified)


def _resync() -> None:
    """After a time without the bus."""
    _run(session_monitor.resync(hub))
    notifier.notify_all()


def writer() -> Writer:
    global _writer
    with _lock:
        if _writer is None:
            _writer = Writer(publish)
            _writer.start()
            atexit.register(_writer.stop)
        return _writer


def start() -> None:
    """Begin the background work of a web process on the running event loop; again on the same loop does nothing."""
    global _started
    loop = asyncio.get_running_loop()
    if _started is loop:
        return
    _started = loop
    hub.run_on(loop)
    notifier.run_on(loop)
    writer()
    _sender.listens = True
    _run(bus.listen(_hear, _resync))
    _run(session_monitor.run(hub))


def _run(work) -> None:
    task = asyncio.get_running_loop().create_task(work)
    _tasks.add(task)
    task.add_done_callback(_ended)


def _ended(task: asyncio.Task) -> None:
    _tasks.discard(task)
    if not task.cancelled() and (error := task.exception()):
        logger.error("Background work of the live layer ended", exc_info=error)


async def stop() -> None:
    """End the background work and write what is queued: the server is shutting down."""
    global _started, _writer
    for task in list(_tasks):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task
    _started = None
    if _writer is not None:
        await asyncio.to_thread(_writer.stop)
        _writer = None
