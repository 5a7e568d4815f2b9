"""Deliveries a second to many live readers, and CPU a delivery, beside websockets.broadcast and a Channels group."""

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator

from . import harness
from .harness import Figure, Process
from .watchers import Watchers, await_text, connect, masked

SUBSCRIBERS = (100, 1000)
SOCKETS_A_USER = 90
WINDOW = 4
SECONDS = 1.5


@contextlib.contextmanager
def platform(count: int) -> Iterator[tuple[Process, Watchers]]:
    port, control = harness.free_port(), harness.free_port()
    with harness.data_dir() as folder:
        staged = harness.stage(folder, users=count // SOCKETS_A_USER + 1, port=port)
        device = staged["devices"][0]
        topic = f"{device['id']},{staged['workspace_id']},{device['version']}"
        env = harness.environment(folder, CONTROL_PORT=str(control), BENCH_TOPIC=topic)
        command = harness.other_app(staged["command"], "benchmarks.fanout_platform:application")
        ask = {"type": "subscribe", "topics": [f"device:{device['id']}"], "rate": "all"}
        with harness.serving(command, port, env, wait_for=control) as server:
            clients = [
                connect(port, "/ws/live", staged["users"][number // SOCKETS_A_USER])
                for number in range(count)
            ]
            for client in clients:
                client.sendall(masked(0x81, json.dumps(ask).encode()))
                await_text(client, b'"type":"snapshot"')
            yield from _watching(server, clients, control)


@contextlib.contextmanager
def yardstick(count: int, command: list[str], port: int) -> Iterator[tuple[Process, Watchers]]:
    control = harness.free_port()
    with harness.data_dir() as folder:
        env = harness.environment(folder, CONTROL_PORT=str(control))
        with harness.serving(command, port, env, wait_for=control) as server:
            clients = [connect(port, "/") for _ in range(count)]
            yield from _watching(server, clients, control)


def _watching(server: Process, clients: list, control: int) -> Iterator[tuple[Process, Watchers]]:
    watchers = Watchers(clients, control)
    try:
        yield server, watchers
    finally:
        watchers.close()


def broadcast(count: int):
    port = harness.free_port()
    command = [sys.executable, "-m", "benchmarks.fanout_yardsticks", str(port)]
    return yardstick(count, command, port)


def channels(count: int):
    port = harness.free_port()
    command = harness.uvicorn("benchmarks.fanout_yardsticks:application", port)
    return yardstick(count, command, port)


def read(server: Process, watchers: Watchers) -> tuple[float, float]:
    """(deliveries a second, microseconds of the server's CPU a delivery)."""
    before = server.cpu()
    deliveries, seconds = watchers.read(SECONDS, WINDOW)
    return deliveries / seconds, (server.cpu() - before) / max(deliveries, 1) * 1e6


def measure(*, rounds: int = 4, subscribers=SUBSCRIBERS) -> list[Figure]:
    figures = []
    for count in subscribers:
        with platform(count) as ours, broadcast(count) as plain, channels(count) as group:
            contenders = [lambda one=one: read(*one) for one in (ours, plain, group)]
            for contender in contenders:
                contender()
            medians = map(harness.medians, harness.alternate(rounds, *contenders))
        figures += _compare(count, *medians)
    return figures


def _compare(count: int, ours: tuple, plain: tuple, group: tuple) -> list[Figure]:
    name = f"Fan-out to {count}"
    rate, cpu = f"{ours[0]:,.0f}/s", f"{ours[1]:.1f} µs"
    return [
        Figure(
            f"{name}: websockets.broadcast", rate, f"{plain[0]:,.0f}/s", ours[0] / plain[0], 1.0
        ),
        Figure(
            f"{name}, CPU a delivery: websockets.broadcast",
            cpu,
            f"{plain[1]:.1f} µs",
            ours[1] / plain[1],
            1.0,
            at_least=False,
        ),
        Figure(f"{name}: Channels group_send", rate, f"{group[0]:,.0f}/s", ours[0] / group[0], 10),
        Figure(
            f"{name}, CPU a delivery: Channels group_send",
            cpu,
            f"{group[1]:.1f} µs",
            ours[1] / group[1],
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--subscribers", type=int, nargs="*", default=SUBSCRIBERS)
    options = parser.parse_args()
    harness.report(measure(rounds=options.rounds, subscribers=options.subscribers))


if __name__ == "__main__":
    main()
