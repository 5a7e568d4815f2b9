"""Django's requests share a fixed set of threads, and wait for one when all are busy."""

import asyncio
import threading

import asgiref.sync
import pytest
from django.http import HttpResponse

from fleet_platform.request_threads import PooledHandler, RequestThreads
from fleet_platform.shared.streaming import SteadyResponse


async def use(threads: RequestThreads, work) -> None:
    async with threads.lent() as thread:
        await asyncio.get_running_loop().run_in_executor(thread, work)


async def test_requests_one_after_another_have_the_same_thread():
    threads, seen = RequestThreads(8), []
    for _ in range(5):
        await use(threads, lambda: seen.append(threading.get_ident()))
    assert len(set(seen)) == 1


async def test_no_more_run_at_once_than_there_are_threads_and_all_get_their_turn():
    threads, at_once, most = RequestThreads(3), [], []
    started = threading.Semaphore(0)
    go_on = threading.Event()

    def work() -> None:
        at_once.append(1)
        most.append(len(at_once))
        started.release()
        go_on.wait(10)
        at_once.pop()

    waiting = [asyncio.create_task(use(threads, work)) for _ in range(10)]
    for _ in range(3):
        await asyncio.to_thread(started.acquire, timeout=10)
    go_on.set()
    await asyncio.gather(*waiting)
    assert len(most) == 10 and max(most) == 3


async def test_a_request_that_fails_gives_its_thread_back():
    threads, done = RequestThreads(1), []
    with pytest.raises(ZeroDivisionError):
        await use(threads, lambda: 1 / 0)
    await asyncio.wait_for(use(threads, lambda: done.append(1)), 10)
    assert done


# --- answers made while they are sent ---


class Reader:
    """An ASGI client that takes the parts of an answer when it likes."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.parts: list[bytes] = []
        self.began = asyncio.Event()

    async def receive(self) -> dict:
        if not hasattr(self, "asked"):
            self.asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.Event().wait()

    async def send(self, message: dict) -> None:
        if message["type"] == "http.response.body" and message.get("body"):
            self.parts.append(message["body"])
            self.began.set()
            await self.go_on.wait()


def scope_of(path: str) -> dict:
    return {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}


def handler_of(monkeypatch, made: list) -> PooledHandler:
    """One thread, and two pages: a long answer, and a short one."""
    handler = PooledHandler(1)

    def parts():
        for number in range(50):
            made.append(number)
            yield b"x" * 1000

    def answer(request):
        return SteadyResponse(parts()) if request.path == "/long" else HttpResponse(b"short")

    async def run(request):
        return await asgiref.sync.sync_to_async(answer)(request)

    monkeypatch.setattr(handler, "run_get_response", run)
    return handler


async def test_a_reader_who_stops_holds_no_thread(monkeypatch):
    handler = handler_of(monkeypatch, made := [])
    slow, quick = Reader(), Reader()
    reading = asyncio.create_task(handler(scope_of("/long"), slow.receive, slow.send))
    await asyncio.wait_for(slow.began.wait(), 10)
    quick.go_on.set()
    await asyncio.wait_for(handler(scope_of("/"), quick.receive, quick.send), 10)
    assert quick.parts == [b"short"]
    assert len(made) == 1  # nor is more made than is read
    slow.go_on.set()
    await asyncio.wait_for(reading, 10)
    assert b"".join(slow.parts) == b"x" * 50_000


async def test_a_reader_who_goes_ends_what_is_made_for_him(monkeypatch):
    handler = handler_of(monkeypatch, made := [])
    slow = Reader()
    gone = asyncio.Event()

    async def receive() -> dict:
        if not hasattr(slow, "asked"):
            return await slow.receive()
        await gone.wait()
        return {"type": "http.disconnect"}

    reading = asyncio.create_task(handler(scope_of("/long"), receive, slow.send))
    await asyncio.wait_for(slow.began.wait(), 10)
    gone.set()
    await asyncio.wait_for(reading, 10)
    assert len(made) < 5


def test_without_asgi_the_same_answer_is_an_ordinary_one():
    assert b"".join(SteadyResponse(iter([b"a", b"b"])).streaming_content) == b"ab"
