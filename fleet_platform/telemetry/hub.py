"""Topics and their readers in this process. Runs on the event loop alone; other threads come in through `publish`.

A change is encoded once and framed once; each reader gets the same bytes by one synchronous write. A reader that is
behind, or that asked for fewer events, keeps only the newest (of a device) or the newest of each device (of a
workspace) and is told how many it missed, so it never slows the others and never grows memory.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Iterable
from itertools import pairwise
from typing import Protocol

import msgspec

from . import close_codes, metrics
from .events import Event
from .frames import text_frame
from .store import Change

TICK_SECONDS = 0.02
HELD_EVENTS = 64
HELD_BYTES = 256 * 1024
TOPIC_LINGERS_SECONDS = 60
WORKSPACE_RATES = (1, 2, 5, 10)
quote = msgspec.json.encode


class Socket(Protocol):
    """What the hub needs of a connection."""

    def offer(self, message: "Message") -> bool:
        """Send it now, or answer False when the reader is behind."""

    def kick(self, code: int) -> None:
        """Close it, from the event loop."""


class Message:
    """One event in the form that all readers share. `data` is what it carries, by device."""

    __slots__ = ("_frame", "data", "head", "seq", "tail")

    def __init__(self, seq: int, head: bytes, tail: bytes, data: dict[int, bytes] | None = None):
        self.seq = seq
        self.head = head
        self.tail = tail
        self.data = data
        self._frame: bytes | None = None

    @property
    def payload(self) -> bytes:
        return self.head + self.tail

    @property
    def frame(self) -> bytes:
        if self._frame is None:
            self._frame = text_frame(self.payload)
        return self._frame

    def telling(self, missed: int) -> "Message":
        """The same, for a reader that did not get the `missed` events before it."""
        if missed <= 0:
            return self
        return Message(self.seq, self.head + b'"missed":%d,' % missed, self.tail, self.data)


class Feed:
    """One reader of one topic. `held` until its snapshot is on the way: events then wait as if the reader were behind.

    `interval`: the least seconds between two events, 0 for every event.
    """

    __slots__ = ("due", "held", "interval", "pending", "sent_seq", "socket", "topic")

    def __init__(self, socket: Socket, topic: "Topic", interval: float):
        self.socket = socket
        self.topic = topic
        self.interval = interval
        self.due = 0.0
        self.held = True
        self.pending: Message | None = None
        self.sent_seq = 0

    def skip(self, message: Message) -> None:
        """Keep the newest; of a workspace, the newest of each device."""
        if message.data is not None and self.pending is not None:
            message = batch_message(
                self.topic.name, message.seq, {**self.pending.data, **message.data}
            )
        self.pending = message

    def flush(self, now: float) -> bool:
        """Send what waits, if the reader may have it now. False: it still waits."""
        message = self.pending
        if message is None or message.seq <= self.sent_seq:
            self.pending = None
            return True
        if self.held or now < self.due:
            return False
        for owed in self.topic.owed(self, message):
            missed = owed.seq - self.sent_seq - 1
            if not self.socket.offer(owed.telling(missed)):
                return False
            metrics.CONFLATED.inc(missed)
            self.sent_seq = owed.seq
        self.pending = None
        self.due = now + self.interval
        return True

    def release(self, seq: int) -> None:
        """The reader has everything up to `seq`: from here on it gets events."""
        self.sent_seq = max(seq, self.sent_seq)
        self.held = False


class Topic:
    """A device's topic, by one of its names. Its sequence number is the version in the store.

    `verb`: what its readers must be allowed in the workspace.
    """

    verb = "telemetry.view"

    def __init__(self, name: str, device_id: int, workspace_id: int):
        self.name = name
        self.device_id = device_id
        self.workspace_id = workspace_id
        self.head = b'{"type":"event","topic":%s,"seq":' % quote(name)
        self.seq = 0
        self.feeds: set[Feed] = set()
        self.idle_since = time.monotonic()
        self.events: deque[Message] = deque()
        self.events_bytes = 0

    def message(self, change: Change) -> Message:
        return Message(
            change.version, self.head + b"%d," % change.version, b'"data":%s}' % change.document
        )

    def keep(self, message: Message) -> None:
        """Hold it for readers that resume."""
        self.seq = message.seq
        self.events.append(message)
        self.events_bytes += len(message.tail)
        while len(self.events) > HELD_EVENTS or self.events_bytes > HELD_BYTES:
            self.events_bytes -= len(self.events.popleft().tail)

    def since(self, seq: int) -> list[Message] | None:
        """The events after `seq`, None where some are no longer held (or never were here)."""
        if seq == self.seq:
            return []
        held = [message for message in self.events if message.seq > seq]
        unbroken = all(later.seq - earlier.seq == 1 for earlier, later in pairwise(held))
        return held if held and held[0].seq == seq + 1 and unbroken else None

    def owed(self, feed: Feed, newest: Message) -> list[Message]:
        """What a reader that was behind gets now."""
        return [newest]


class WorkspaceTopic(Topic):
    """All devices of a workspace: one batch a tick with those that changed.

    Its numbers are this process's own and begin at random, so that a number from another process, or from before a
    restart, is never taken for one of these.
    """

    def __init__(self, workspace_id: int, rate: int):
        super().__init__(f"workspace:{workspace_id}", 0, workspace_id)
        self.seq = random.getrandbits(44)
        self.interval = 1 / rate
        self.changed: dict[int, bytes] = {}
        self.due = 0.0

    def next_batch(self, now: float) -> Message:
        message = batch_message(self.name, self.seq + 1, self.changed)
        self.changed = {}
        self.due = now + self.interval
        return message


class EventTopic(Topic):
    """Alarms or commands of a workspace: every event counts, so a reader that was behind gets all that are held.

    The numbers are this process's own, as those of a workspace.
    """

    def __init__(self, name: str, workspace_id: int, verb: str):
        super().__init__(name, 0, workspace_id)
        self.verb = verb
        self.seq = random.getrandbits(44)

    def next_event(self, document: bytes) -> Message:
        seq = self.seq + 1
        return Message(seq, self.head + b"%d," % seq, b'"data":%s}' % document)

    def owed(self, feed: Feed, newest: Message) -> list[Message]:
        return self.since(feed.sent_seq) or [newest]


def batch_message(name: str, seq: int, data: dict[int, bytes]) -> Message:
    head = b'{"type":"batch","topic":%s,"seq":%d,' % (quote(name), seq)
    return Message(seq, head, b'"data":[%s]}' % b",".join(data.values()), data)


class Hub:
    def __init__(self):
        self._loop: asyncio.AbstractEventLoop | None = None
        self._topics: dict[str, Topic] = {}
        self._by_device: dict[int, list[Topic]] = {}
        self._workspaces: dict[tuple[int, int], WorkspaceTopic] = {}
        self._by_workspace: dict[int, list[WorkspaceTopic]] = {}
        self._events: dict[str, EventTopic] = {}
        self._waiting: set[Feed] = set()
        self._batching: set[WorkspaceTopic] = set()
        self._ticking = False

    def run_on(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def publish(self, changes: list[Change]) -> None:
        """Deliver to this process's readers; from any thread."""
        if self._loop is not None and (self._by_device or self._by_workspace):
            try:
                self._loop.call_soon_threadsafe(self.deliver, changes)
            except RuntimeError:  # the loop is closing
                self._loop = None

    def publish_events(self, events: list[Event]) -> None:
        """The same for what happens beside telemetry."""
        if self._loop is not None and self._events:
            try:
                self._loop.call_soon_threadsafe(self.deliver_events, events)
            except RuntimeError:  # the loop is closing
                self._loop = None

    # --- on the event loop ---

    def attach(
        self, socket: Socket, name: str, device_id: int, workspace_id: int, rate: float
    ) -> Feed:
        """Read a device's topic under the given name. `rate`: events a second at most, 0 for all."""
        topic = self._topics.get(name)
        if topic is None or topic.device_id != device_id:
            topic = self._topics[name] = Topic(name, device_id, workspace_id)
            self._by_device.setdefault(device_id, []).append(topic)
        return self._attach(socket, topic, 1 / rate if rate else 0.0)

    def attach_workspace(self, socket: Socket, workspace_id: int, rate: float) -> Feed:
        """Read a workspace's topic in batches; the rate is rounded down to one of WORKSPACE_RATES."""
        steps = [step for step in WORKSPACE_RATES if step <= (rate or WORKSPACE_RATES[-1])]
        key = (workspace_id, steps[-1] if steps else WORKSPACE_RATES[0])
        topic = self._workspaces.get(key)
        if topic is None:
            topic = self._workspaces[key] = WorkspaceTopic(*key)
            self._by_workspace.setdefault(workspace_id, []).append(topic)
        return self._attach(socket, topic, 0.0)

    def attach_events(self, socket: Socket, name: str, workspace_id: int, verb: str) -> Feed:
        """Read what happens in a workspace; `name` as in Event.topic."""
        topic = self._events.get(name)
        if topic is None:
            topic = self._events[name] = EventTopic(name, workspace_id, verb)
        return self._attach(socket, topic, 0.0)

    def _attach(self, socket: Socket, topic: Topic, interval: float) -> Feed:
        feed = Feed(socket, topic, interval)
        topic.feeds.add(feed)
        return feed

    def detach(self, feed: Feed) -> None:
        feed.topic.feeds.discard(feed)
        self._waiting.discard(feed)
        if not feed.topic.feeds:
            feed.topic.idle_since = time.monotonic()

    def release(self, feed: Feed, seq: int) -> None:
        feed.release(seq)
        if feed.pending is not None:
            self._wait(feed)

    def deliver(self, changes: Iterable[Change]) -> None:
        now = time.monotonic()
        for change in changes:
            for topic in self._by_device.get(change.device_id, ()):
                self._deliver_to(topic, change, now)
            for topic in self._by_workspace.get(change.workspace_id, ()):
                topic.changed[change.device_id] = change.document
                self._batching.add(topic)
        if self._batching:
            self._send_batches(now)

    def deliver_events(self, events: Iterable[Event]) -> None:
        now = time.monotonic()
        for event in events:
            if topic := self._events.get(event.topic):
                self._send(topic, topic.next_event(event.document), now)

    def _deliver_to(self, topic: Topic, change: Change, now: float) -> None:
        if change.workspace_id != topic.workspace_id:
            self._close_topic(topic)
        elif change.version > topic.seq:
            self._send(topic, topic.message(change), now)

    def _send(self, topic: Topic, message: Message, now: float) -> None:
        topic.keep(message)
        before = message.seq - 1
        sent = 0
        for feed in topic.feeds:
            if (
                feed.pending is None
                and not feed.held
                and feed.sent_seq == before
                and now >= feed.due
                and feed.socket.offer(message)
            ):
                feed.sent_seq = message.seq
                feed.due = now + feed.interval
                sent += 1
            else:
                feed.skip(message)
                self._wait(feed)
        metrics.DELIVERIES.inc(sent)

    def _send_batches(self, now: float) -> None:
        for topic in [topic for topic in self._batching if now >= topic.due]:
            self._batching.discard(topic)
            self._send(topic, topic.next_batch(now), now)
        if self._batching:
            self._tick_later()

    def _close_topic(self, topic: Topic) -> None:
        """The device left the workspace that its readers had rights in."""
        for feed in list(topic.feeds):
            feed.socket.kick(close_codes.FORBIDDEN)
        self._forget(topic)

    def _wait(self, feed: Feed) -> None:
        self._waiting.add(feed)
        self._tick_later()

    def _tick_later(self) -> None:
        if not self._ticking and self._loop is not None:
            self._ticking = True
            self._loop.call_later(TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        self._ticking = False
        now = time.monotonic()
        if self._batching:
            self._send_batches(now)
        done = [feed for feed in self._waiting if not feed.held and feed.flush(now)]
        self._waiting.difference_update(done)
        self._waiting = {feed for feed in self._waiting if not feed.held}
        if self._waiting:
            self._tick_later()

    def forget_idle_topics(self) -> None:
        """Let go of topics that nobody has read for a while."""
        oldest = time.monotonic() - TOPIC_LINGERS_SECONDS
        topics = [*self._topics.values(), *self._workspaces.values(), *self._events.values()]
        for topic in topics:
            if not topic.feeds and topic.idle_since < oldest:
                self._forget(topic)

    def _forget(self, topic: Topic) -> None:
        if isinstance(topic, EventTopic):
            self._events.pop(topic.name, None)
            return
        if isinstance(topic, WorkspaceTopic):
            index, key, names = self._by_workspace, topic.workspace_id, self._workspaces
        else:
            index, key, names = self._by_device, topic.device_id, self._topics
        for name in [name for name, known in names.items() if known is topic]:
            del names[name]
        rest = [known for known in index.get(key, ()) if known is not topic]
        if rest:
            index[key] = rest
        else:
            index.pop(key, None)
        self._batching.discard(topic)

    def watched_devices(self) -> list[int]:
        return list(self._by_device)

    def watched_workspaces(self) -> list[int]:
        return list(self._by_workspace)
