"""The real server, devices that send by its public API, and Debian's chromium. Run on its own: `make e2e`.

A page that asks anything of another host, or whose script fails, fails its test.
"""

import os
import shutil
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from fleet_platform.tests.aide import PASSWORD
from fleet_platform.tests.server import Server

# Playwright keeps an event loop in the main thread; pytest-django would not touch a database there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

PATIENCE_MS = 20_000
PERIOD_SECONDS = 0.4
HISTORY_SECONDS = 300
MAP_ID = "hall_1f"
SEOUL = (37.52, 126.93)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--mute-audio",
    "--force-color-profile=srgb",
]
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        pytest.skip("no chromium on this machine: install it, or name one in CHROMIUM")
    return {**browser_type_launch_args, "executable_path": chromium, "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def device():
    """pytest-playwright's name for the telephone to imitate: none. Elsewhere in these tests it is a robot."""


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {
        **browser_context_args,
        "locale": "en-GB",
        "timezone_id": "Asia/Seoul",
        "viewport": {"width": 1440, "height": 900},
        "reduced_motion": "reduce",
    }


@pytest.fixture(autouse=True)
def _guarded(context):
    """Nothing leaves this machine, and no script throws."""
    foreign, errors = [], []

    def asked(request):
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1":
            foreign.append(request.url)

    context.on("request", asked)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield
    assert foreign == []
    assert errors == []


class Fleet:
    """Robots that drive along a line on one floor and a drone that flies north, until stopped.

    A robot's x counts the seconds since the fleet began, its past included.
    """

    def __init__(self, server: Server):
        self.server = server
        self.robots = server.robots
        self.drone = self._new_drone()
        self.tokens = {one["id"]: server.device_token(one) for one in [*self.robots, self.drone]}
        self.began = time.time() - HISTORY_SECONDS
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._drive, daemon=True)

    def _new_drone(self) -> dict:
        body = {
            "workspace_id": self.server.home,
            "kind": "drone",
            "name": "drone-1",
            "serial_number": "drone-1",
        }
        answer = self.server.call("POST", "/api/fleet/devices", body, self.server.login("owner"))
        assert answer.status_code == 201, answer.text
        made = answer.json()
        return {"id": made["device_id"], "name": "drone-1", "secret": made["secret"]}

    def start(self) -> "Fleet":
        past = [self.robot_sample(self.began + second) for second in range(HISTORY_SECONDS)]
        self.server.send(self.tokens[self.robots[0]["id"]], *past)
        self._thread.start()
        return self

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _drive(self) -> None:
        while not self._ended.wait(PERIOD_SECONDS):
            now = time.time()
            samples = {one["id"]: self.robot_sample(now) for one in self.robots[:3]}
            samples[self.drone["id"]] = self._drone_sample(now)
            for id, sample in samples.items():
                self._send(self.tokens[id], sample)

    def _send(self, token: str, sample: dict) -> None:
        """A server that is being restarted misses samples: a device would send on all the same."""
        try:
            self.server.send(token, sample)
        except (AssertionError, OSError):
            return

    def robot_sample(self, moment: float) -> dict:
        travelled = round(moment - self.began, 1)
        return {
            "time": iso(moment),
            "seq": 0,
            "sections": {
                "pose": {"x": travelled, "y": 300, "rotate": 0, "map_id": MAP_ID},
                "robot_base_status": {
                    "speed": 0.5,
                    "battery": 64,
                    "drive_status": "Driving",
                    "network": "GOOD",
                },
            },
        }

    def _drone_sample(self, moment: float) -> dict:
        north = (moment - self.began) * 1e-5
        return {
            "time": iso(moment),
            "seq": 0,
            "sections": {
                "osd": {
                    "latitude": SEOUL[0] + north,
                    "longitude": SEOUL[1],
                    "elevation": 62,
                    "height": 90,
                    "attitude_head": 0,
                    "horizontal_speed": 1.1,
                    "mode_code": 5,
                    "battery": {"capacity_percent": 54},
                }
            },
        }


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")


@pytest.fixture(scope="module")
def server(server_maker):
    """One for each file of tests: what they leave behind is in nobody else's way."""
    made = server_maker()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def fleet(server):
    made = Fleet(server).start()
    yield made
    made.stop()


@pytest.fixture
def sign_in(page: Page, server) -> Callable[[str], Page]:
    """`sign_in("owner")`: through the form, as a person does."""

    def fill(who: str, url: str = server.url) -> Page:
        page.goto(f"{url}/login/")
        page.get_by_label("E-mail").fill(f"{who}@test.example")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{url}/**")
        return page

    return fill


@pytest.fixture
def signed_in(context, server, page) -> Callable[..., Page]:
    """`signed_in("viewer", language="ko", theme="dark")`: past the form, for tests about something else."""

    def enter(who: str, language: str = "en", theme: str = "light") -> Page:
        key = server.aide.browser_session(f"{who}@test.example")
        cookies = {"sessionid": key, "django_language": language, "theme": theme}
        context.add_cookies(
            [{"name": name, "value": value, "url": server.url} for name, value in cookies.items()]
        )
        return page

    return enter
