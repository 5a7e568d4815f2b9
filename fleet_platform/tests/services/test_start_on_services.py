"""The one start command on PostgreSQL, Redis and Mosquitto, with two web processes and the gateway."""

import signal
import subprocess
import sys

import pytest
import requests
from django.conf import settings

from fleet_platform.tests.server import environment_of, free_port, until

WORDS = "walking the demo"


@pytest.fixture(scope="module")
def platform(installation):
    """The address of a platform that `manage.py start` runs; it ends without leaving a process."""
    port = free_port()
    changes = {
        **installation.changes,
        "PORT": str(port),
        "WEB_PROCESSES": "2",
        "DEMO_PASSWORD": WORDS,
        "PYTHONUNBUFFERED": "1",
    }
    log = installation.folder / "start.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "start"],
            cwd=settings.BASE_DIR,
            env=environment_of(installation.folder, changes),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )

    def greeted():
        assert process.poll() is None, log.read_text()
        return "Ctrl-C stops everything." in log.read_text()

    try:
        until(greeted, 120)
        until(lambda: "Reading telemetry from the broker" in log.read_text())
        yield f"http://127.0.0.1:{port}"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)


def ask(platform: str, path: str) -> requests.Response:
    form = {"email": "operator@demo.example", "password": WORDS}
    token = requests.post(f"{platform}/login", json=form, timeout=30).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{platform}{path}", headers=headers, timeout=30)


def test_every_part_is_ready(platform):
    ready = requests.get(f"{platform}/readyz", timeout=30).json()
    assert ready["missing"] == {}
    assert {"database", "live layer", "broker"} <= set(ready["checked"])


def test_the_demo_lives_on_it(platform):
    def all_online():
        found = ask(platform, "/api/fleet/devices?search=SIM-&limit=100").json()["results"]
        return len(found) == 19 and all(one["online"] for one in found)

    until(all_online, pause=0.5)


def test_simulators_speak_mqtt_too(platform, installation):
    told = subprocess.run(
        [
            *(sys.executable, "manage.py", "simulate_fleet", "--url", platform),
            *("--email", "operator@demo.example", "--create", "4", "--kinds", "robot,drone"),
            *("--transport", "mqtt", "--rate", "5", "--duration", "4"),
        ],
        cwd=settings.BASE_DIR,
        env=environment_of(installation.folder, {**installation.changes, "FLEET_PASSWORD": WORDS}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert told.returncode == 0, told.stderr
    assert "Driving 4 devices by mqtt" in told.stdout
    assert "0 dropped, 0 breaks" in told.stdout

    def stored():
        found = ask(platform, "/api/fleet/devices?search=Simulated").json()["results"]
        return len(found) == 4 and all(one["time"] for one in found)

    until(stored, pause=0.5)


def test_the_worker_takes_its_tasks_from_redis(platform, installation):
    """Devices whose simulators ended go offline: the worker's doing."""

    def offline():
        found = ask(platform, "/api/fleet/devices?search=Simulated").json()["results"]
        return found and not any(one["online"] for one in found)

    until(offline, 90, pause=0.5)
    assert not (installation.folder / "queue").exists()
