"""Wakes the dispatcher of a device's socket, in whichever process it is: a command waits in the database.

A notification carries nothing. The dispatcher looks, and claims what it finds; so one that is lost costs time alone.
"""

import asyncio
from collections.abc import Callable, Iterable


class CommandNotifier:
    """Listeners come and go on the event loop; notifications come from any thread."""

    def __init__(self):
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listeners: dict[int, set[Callable[[], None]]] = {}

    def run_on(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def listen(self, device_id: int, hear: Callable[[], None]) -> None:
        self._listeners.setdefault(device_id, set()).add(hear)

    def unlisten(self, device_id: int, hear: Callable[[], None]) -> None:
        listeners = self._listeners.get(device_id, set())
        listeners.discard(hear)
        if not listeners:
            self._listeners.pop(device_id, None)

    def notify(self, device_ids: Iterable[int]) -> None:
        if self._loop is not None and self._listeners:
            try:
                self._loop.call_soon_threadsafe(self.deliver, list(device_ids))
            except RuntimeError:  # the loop is closing
                self._loop = None

    def deliver(self, device_ids: Iterable[int]) -> None:
        """On the event loop."""
        for device_id in device_ids:
            for hear in list(self._listeners.get(device_id, ())):
                hear()

    def notify_all(self) -> None:
        """After a time without the bus; on the event loop."""
        self.deliver(list(self._listeners))
