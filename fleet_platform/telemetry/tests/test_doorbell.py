"""The bell between processes: who listens for a device hears its ring, and nobody else's."""

import asyncio
import threading

from fleet_platform.telemetry.doorbell import Doorbell


class Listener:
    def __init__(self):
        self.heard = 0

    def hear(self) -> None:
        self.heard += 1


def test_only_listeners_of_the_device_hear_it():
    bell, one, other = Doorbell(), Listener(), Listener()
    bell.listen(1, one.hear)
    bell.listen(2, other.hear)
    bell.deliver([1, 3])
    assert (one.heard, other.heard) == (1, 0)


def test_who_stops_listening_hears_no_more():
    bell, one, other = Doorbell(), Listener(), Listener()
    bell.listen(1, one.hear)
    bell.listen(1, other.hear)
    bell.unlisten(1, one.hear)
    bell.unlisten(1, one.hear)
    bell.unlisten(9, one.hear)
    bell.deliver([1])
    assert (one.heard, other.heard) == (0, 1)


def test_everybody_looks_after_a_time_of_deafness():
    bell, one, other = Doorbell(), Listener(), Listener()
    bell.listen(1, one.hear)
    bell.listen(2, other.hear)
    bell.ring_all()
    assert (one.heard, other.heard) == (1, 1)


async def test_a_ring_from_another_thread_is_heard_on_the_loop():
    bell, heard = Doorbell(), asyncio.Event()
    thread: list[int] = []

    def hear() -> None:
        thread.append(threading.get_ident())
        heard.set()

    bell.run_on(asyncio.get_running_loop())
    bell.listen(1, hear)
    await asyncio.to_thread(bell.ring, [1])
    await asyncio.wait_for(heard.wait(), 5)
    assert thread == [threading.get_ident()]


def test_a_ring_before_the_start_and_after_the_end_does_no_harm():
    bell, one = Doorbell(), Listener()
    bell.listen(1, one.hear)
    bell.ring([1])
    loop = asyncio.new_event_loop()
    bell.run_on(loop)
    loop.close()
    bell.ring([1])
    assert one.heard == 0
