"""Django's requests share a fixed set of threads, and wait for one when all are busy."""

import asyncio
import threading

import pytest

from fleet_platform.request_threads import RequestThreads


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
