"""`manage.py start` as a person uses it: one command up, one Ctrl-C down, and nothing left behind."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from django.conf import settings

from fleet_platform.demo import roster
from fleet_platform.tests.aide import PASSWORD
from fleet_platform.tests.server import Aide, environment_of, free_port, sample, until

WORDS = "walking the demo"


def processes_of(folder: Path) -> list[int]:
    """Every process that was started for this data folder."""
    mark = f"DATA_DIR={folder}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


class Started:
    """One `manage.py start` on a free port."""

    def __init__(self, folder: Path, **changes: str):
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder.parent / f"start-{self.port}.log"
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "start"],
                cwd=settings.BASE_DIR,
                env=environment_of(
                    folder, {"PORT": str(self.port), "PYTHONUNBUFFERED": "1", **changes}
                ),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def until_greeted(self) -> str:
        def greeted():
            assert self.process.poll() is None, self.said()
            return "Ctrl-C stops everything." in self.said()

        until(greeted, 120)
        return self.said()

    def stop(self, number: int = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("start") / "data"


@pytest.fixture
def start(folder):
    started = []

    def make(**changes: str) -> Started:
        started.append(Started(folder, **changes))
        return started[-1]

    yield make
    for one in started:
        one.stop()


def sign_in(url: str, email: str, password: str) -> str:
    form = {"email": email, "password": password}
    answer = requests.post(f"{url}/login", json=form, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


def devices(url: str, token: str, **query) -> list[dict]:
    answer = requests.get(
        f"{url}/api/fleet/devices",
        params={"limit": 100, **query},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    return answer.json()["results"]


def test_one_command_brings_the_demo_to_life_and_ctrl_c_ends_it(start, folder):
    running = start()
    said = running.until_greeted()
    assert f"Fleet Platform is running at {running.url}/" in said
    password = re.search(r"Password: (\S+)\n", said)[1]
    for email, _ in roster.ACCOUNTS:
        assert email in said
        sign_in(running.url, email, password)

    token = sign_in(running.url, "viewer@demo.example", password)
    kinds = [one["kind"] for one in devices(running.url, token)]
    assert kinds.count("robot") >= 12 and kinds.count("drone") >= 4
    assert {"remote_controller", "depot", "base_station"} <= set(kinds)
    assert devices(running.url, sign_in(running.url, roster.STRANGER, password)) == []
    until(lambda: len(devices(running.url, token, online="true")) == len(kinds))
    maps = {one["position"]["map_id"] for one in devices(running.url, token, kind="robot")}
    assert maps == {"thehyundai_1f", "thehyundai_2f"}

    assert len(processes_of(folder)) >= 4
    assert running.stop() == 0
    assert "Everything has stopped." in running.said()
    assert processes_of(folder) == []

    again = start()
    said = again.until_greeted()
    assert password not in said and "unchanged" in said
    sign_in(again.url, "owner@demo.example", password)
    os.kill(again.process.pid, signal.SIGKILL)
    until(lambda: processes_of(folder) == [])


def test_a_password_of_ones_own_is_every_accounts_password(start):
    running = start(DEMO_PASSWORD=WORDS)
    running.until_greeted()
    sign_in(running.url, "owner@demo.example", WORDS)
    sign_in(running.url, "stranger@demo.example", WORDS)
    assert running.stop(signal.SIGTERM) == 0


def test_without_the_demo_there_is_nobody_and_the_worker_works(tmp_path):
    changes = {"DEMO": "0", "OFFLINE_AFTER_SECONDS": "2"}
    running = Started(tmp_path / "data", **changes)
    aide = None
    try:
        said = running.until_greeted()
        assert "Demo accounts" not in said
        form = {"email": "owner@demo.example", "password": WORDS}
        assert requests.post(f"{running.url}/login", json=form, timeout=30).status_code == 401

        aide = Aide(running.folder, changes)
        robot = aide.world()["robots"][0]
        token = sign_in(running.url, "viewer@test.example", PASSWORD)
        aide.commit(robot["id"], [sample(1)])
        assert devices(running.url, token, online="true")
        until(lambda: not devices(running.url, token, online="true"), 60)
        waiting = list((running.folder / "queue" / "messages").iterdir())
        assert len(waiting) <= 2, "the queue's folder grows"
    finally:
        running.stop()
        if aide:
            aide.close()


def test_a_taken_port_is_said_plainly(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = subprocess.run(
            [sys.executable, "manage.py", "start"],
            cwd=settings.BASE_DIR,
            env=environment_of(folder, {"PORT": str(port)}),
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert told.returncode == 1
    assert f"Cannot listen on 127.0.0.1 port {port}" in told.stderr
    assert f"PORT={port + 1} make run" in told.stderr


def test_unsafe_settings_are_refused_before_anything_starts(folder):
    told = subprocess.run(
        [sys.executable, "manage.py", "start"],
        cwd=settings.BASE_DIR,
        env=environment_of(folder, {"PORT": str(free_port()), "WEB_PROCESSES": "2"}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert told.returncode == 1
    assert "fleet.E001" in told.stderr and "fleet.E002" in told.stderr
