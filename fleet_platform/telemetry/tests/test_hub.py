"""The hub with sockets that stop reading at will, and a clock and loop that the test moves by hand."""

import json
from unittest import mock

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from fleet_platform.telemetry import hub as hub_module
from fleet_platform.telemetry.events import Event
from fleet_platform.telemetry.hub import HELD_BYTES, HELD_EVENTS, Hub, Topic, WorkspaceTopic
from fleet_platform.telemetry.store import Change

HOME, ELSEWHERE = 3, 4


class World:
    """Stands in for the clock and the event loop: time passes and timers fire in `pass_time` alone."""

    def __init__(self):
        self.now = 1000.0
        self._timers = []

    def monotonic(self) -> float:
        return self.now

    def call_later(self, seconds: float, call) -> None:
        self._timers.append((self.now + seconds, call))

    def call_soon_threadsafe(self, call, *arguments) -> None:
        call(*arguments)

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [timer for timer in self._timers if timer[0] <= end]:
            first = min(due, key=lambda timer: timer[0])
            self._timers.remove(first)
            self.now = max(self.now, first[0])
            first[1]()
        self.now = end

    @property
    def idle(self) -> bool:
        return not self._timers


class Reader:
    """A socket that takes frames while it reads."""

    def __init__(self):
        self.reads = True
        self.heard: list[dict] = []
        self.kicked: list[int] = []

    def offer(self, message) -> bool:
        if self.reads:
            self.heard.append(json.loads(message.payload))
        return self.reads

    def kick(self, code: int) -> None:
        self.kicked.append(code)

    @property
    def numbers(self) -> list[int]:
        return [event["seq"] for event in self.heard]

    @property
    def missed(self) -> list[int]:
        return [event.get("missed", 0) for event in self.heard]


def change(device_id: int, version: int, workspace_id: int = HOME, padding: str = "") -> Change:
    document = {"device_id": device_id, "version": version, "padding": padding}
    return Change(device_id, workspace_id, version, json.dumps(document).encode())


@pytest.fixture
def world():
    world = World()
    with mock.patch.object(hub_module, "time", world):
        yield world


@pytest.fixture
def hub(world):
    hub = Hub()
    hub.run_on(world)
    return hub


@pytest.fixture
def follow(hub):
    """`follow(device_id, seq=0, rate=0)`: a reader of the device that has everything up to `seq`, and its feed."""

    def make(device_id: int = 1, seq: int = 0, rate: float = 0):
        reader = Reader()
        feed = hub.attach(reader, f"device:{device_id}", device_id, HOME, rate)
        hub.release(feed, seq)
        return reader, feed

    return make


@pytest.fixture
def follow_workspace(hub):
    def make(rate: float = 10):
        reader = Reader()
        feed = hub.attach_workspace(reader, HOME, rate)
        hub.release(feed, feed.topic.seq)
        return reader, feed

    return make


def test_every_reader_gets_the_same_event(hub, follow):
    (first, _), (second, _) = follow(), follow()
    hub.deliver([change(1, 1)])
    told = {"device_id": 1, "version": 1, "padding": ""}
    event = {"type": "event", "topic": "device:1", "seq": 1, "data": told}
    assert first.heard == second.heard == [event]


def test_an_event_is_encoded_once_for_all(hub, follow):
    frames = []
    for _ in range(3):
        reader, _ = follow()
        reader.offer = lambda message: frames.append(message.frame) or True
    hub.deliver([change(1, 1)])
    assert len(frames) == 3
    assert frames[0] is frames[1] is frames[2]


def test_other_devices_and_other_workspaces_are_not_told(hub, follow, follow_workspace):
    reader, _ = follow(1)
    everything, _ = follow_workspace()
    hub.deliver([change(2, 1, ELSEWHERE)])
    assert reader.heard == everything.heard == []


def test_a_reader_that_is_behind_gets_the_newest_and_a_count(world, hub, follow):
    (slow, _), (quick, _) = follow(), follow()
    hub.deliver([change(1, 1)])
    slow.reads = False
    for version in range(2, 8):
        hub.deliver([change(1, version)])
    world.pass_time(1)
    assert slow.numbers == [1]
    assert quick.numbers == list(range(1, 8))
    slow.reads = True
    world.pass_time(1)
    assert (slow.numbers, slow.missed) == ([1, 7], [0, 5])
    hub.deliver([change(1, 8)])
    assert (slow.numbers, slow.missed) == ([1, 7, 8], [0, 5, 0])
    assert quick.missed == [0] * 8


def test_a_rate_spaces_events_and_counts_those_between(world, hub, follow):
    reader, _ = follow(rate=10)
    for version in range(1, 101):
        hub.deliver([change(1, version)])
        world.pass_time(0.01)
    world.pass_time(1)
    assert reader.numbers[0] == 1
    assert reader.numbers[-1] == 100
    assert 9 <= len(reader.numbers) <= 12
    assert len(reader.numbers) + sum(reader.missed) == 100


def test_a_number_that_never_came_counts_as_missed(world, hub, follow):
    reader, _ = follow()
    hub.deliver([change(1, 1)])
    hub.deliver([change(1, 4)])
    world.pass_time(1)
    assert (reader.numbers, reader.missed) == ([1, 4], [0, 2])


def test_an_old_change_that_comes_late_is_not_sent(world, hub, follow):
    reader, _ = follow()
    for version in (2, 1, 2):
        hub.deliver([change(1, version)])
        world.pass_time(1)
    assert reader.numbers == [2]


def test_nothing_is_sent_before_the_snapshot_and_nothing_is_lost_by_it(world, hub):
    reader = Reader()
    feed = hub.attach(reader, "device:1", 1, HOME, 0)
    for version in (5, 6, 7):
        hub.deliver([change(1, version)])
    world.pass_time(1)
    assert reader.heard == []
    hub.release(feed, 6)  # the snapshot had it
    world.pass_time(1)
    assert (reader.numbers, reader.missed) == ([7], [0])


def test_a_snapshot_newer_than_what_waits_is_not_followed_by_it(world, hub):
    reader = Reader()
    feed = hub.attach(reader, "device:1", 1, HOME, 0)
    hub.deliver([change(1, 5)])
    hub.release(feed, 6)
    world.pass_time(1)
    assert reader.heard == []
    hub.deliver([change(1, 6)])
    hub.deliver([change(1, 7)])
    world.pass_time(1)
    assert (reader.numbers, reader.missed) == ([7], [0])


def test_who_left_hears_nothing(world, hub, follow):
    reader, feed = follow()
    reader.reads = False
    hub.deliver([change(1, 1)])
    hub.detach(feed)
    reader.reads = True
    hub.deliver([change(1, 2)])
    world.pass_time(1)
    assert reader.heard == []
    assert world.idle


def test_a_device_that_moves_closes_its_readers(hub, follow):
    reader, _ = follow()
    hub.deliver([change(1, 1, ELSEWHERE)])
    assert (reader.heard, reader.kicked) == ([], [4403])
    assert hub.watched_devices() == []


def test_one_device_may_have_topics_by_several_names(hub, follow):
    by_id, _ = follow(1)
    by_name = Reader()
    hub.release(hub.attach(by_name, "robot:cubrick", 1, HOME, 0), 0)
    hub.deliver([change(1, 1)])
    assert by_id.heard[0]["topic"] == "device:1"
    assert by_name.heard[0]["topic"] == "robot:cubrick"


def test_a_change_from_another_thread_comes_in_by_the_loop(hub, follow):
    reader, _ = follow()
    hub.publish([change(1, 1)])
    assert reader.numbers == [1]


# --- workspaces ---


def devices(batch: dict) -> dict[int, int]:
    return {document["device_id"]: document["version"] for document in batch["data"]}


def test_a_batch_a_tick_has_the_newest_of_each_changed_device(world, hub, follow_workspace):
    reader, feed = follow_workspace(rate=10)
    start = feed.topic.seq
    hub.deliver([change(1, 1), change(2, 1)])
    hub.deliver([change(1, 2)])
    hub.deliver([change(1, 3), change(3, 1)])
    world.pass_time(0.5)
    assert [devices(batch) for batch in reader.heard] == [{1: 1, 2: 1}, {1: 3, 3: 1}]
    assert [number - start for number in reader.numbers] == [1, 2]
    assert {batch["type"] for batch in reader.heard} == {"batch"}
    assert {batch["topic"] for batch in reader.heard} == {f"workspace:{HOME}"}


def test_a_slow_readers_batches_are_merged(world, hub, follow_workspace):
    reader, feed = follow_workspace(rate=10)
    start = feed.topic.seq
    reader.reads = False
    for version in (1, 2, 3):
        hub.deliver([change(1, version), change(10 + version, version)])
        world.pass_time(0.2)
    reader.reads = True
    world.pass_time(1)
    assert [devices(batch) for batch in reader.heard] == [{1: 3, 11: 1, 12: 2, 13: 3}]
    assert (reader.numbers, reader.missed) == ([start + 3], [2])


@pytest.mark.parametrize(
    "asked, given", [(10, 10), (7, 5), (5, 5), (1.5, 1), (0.1, 1), (0, 10), (99, 10)]
)
def test_a_workspaces_rate_is_rounded_down(follow_workspace, asked, given):
    _, feed = follow_workspace(asked)
    assert feed.topic.interval == pytest.approx(1 / given)


def test_a_device_that_left_is_not_in_the_next_batch(world, hub, follow_workspace):
    reader, _ = follow_workspace()
    hub.deliver([change(1, 1, ELSEWHERE), change(2, 1)])
    world.pass_time(1)
    assert [devices(batch) for batch in reader.heard] == [{2: 1}]


# --- coming back, and letting go ---


def test_events_are_held_for_who_comes_back():
    topic = Topic("device:1", 1, HOME)
    for version in range(10, 15):
        topic.keep(topic.message(change(1, version)))
    assert [message.seq for message in topic.since(11)] == [12, 13, 14]
    assert topic.since(14) == []
    assert topic.since(8) is None
    assert topic.since(20) is None


def test_held_events_with_a_gap_are_no_resume():
    topic = Topic("device:1", 1, HOME)
    for version in (10, 12, 13):
        topic.keep(topic.message(change(1, version)))
    assert topic.since(10) is None
    assert topic.since(9) is None
    assert [message.seq for message in topic.since(12)] == [13]


def test_held_events_are_bounded_in_number_and_bytes():
    topic = Topic("device:1", 1, HOME)
    for version in range(1, 2 * HELD_EVENTS):
        topic.keep(topic.message(change(1, version)))
    assert len(topic.events) == HELD_EVENTS
    for version in range(1000, 1100):
        topic.keep(topic.message(change(1, version, padding="x" * 20_000)))
    assert topic.events_bytes <= HELD_BYTES
    assert topic.events_bytes == sum(len(message.tail) for message in topic.events)


def test_a_workspaces_numbers_are_not_those_of_another_start():
    starts = {WorkspaceTopic(HOME, 5).seq for _ in range(20)}
    assert len(starts) == 20


def test_topics_without_readers_are_forgotten_after_a_while(world, hub, follow, follow_workspace):
    _, feed = follow(1)
    kept, _ = follow(2)
    _, workspace_feed = follow_workspace()
    hub.detach(feed)
    hub.detach(workspace_feed)
    hub.forget_idle_topics()
    assert hub.watched_devices() == [1, 2]
    world.pass_time(hub_module.TOPIC_LINGERS_SECONDS + 1)
    hub.forget_idle_topics()
    assert hub.watched_devices() == [2]
    assert hub.watched_workspaces() == []
    hub.deliver([change(1, 1), change(2, 1)])
    assert kept.numbers == [1]


# --- whatever the order ---

DEVICES = (1, 2, 3)
slots = st.integers(0, 5)


class AnyOrder(RuleBasedStateMachine):
    """Three device readers and three workspace readers come, go, stall and wake while devices change."""

    def __init__(self):
        super().__init__()
        self.world = World()
        self.patch = mock.patch.object(hub_module, "time", self.world)
        self.patch.start()
        self.hub = Hub()
        self.hub.run_on(self.world)
        self.versions = dict.fromkeys(DEVICES, 0)
        self.readers: dict[int, tuple] = {}

    def is_workspace(self, slot: int) -> bool:
        return slot >= len(DEVICES)

    @rule(slot=slots, rate=st.sampled_from([0, 1, 5, 10, 50]))
    def join(self, slot, rate):
        if slot in self.readers:
            return
        reader = Reader()
        if self.is_workspace(slot):
            feed = self.hub.attach_workspace(reader, HOME, rate)
        else:
            device_id = DEVICES[slot]
            feed = self.hub.attach(reader, f"device:{device_id}", device_id, HOME, rate)
        self.readers[slot] = (reader, feed, None, {})

    @rule(slot=slots)
    def snapshot(self, slot):
        if slot not in self.readers or self.readers[slot][2] is not None:
            return
        reader, feed, *_ = self.readers[slot]
        seq = feed.topic.seq if self.is_workspace(slot) else self.versions[DEVICES[slot]]
        self.readers[slot] = (reader, feed, seq, dict(self.versions))
        self.hub.release(feed, seq)

    @rule(slot=slots)
    def leave(self, slot):
        if slot in self.readers:
            self.hub.detach(self.readers.pop(slot)[1])

    @rule(ids=st.lists(st.sampled_from(DEVICES), min_size=1, max_size=4))
    def devices_change(self, ids):
        for device_id in ids:
            self.versions[device_id] += 1
            self.hub.deliver([change(device_id, self.versions[device_id])])

    @rule(slot=slots, reads=st.booleans())
    def stall_or_wake(self, slot, reads):
        if slot in self.readers:
            self.readers[slot][0].reads = reads

    @rule(seconds=st.sampled_from([0.005, 0.02, 0.1, 0.5, 2.0, 100.0]))
    def time_passes(self, seconds):
        self.world.pass_time(seconds)

    @rule()
    def forget(self):
        self.hub.forget_idle_topics()

    @invariant()
    def nothing_comes_before_the_snapshot(self):
        assert all(seq is not None or not reader.heard for reader, _, seq, _ in self.held())

    @invariant()
    def numbers_rise_and_every_gap_is_told(self):
        for reader, _, seq, _ in self.held():
            before = seq
            for event in reader.heard:
                assert event["seq"] - before - 1 == event.get("missed", 0) >= 0
                before = event["seq"]

    def held(self) -> list[tuple]:
        return list(self.readers.values())

    def teardown(self):
        for slot, (reader, *_) in list(self.readers.items()):
            reader.reads = True
            self.snapshot(slot)
        self.world.pass_time(10)
        try:
            for slot, held in self.readers.items():
                self.check_has_the_newest(slot, *held)
            assert self.world.idle, "the hub ticks with nothing to send"
        finally:
            self.patch.stop()

    def check_has_the_newest(self, slot, reader, feed, seq, versions):
        known = dict(versions)
        for event in reader.heard:
            data = event["data"] if self.is_workspace(slot) else [event["data"]]
            for document in data:
                known[document["device_id"]] = document["version"]
        if self.is_workspace(slot):
            assert known == self.versions
            assert (reader.numbers or [seq])[-1] == feed.topic.seq
        else:
            assert known[DEVICES[slot]] == self.versions[DEVICES[slot]]
            received = len(reader.heard) + sum(reader.missed)
            assert received == self.versions[DEVICES[slot]] - seq


AnyOrder.TestCase.settings = hypothesis_settings(
    max_examples=150, stateful_step_count=40, deadline=None
)
TestAnyOrder = AnyOrder.TestCase


# --- events beside telemetry ---


@pytest.fixture
def follow_alarms(hub):
    def make():
        reader = Reader()
        feed = hub.attach_events(reader, f"alarms:{HOME}", HOME, "alarm.view")
        hub.release(feed, feed.topic.seq)
        return reader, feed

    return make


def alarm(number: int, workspace_id: int = HOME) -> Event:
    return Event(f"alarms:{workspace_id}", workspace_id, json.dumps({"id": number}).encode())


def told(reader) -> list[int]:
    return [event["data"]["id"] for event in reader.heard]


def test_each_event_is_a_frame_of_its_own(hub, follow_alarms):
    reader, feed = follow_alarms()
    start = feed.topic.seq
    hub.deliver_events([alarm(1), alarm(2)])
    assert reader.heard == [
        {"type": "event", "topic": "alarms:3", "seq": start + n, "data": {"id": n}} for n in (1, 2)
    ]


def test_events_of_another_workspace_stay_there(hub, follow_alarms):
    reader, _ = follow_alarms()
    hub.deliver_events([alarm(1, ELSEWHERE)])
    assert reader.heard == []


def test_a_reader_that_was_behind_gets_every_event_held(hub, world, follow_alarms):
    reader, _ = follow_alarms()
    reader.reads = False
    hub.deliver_events([alarm(number) for number in range(1, 6)])
    reader.reads = True
    world.pass_time(1)
    assert told(reader) == [1, 2, 3, 4, 5]
    assert reader.missed == [0] * 5
    assert world.idle


def test_who_is_too_far_behind_gets_the_newest_and_how_many_it_missed(hub, world, follow_alarms):
    reader, _ = follow_alarms()
    reader.reads = False
    hub.deliver_events([alarm(number) for number in range(1, HELD_EVENTS + 10)])
    reader.reads = True
    world.pass_time(1)
    assert told(reader) == [HELD_EVENTS + 9]
    assert reader.missed == [HELD_EVENTS + 8]


def test_a_reader_that_stops_in_the_middle_goes_on_where_it_was(hub, world, follow_alarms):
    reader, _ = follow_alarms()
    reader.reads = False
    hub.deliver_events([alarm(number) for number in range(1, 5)])
    taking = iter([True, True])
    reader.offer = lambda message: (
        next(taking, False) and not reader.heard.append(json.loads(message.payload))
    )
    world.pass_time(0.1)
    assert told(reader) == [1, 2]
    del reader.offer
    reader.reads = True
    world.pass_time(1)
    assert told(reader) == [1, 2, 3, 4]


def test_a_topic_of_events_that_nobody_reads_is_forgotten(hub, world, follow_alarms):
    _, feed = follow_alarms()
    hub.detach(feed)
    world.pass_time(hub_module.TOPIC_LINGERS_SECONDS + 1)
    hub.forget_idle_topics()
    assert not hub._events
