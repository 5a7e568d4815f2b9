"""Work for later, queued by the task's name once the transaction has committed.

`send_later` queues one piece of work. `nudge` says that a task which looks for its work by itself has some: it holds
up no thread, not even the one that writes telemetry, and may be lost, since the scheduler calls such a task anyway.

Celery is loaded at the first use: a web process that queues nothing does not carry it.
"""

import contextlib
import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction

from .errors import Unavailable

logger = logging.getLogger("fleet.background")
NUDGE_EXPIRES = 30  # seconds
_application: Callable[[], Any] | None = None


def install(application: Callable[[], Any]) -> None:
    """`application` gives the Celery application; the wiring knows where it is."""
    global _application
    _application = application


def send_later(task: str, *args: int | str, expires: int) -> None:
    """Queue the task after the commit; it is dropped when no worker takes it within `expires` seconds.

    What is queued lies in the broker as it is: pass ids, never a secret. Raises Unavailable where there is no broker.
    """
    transaction.on_commit(partial(_send, task, args, expires))


def _send(task: str, args: tuple, expires: int) -> None:
    try:
        _application().send_task(task, args=args, expires=expires)
    except Exception as error:  # each broker has exceptions of its own
        logger.error("%s could not be queued: %s", task, type(error).__name__)
        raise Unavailable(30) from error


class _Nudger:
    """A thread that queues the tasks asked for, each once however often it was asked for meanwhile."""

    def __init__(self):
        self._asked: set[str] = set()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None

    def ask(self, task: str) -> None:
        with self._wake:
            self._asked.add(task)
            self._wake.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="nudges", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._asked:
                    self._wake.wait()
                task = self._asked.pop()
            with contextlib.suppress(Unavailable):
                _send(task, (), NUDGE_EXPIRES)


_nudger = _Nudger()


def nudge(task: str) -> None:
    """Queue the task after the commit. Never raises."""
    transaction.on_commit(partial(_nudger.ask, task))
