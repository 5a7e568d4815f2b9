"""Every url, topic and socket, tried by everybody: rights_rules.py says who gets what, and this performs it.

A new route, method, topic kind, socket or console model without a rule fails here.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import pytest
from channels.testing import WebsocketCommunicator
from django.conf import settings as configuration
from django.contrib import admin
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import URLPattern, get_resolver
from django.utils import timezone
from PIL import Image

from accounts.models import Credential, Device, LoginSession, Membership
from accounts.roles import Role
from accounts.selectors import actor_of_device, actor_of_user
from conftest import PASSWORD
from fleet_platform.asgi import application, sockets
from fleet_platform.media.models import Upload
from fleet_platform.media.services import picture_upload
from fleet_platform.shared.clock import now_us
from fleet_platform.shared.dialect import dialect_for
from fleet_platform.shared.sealing import seal
from fleet_platform.telemetry import events, ingest, kinds, runtime, store
from fleet_platform.telemetry.commands.services import command_request
from fleet_platform.telemetry.models import Alarm, Command, Delivery, NotificationChannel, Zone
from fleet_platform.telemetry.notices.services import CONFIRM_SALT
from fleet_platform.telemetry.zones.services import zone_create
from robots.models import (
    Drive,
    FloorMap,
    HourlyTraffic,
    PhotoLog,
    Region,
    Schedule,
    Store,
    VisitorHour,
    WayPointList,
)
from robots.services import (
    floor_map_create,
    place_create,
    robot_register,
    schedule_create,
    schedule_run_now,
)

from .drawings import drawn
from .rights_rules import ACTORS, ANY_METHOD, ELSEWHERE, RULES, SOCKETS, TOPICS, TRIANGLE, Rule

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
MISSING = 999_999_999
HOME, ABROAD = (
    "Homeland",
    "Outland",
)  # marks in every name, so that a foreign row shows in any answer


def is_api(route: str) -> bool:
    """Whether it is asked with a token; pages are asked with a browser's session."""
    return dialect_for("/" + route) is not None


class World:
    """Two workspaces with one robot each, everybody of ACTORS, and the names that rules use."""

    def __init__(self, workspace, other_workspace, people: dict, make_user, registrar):
        self.workspace, self.other_workspace = workspace, other_workspace
        for place, name in ((workspace, HOME), (other_workspace, ABROAD)):
            place.name = f"{name} site"
            place.save()
        self.own = self.robot(registrar, workspace, HOME)
        self.foreign = self.robot(registrar, other_workspace, ABROAD)
        self.floors = [
            self.floor(registrar, workspace, HOME),
            self.floor(registrar, other_workspace, ABROAD),
        ]
        self.zones = [
            self.zone(registrar, workspace, HOME),
            self.zone(registrar, other_workspace, ABROAD),
        ]
        self.places(registrar, self.floors[1], ABROAD)
        own_places = self.places(registrar, self.floors[0], HOME)
        member = make_user(workspace, [Role.VIEWER], name=f"{HOME} member")
        newcomer = make_user()
        self.schedule(registrar, self.floors[1], ABROAD)
        self.actors = {
            **people,
            "anonymous": None,
            "own_device": self.own.device,
            "foreign_device": self.foreign.device,
        }
        self.names = {
            "workspace_id": workspace.pk,
            "device_id": self.own.device_id,
            "robot_id": self.own.robot_id,
            "floor_id": self.floors[0].pk,
            "map_id": "a_map",
            "zone_id": self.zones[0].pk,
            **own_places,
            "user_id": member.pk,
            "command_id": self.command(registrar, self.own).pk,
            "schedule_id": self.schedule(registrar, self.floors[0], HOME),
            "alarm_id": self.alarm(self.own).pk,
            **self.channel(people["viewer"], workspace),
            "serial": self.own.device.serial_number,
            "factory_code": self.own.device.factory_code,
            "chip": self.own.chip_serial,
            "secret": self.own.secret,
            "viewer_email": people["viewer"].email,
            "newcomer_email": newcomer.email,
            "collection": "Users",
            "field": "email",
            "password": PASSWORD,
            "name": self.upload(self.own.device, HOME).name,
        }
        self.unknown = {name: MISSING for name in self.names if name.endswith("_id")}
        self.unknown["robot_id"] = "robot_nobody"
        self.unknown["factory_code"] = self.unknown["chip"] = "nothing"

    @staticmethod
    def robot(registrar, workspace, mark: str):
        robot, secret = robot_register(
            actor=registrar,
            workspace_id=workspace.pk,
            name=f"{mark} robot",
            robot_id=f"robot_{mark}",
            serial_number=f"SN-{mark}",
            factory_code=f"F-{mark}",
            chip_serial=f"chip-{mark}",
            model_name=f"{mark} model",
        )
        robot.secret = secret
        body = json.dumps(
            {
                "samples": [
                    {"time": 1767225600, "sections": {"pose": {"x": 1, "y": 2, "map_id": mark}}}
                ]
            }
        )
        sender = ingest.Sender(robot.device_id, "robot", workspace.pk)
        store.commit([ingest.parse_batch(body.encode(), sender).rows])
        World.derive(robot, f"{mark}_1f")
        return robot

    @staticmethod
    def derive(robot, map_id: str) -> None:
        """One row of each kind that the worker derives from samples."""
        place = {"device": robot.device, "map_id": map_id}
        hour = {**place, "hour_us": now_us() - 3_600_000_000}
        span = {"start_us": now_us() - 2_000_000, "end_us": now_us(), "changed_us": now_us()}
        Drive.objects.create(**place, **span, time_us=2_000_000, distance=5000, told=True)
        HourlyTraffic.objects.create(**hour, seen=3)
        VisitorHour.objects.create(**hour, visits=1, people=1, stay_us=0)

    @staticmethod
    def upload(device, mark: str) -> Upload:
        return picture_upload(
            actor=actor_of_device(device),
            file=BytesIO(drawn()),
            size=len(drawn()),
            file_name=f"{mark}.png",
        )

    @staticmethod
    def command(registrar, robot) -> Command:
        asked = {"device_id": robot.device_id, "name": "go_to", "params": {"map_id": HOME}}
        return command_request(actor=registrar, **asked)[0]

    @staticmethod
    def schedule(registrar, floor, mark: str) -> int:
        timers = [{"hours": 9, "minutes": 30, "go_charger": True}]
        made = schedule_create(
            actor=registrar, floor_id=floor.pk, title=f"{mark} round", timers=timers
        )
        schedule_run_now(actor=registrar, schedule_id=made.pk)
        return made.pk

    @staticmethod
    def floor(registrar, workspace, mark: str) -> FloorMap:
        drawing = BytesIO()
        Image.new("L", (8, 8)).save(drawing, "PNG")
        return floor_map_create(
            actor=registrar,
            workspace_id=workspace.pk,
            map_id=f"{mark}_1f",
            image=drawing.getvalue(),
            name=f"{mark} floor",
        )

    @staticmethod
    def alarm(robot) -> Alarm:
        return Alarm.objects.create(
            device=robot.device, workspace=robot.device.workspace, code="fault", severity="critical"
        )

    @staticmethod
    def channel(person, workspace) -> dict:
        """A webhook of the person that leads nowhere, with a notice that waits."""
        channel = NotificationChannel.objects.create(
            user=person,
            workspace=workspace,
            kind="webhook",
            address=f"https://{HOME}.invalid/",
            secret=seal("whsec_matrix"),
            verified_at=timezone.now(),
        )
        Delivery.objects.create(
            channel=channel,
            workspace=workspace,
            alarm=Alarm.objects.get(workspace=workspace),
            happening="raised",
            document={},
        )
        token = signing.dumps([channel.pk, channel.address], salt=CONFIRM_SALT)
        return {"channel_id": channel.pk, "channel_token": token}

    @staticmethod
    def zone(registrar, workspace, mark: str) -> Zone:
        return zone_create(
            actor=registrar,
            workspace_id=workspace.pk,
            name=f"{mark} zone",
            map_id=f"{mark}_1f",
            polygon=TRIANGLE,
        )

    @staticmethod
    def places(registrar, floor: FloorMap, mark: str) -> dict[str, int]:
        """One store, region and way point list on the floor; their ids by the names that urls give them."""

        def draw(model, **facts) -> int:
            name = f"{mark} place"
            made = place_create(actor=registrar, model=model, floor_id=floor.pk, name=name, **facts)
            return made.pk

        way = [{"x": 1, "y": 1}, {"x": 5, "y": 5}]
        return {
            "store_id": draw(Store, store_id="1", polygon=[[0, 0], [5, 0], [5, 5]]),
            "region_id": draw(Region, region_id="1", x=0, y=0, width=5, height=5),
            "way_points_id": draw(WayPointList, way_point_id="1", points=way),
        }


@pytest.fixture
def people(owner, admin, operator, viewer, stranger, platform_owner) -> dict:
    return {
        "stranger": stranger,
        "viewer": viewer,
        "operator": operator,
        "admin": admin,
        "owner": owner,
        "platform_owner": platform_owner,
    }


@pytest.fixture
def world(workspace, other_workspace, people, make_user, settings, tmp_path) -> World:
    settings.MEDIA_ROOT = tmp_path
    settings.CODES_PER_ADDRESS = 100  # every actor asks for the same one
    return World(
        workspace, other_workspace, people, make_user, actor_of_user(people["platform_owner"])
    )


@pytest.fixture
def client_for(world, token_of, device_token):
    """A client of an actor: with its token on the APIs, with a browser session on pages."""

    def make(name: str, route: str) -> Client:
        somebody = world.actors[name]
        if somebody is None:
            return Client()
        if isinstance(somebody, Device):
            return Client(headers={"Authorization": f"Bearer {device_token(somebody)}"})
        if is_api(route):
            return Client(headers={"Authorization": f"Bearer {token_of(somebody)}"})
        client = Client()
        client.force_login(somebody, configuration.AUTHENTICATION_BACKENDS[0])
        return client

    return make


# --- the table is whole ---


def routes(patterns=None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        whole = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield whole, pattern
        else:
            yield from routes(pattern.url_patterns, whole)


def is_elsewhere(route: str) -> bool:
    return any(route.startswith(prefix) for prefix in ELSEWHERE)


OURS = {route: pattern for route, pattern in routes() if not is_elsewhere(route)}


def test_every_route_has_a_rule():
    assert set(OURS) - {route for _, route in RULES} == set()


def test_every_rule_has_a_route():
    assert {route for _, route in RULES} - set(OURS) == set()


def filled(text: str, names: dict) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: str(names[found[1]]), text)


def with_names(value, names: dict):
    if isinstance(value, dict):
        return {key: with_names(part, names) for key, part in value.items()}
    if isinstance(value, list):
        return [with_names(part, names) for part in value]
    if isinstance(value, str) and (whole := re.fullmatch(r"\{(\w+)\}", value)):
        return names[whole[1]]
    return value


def path_of(route: str, names: dict) -> str:
    return "/" + re.sub(r"<\w+:(\w+)>", lambda found: str(names[found[1]]), route)


def perform(client: Client, method: str, route: str, rule: Rule, names: dict):
    path = path_of(route, names)
    if rule.query:
        path += "?" + filled(rule.query, names)
    body = with_names(rule.body, names)
    if rule.form:
        return client.generic(
            method,
            path,
            "&".join(f"{key}={value}" for key, value in (body or {}).items()),
            content_type="application/x-www-form-urlencoded",
        )
    if rule.file:
        picture = SimpleUploadedFile("picture.png", drawn(), "image/png")
        return client.generic(
            method,
            path,
            encode_multipart(BOUNDARY, {"file": picture}),
            content_type=MULTIPART_CONTENT,
        )
    data = "" if body is None else json.dumps(body)
    return client.generic(method, path, data, content_type="application/json")


def text_of(answer) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode(errors="replace")


@pytest.mark.parametrize("route", OURS)
def test_a_method_without_a_rule_is_refused(route, world, client_for):
    """405 for the one who may do everything; so no method is forgotten in the table."""
    client = client_for("platform_owner", route)
    for method in METHODS:
        if (method, route) not in RULES and route not in ANY_METHOD:
            answer = perform(client, method, route, Rule("", body={}), world.names)
            assert answer.status_code == 405, (
                f"{method} /{route} answers {answer.status_code}: give it a rule"
            )


# --- the table is true ---


@contextmanager
def undone():
    """What happens inside never happened: the next actor finds the world as it was made."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize(("method", "route"), RULES)
def test_everybody_gets_what_the_table_says(method, route, world, client_for):
    rule = RULES[method, route]
    told = {}
    for actor in ACTORS:
        with undone():
            answer = perform(client_for(actor, route), method, route, rule, world.names)
        told[actor] = answer.status_code
        if answer.status_code == 401 and is_api(route):
            assert answer["WWW-Authenticate"]
        if actor != "platform_owner":
            foreign = HOME if actor in {"stranger", "foreign_device", "anonymous"} else ABROAD
            assert foreign not in text_of(answer), actor
    assert told == {actor: rule.status(actor) for actor in ACTORS}


@pytest.mark.parametrize("route", ["api/fleet/devices", "api/fleet/workspaces", "api/fleet/me", ""])
def test_ones_own_rows_carry_the_mark_that_would_betray_foreign_ones(route, world, client_for):
    answer = perform(client_for("viewer", route), "GET", route, RULES["GET", route], world.names)
    assert HOME in answer.content.decode()


BY_ID = [key for key, rule in RULES.items() if rule.by_id]


def body_without(answer, path: str) -> str:
    """The answer's text without the asked path and what is new in every answer."""
    text = text_of(answer).replace(path, "PATH")
    return re.sub(r'nonce="[^"]+"|value="[\w]{64}"', "NEW", text)


@pytest.mark.parametrize("actor", ["stranger", "foreign_device"])
@pytest.mark.parametrize(("method", "route"), BY_ID)
def test_a_foreign_row_answers_as_a_missing_one(method, route, actor, world, client_for):
    """Status, body and headers alike: nobody learns what exists elsewhere."""
    rule = RULES[method, route]
    client = client_for(actor, route)
    unknown = {**world.names, **world.unknown}
    foreign = perform(client, method, route, rule, world.names)
    missing = perform(client, method, route, rule, unknown)
    assert foreign.status_code == missing.status_code
    told = body_without(foreign, path_of(route, world.names))
    assert told == body_without(missing, path_of(route, unknown))
    assert {*foreign.headers} == {*missing.headers}


def facts(world: World) -> list:
    place = type(world.workspace)
    return [
        *Device.objects.order_by("pk").values_list("pk", "name", "workspace_id", "removed_at"),
        *Membership.objects.order_by("pk").values_list("user_id", "workspace_id", "role"),
        *place.objects.order_by("pk").values_list("pk", "name", "time_zone"),
        *Credential.objects.filter(revoked_at=None).order_by("pk").values_list("pk"),
        *PhotoLog.objects.order_by("pk").values_list("pk"),
        *Upload.objects.order_by("pk").values_list("pk"),
        *NotificationChannel.objects.order_by("pk").values_list("pk", "on_clear", "secret"),
        *Alarm.objects.order_by("pk").values_list("pk", "state", "note"),
        *Zone.objects.order_by("pk").values_list("pk", "name"),
        *Schedule.objects.order_by("pk").values_list("pk", "title"),
        *Command.objects.order_by("pk").values_list("pk", "state"),
        *(
            fact
            for model in (Store, Region, WayPointList)
            for fact in model.objects.order_by("pk").values_list("pk", "name", "updated_us")
        ),
    ]


@pytest.mark.parametrize(("method", "route"), [key for key in BY_ID if key[0] != "GET"])
def test_a_refused_write_changes_nothing(method, route, world, client_for):
    rule = RULES[method, route]
    before = facts(world)
    for actor in ACTORS:
        if rule.status(actor) >= 400:
            perform(client_for(actor, route), method, route, rule, world.names)
            assert facts(world) == before, actor


# --- across workspaces ---


def test_a_device_is_not_moved_by_its_body(world, client_for):
    path = f"/api/fleet/devices/{world.own.device_id}"
    client_for("owner", "api/fleet").patch(
        path,
        {"name": "x", "workspace_id": world.other_workspace.pk},
        content_type="application/json",
    )
    assert Device.objects.get(pk=world.own.device_id).workspace_id == world.workspace.pk


@pytest.mark.parametrize("actor", ["owner", "operator"])
def test_a_device_is_not_registered_in_a_foreign_workspace(world, client_for, actor):
    body = {"workspace_id": world.other_workspace.pk, "kind": "robot", "name": "spy"}
    answer = client_for(actor, "api/fleet").post(
        "/api/fleet/devices", body, content_type="application/json"
    )
    assert answer.status_code == 404
    assert not Device.objects.filter(name="spy").exists()


def test_a_foreign_workspaces_filter_finds_nothing(world, client_for):
    answer = client_for("owner", "api/fleet").get(
        f"/api/fleet/devices?workspace={world.other_workspace.pk}"
    )
    assert answer.json()["results"] == []


def test_a_cursor_of_somebody_elses_list_shows_own_rows_alone(world, client_for):
    """Cursors hold a place in the order, no right."""
    cursor = (
        client_for("platform_owner", "api/fleet").get("/api/fleet/devices?limit=1").json()["next"]
    )
    answer = client_for("stranger", "api/fleet").get(f"/api/fleet/devices?cursor={cursor}")
    assert HOME not in answer.content.decode()


def test_a_member_of_two_workspaces_acts_in_each_by_the_role_he_has_there(
    world, client_for, make_user
):
    both = make_user(world.workspace, [Role.VIEWER])
    Membership.objects.create(user=both, workspace=world.other_workspace, role=Role.OWNER)
    world.actors["both"] = both
    client = client_for("both", "api/fleet")
    assert client.delete(f"/api/fleet/devices/{world.own.device_id}").status_code == 403
    assert client.delete(f"/api/fleet/devices/{world.foreign.device_id}").status_code == 204


@pytest.mark.parametrize("whose", ["abroad", "nobody"])
def test_a_controller_sends_for_no_drone_of_another_workspace(
    world, whose, make_device, device_token
):
    controller = make_device(world.workspace, kind=Device.Kind.REMOTE_CONTROLLER)
    make_device(world.other_workspace, kind=Device.Kind.DRONE, serial_number="abroad")
    sample = {"time": 1767225600, "device": whose, "sections": {"osd": {"height": 1}}}
    client = Client(headers={"Authorization": f"Bearer {device_token(controller)}"})
    answer = client.post(
        "/api/fleet/telemetry", {"samples": [sample]}, content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer.json()["rejected"][0] == {
        "index": 0,
        "pointer": "/samples/0/device",
        "detail": "is not a device that this one may send for",
    }


# --- the console ---


def console_paths(model, pk) -> dict[str, str]:
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    return {
        "list": base,
        "add": f"{base}add/",
        "change": f"{base}{pk}/change/",
        "history": f"{base}{pk}/history/",
        "delete": f"{base}{pk}/delete/",
    }


MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def test_the_console_is_closed_to_whoever_manages_nothing(world, client_for):
    paths = ["/admin/", "/admin/search/?s=robot", "/admin/autocomplete/"]
    for model in MODELS:
        paths += console_paths(model, 1).values()
    for actor in ("anonymous", "viewer", "operator", "foreign_device", "own_device"):
        client = client_for(actor, "admin/")
        told = {path: client.get(path).status_code for path in paths}
        assert {path for path, status in told.items() if status not in {302, 403}} == set(), actor


def home_rows(world: World) -> Iterator[Model]:
    """One row of ours of each model of the console that has any."""
    for model in MODELS:
        path = getattr(admin.site._registry[model], "workspace_path", None)
        rows = model._default_manager.filter(**{path: world.workspace.pk} if path else {})
        if row := rows.first():
            yield row


@pytest.mark.parametrize("page", ["list", "change", "history", "delete"])
def test_a_strangers_console_shows_no_row_of_ours(page, world, client_for):
    client, seen = client_for("stranger", "admin/"), 0
    for row in home_rows(world):
        answer = client.get(console_paths(type(row), row.pk)[page], follow=True)
        assert HOME not in answer.content.decode(errors="replace"), type(row)
        if page != "list":
            missing = client.get(console_paths(type(row), MISSING)[page], follow=True)
            assert answer.status_code == missing.status_code, type(row)
        seen += 1
    assert seen >= 7


def test_a_strangers_bulk_actions_reach_no_row_of_ours(world, client_for):
    client = client_for("stranger", "admin/")
    rows = list(home_rows(world))
    for row in rows:
        page = admin.site._registry[type(row)]
        for action in ("delete_selected", *(page.actions or ())):
            said = {"action": action, "_selected_action": [row.pk], "post": "yes"}
            client.post(console_paths(type(row), row.pk)["list"], said)
    for row in rows:
        assert type(row)._default_manager.filter(pk=row.pk).exists(), row
    assert Device.objects.get(pk=world.own.device_id).removed_at is None
    assert not LoginSession.objects.exclude(ended_at=None).exists()


def test_autocomplete_offers_no_row_of_ours(world, client_for):
    client = client_for("stranger", "admin/")
    for model in MODELS:
        for field in model._meta.get_fields():
            if not getattr(field, "concrete", False) or not field.is_relation:
                continue
            query = f"app_label={model._meta.app_label}&model_name={model._meta.model_name}&field_name={field.name}&term="
            answer = client.get(f"/admin/autocomplete/?{query}")
            assert answer.status_code in {200, 403, 404}
            assert HOME not in answer.content.decode()


def test_the_consoles_search_finds_no_row_of_ours(world, client_for):
    answer = client_for("stranger", "admin/").get(
        f"/admin/search/?s={HOME}&extended=1", follow=True
    )
    assert f"{HOME} robot" not in answer.content.decode()


# --- sockets and topics ---


def test_every_websocket_has_a_rule():
    assert {str(route.pattern) for route in sockets.routes} == set(SOCKETS)


def test_every_topic_kind_has_a_rule():
    assert {"device", "workspace", *kinds.topic_resolvers, *events.subjects()} == set(TOPICS)


@pytest.fixture
def credentials(transactional_db, world, token_of, device_token) -> dict[str, list]:
    """Headers of each actor's upgrade request."""
    told = {}
    for name, somebody in world.actors.items():
        if somebody is None:
            told[name] = []
        else:
            token = device_token(somebody) if isinstance(somebody, Device) else token_of(somebody)
            told[name] = [(b"authorization", f"Bearer {token}".encode())]
    return told


@pytest.fixture
async def ended():
    """The background work that a socket starts ends with the test's loop."""
    yield
    await runtime.stop()


async def code_of(socket: WebsocketCommunicator) -> int:
    message = await socket.receive_output(5)
    assert message["type"] == "websocket.close"
    return message["code"]


async def outcome_of_topic(headers: list, topic: str) -> str:
    socket = WebsocketCommunicator(application, "/ws/live", headers=headers)
    await socket.connect(timeout=5)
    await socket.send_json_to({"type": "subscribe", "id": 1, "topics": [topic]})
    if not headers:
        return str(await code_of(socket))
    answer = await socket.receive_json_from(5)
    if answer["refused"]:
        assert await socket.receive_nothing(0.05)
        outcome = answer["refused"][0]["code"]
    else:
        assert answer["topics"] == [topic]
        assert (await socket.receive_json_from(5))["type"] == "snapshot"
        outcome = "ok"
    await socket.disconnect()
    return outcome


def topic_name(kind: str, names: dict) -> str:
    by_name = {"device": "device_id", "robot": "robot_id"}
    return f"{kind}:{names[by_name.get(kind, 'workspace_id')]}"


@pytest.mark.parametrize("kind", TOPICS)
async def test_everybody_gets_the_topics_that_the_table_says(kind, credentials, world, ended):
    topic = topic_name(kind, world.names)
    told = [await outcome_of_topic(credentials[actor], topic) for actor in ACTORS]
    assert dict(zip(ACTORS, told, strict=True)) == dict(
        zip(ACTORS, TOPICS[kind].split(), strict=True)
    )


@pytest.mark.parametrize("kind", TOPICS)
async def test_a_foreign_topic_answers_as_a_missing_one(kind, credentials, world, ended):
    foreign = await outcome_of_topic(credentials["stranger"], topic_name(kind, world.names))
    missing = await outcome_of_topic(credentials["stranger"], topic_name(kind, world.unknown))
    assert foreign == missing == "not_found"


async def outcome_of_socket(headers: list, route: str) -> str:
    socket = WebsocketCommunicator(
        application, "/" + route.replace("<path:rest>", "ws/other"), headers=headers
    )
    accepted, code = await socket.connect(timeout=5)
    if not accepted:
        return str(code)
    kind = "telemetry" if route == "ws/device" else "subscribe"
    await socket.send_json_to({"type": kind, "id": 1, "samples": [{}], "topics": []})
    message = await socket.receive_output(5)
    if message["type"] == "websocket.close":
        return str(message["code"])
    await socket.disconnect()
    return "ok"


@pytest.mark.parametrize("route", SOCKETS)
async def test_everybody_is_met_at_the_sockets_as_the_table_says(route, credentials, ended):
    told = [await outcome_of_socket(credentials[actor], route) for actor in ACTORS]
    assert dict(zip(ACTORS, told, strict=True)) == dict(
        zip(ACTORS, SOCKETS[route].split(), strict=True)
    )
