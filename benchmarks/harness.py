"""What every benchmark needs: servers as processes of their own, their CPU time and memory, rounds, and the verdict.

A figure is always measured together with its yardstick: rounds alternate, the order turns round every second one, and
medians are compared. Wall-clock on a shared machine swings by a factor of two; the ratio and the CPU time swing less.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30
T = TypeVar("T")
_TICKS = os.sysconf("SC_CLK_TCK")
_OUTSIDE = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
_LEFT_OUT = ("DATABASE_URL", "REDIS_URL", "MQTT_URL")


@dataclass(frozen=True)
class Figure:
    """One line of the report. `ratio` is ours by the yardstick's, None where the two are not of a kind; without a
    goal it is for information."""

    what: str
    ours: str
    yardstick: str
    ratio: float | None
    goal: float | None = None
    at_least: bool = True

    @property
    def met(self) -> bool | None:
        if self.goal is None or self.ratio is None:
            return None
        return self.ratio >= self.goal if self.at_least else self.ratio <= self.goal

    @property
    def goal_text(self) -> str:
        if self.goal is None:
            return "-"
        return f"{'≥' if self.at_least else '≤'} {self.goal:g}x"

    @property
    def ratio_text(self) -> str:
        return "-" if self.ratio is None else f"{self.ratio:.2f}x"

    def line(self) -> str:
        verdict = {
            None: "",
            True: f", goal {self.goal_text}: met",
            False: f", goal {self.goal_text}: MISSED",
        }
        return f"{self.what}: {self.ours} / {self.yardstick} = {self.ratio_text}{verdict[self.met]}"


def report(figures: Sequence[Figure]) -> None:
    for figure in figures:
        print(figure.line())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def data_dir() -> Iterator[Path]:
    """A data folder of the benchmark's own, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="fleet-bench-"))
    (folder / "static").mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The embedded default in that folder: nothing of the caller's settings gets in."""
    kept = {name: os.environ[name] for name in _OUTSIDE if name in os.environ}
    return {
        **kept,
        "DATA_DIR": str(folder),
        "ACCESS_TOKEN_SECONDS": "3600",
        "STATIC_MANIFEST": "0",
        "PYTHONPATH": str(ROOT),
        **settings,
    }


def stage(folder: Path, *, env: Mapping[str, str] | None = None, **wanted: Any) -> dict:
    """Migrate the database in the folder and fill it as benchmarks.stage says; answers ids, tokens and commands."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.stage", json.dumps(wanted)],
        env={**environment(folder), **(env or {})},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


class Process:
    """A running process and what the system knows of it."""

    def __init__(self, pid: int):
        self.pid = pid

    def cpu(self) -> float:
        """Seconds of CPU so far, user and system, all threads."""
        after_name = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / _TICKS

    def memory(self) -> tuple[float, float]:
        """(resident, private) in MB."""
        sizes = dict.fromkeys(("Rss", "Private_Clean", "Private_Dirty"), 0)
        for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()[1:]:
            name, _, rest = line.partition(":")
            if name in sizes:
                sizes[name] = int(rest.split()[0])
        return sizes["Rss"] / 1024, (sizes["Private_Clean"] + sizes["Private_Dirty"]) / 1024


@contextlib.contextmanager
def serving(
    command: Sequence[str], port: int, env: Mapping[str, str], *, wait_for: int | None = None
) -> Iterator[Process]:
    """The command as a process, from when it takes connections until it has ended. `wait_for`: another port of its."""
    child = subprocess.Popen(command, env=dict(env), cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        for awaited in {port, wait_for or port}:
            _await_port(child, awaited)
        yield Process(child.pid)
    finally:
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _await_port(child: subprocess.Popen, port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if child.poll() is not None:
            raise SystemExit(f"{child.args} ended with {child.returncode} at its start")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit(f"{child.args} does not listen on port {port}")


def uvicorn(app: str, port: int, *more: str) -> list[str]:
    """A yardstick's server: uvicorn with the loop and the switches that the platform's has."""
    return [
        *(sys.executable, "-m", "uvicorn", app, "--host", "127.0.0.1", "--port", str(port)),
        *("--loop", "uvloop", "--no-access-log", "--log-level", "warning"),
        *("--ws-per-message-deflate", "false", "--no-proxy-headers", "--no-server-header", *more),
    ]


def other_app(command: Sequence[str], app: str) -> list[str]:
    """The platform's own server command, serving another application."""
    return [app if part == "fleet_platform.asgi:application" else part for part in command]


def alternate(rounds: int, *contenders: Callable[[], T]) -> list[list[T]]:
    """What each contender answered in each round."""
    answers: list[list[T]] = [[] for _ in contenders]
    for number in range(rounds):
        order = list(range(len(contenders)))
        for place in order if number % 2 == 0 else reversed(order):
            answers[place].append(contenders[place]())
    return answers


def medians(samples: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(median(column) for column in zip(*samples, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def load_average() -> str:
    return f"load average {os.getloadavg()[0]:.1f}"
