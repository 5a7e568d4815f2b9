"""Queued messages, carried out as a worker does, and what people then find in their mail and on their phones."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from queue import Empty

from django.core import mail

from accounts.sms import memory

CODE = re.compile(r"\b\d{6}\b", re.ASCII)
TEMPORARY = re.compile(r"\b[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}\b", re.ASCII)


def statements(queries: Iterable[dict]) -> list[str]:
    """Captured queries without their values and the names of savepoints."""
    texts = (re.split(r" VALUES | WHERE ", query["sql"])[0] for query in queries)
    return [re.sub(r"\bs\d+_x\d+\b", "SAVEPOINT", text) for text in texts]


class PostOffice:
    """`queued`: (task, arguments) of every message that lay in the broker, as it lay there."""

    def __init__(self, on_commit: Callable):
        self._on_commit = on_commit
        self.queued: list[tuple[str, list]] = []

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._on_commit(execute=True):
            yield
        self.work()

    def work(self) -> None:
        """Carry out whatever is queued. A retry is made at once."""
        from fleet_platform.celery import app

        app.loader.import_default_modules()
        with app.connection_for_read() as connection:
            queue = connection.SimpleQueue(app.conf.task_default_queue)
            while True:
                try:
                    message = queue.get(block=False)
                except Empty:
                    return
                message.ack()
                name, arguments = message.headers["task"], message.decode()[0]
                self.queued.append((name, arguments))
                app.tasks[name].apply(args=arguments)

    @property
    def sent(self) -> list[str]:
        """Everything that anybody was sent, by e-mail first."""
        return [*(one.body for one in mail.outbox), *(one.text for one in memory.outbox)]

    @property
    def code(self) -> str:
        return CODE.findall("\n".join(self.sent))[-1]

    @property
    def temporary_password(self) -> str:
        return TEMPORARY.findall("\n".join(self.sent))[-1]
