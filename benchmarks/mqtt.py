"""MQTT messages into the database by the gateway, beside a paho client that only counts them, on one broker."""

import argparse
import contextlib
import shutil
import socket
import sqlite3
import struct
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import harness, samples
from .harness import Figure, Process

DEVICES = 20
MESSAGES_A_ROUND = 8_000
UNDER_WAY = 200
AT_MOST_SECONDS = 60
PUBACK_BYTES = 4


def _field(data: bytes) -> bytes:
    return struct.pack("!H", len(data)) + data


def packet(first: int, body: bytes) -> bytes:
    length, size = b"", len(body)
    while True:
        size, rest = divmod(size, 128)
        length += bytes((rest | (0x80 if size else 0),))
        if not size:
            return bytes((first,)) + length + body


class Sender:
    """Publishes with QoS 1 by packets made beforehand, so that sending costs next to nothing."""

    def __init__(self, port: int):
        self._socket = socket.create_connection(("127.0.0.1", port), 10)
        hello = _field(b"MQTT") + b"\x04\x02\x00\x00" + _field(b"bench-sender")
        self._socket.sendall(packet(0x10, hello))
        if len(self._socket.recv(4)) != 4:
            raise SystemExit("The broker refused the connection")

    def send(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Returns when the broker has taken all of them."""
        packets = [
            packet(0x32, _field(topic.encode()) + struct.pack("!H", number % 65_000 + 1) + payload)
            for number, (topic, payload) in enumerate(messages)
        ]
        sent = answered = 0
        while answered < len(packets) * PUBACK_BYTES:
            room = UNDER_WAY - (sent - answered // PUBACK_BYTES)
            if room > UNDER_WAY // 2 and sent < len(packets):
                self._socket.sendall(b"".join(packets[sent : sent + room]))
                sent = min(sent + room, len(packets))
            answered += len(self._socket.recv(65_536))


@contextlib.contextmanager
def broker(folder: Path) -> Iterator[int]:
    """A Mosquitto of the benchmark's own."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        raise SystemExit("This benchmark needs the program mosquitto")
    port = harness.free_port()
    path = folder / "mosquitto.conf"
    path.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
        "persistence false\nlog_dest none\n"
    )
    with harness.serving([program, "-c", str(path)], port, harness.environment(folder)):
        yield port


class Stored:
    """How many samples the gateway has committed, seen from outside."""

    def __init__(self, database: str):
        self._connection = sqlite3.connect(database)

    def count(self) -> int:
        return self._connection.execute(
            "SELECT COALESCE(MAX(id), 0) FROM telemetry_sample"
        ).fetchone()[0]


def await_count(count, wanted: int, every: float = 0.005) -> None:
    until = time.monotonic() + AT_MOST_SECONDS
    while count() < wanted:
        if time.monotonic() > until:
            raise SystemExit(f"Only {count()} of {wanted} messages arrived")
        time.sleep(every)


def batches(prefix: str, devices: list[dict], first: int, count: int) -> list[tuple[str, bytes]]:
    at = time.time_ns() // 1000 - 60_000_000
    return [
        (
            f"{prefix}fleet/{devices[number % len(devices)]['id']}/telemetry",
            samples.batch("drone", at, 1, number),
        )
        for number in range(first, first + count)
    ]


def round_of(
    sender: Sender, reader: Process, messages: Sequence[tuple[str, bytes]], count
) -> tuple[float, float]:
    """(messages a second until all have arrived, microseconds of the reader's CPU a message)."""
    before, cpu = count(), reader.cpu()
    began = time.perf_counter()
    sender.send(messages)
    await_count(count, before + len(messages))
    seconds = time.perf_counter() - began
    return len(messages) / seconds, (reader.cpu() - cpu) / len(messages) * 1e6


def measure(*, rounds: int = 4) -> list[Figure]:
    with harness.data_dir() as folder, broker(folder) as port:
        staged = harness.stage(folder, devices=DEVICES)
        env = harness.environment(
            folder, MQTT_URL=f"mqtt://127.0.0.1:{port}", MQTT_TOPIC_PREFIX="ours/"
        )
        gateway_command = [sys.executable, "manage.py", "mqtt_gateway"]
        counter_port = harness.free_port()
        counter_command = [
            *(sys.executable, "-m", "benchmarks.mqtt_counter"),
            *(str(port), "theirs/#", str(counter_port)),
        ]
        with (
            harness.serving(gateway_command, port, env) as gateway,
            harness.serving(counter_command, counter_port, env) as counter,
            socket.create_connection(("127.0.0.1", counter_port)) as told,
        ):
            sender, stored = Sender(port), Stored(staged["database"])
            numbers = iter(range(0, 10**9, MESSAGES_A_ROUND))
            _await_subscription(sender, stored, staged["devices"])

            def counted() -> int:
                told.sendall(b"?")
                return int(told.recv(32))

            def contest(prefix: str, reader: Process, count) -> tuple[float, float]:
                messages = batches(prefix, staged["devices"], next(numbers), MESSAGES_A_ROUND)
                return round_of(sender, reader, messages, count)

            ours, bare = map(
                harness.medians,
                harness.alternate(
                    rounds,
                    lambda: contest("ours/", gateway, stored.count),
                    lambda: contest("theirs/", counter, counted),
                ),
            )
    return [
        Figure(
            "MQTT QoS 1 to database, one sample a message: paho that counts",
            f"{ours[0]:,.0f}/s",
            f"{bare[0]:,.0f}/s",
            ours[0] / bare[0],
            0.8,
        ),
        Figure(
            "MQTT, CPU a message of the gateway: paho that counts",
            f"{ours[1]:.0f} µs",
            f"{bare[1]:.0f} µs",
            ours[1] / bare[1],
        ),
    ]


def _await_subscription(sender: Sender, stored: Stored, devices: list[dict]) -> None:
    """Messages before the gateway's subscription are nobody's: try until the first is stored."""
    for number in range(300):
        sender.send(batches("ours/", devices, 10**9 + number, 1))
        time.sleep(0.1)
        if stored.count():
            time.sleep(1)
            return
    raise SystemExit("The gateway does not take messages")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    harness.report(measure(rounds=parser.parse_args().rounds))


if __name__ == "__main__":
    main()
