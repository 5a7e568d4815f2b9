"""Django's requests on a fixed set of threads that live on, and with them their database connections.

Django gives every request under ASGI a thread of its own, so each opens its connection anew: on SQLite that is more
than the whole of a small request, and a long read finds no page in memory. Here a request borrows one of
REQUEST_THREADS; when all are busy it waits for the first that is free. An answer that is made while it is sent gives
its thread back before: a slow reader holds none, and each further part is made in its turn on the same thread.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import ContextVar

from asgiref.sync import ThreadSensitiveContext
from django.core.handlers.asgi import ASGIHandler


class RequestThreads:
    """Threads are made as they are needed; the one used last is lent first, since its memory is warm."""

    def __init__(self, most: int):
        self._free = asyncio.Semaphore(most)
        self._idle: list[Executor] = []

    @contextlib.asynccontextmanager
    async def lent(self) -> AsyncIterator[Executor]:
        async with self._free:
            thread = self._idle.pop() if self._idle else ThreadPoolExecutor(1, "request")
            try:
                yield thread
            finally:
                self._idle.append(thread)


_loan: ContextVar[contextlib.AsyncExitStack] = ContextVar("the thread that a request has borrowed")


class PooledHandler(ASGIHandler):
    def __init__(self, threads: int):
        super().__init__()
        self._threads = RequestThreads(threads)

    async def __call__(self, scope, receive, send) -> None:
        async with contextlib.AsyncExitStack() as loan:
            thread = await loan.enter_async_context(self._threads.lent())
            _loan.set(loan)
            async with ThreadSensitiveContext(executor=thread):
                await self.handle(scope, receive, send)

    async def send_response(self, response, send) -> None:
        if response.streaming:
            await _loan.get().aclose()
        await super().send_response(response, send)
