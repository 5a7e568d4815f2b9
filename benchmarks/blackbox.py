"""Reading 10 000 samples of one device out of a million, beside the bare fetch of the same rows and beside DRF."""

import argparse
import sqlite3
import time

from . import harness, load
from .harness import Figure

DEVICES = 100
LIMIT = 10_000


def fetch_round(database: str, device_id: int) -> tuple[float]:
    """Milliseconds to have the rows as tuples, by sqlite3 alone."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA mmap_size=268435456")
    connection.execute("PRAGMA cache_size=-32768")
    began = time.perf_counter()
    rows = connection.execute(
        "SELECT time_us, seq, received_us, sections, position FROM telemetry_sample"
        " WHERE device_id = ? ORDER BY time_us, seq LIMIT ?",
        (device_id, LIMIT),
    ).fetchall()
    taken = (time.perf_counter() - began) * 1000
    connection.close()
    if not rows:
        raise SystemExit("The device has no samples")
    return (taken,)


def http_round(port: int, *request: str) -> tuple[float]:
    """Milliseconds from the request to the last byte."""
    seconds, body = load.run(port, [[load.request(*request)]])
    if len(body) < LIMIT:
        raise SystemExit(f"A short answer: {body[:200]!r}")
    return (seconds * 1000,)


def measure(*, rounds: int = 7, rows: int = 1_000_000) -> list[Figure]:
    with harness.data_dir() as folder:
        port, drf_port = harness.free_port(), harness.free_port()
        staged = harness.stage(folder, devices=DEVICES, kind="robot", rows=rows, port=port)
        device, user = staged["devices"][DEVICES // 2], staged["users"][0]
        env = harness.environment(folder, FLYINGLET_BLACKBOX_MAX_DAYS="366")
        drf = harness.uvicorn("benchmarks.drf_asgi:application", drf_port)
        black_box = black_box_request(f"robot_{device['id']}", user)
        with (
            harness.serving(staged["command"], port, env),
            harness.serving(drf, drf_port, env),
        ):
            path = f"/api/fleet/devices/{device['id']}/telemetry?limit={LIMIT}"
            contenders = (
                lambda: http_round(port, "GET", path, user),
                lambda: fetch_round(staged["database"], device["id"]),
                lambda: http_round(drf_port, "GET", f"/devices/{device['id']}/samples", user),
                lambda: http_round(port, *black_box),
            )
            for contender in contenders:
                contender()
            ours, bare, theirs, flyinglet = map(
                harness.medians, harness.alternate(rounds, *contenders)
            )
    return _figures(rows, ours[0], bare[0], theirs[0], flyinglet[0])


def black_box_request(robot_id: str, token: str) -> tuple:
    now = time.time()
    day = "%Y-%m-%d"
    body = (
        f'{{"robot_id":"{robot_id}","from_date":"{time.strftime(day, time.gmtime(now - 2 * 86_400))}",'
        f'"to_date":"{time.strftime(day, time.gmtime(now + 86_400))}","limit":{LIMIT}}}'
    )
    return "POST", "/blackbox", token, body.encode()


def _figures(rows: int, ours: float, bare: float, theirs: float, flyinglet: float) -> list[Figure]:
    name = f"{LIMIT:,} samples of one of {DEVICES} devices, {rows:,} stored"
    told = f"{ours:.0f} ms"
    return [
        Figure(f"{name}: bare fetch", told, f"{bare:.0f} ms", ours / bare, 1.5, at_least=False),
        Figure(
            f"{name}: DRF ModelSerializer (times faster)",
            told,
            f"{theirs:.0f} ms",
            theirs / ours,
            5,
        ),
        Figure(
            f"{name}, FlyingLet's documents: bare fetch",
            f"{flyinglet:.0f} ms",
            f"{bare:.0f} ms",
            flyinglet / bare,
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    harness.report(measure(rounds=options.rounds, rows=options.rows))


if __name__ == "__main__":
    main()
