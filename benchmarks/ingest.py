"""Samples committed a second through POST /api/fleet/telemetry, beside raw inserts of the same rows and beside DRF."""

import argparse
import contextlib
import itertools
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

from . import harness, load, samples
from .harness import Figure

CONNECTIONS = (
    16  # as many as a small fleet keeps open; a closed loop of few leaves the writer waiting
)
SAMPLES_A_ROUND = 64_000
DRF_SAMPLES_A_ROUND = 16_000
COLUMNS = "device_id, time_us, seq, received_us, sections, position"
_numbers = itertools.count(0, SAMPLES_A_ROUND)


def http_round(
    server: harness.Process, port: int, path: str, devices: list[dict], size: int, count: int
) -> tuple[float, float]:
    """(samples a second, microseconds of the server's CPU a sample)."""
    each = count // len(devices) // size
    start_us = time.time_ns() // 1000 - 3_600_000_000
    requests = []
    for device in devices:
        first = next(_numbers)
        requests.append(
            [
                load.request(
                    "POST",
                    path,
                    device["token"],
                    samples.batch("drone", start_us, size, first + turn * size),
                )
                for turn in range(each)
            ]
        )
    before = server.cpu()
    seconds, _ = load.run(port, requests)
    sent = each * size * len(devices)
    return sent / seconds, (server.cpu() - before) / sent * 1e6


def rows(devices: list[dict], size: int, count: int) -> list[list[tuple]]:
    """The rows of the same batches, in groups of the same size."""
    at = time.time_ns() // 1000 - 3_600_000_000
    groups = []
    for turn in range(count // size):
        device = devices[turn % len(devices)]
        first = next(_numbers)
        groups.append(
            [
                (device["id"], at + n * 1000, first + n, at, *samples.stored("drone", first + n))
                for n in range(size)
            ]
        )
    return groups


def sqlite_round(database: str, groups: list[list[tuple]]) -> tuple[float, float]:
    """Rows a second and µs of CPU a row of executemany, one transaction a group, as durable as the platform's."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA cache_size=-32768")
    statement = f"INSERT INTO telemetry_sample ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"
    began, cpu = time.perf_counter(), time.process_time()
    for group in groups:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, group)
        connection.execute("COMMIT")
    answer = _pace(groups, began, cpu)
    connection.close()
    return answer


def _pace(groups: list[list[tuple]], began: float, cpu: float) -> tuple[float, float]:
    count = sum(map(len, groups))
    return count / (time.perf_counter() - began), (time.process_time() - cpu) / count * 1e6


def postgres_round(url: str, groups: list[list[tuple]]) -> tuple[float, float]:
    """The same, by psycopg; the CPU is the client's alone."""
    import psycopg

    statement = f"INSERT INTO telemetry_sample ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s)"
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        began, cpu = time.perf_counter(), time.process_time()
        for group in groups:
            cursor.executemany(statement, group)
            connection.commit()
        return _pace(groups, began, cpu)


def measure(*, rounds: int = 4, postgres: str = "", sizes=(100, 500)) -> list[Figure]:
    """`postgres`: the URL of an empty database, instead of SQLite."""
    env = {"DATABASE_URL": postgres} if postgres else {}
    port, drf_port = harness.free_port(), harness.free_port()
    with harness.data_dir() as folder, harness.data_dir() as other:
        staged = harness.stage(folder, env=env, devices=CONNECTIONS, port=port)
        if not postgres:  # each writes into a database of its own
            shutil.copytree(folder, other, dirs_exist_ok=True)
        ours = {**harness.environment(folder), **env}
        theirs = {**harness.environment(folder if postgres else other), **env}
        drf = harness.uvicorn("benchmarks.drf_asgi:application", drf_port)
        with (
            tempfile.TemporaryDirectory(dir=other) as raw,
            harness.serving(staged["command"], port, ours) as server,
            harness.serving(drf, drf_port, theirs) as drf_server,
        ):
            database = postgres or shutil.copy(staged["database"], raw)
            contest = Contest(server, port, drf_server, drf_port, staged["devices"], database)
            return [figure for size in sizes for figure in contest.figures(size, rounds)]


@dataclass
class Contest:
    """The three that are compared. `database`: a file of SQLite, or the URL of PostgreSQL."""

    server: harness.Process
    port: int
    drf_server: harness.Process
    drf_port: int
    devices: list[dict]
    database: str

    def platform(self, size: int) -> tuple[float, float]:
        path = "/api/fleet/telemetry"
        return http_round(self.server, self.port, path, self.devices, size, SAMPLES_A_ROUND)

    def drf(self, size: int) -> tuple[float, float]:
        count = DRF_SAMPLES_A_ROUND
        return http_round(self.drf_server, self.drf_port, "/samples", self.devices, size, count)

    def raw(self, size: int) -> tuple[float, float]:
        insert = postgres_round if "://" in self.database else sqlite_round
        return insert(self.database, rows(self.devices, size, SAMPLES_A_ROUND))

    def figures(self, size: int, rounds: int) -> list[Figure]:
        contenders = [
            lambda: self.platform(size),
            lambda: self.raw(size),
            lambda: self.drf(size),
        ]
        for contender in contenders:  # tokens are cached, pages are in memory
            contender()
        return _compare(size, *map(harness.medians, harness.alternate(rounds, *contenders)))


def _compare(size: int, ours: tuple, bare: tuple, theirs: tuple) -> list[Figure]:
    told = f"{ours[0]:,.0f}/s"
    name = f"Ingest, {CONNECTIONS} connections, batches of {size}"
    return [
        Figure(f"{name}: raw executemany", told, f"{bare[0]:,.0f}/s", ours[0] / bare[0], 0.5),
        Figure(f"{name}: DRF + bulk_create", told, f"{theirs[0]:,.0f}/s", ours[0] / theirs[0], 6),
        Figure(
            f"{name}, CPU a sample: raw executemany",
            f"{ours[1]:.1f} µs",
            f"{bare[1]:.1f} µs",
            ours[1] / bare[1],
        ),
        Figure(
            f"{name}, CPU a sample: DRF + bulk_create",
            f"{ours[1]:.1f} µs",
            f"{theirs[1]:.1f} µs",
            ours[1] / theirs[1],
        ),
    ]


@contextlib.contextmanager
def own_database(server_url: str) -> Iterator[str]:
    """The URL of a fresh database on that server, dropped afterwards."""
    import psycopg

    name = f"fleet_bench_{int(time.time())}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server_url.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument(
        "--postgres", metavar="URL", help="a database of a server; one of its own is made there"
    )
    options = parser.parse_args()
    with own_database(options.postgres) if options.postgres else contextlib.nullcontext("") as url:
        harness.report(measure(rounds=options.rounds, postgres=url))


if __name__ == "__main__":
    main()
