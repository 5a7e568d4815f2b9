"""Rings where a device's socket is open, in whichever process: something waits for it in the database.

The bell carries nothing. Whoever hears it looks, and claims what it finds; so a ring that is lost costs time alone.
"""

import asyncio
from collections.abc import Callable, Iterable


class Doorbell:
    """Listeners come and go on the event loop; rings come from any thread."""

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

    def ring(self, device_ids: Iterable[int]) -> None:
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

    def ring_all(self) -> None:
        """After a time of deafness; on the event loop."""
        self.deliver(list(self._listeners))
