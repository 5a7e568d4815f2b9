"""One writer a process, with group commit: whatever has queued up while the last transaction ran goes into the next.

A batch's future resolves after the commit, so an answer built on it means committed. The queue is bounded by samples;
a full one is refused at once, for the sender to try again. A transaction that fails is tried again batch by batch,
so that one bad batch does not take the others along.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from django.conf import settings
from django.db import DatabaseError, connection

from fleet_platform.shared.errors import NotAuthenticated, Unavailable

from . import metrics, store
from .events import Event
from .ingest import Row
from .store import Change, Commit, Written

logger = logging.getLogger("fleet.writer")
GROUP_SAMPLES = 4000


class Writer:
    """`publish` is called on the writer's thread after each commit, with what changed and what happened."""

    def __init__(self, publish: Callable[[list[Change], list[Event]], None]):
        self._publish = publish
        self._queue: deque[tuple[Sequence[Row], Future]] = deque()
        self._queued = 0
        self._wake = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        with self._wake:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="telemetry-writer", daemon=True
                )
                self._thread.start()

    def stop(self, timeout: float = 10) -> None:
        """Write what is queued, then end."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread:
            self._thread.join(timeout)

    def submit(self, rows: Sequence[Row]) -> "Future[Written]":
        """Queue one batch. Raises Unavailable when the queue is full or the writer is ending.

        The future raises NotAuthenticated when the device was removed, Unavailable when the database refused.
        """
        future: Future[Written] = Future()
        # A sender that hangs up would cancel it, and the writer's thread end on a future that takes no result.
        future.set_running_or_notify_cancel()
        with self._wake:
            if self._stopping or self._queued + len(rows) > settings.TELEMETRY_QUEUE_SAMPLES:
                metrics.REFUSED_BUSY.inc()
                raise Unavailable(1, "The telemetry queue is full. Send the batch again.")
            self._queue.append((rows, future))
            self._queued += len(rows)
            self._wake.notify()
        return future

    def _run(self) -> None:
        try:
            while group := self._take():
                self._write(group)
        finally:
            connection.close()

    def _take(self) -> list[tuple[Sequence[Row], Future]]:
        """Everything queued, up to one transaction's worth; empty when the writer is to end."""
        with self._wake:
            while not self._queue:
                if self._stopping:
                    return []
                self._wake.wait()
            group, size = [], 0
            while self._queue and size < GROUP_SAMPLES:
                group.append(self._queue.popleft())
                size += len(group[-1][0])
            self._queued -= size
        return group

    def _write(self, group: list[tuple[Sequence[Row], Future]]) -> None:
        began = time.perf_counter()
        try:
            commit = store.commit([rows for rows, _ in group])
        except Exception as error:
            self._write_failed(group, error)
            return
        metrics.COMMIT_SECONDS.observe(time.perf_counter() - began)
        kept = [written for written in commit.written if written is not None]
        metrics.SAMPLES.inc(sum(written.accepted for written in kept))
        metrics.DUPLICATES.inc(sum(written.duplicates for written in kept))
        for (_, future), written in zip(group, commit.written, strict=True):
            if written is None:
                future.set_exception(NotAuthenticated("The device was removed."))
            else:
                future.set_result(written)
        if commit.changes or commit.events:
            self._tell(commit)

    def _tell(self, commit: Commit) -> None:
        """What is committed stays answered, and the next batch is written, even when nobody can be told."""
        try:
            self._publish(commit.changes, commit.events)
        except Exception as error:
            told = len(commit.changes)
            logger.error("%d changes could not be published", told, exc_info=error)

    def _write_failed(self, group: list[tuple[Sequence[Row], Future]], error: Exception) -> None:
        if isinstance(error, DatabaseError):
            connection.close()  # a broken connection is opened anew by the next statement
        if len(group) > 1:
            for one in group:
                self._write([one])
            return
        logger.error("A batch of %d samples could not be written", len(group[0][0]), exc_info=error)
        metrics.WRITE_ERRORS.inc()
        group[0][1].set_exception(
            Unavailable(2, "The database did not take the batch. Send it again.")
        )
