"""Readers that never read: the others do not notice, and the server's memory does not grow with what they miss.

On uvicorn the hub sees that a reader is behind and keeps the newest for it. daphne takes whatever it is given and
never says so: there a reader that stopped costs memory until it is dropped for not answering daphne's pings, and
that is the whole of what can be promised.
"""

import asyncio
import contextlib
import json
import socket
import statistics
import time

import pytest
from websockets.asyncio.client import connect
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from .listener import Listener, listening
from .server import DAPHNE_PING_SECONDS, ENOUGH_SECONDS, Server, sample

pytestmark = pytest.mark.slow

HEALTHY, STALLED = 20, 10
RATE = 150  # messages a second
PADDING = "x" * 6000
ROUND = 3 * RATE  # messages
ROUNDS = 3
FLOOR_SECONDS = 0.005  # what a busy machine may add by itself
MEGABYTE = 1024 * 1024


class Stalled:
    """A subscriber on a socket with a tiny buffer, which reads nothing until `wake`."""

    def __init__(self, server: Server, topic: str, token: str):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(ENOUGH_SECONDS)
        self.socket.connect(("127.0.0.1", server.port))
        self.protocol = ClientProtocol(parse_uri(f"{server.ws}/ws/live"), max_size=None)
        request = self.protocol.connect()
        request.headers["Authorization"] = f"Bearer {token}"
        self.protocol.send_request(request)
        self.flush()
        while not self.events():
            pass
        ask = {"type": "subscribe", "id": 1, "topics": [topic], "rate": "all"}
        self.protocol.send_text(json.dumps(ask).encode())
        self.flush()

    def flush(self) -> None:
        for data in self.protocol.data_to_send():
            self.socket.sendall(data)

    def events(self) -> list:
        data = self.socket.recv(65536)
        assert data, "the server hung up"
        self.protocol.receive_data(data)
        self.flush()
        return self.protocol.events_received()

    def wake(self, last: int) -> list[dict]:
        """Read everything up to the event of that sequence number."""
        heard: list[dict] = []
        while not heard or heard[-1].get("seq", 0) < last:
            for frame in self.events():
                if isinstance(frame, Frame) and frame.opcode is Opcode.TEXT:
                    heard.append(json.loads(frame.data))
        return heard

    def is_dropped(self) -> bool:
        """Whether the server has ended the connection; looks without reading."""
        information = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
        established = 1
        return information[0] != established

    def close(self) -> None:
        self.socket.close()


class Healthy:
    """Reads all the time and notes how long each message took from the device's send."""

    def __init__(self, listener: Listener):
        self.listener = listener
        self.delays: list[float] = []
        self.newest = 0
        self.missed = 0

    async def read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                event = json.loads(await self.listener.socket.recv())
                self.delays.append(time.perf_counter() - event["data"]["sections"]["pose"]["sent"])
                self.newest = event["seq"]
                self.missed += event.get("missed", 0)


async def publish(socket, start: int, count: int) -> None:
    """`count` messages at RATE by /ws/device, each acknowledged before the round ends."""
    began = time.perf_counter()
    for number in range(count):
        await asyncio.sleep(max(0, began + number / RATE - time.perf_counter()))
        one = sample(start + number, padding=PADDING, sent=time.perf_counter())
        await socket.send(json.dumps({"type": "telemetry", "id": number, "samples": [one]}))
    for _ in range(count):
        answer = json.loads(await asyncio.wait_for(socket.recv(), ENOUGH_SECONDS))
        assert answer["type"] == "ack", answer


async def all_have(healthy: list[Healthy], seq: int) -> None:
    async with asyncio.timeout(ENOUGH_SECONDS):
        while not all(reader.newest >= seq for reader in healthy):
            await asyncio.sleep(0.01)


class Scene:
    """A device that sends, twenty that read, and as many as wanted that do not."""

    def __init__(self, server: Server):
        self.server = server
        self.robot = server.robots[0]
        self.topic = f"device:{self.robot['id']}"
        self.viewer = server.login("viewer")
        self.healthy: list[Healthy] = []
        self.sent = 0
        self.beside = 0.0  # events of the last round that went to those who do not read

    @contextlib.asynccontextmanager
    async def opened(self):
        headers = {"Authorization": f"Bearer {self.server.device_token(self.robot)}"}
        self.server.send(self.server.device_token(self.robot), sample(0, sent=time.perf_counter()))
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(HEALTHY):
                listener = await stack.enter_async_context(listening(self.server, self.viewer))
                await listener.watch(self.topic, rate="all")
                self.healthy.append(Healthy(listener))
            address = f"{self.server.ws}/ws/device"
            self.device = await stack.enter_async_context(
                connect(address, additional_headers=headers)
            )
            tasks = [asyncio.create_task(reader.read()) for reader in self.healthy]
            try:
                yield self
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def round(self) -> float:
        """The 99th percentile of the healthy readers' delays over one round, in seconds."""
        for reader in self.healthy:
            reader.delays.clear()
        version = self.newest()
        before = self.server.metric("fleet_live_deliveries_total")
        await publish(self.device, self.sent + 1, ROUND)
        self.sent += ROUND
        newest = self.newest()
        await all_have(self.healthy, newest)
        delivered = self.server.metric("fleet_live_deliveries_total") - before
        self.beside = delivered - HEALTHY * (newest - version)
        delays = [delay for reader in self.healthy for delay in reader.delays]
        return statistics.quantiles(delays, n=100)[98]

    async def warm_up(self) -> None:
        """Let the database's page cache grow to its size with another robot's samples, as it would in an hour."""
        token = self.server.device_token(self.server.robots[1])
        for batch in range(50):
            samples = [sample(150 * batch + number, padding=PADDING) for number in range(150)]
            self.server.send(token, *samples)
        await self.round()

    async def fill(self) -> None:
        """Rounds until the kernel's buffers are full too, so that nothing more goes to those who do not read."""
        async with asyncio.timeout(3 * ENOUGH_SECONDS):
            while await self.round() and self.beside > 0:
                pass

    def newest(self) -> int:
        """The version of the device's document."""
        with contextlib.closing(Stalled(self.server, self.topic, self.viewer)) as reader:
            return reader.wake(1)[-1]["seq"]

    def stall(self) -> list[Stalled]:
        return [Stalled(self.server, self.topic, self.viewer) for _ in range(STALLED)]


async def test_readers_that_never_read_cost_the_others_nothing(make_server):
    async with Scene(make_server()).opened() as scene:
        await scene.warm_up()
        alone, beside, stalled = [], [], []
        memory = scene.server.rss()
        for _ in range(ROUNDS):
            alone.append(await scene.round())
            before = scene.newest()
            stalled = scene.stall()
            await scene.fill()
            beside.append(await scene.round())
            assert scene.beside == 0, "a reader that does not read was sent something"
            grown = scene.server.rss() - memory
            check_wakes_up(stalled[0], before, scene.newest())
            for reader in stalled:
                reader.close()
            assert grown < 10 * MEGABYTE
        assert all(reader.missed == 0 for reader in scene.healthy)
        told = f"p99 alone {alone}, beside readers that stalled {beside}"
        assert min(beside) <= 2 * min(alone) + FLOOR_SECONDS, told


def check_wakes_up(reader: Stalled, before: int, newest: int) -> None:
    """It gets the newest document, and what it missed is counted to the last event."""
    heard = reader.wake(newest)
    events = [message for message in heard if message["type"] == "event"]
    (snapshot,) = [message for message in heard if message["type"] == "snapshot"]
    assert snapshot["seq"] == before
    assert events[-1]["seq"] == newest
    missed = sum(event.get("missed", 0) for event in events)
    assert missed > 0
    assert len(events) + missed == newest - before


async def test_daphne_drops_readers_that_never_read_and_keeps_the_others(make_server):
    """What they cost until then: the bytes sent to them in at most two ping intervals."""
    async with Scene(make_server("daphne")).opened() as scene:
        await scene.warm_up()
        memory = scene.server.rss()
        stalled = scene.stall()
        began = time.monotonic()
        while not all(reader.is_dropped() for reader in stalled):
            assert time.monotonic() - began < ENOUGH_SECONDS
            await scene.round()
        bytes_each = (2 * DAPHNE_PING_SECONDS + ROUND / RATE) * RATE * len(PADDING)
        assert scene.server.rss() - memory < 2 * STALLED * bytes_each
        memory = scene.server.rss()
        for _ in range(ROUNDS):
            await scene.round()
        assert scene.server.rss() - memory < 10 * MEGABYTE
        assert all(reader.newest for reader in scene.healthy)
        for reader in stalled:
            reader.close()
