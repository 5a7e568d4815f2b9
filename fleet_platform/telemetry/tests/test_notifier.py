"""Who listens for a device is woken for it, and for no other."""

import asyncio
import threading

from fleet_platform.telemetry.notifier import CommandNotifier


class Listener:
    def __init__(self):
        self.heard = 0

    def hear(self) -> None:
        self.heard += 1


def test_only_listeners_of_the_device_hear_it():
    notifier, one, other = CommandNotifier(), Listener(), Listener()
    notifier.listen(1, one.hear)
    notifier.listen(2, other.hear)
    notifier.deliver([1, 3])
    assert (one.heard, other.heard) == (1, 0)


def test_who_stops_listening_hears_no_more():
    notifier, one, other = CommandNotifier(), Listener(), Listener()
    notifier.listen(1, one.hear)
    notifier.listen(1, other.hear)
    notifier.unlisten(1, one.hear)
    notifier.unlisten(1, one.hear)
    notifier.unlisten(9, one.hear)
    notifier.deliver([1])
    assert (one.heard, other.heard) == (0, 1)


def test_everybody_looks_after_a_time_of_deafness():
    notifier, one, other = CommandNotifier(), Listener(), Listener()
    notifier.listen(1, one.hear)
    notifier.listen(2, other.hear)
    notifier.notify_all()
    assert (one.heard, other.heard) == (1, 1)


async def test_a_ring_from_another_thread_is_heard_on_the_loop():
    notifier, heard = CommandNotifier(), asyncio.Event()
    thread: list[int] = []

    def hear() -> None:
        thread.append(threading.get_ident())
        heard.set()

    notifier.run_on(asyncio.get_running_loop())
    notifier.listen(1, hear)
    await asyncio.to_thread(notifier.notify, [1])
    await asyncio.wait_for(heard.wait(), 5)
    assert thread == [threading.get_ident()]


def test_a_ring_before_the_start_and_after_the_end_does_no_harm():
    notifier, one = CommandNotifier(), Listener()
    notifier.listen(1, one.hear)
    notifier.notify([1])
    loop = asyncio.new_event_loop()
    notifier.run_on(loop)
    loop.close()
    notifier.notify([1])
    assert one.heard == 0
