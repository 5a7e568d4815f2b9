"""The FlyingLet pages held against the answers: every printed JSON, every operation of the contract, no secret.

`REQUESTS` says which request a page's example answers; shapes are compared at every depth, keys and types. The pages'
own values are in test_contract.py.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import resolve

from accounts.models import Profile
from accounts.roles import Role
from conftest import PASSWORD
from robots.models import PhotoLog

from . import flyinglet

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def example():
    """`example("Get Robot info")`: the answer that the page of that heading prints."""
    pages = flyinglet.pages()
    return lambda heading: pages[heading].example()


# --- the shape of every printed answer ---


@dataclass(frozen=True)
class Ask:
    """One request: `{name}` in path and body is one of the furnished world's; `of`: the part that is printed."""

    method: str
    path: str
    body: dict[str, Any] | None = None
    who: str = "viewer"
    of: Callable[[Any], Any] = lambda answer: answer


PERSON = {"email": "{email}", "password": "{password}"}
DAY = {"from_date": "2023-07-04", "to_date": "2023-07-04", "robot_id": "{robot_id}"}
SPAN = "start_timestamp=1684092639290&end_timestamp={now}"
CERTIFIED = {"fCode": "{fcode}"}
REQUESTS: dict[str, Ask] = {
    "To authorize, use this code": Ask("POST", "/login", PERSON, who=""),
    "Access Token 재발급": Ask("GET", "/refresh", who="refresh"),
    "Get Robot info": Ask("GET", "/Registry/robot_id/{robot_id}"),
    "Get Robots Data Stream": Ask("GET", "/stream", of=lambda answer: _only(answer, "covid_info")),
    "Get One Robot Data Stream": Ask("GET", "/stream/robot?robot_id={robot_id}"),
    "Admin Sign in": Ask("POST", "/signin/Admin", PERSON, who=""),
    "User Sign in": Ask("POST", "/signin", PERSON, who=""),
    "Check Password": Ask("POST", "/check_password", PERSON, who=""),
    "Get Device info": Ask("PATCH", "/check-device", CERTIFIED),
    "chip_sn": Ask("POST", "/chip_sn", {"sn": "{chip}"}),
    "Get Owner-Device info": Ask("POST", "/fcode-device", CERTIFIED),
    "Blackbox": Ask("POST", "/blackbox", DAY),
    "Get Photo log": Ask("GET", "/photolog/list?robot_id={robot_id}&" + SPAN),
}
# Pages that print no JSON, or none that can be read, and what stands for it.
PRINTED_ODDLY: dict[str, Callable[[flyinglet.Page], Any]] = {
    "Get Device info": lambda _: flyinglet.pages()["Get Robot info"].example()["data"],
    "chip_sn": lambda _: {"authentication": True, "모델명": "airpath"},
}


def _only(answer: dict, name: str) -> dict:
    """The page breaks the document off after its first section; the contract has all 16."""
    return {"create_at": answer["create_at"], name: answer[name]}


@pytest.fixture
def names(example, make_robot, floor, send, make_user, workspace) -> dict[str, str]:
    """A workspace that has whatever the pages print: an owner and a member, a robot with its pose and a photo, a floor."""
    workspace.address, workspace.picture = (
        "서울 송파구 올림픽로 240",
        "https://images.example/a.png",
    )
    workspace.save()
    owner = make_user(workspace, [Role.OWNER], name="장수민2", phone_number="01012345678")
    Profile.objects.create(
        user=owner, company_name="인티그리트", picture="https://images.example/b.png"
    )
    make_user(workspace, [Role.VIEWER])
    registry = example("Get Robot info")["data"]
    columns = {column: registry[key] for column, key in flyinglet.REGISTERED.items()}
    robot = make_robot(registry["robot_id"], **{**columns, "port": 21000})
    sections = {
        name: row
        for name, row in example("Blackbox")[0].items()
        if name != "create_at" and any(value is not False for value in row.values())
    }
    pose = {"x": 1, "y": 2, "rotate": 3, "map_id": floor.map_id, "store_id": 3, "traffic": 2}
    send(robot, ("2023-07-04T06:58:11+09:00", {**sections, "pose": pose}))
    PhotoLog.objects.create(
        device=robot.device, robot_id=robot.robot_id, pose_x=1, pose_y=2, pose_rotate=3.5,
        pose_timestamp_ms=1684092639290, timestamp_ms=1684092639290, drive_status="Stop",
        map_id=floor.map_id, store_id=3, traffic=2,
    )  # fmt: skip
    return {
        "email": owner.email,
        "password": PASSWORD,
        "robot_id": robot.robot_id,
        "fcode": robot.device.factory_code,
        "chip": robot.chip_serial,
        "secret": robot.secret,
        "now": "1684093091976",
    }


@pytest.fixture
def ask(client, names, token_of, make_user, workspace, db):
    """`ask(request)`: the response."""

    def asked(request: Ask):
        headers = {}
        if request.who == "refresh":
            answer = client.post("/login", _filled(PERSON, names), content_type="application/json")
            headers["Authorization"] = f"Bearer {answer.json()['refresh_token']}"
        elif request.who:
            person = make_user(workspace, [request.who])
            headers["Authorization"] = f"Bearer {token_of(person)}"
        body = json.dumps(_filled(request.body, names)) if request.body else ""
        path = _filled(request.path, names)
        return client.generic(request.method, path, body, "application/json", headers=headers)

    return asked


def _filled(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(part, names) for key, part in value.items()}
    for name, ours in names.items():
        value = value.replace(f"{{{name}}}", ours)
    return value


def test_every_printed_json_has_a_request():
    printed = [heading for heading, page in flyinglet.pages().items() if not page.is_text]
    assert list(REQUESTS) == printed


# What differs from the printed answer, and why.
TOLD_OTHERWISE = {
    "/0/loginProfile/user/profile/profile_img: text instead of number": "0 stands for no picture",
    "/0/robot_list/0/port: number instead of text": "the page's user has no robot: its row is blank",
    "/new_refresh_token: not on the page": "a refresh token works once, so the answer has the next",
}


@pytest.mark.parametrize("heading", REQUESTS)
def test_an_answer_has_the_printed_shape(heading, ask, example):
    request = REQUESTS[heading]
    answer = ask(request)
    assert answer.status_code == 200, answer.content
    page = flyinglet.pages()[heading]
    wanted = PRINTED_ODDLY.get(heading, flyinglet.Page.example)(page)
    told = flyinglet.differences(wanted, request.of(answer.json()))
    assert [line for line in told if line not in TOLD_OTHERWISE] == []


@pytest.mark.parametrize("heading", REQUESTS)
def test_no_answer_has_a_secret_in_it(heading, ask, names):
    request = REQUESTS[heading]
    answer = ask(request)
    assert flyinglet.secrets_in(answer.json()) == []
    text = answer.content.decode()
    for secret in (PASSWORD, names["secret"], "pbkdf2", "argon2", "md5$"):
        assert secret not in text


def test_the_broken_page_of_a_device_is_the_end_of_the_registry_s(example):
    """ "Get Device info" begins in the middle: what is left of it are keys of "Get Robot info"."""
    rest = flyinglet.pages()["Get Device info"].rest
    printed = rest[rest.index("structured like this:") :].partition(":")[2]
    fragment = json.JSONDecoder().raw_decode('{"operatingLocation":' + printed.lstrip())[0]
    whole = example("Get Robot info")["data"]
    assert len(fragment) > 40
    assert {key: whole[key] for key in fragment} == fragment


# --- the contract's table ---

PLACEHOLDERS = {"robot_id": "robot_1", "collection": "Users", "field": "email"}


@pytest.mark.parametrize("number", range(1, 25))
def test_every_operation_of_the_contract_is_there(number):
    methods, path = flyinglet.contract_operations()[number]
    for name, value in PLACEHOLDERS.items():
        path = path.replace(f"{{{name}}}", value)
    view = resolve(path).func.view_class
    assert {
        name for name in ("GET", "POST", "PATCH", "PUT", "DELETE") if hasattr(view, name.lower())
    } == methods


def test_the_contract_has_24_operations():
    assert list(flyinglet.contract_operations()) == list(range(1, 25))
