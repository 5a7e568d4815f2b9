"""Runs a handful of child processes as one: starts them, prefixes what they say, restarts the dead, stops all.

Plain code without Django. Every child leads a process group of its own, so that Ctrl-C reaches the supervisor
alone and a child's own children end with it; and the kernel tells each child when the supervisor dies (Linux).
"""

import contextlib
import ctypes
import logging
import logging.handlers
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GRACE_SECONDS = 8.0
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0  # a child that ran so long starts again without a pause
POLL_SECONDS = 0.2
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass
class Child:
    """One process to keep alive. `ready` is asked before the first start; until it says yes the child waits."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    process: subprocess.Popen | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    pause: float = 1.0

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


def lines_to(folder: Path) -> logging.Logger:
    """The logger of what children say: standard output and folder/fleet.log, which never grows past 20 MB."""
    folder.mkdir(parents=True, exist_ok=True)
    logger = logging.Logger("supervisor")
    screen = logging.StreamHandler(sys.stdout)
    screen.setFormatter(logging.Formatter("%(message)s"))
    kept = logging.handlers.RotatingFileHandler(
        folder / "fleet.log", maxBytes=5_000_000, backupCount=3, encoding="utf-8"
    )
    kept.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger.addHandler(screen)
    logger.addHandler(kept)
    return logger


class Supervisor:
    """`run` returns once a signal asked for the end and every child is gone."""

    def __init__(self, children: Sequence[Child], logger: logging.Logger):
        self.children = list(children)
        self.log = logger
        self.stopping = threading.Event()
        self.hurry = False

    def run(self, on_poll: Callable[[], None] = lambda: None) -> int:
        """Keep the children alive until SIGINT, SIGTERM or SIGHUP. `on_poll` is called a few times a second."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        try:
            while not self.stopping.is_set():
                for child in self.children:
                    self._tend(child)
                on_poll()
                self.stopping.wait(POLL_SECONDS)
        finally:
            self._stop_all()
        return 0

    def _asked_to_stop(self, number: int, frame) -> None:
        self.hurry = self.stopping.is_set()
        self.stopping.set()

    def _tend(self, child: Child) -> None:
        now = time.monotonic()
        if child.running:
            return
        if child.process is not None:
            self._bury(child, now)
        if now < child.start_at or (child.ready and not child.ready()):
            return
        child.ready = None
        self._start(child)

    def _bury(self, child: Child, now: float) -> None:
        """Note a death, end what the child left behind, and set the time of the next start."""
        kill_group(child.process, signal.SIGKILL)
        if now - child.started_at > STEADY_SECONDS:
            child.pause = 1.0
        self.log.warning(
            f"{child.name} ended ({_fate(child.process.returncode)}); "
            f"starting it again in {child.pause:.0f} s"
        )
        child.start_at = now + child.pause
        child.pause = min(child.pause * 2, LONGEST_PAUSE_SECONDS)
        child.process = None

    def _start(self, child: Child) -> None:
        child.started_at = time.monotonic()
        child.process = subprocess.Popen(
            child.command,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **child.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=_end_with(os.getpid()),
        )
        threading.Thread(
            target=self._relay, args=(child.name, child.process.stdout), daemon=True
        ).start()

    def _relay(self, name: str, stream) -> None:
        for line in stream:
            if text := line.decode(errors="replace").rstrip():
                self.log.info(f"{name:<9}| {text}")

    def _stop_all(self) -> None:
        alive = [child for child in self.children if child.running]
        for child in alive:
            child.process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        while any(child.running for child in alive) and time.monotonic() < deadline:
            if self.hurry:
                break
            time.sleep(0.05)
        for child in alive:
            if child.running:
                self.log.warning(f"{child.name} did not stop in time and is killed")
            kill_group(child.process, signal.SIGKILL)
            child.process.wait()


def kill_group(process: subprocess.Popen, number: int) -> None:
    """Signal what is left of a child's process group, the child itself included."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _end_with(parent: int) -> Callable[[], None] | None:
    """What a child does before its program starts: ask the kernel for SIGTERM when the parent dies."""
    if _libc is None:
        return None

    def ask() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return ask


def _fate(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
