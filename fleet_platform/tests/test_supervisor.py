"""The supervisor with real processes: what it starts it stops, what dies it starts again."""

import logging
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from fleet_platform.supervisor import Child, Supervisor

LISTENING = "import time; print('up', flush=True); time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
PARENT = (
    "import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print('grandchild', child.pid, flush=True); time.sleep(600)"
)


class Lines(logging.Handler):
    def __init__(self):
        super().__init__()
        self.said = []

    def emit(self, record):
        self.said.append(record.getMessage())


@pytest.fixture
def lines():
    return Lines()


@pytest.fixture
def logger(lines):
    logger = logging.Logger("test")
    logger.addHandler(lines)
    return logger


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(what, seconds=10):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.02)
    raise AssertionError("did not happen in time")


def run_until(supervisor: Supervisor, done) -> None:
    """Run in this thread, which owns the signals, until `done()` is true."""

    def look():
        if done():
            supervisor.stopping.set()

    before = {
        number: signal.getsignal(number)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        supervisor.run(look)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def python(name: str, code: str, **options) -> Child:
    return Child(name, [sys.executable, "-c", code], **options)


def test_what_a_child_says_is_passed_on_with_its_name(logger, lines):
    child = python("web", LISTENING)
    run_until(Supervisor([child], logger), lambda: lines.said)
    assert lines.said == ["web      | up"]


def test_stopping_ends_every_child(logger, lines):
    children = [python("one", LISTENING), python("two", LISTENING)]
    run_until(Supervisor(children, logger), lambda: len(lines.said) == 2)
    assert all(child.process.returncode == -signal.SIGTERM for child in children)


def test_a_child_that_died_is_started_again_and_said_so(logger, lines):
    child = python("worker", "import sys; print('once', flush=True); sys.exit(3)", pause=0.1)
    run_until(Supervisor([child], logger), lambda: lines.said.count("worker   | once") == 3)
    assert any("worker ended (exit code 3); starting it again" in said for said in lines.said)
    assert child.pause > 0.1


def test_a_child_that_does_not_listen_is_killed(logger, lines, monkeypatch):
    monkeypatch.setattr("fleet_platform.supervisor.GRACE_SECONDS", 0.5)
    child = python("deaf", DEAF)
    run_until(Supervisor([child], logger), lambda: lines.said)
    assert child.process.returncode == -signal.SIGKILL
    assert "deaf did not stop in time and is killed" in lines.said


def test_a_childs_own_children_end_with_it(logger, lines):
    run_until(Supervisor([python("web", PARENT)], logger), lambda: lines.said)
    grandchild = int(lines.said[0].split()[-1])
    until(lambda: not alive(grandchild))


def test_a_child_waits_until_it_may_start(logger, lines):
    asked = []

    def ready():
        asked.append(True)
        return len(asked) >= 3

    run_until(Supervisor([python("late", LISTENING, ready=ready)], logger), lambda: lines.said)
    assert len(asked) == 3


@pytest.mark.skipif(
    sys.platform != "linux", reason="the kernel's notice of a parent's death is Linux's"
)
def test_children_end_when_the_supervisor_is_killed(tmp_path):
    code = f"""
        import sys
        from pathlib import Path
        from fleet_platform.supervisor import Child, Supervisor, lines_to
        child = Child("web", [sys.executable, "-c", {LISTENING!r}])
        logger = lines_to(Path({str(tmp_path)!r}))
        Supervisor([child], logger).run(lambda: print("pid", child.process.pid, flush=True))
    """
    supervisor = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=os.getcwd(),
    )
    try:
        pid = int(next(line for line in supervisor.stdout if line.startswith("pid")).split()[1])
        assert alive(pid)
    finally:
        supervisor.kill()
        supervisor.wait()
    until(lambda: not alive(pid))
