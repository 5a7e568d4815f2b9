"""Every list costs the same number of queries for 1, 20 and 60 rows: REST, the FlyingLet API, pages and the console.

`LISTS` and `NO_LISTS` together name every GET of the table of rights, so a new list is tried here or gives a reason.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configuration
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Device, Membership, User, Workspace
from accounts.roles import Role
from conftest import PASSWORD
from fleet_platform.media.models import Upload
from fleet_platform.telemetry import ingest, store
from fleet_platform.telemetry.models import Alarm, Command, NotificationChannel, Zone
from robots.models import (
    Drive,
    FloorMap,
    HeatHour,
    HourlyTraffic,
    Lap,
    PhotoLog,
    Region,
    Robot,
    RouteRun,
    Schedule,
    ScheduleRun,
    ScheduleTimer,
    SectionRun,
    VisitorHour,
    WayPointList,
)
from robots.models import Store as Shop

from .rights_rules import RULES, TRIANGLE

SIZES = (1, 20, 60)
START = 1_767_225_600  # 2026-01-01, seconds
DAY = {"from_date": "2026-01-01", "to_date": "2026-01-02"}


class Crowd:
    """A workspace that grows: `grow(n)` brings everything in it to n rows more."""

    def __init__(self, workspace: Workspace, owner: User):
        self.workspace, self.owner = workspace, owner
        self.size, self.persons = 0, []
        self.floor = FloorMap.objects.create(workspace=workspace, map_id="first")
        self.robots: list[Robot] = []
        self.schedule = Schedule.objects.create(floor=self.floor, title="first")

    def grow(self, size: int) -> None:
        numbers = range(self.size, size)
        self.size = size
        self.persons += User.objects.bulk_create(
            User(email=f"person{n}@crowd.example", name=f"person {n}", password="!")
            for n in numbers
        )
        self._robots(numbers)
        self._rows_of_one_robot(numbers)
        self._places(numbers)
        self._people(numbers)

    def _robots(self, numbers) -> None:
        devices = Device.objects.bulk_create(
            Device(
                workspace=self.workspace,
                kind="robot",
                name=f"robot {n}",
                serial_number=f"S{n}",
                factory_code=f"F{n}",
            )
            for n in numbers
        )
        self.robots += Robot.objects.bulk_create(
            Robot(device=device, robot_id=f"r{device.pk}", chip_serial="chip") for device in devices
        )
        self._send(devices, 1)

    def _send(self, devices: list[Device], count: int, first: int = 0) -> None:
        sections = {
            "pose": {"x": 1, "y": 2, "map_id": "first"},
            "robot_base_status": {"battery": 5},
        }
        samples = [{"time": START + first + n, "sections": sections} for n in range(count)]
        body = json.dumps({"samples": samples}).encode()
        senders = [ingest.Sender(device.pk, "robot", self.workspace.pk) for device in devices]
        store.commit([ingest.parse_batch(body, sender).rows for sender in senders])

    def _rows_of_one_robot(self, numbers) -> None:
        device = self.robots[0].device
        self._send([device], len(numbers), 10 + numbers[0])
        PhotoLog.objects.bulk_create(
            PhotoLog(
                device=device,
                robot_id=self.robots[0].robot_id,
                pose_x=1,
                pose_y=2,
                pose_timestamp_ms=START * 1000,
                timestamp_ms=START * 1000 + n,
            )
            for n in numbers
        )
        here = {"device": device, "workspace": self.workspace}
        Command.objects.bulk_create(
            Command(**here, name="locate", expires_at=timezone.now(), requested_by=self.person(n))
            for n in numbers
        )
        Alarm.objects.bulk_create(
            Alarm(
                **here, code="test", subject=str(n), severity="info", acknowledged_by=self.person(n)
            )
            for n in numbers
        )
        Upload.objects.bulk_create(
            Upload(name=f"u{n}", purpose="sent", content_type="image/png", size=1, **here, user=self.person(n))
            for n in numbers
        )  # fmt: skip

        self._derived(device, numbers)

    def _derived(self, device: Device, numbers) -> None:
        """Drives with all their parts, and hourly counts."""
        hour = 3_600_000_000
        hours = {n: {"device": device, "map_id": "first", "hour_us": START * 10**6 + n * hour} for n in numbers}  # fmt: skip
        logs = {
            n: {"device": device, "start_us": at["hour_us"], "end_us": at["hour_us"] + 1, "time_us": 1, "distance": 1, "changed_us": 0}
            for n, at in hours.items()
        }  # fmt: skip
        HourlyTraffic.objects.bulk_create(HourlyTraffic(**hours[n], seen=1) for n in numbers)
        VisitorHour.objects.bulk_create(
            VisitorHour(**hours[n], visits=1, people=1, stay_us=1) for n in numbers
        )
        HeatHour.objects.bulk_create(HeatHour(**hours[n], cells=b"\x90") for n in numbers)
        drives = Drive.objects.bulk_create(
            Drive(**logs[n], map_id="first", told=False) for n in numbers
        )
        runs = RouteRun.objects.bulk_create(
            RouteRun(**logs[n], drive=drive, way_point_id="0", laps=1)
            for n, drive in zip(numbers, drives, strict=True)
        )
        laps = Lap.objects.bulk_create(
            Lap(**logs[n], route_run=run, number=1, complete=True)
            for n, run in zip(numbers, runs, strict=True)
        )
        SectionRun.objects.bulk_create(
            SectionRun(**logs[n], lap=lap, index=0, to_index=1)
            for n, lap in zip(numbers, laps, strict=True)
        )

    def _places(self, numbers) -> None:
        where, at = {"workspace": self.workspace}, {"floor": self.floor}
        Zone.objects.bulk_create(
            Zone(
                **where,
                name=f"zone {n}",
                map_id="first",
                polygon=TRIANGLE,
                created_by=self.person(n),
            )
            for n in numbers
        )
        FloorMap.objects.bulk_create(FloorMap(**where, map_id=f"floor {n}") for n in numbers)
        Shop.objects.bulk_create(
            Shop(**at, store_id=str(n), name="shop", polygon=TRIANGLE, center_x=1, center_y=1)
            for n in numbers
        )
        Region.objects.bulk_create(
            Region(**at, region_id=str(n), x=0, y=0, width=2, height=2) for n in numbers
        )
        WayPointList.objects.bulk_create(
            WayPointList(**at, way_point_id=str(n), name="way", points=[{"x": 0, "y": 0}])
            for n in numbers
        )
        for schedule in Schedule.objects.bulk_create(
            Schedule(**at, title=f"schedule {n}") for n in numbers
        ):
            schedule.robots.set(self.robots[:2])
            ScheduleTimer.objects.create(schedule=schedule, hours=9, minutes=0)

        NotificationChannel.objects.bulk_create(
            NotificationChannel(user=self.owner, kind="email", address=f"a{n}@crowd.example")
            for n in numbers
        )
        timer = ScheduleTimer.objects.create(schedule=self.schedule, hours=9, minutes=0)
        ScheduleRun.objects.bulk_create(
            ScheduleRun(
                schedule=self.schedule,
                timer=timer,
                due_at=timezone.now() + timedelta(minutes=n),
                state="fired",
            )
            for n in numbers
        )

    def _people(self, numbers) -> None:
        Membership.objects.bulk_create(
            Membership(user=self.person(n), workspace=self.workspace, role=role)
            for n in numbers
            for role in (Role.VIEWER, Role.OPERATOR)
        )
        places = Workspace.objects.bulk_create(Workspace(name=f"place {n}") for n in numbers)
        Membership.objects.bulk_create(
            Membership(user=self.owner, workspace=place, role=Role.OWNER) for place in places
        )

    def person(self, number: int) -> User:
        """Another one for each row, so that none is known from the row before."""
        return self.persons[number]


@dataclass(frozen=True)
class List:
    """`path`: with `{device}`, `{robot}`, `{workspace}`, `{floor}`, `{schedule}` for the crowd's own.

    `count`: how many rows the answer has, at least as many as the crowd. `page`: asked with a browser's session.
    """

    path: str
    count: Callable[[Any], int] = lambda answer: len(answer.json()["results"])
    body: dict | None = None
    page: bool = False


TELEMETRY = "/api/fleet/devices/{device}/telemetry?from=2026-01-01T00:00:00Z"
PAGE = lambda answer: SIZES[-1]  # noqa: E731  (its rows are drawn by scripts)
LINES = lambda answer: answer.getvalue().count(b"\n") - 1  # noqa: E731
LISTS: dict[str, List] = {
    "api/fleet/devices": List("/api/fleet/devices?limit=100"),
    "api/fleet/workspaces": List("/api/fleet/workspaces?limit=100"),
    "api/fleet/workspaces/<id:workspace_id>/members": List(
        "/api/fleet/workspaces/{workspace}/members?limit=100"
    ),
    "api/fleet/me": List("/api/fleet/me", lambda answer: len(answer.json()["workspaces"])),
    "api/fleet/devices/<id:device_id>/telemetry": List(TELEMETRY),
    "the same in buckets": List(f"{TELEMETRY}&resolution=1"),
    "api/fleet/devices/<id:device_id>/commands": List(
        "/api/fleet/devices/{device}/commands?limit=100"
    ),
    "api/fleet/alarms": List("/api/fleet/alarms?limit=100"),
    "alarms as csv": List("/api/fleet/alarms?format=csv", LINES),
    "drives as csv": List("/api/fleet/devices/{device}/drives?format=csv", LINES),
    "visitors as csv": List(
        "/api/fleet/devices/{device}/visitors?format=csv&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z",
        LINES,
    ),
    "traffic as csv": List(
        "/api/fleet/floors/{floor}/traffic?format=csv&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z",
        LINES,
    ),
    "api/fleet/devices/<id:device_id>/drives": List("/api/fleet/devices/{device}/drives?limit=100"),
    "the same with laps": List(
        "/api/fleet/devices/{device}/drives?include=sections", lambda answer: SIZES[-1]
    ),
    "api/fleet/devices/<id:device_id>/photos": List("/api/fleet/devices/{device}/photos?limit=100"),
    "api/fleet/devices/<id:device_id>/status-changes": List(
        "/api/fleet/devices/{device}/status-changes?field=robot_base_status.drive_status&from=2026-01-01T00:00:00Z", PAGE
    ),
    "api/fleet/me/channels": List("/api/fleet/me/channels?limit=100"),
    "alerts/": List("/alerts/", PAGE, page=True),
    "schedules/": List("/schedules/", PAGE, page=True),
    "sites/<int:workspace_id>/floors/<path:map_id>/": List(
        "/sites/{workspace}/floors/first/", PAGE, page=True
    ),
    "api/fleet/devices/<id:device_id>/visitors": List(
        "/api/fleet/devices/{device}/visitors?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z"
    ),
    "api/fleet/floors/<id:floor_id>/traffic": List(
        "/api/fleet/floors/{floor}/traffic?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z"
    ),
    "api/fleet/floors/<id:floor_id>/heat": List(
        "/api/fleet/floors/{floor}/heat?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z",
        lambda answer: SIZES[-1],  # cells, not rows
    ),
    "api/fleet/zones": List("/api/fleet/zones?limit=100"),
    "api/fleet/floors": List("/api/fleet/floors?limit=100"),
    "api/fleet/floors/<id:floor_id>": List("/api/fleet/floors/{floor}", lambda answer: len(answer.json()["stores"])),
    "api/fleet/schedules": List("/api/fleet/schedules?limit=100"),
    "api/fleet/schedules/<id:schedule_id>/runs": List("/api/fleet/schedules/{schedule}/runs?limit=100"),
    "photolog/list": List(
        "/photolog/list?robot_id={robot}&start_timestamp=2026-01-01&end_timestamp=2026-01-02",
        lambda answer: len(answer.json()["result"]),
    ),
    "stream": List("/stream", lambda answer: SIZES[-1]),  # one document over all robots
    "blackbox": List("/blackbox", lambda answer: len(answer.json()), body={**DAY, "robot_id": "{robot}"}),
    "signin": List(
        "/signin", lambda answer: len(answer.json()[0]["robot_list"]), body={"email": "{email}", "password": PASSWORD}
    ),
    "signin/Admin": List(
        "/signin/Admin",
        lambda answer: len(json.loads(answer.json()["adminProfile"])["robot_list"]),
        body={"email": "{email}", "password": PASSWORD},
    ),
    "": List("/", PAGE, page=True),
    "robots/<int:device_id>/": List("/robots/{device}/", PAGE, page=True),
    "fcode-device": List("/fcode-device", lambda answer: len(answer.json()["subUserIDs"]), body={"fCode": "F0"}),
}  # fmt: skip
ONE = "one row"
OPEN = "no row of anybody"
NO_LISTS = {
    "api/fleet/workspaces/<id:workspace_id>": ONE,
    "api/fleet/devices/<id:device_id>": ONE,
    "api/fleet/devices/<id:device_id>/export": "a stream, tried in its own tests",
    "api/fleet/alarms/<id:alarm_id>": ONE,
    "api/fleet/me/channels/<id:channel_id>": ONE,
    "api/fleet/zones/<id:zone_id>": ONE,
    "api/fleet/commands/<id:command_id>": ONE,
    "api/fleet/floors/<id:floor_id>/image": ONE,
    "api/fleet/stores/<id:store_id>": ONE,
    "api/fleet/regions/<id:region_id>": ONE,
    "api/fleet/way-points/<id:way_points_id>": ONE,
    "api/fleet/schedules/<id:schedule_id>": ONE,
    "Registry/robot_id/<str:robot_id>": ONE,
    "stream/robot": ONE,
    "uploads/<str:name>": ONE,
    "refresh": ONE,
    **dict.fromkeys(("jsi18n/", "api/schema", "api/docs", "healthz", "readyz", "metrics"), OPEN),
    "devices/<int:device_id>/": "leads on to the kind's own page",
    "login/": OPEN,
    "login/forgotten": OPEN,
    "settings/": "one's own choices; its workspaces are those of the shell",
    "settings/password": OPEN,
}


def test_every_get_is_a_list_here_or_none_for_a_reason():
    known = {*LISTS, *NO_LISTS}
    assert {route for method, route in RULES if method == "GET"} - known == set()


@pytest.fixture
def crowd(workspace, platform_owner) -> Crowd:
    Membership.objects.create(user=platform_owner, workspace=workspace, role=Role.OWNER)
    return Crowd(workspace, platform_owner)


def filled(value: Any, crowd: Crowd) -> Any:
    if isinstance(value, dict):
        return {key: filled(part, crowd) for key, part in value.items()}
    names = {
        "device": crowd.robots[0].device_id,
        "robot": crowd.robots[0].robot_id,
        "workspace": crowd.workspace.pk,
        "floor": crowd.floor.pk,
        "schedule": crowd.schedule.pk,
        "email": crowd.owner.email,
    }
    return re.sub(r"\{(\w+)\}", lambda found: str(names[found[1]]), value)


class Asker:
    """Asks one list again and again, and counts the queries."""

    def __init__(self, crowd: Crowd, client: Client, asked: List):
        self.crowd, self.client, self.asked = crowd, client, asked

    def ask(self):
        path = filled(self.asked.path, self.crowd)
        if self.asked.body is None:
            return self.client.get(path)
        body = filled(self.asked.body, self.crowd)
        return self.client.post(path, body, content_type="application/json")

    def cost(self) -> int:
        """Queries of one request, none of them for what a process looks up once."""
        self.ask()
        with CaptureQueriesContext(connection) as captured:
            answer = self.ask()
        assert answer.status_code == 200, (self.asked.path, answer.content[:500])
        assert self.asked.count(answer) >= self.crowd.size, self.asked.path
        return len(captured)


CONSOLE = {
    model._meta.label: List(
        f"/admin/{model._meta.app_label}/{model._meta.model_name}/", PAGE, page=True
    )
    for model in admin.site._registry
}


def test_every_list_costs_the_same_however_long_it_is(crowd, token_of):
    with_token = Client(headers={"Authorization": f"Bearer {token_of(crowd.owner)}"})
    browser = Client()
    browser.force_login(crowd.owner, configuration.AUTHENTICATION_BACKENDS[0])
    askers = {
        route: Asker(crowd, browser if asked.page else with_token, asked)
        for route, asked in {**LISTS, **CONSOLE}.items()
    }
    told: dict[str, list[int]] = {route: [] for route in askers}
    for size in SIZES:
        crowd.grow(size)
        for route, asker in askers.items():
            told[route].append(asker.cost())
    assert {route: counts for route, counts in told.items() if len(set(counts)) > 1} == {}
