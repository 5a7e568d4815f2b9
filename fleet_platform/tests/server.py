"""The real server as a process, for tests that must kill it, watch its memory, or speak to it as the world does.

`make_server` (fleet_platform/conftest.py) gives one on a free port with a data folder of its own, copied from a
migrated template with two workspaces, their people and a few robots (aide.world).
"""

import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import requests
from django.conf import settings
from django.test import override_settings

from fleet_platform.management.commands.start import web

from .aide import PASSWORD

ENOUGH_SECONDS = 60  # for anything that normally takes one: the machine may be busy
SWITCHES = ("DATABASE_URL", "REDIS_URL", "MQTT_URL", "CELERY_BROKER_URL", "SECRET_KEY", "DEBUG")
DAPHNE_PING_SECONDS = 5
EPOCH_MS = 1_700_000_000_000  # the first sample of any device


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(ask: Callable, seconds: float = ENOUGH_SECONDS, pause: float = 0.02):
    """The first true answer of `ask`, tried again and again. AssertionError when it never comes."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(pause)
    return answer


def sample(number: int, **pose) -> dict:
    """Sample `number` of a device: a tenth of a second after the one before."""
    place = {"x": number % 1000, "y": 1.5, "rotate": 0, "map_id": "floor", **pose}
    return {"time": EPOCH_MS + 100 * number, "seq": number, "sections": {"pose": place}}


def time_of(number: int) -> str:
    """The time of sample `number` as documents print it."""
    moment = datetime.fromtimestamp((EPOCH_MS + 100 * number) / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def environment_of(folder: Path, changes: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process of that installation, whatever this one was started with."""
    kept = {name: value for name, value in os.environ.items() if name not in SWITCHES}
    return {
        **kept,
        "DATA_DIR": str(folder),
        "STATIC_MANIFEST": "0",
        "DJANGO_SETTINGS_MODULE": "fleet_platform.settings",
        **changes,
    }


def manage(folder: Path, *arguments: str, changes: Mapping[str, str]) -> None:
    subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
        env=environment_of(folder, changes),
        check=True,
        timeout=3 * ENOUGH_SECONDS,
    )


_numbers = itertools.count(1)


class Aide:
    """Calls functions of aide.py in a process of its own: `aide.move(device_id, workspace_id)`."""

    def __init__(self, folder: Path, changes: Mapping[str, str] | None = None):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "fleet_platform.tests.aide"],
            cwd=settings.BASE_DIR,
            env=environment_of(folder, changes or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __getattr__(self, name: str) -> Callable:
        def call(*arguments):
            self._process.stdin.write(json.dumps([name, arguments]) + "\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline())
            assert "error" not in answer, f"{name}: {answer['error']}"
            return answer["result"]

        return call

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(ENOUGH_SECONDS)
        self._process.stdout.close()


class Server:
    """One server process and what a client needs to talk to it. `kind` is uvicorn or daphne."""

    def __init__(
        self,
        folder: Path,
        world: dict,
        *,
        kind: str = "uvicorn",
        changes: Mapping[str, str] | None = None,
    ):
        self.folder = folder
        self.kind = kind
        self.home: int = world["home"]
        self.elsewhere: int = world["elsewhere"]
        self.robots: list[dict] = world["robots"]
        self.foreign: dict = world["foreign"]
        self.port = free_port()
        self.changes = {"PORT": str(self.port), **(changes or {})}
        self.process: subprocess.Popen | None = None
        self.said = "nothing"
        self._aide: Aide | None = None

    # --- life ---

    @property
    def command(self) -> list[str]:
        if self.kind == "daphne":
            return [
                *(sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(self.port)),
                *("--ping-interval", str(DAPHNE_PING_SECONDS)),
                *("--ping-timeout", str(DAPHNE_PING_SECONDS)),
                *("--verbosity", "0", "fleet_platform.asgi:application"),
            ]
        with override_settings(PORT=self.port, HOST="127.0.0.1", WEB_PROCESSES=1):
            return list(web().command)

    def start(self) -> "Server":
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=settings.BASE_DIR,
                env=environment_of(self.folder, self.changes),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            until(self.is_ready)
        except AssertionError as error:
            self.stop()
            raise AssertionError(f"{error}; it says of itself: {self.said}") from None
        return self

    def is_ready(self) -> bool:
        assert self.process.poll() is None, f"the server ended:\n{self.log()[-3000:]}"
        with contextlib.suppress(requests.RequestException):
            answer = requests.get(f"{self.url}/readyz", timeout=5)
            self.said = answer.text
            return answer.status_code == 200
        return False

    def kill(self) -> None:
        """As `kill -9` does: nothing is written any more."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(ENOUGH_SECONDS)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
        if self._aide is not None:
            self._aide.close()
            self._aide = None

    # --- what one sees of it from outside ---

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def aide(self) -> Aide:
        if self._aide is None:
            self._aide = Aide(self.folder, self.changes)
        return self._aide

    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    def rss(self) -> int:
        """Bytes of memory of its own. Pages of the database file that SQLite maps are the kernel's to take back."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("RssAnon:"))
        return int(line.split()[1]) * 1024

    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def metric(self, name: str) -> float:
        """One number of /metrics that has no labels."""
        text = requests.get(f"{self.url}/metrics", timeout=ENOUGH_SECONDS).text
        line = next(line for line in text.splitlines() if line.startswith(f"{name} "))
        return float(line.split()[1])

    # --- clients ---

    def call(self, method: str, path: str, body=None, token: str = "") -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.request(
            method, self.url + path, json=body, headers=headers, timeout=ENOUGH_SECONDS
        )

    def login(self, who: str) -> str:
        """A fresh session's access token of owner, admin, operator, viewer, stranger or a person made."""
        return self.login_pair(who)["access_token"]

    def login_pair(self, who: str) -> dict:
        body = {"email": f"{who}@test.example", "password": PASSWORD}
        answer = self.call("POST", "/login", body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def device_token(self, robot: dict) -> str:
        body = {"device": robot["name"], "secret": robot["secret"]}
        answer = self.call("POST", "/api/fleet/device-token", body)
        assert answer.status_code == 200, answer.text
        return answer.json()["token"]

    def send(self, token: str, *samples: dict) -> dict:
        """One batch; what the platform acknowledged."""
        answer = self.call("POST", "/api/fleet/telemetry", {"samples": samples}, token)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def black_box(self, device_id: int, token: str, **query) -> list[dict]:
        """Every stored sample of a device, oldest first, by the public API."""
        path = f"{self.url}/api/fleet/devices/{device_id}/telemetry"
        headers = {"Authorization": f"Bearer {token}"}
        query = {"limit": 10_000, **query}
        found = []
        while True:
            answer = requests.get(path, params=query, headers=headers, timeout=ENOUGH_SECONDS)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            found += page["results"]
            if not page.get("next"):
                return found
            query["cursor"] = page["next"]

    def new_robot(self) -> dict:
        """A robot that no other test has touched."""
        return self.aide.register(self.home, f"fresh-{next(_numbers)}")

    def new_person(self, role: str) -> tuple[str, int]:
        """A member of the home workspace whom nobody else is: the name to log in with, and the id."""
        name = f"person-{next(_numbers)}"
        return name, self.aide.person(self.home, f"{name}@test.example", role)
