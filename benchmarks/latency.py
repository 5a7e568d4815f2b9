"""Milliseconds from before a device's POST is sent until a live reader has it, at a thousand samples a second."""

import argparse
import asyncio
import json
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop

from . import harness, load, samples
from .harness import Figure
from .watchers import await_text, connect, masked, split

DEVICES = 100
POSTS_A_SECOND = 10  # of each device
SECONDS = 4
SUBSCRIBERS = (1, 10, 100)
WORKSPACE_RATE = 10
_NUMBER = re.compile(rb'"number":(\d+)')


class Reader(asyncio.Protocol):
    """A live socket that was handed over after its snapshot; notes when each sample's number was first seen in it."""

    def __init__(self, sent: list[float], delays: list[float]):
        self._sent, self._delays = sent, delays
        self._rest = b""
        self._newest: dict[bytes, int] = {}

    def connection_made(self, transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        data = self._rest + data
        frames, at = split(data)
        self._rest = data[at:]
        for opcode, begin, end in frames:
            if opcode == 0x89:
                self._transport.write(masked(0x8A, data[begin:end]))
            self._delays.extend(
                now - self._sent[int(number)] for number in _NUMBER.findall(data, begin, end)
            )


class Device(asyncio.Protocol):
    """Posts one sample at its times; answers are only counted."""

    def __init__(self):
        self.answers = 0

    def connection_made(self, transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"HTTP/1.1"):
            self.answers += 1
            if not data.startswith(b"HTTP/1.1 200"):
                raise SystemExit(data[:300].decode())


def body(number: int) -> bytes:
    section = samples.sections("robot", number).replace(":{", f':{{"number":{number},', 1)
    return (
        f'{{"samples":[{{"time":{time.time():.3f},"seq":{number},"sections":{section}}}]}}'.encode()
    )


async def _run(port: int, tokens: Sequence[str], sockets: Sequence) -> tuple[list[float], int, int]:
    """Delays of all deliveries in seconds, posts and answers."""
    loop = asyncio.get_running_loop()
    sent: list[float] = []
    delays: list[float] = []
    readers = [
        await loop.create_connection(lambda: Reader(sent, delays), sock=client)
        for client in sockets
    ]
    devices = [(await loop.create_connection(Device, "127.0.0.1", port))[1] for _ in tokens]
    step = 1 / (POSTS_A_SECOND * len(tokens))
    begin = time.perf_counter() + 0.05
    for turn in range(SECONDS * POSTS_A_SECOND * len(tokens)):
        if (wait := begin + turn * step - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        place = turn % len(tokens)
        request = load.request("POST", "/api/fleet/telemetry", tokens[place], body(turn))
        sent.append(time.perf_counter())
        devices[place].transport.write(request)
    await asyncio.sleep(0.5)
    for transport, _ in readers:
        transport.close()
    answers = sum(device.answers for device in devices)
    for device in devices:
        device.transport.close()
    return delays, len(sent), answers


def subscribed(port: int, token: str, topic: str, rate) -> object:
    client = connect(port, "/ws/live", token)
    ask = {"type": "subscribe", "topics": [topic], "rate": rate}
    client.sendall(masked(0x81, json.dumps(ask).encode()))
    await_text(client, b'"type":"snapshot"')
    client.setblocking(False)
    return client


def measure(*, subscribers=SUBSCRIBERS) -> list[Figure]:
    figures = []
    with harness.data_dir() as folder:
        port = harness.free_port()
        staged = harness.stage(folder, devices=DEVICES, kind="robot", users=4, port=port)
        tokens = [device["token"] for device in staged["devices"]]
        with harness.serving(staged["command"], port, harness.environment(folder)) as server:
            uvloop.run(_run(port, tokens, []))
            for count in subscribers:
                for name, topics, rate in (
                    ("device", [f"device:{one['id']}" for one in staged["devices"]], "all"),
                    ("workspace", [f"workspace:{staged['workspace_id']}"], WORKSPACE_RATE),
                ):
                    sockets = [
                        subscribed(
                            port, staged["users"][turn % 4], topics[turn % len(topics)], rate
                        )
                        for turn in range(count)
                    ]
                    before = server.cpu()
                    delays, posts, answers = uvloop.run(_run(port, tokens, sockets))
                    busy = (server.cpu() - before) / (SECONDS + 0.5)
                    if answers < posts or not delays:
                        print(f"{posts - answers} of {posts} posts had no answer in time")
                    figures.append(_figure(name, count, delays, busy, flushes(folder)))
    return figures


def _figure(topic: str, count: int, delays: list[float], busy: float, floor: str) -> Figure:
    middle, late = (harness.percentile(delays, share) * 1000 for share in (0.5, 0.99))
    what = f"POST to {count} reader{'s' * (count > 1)} of a {topic}"
    if topic == "workspace":
        what += f" ({WORKSPACE_RATE} batches a second)"
    return Figure(
        f"{what}, {DEVICES * POSTS_A_SECOND} posts/s, p50 and p99: fdatasync of 4 KiB",
        f"{middle:.1f} and {late:.1f} ms, server {busy:.0%} of a core",
        floor,
        None,
    )


def flushes(folder: Path) -> str:
    """What one durable write costs on this disk at least."""
    taken = []
    with open(folder / "probe", "wb", buffering=0) as file:
        for _ in range(200):
            began = time.perf_counter()
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - began)
    middle, late = (harness.percentile(taken, share) * 1000 for share in (0.5, 0.99))
    return f"{middle:.1f} and {late:.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, nargs="*", default=SUBSCRIBERS)
    harness.report(measure(subscribers=parser.parse_args().subscribers))


if __name__ == "__main__":
    main()
