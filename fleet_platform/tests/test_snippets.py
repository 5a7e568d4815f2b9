"""Every Python snippet of the FlyingLet pages, run as its reader would run it: a process of its own, a live server.

The snippets are taken from the pages as they stand. Changed are the host, and the example values that `CASES` names.
They set no header: the client's environment supplies the token (`sitecustomize.py` gives `requests` a default header
or cookie, as a wrapper of one's own would). What a snippet cannot do as printed, `BROKEN` says, shows, and mends.
"""

import ast
import itertools
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from robots.tests import flyinglet

from .aide import PASSWORD
from .server import ENOUGH_SECONDS, EPOCH_MS, Server

SITECUSTOMIZE = """
import os, requests
made = requests.Session.__init__
def with_credential(session):
    made(session)
    for name in ("Authorization", "Cookie"):
        if os.environ.get("CLIENT_" + name.upper()):
            session.headers[name] = os.environ["CLIENT_" + name.upper()]
requests.Session.__init__ = with_credential
"""
_fresh = itertools.count(1)


def has(*keys: str) -> Callable[[Any], bool]:
    return lambda body: isinstance(body, dict) and set(keys) <= set(body)


def a_text(body: Any) -> bool:
    return isinstance(body, str) and bool(body.strip())


@dataclass(frozen=True)
class Case:
    """`who` holds the token; `values`: what the page prints -> what stands for it; `check`: of the printed body.

    `{name}` in a value is one of the world's; `{new}` is another one each time.
    """

    who: str
    check: Callable[[Any], bool]
    values: dict[str, str] = field(default_factory=dict)
    status: int = 200


PASS = {'"password":"password"': '"password":"{password}"'}
STRONG = {'"password": "1234"': '"password": "{password}"'}
CODED = {'"fCode":"fCode"': '"fCode":"{fcode}"'}
ROBOT = {'"robot_id":"robot_id"': '"robot_id":"{robot_id}"'}
TRASH = "234i23pj4p234po23"

CASES: dict[str, Case] = {
    "To authorize, use this code": Case(
        "", has("access_token", "refresh_token"), {"your@email.com": "viewer@test.example", **PASS}
    ),
    "Access Token 재발급": Case("refresh", has("new_access_token")),
    "Get Robot info": Case("viewer", has("data"), {"robot_cubrick_01_v2": "{robot_id}"}),
    "Get Robots Data Stream": Case("viewer", has("create_at", "covid_info")),
    "Get One Robot Data Stream": Case(
        "viewer", has("create_at", "way_point_list"), {"=robot_id": "={robot_id}"}
    ),
    "Admin Sign in": Case(
        "", has("adminName", "adminProfile"), {"admin@email.com": "admin@test.example", **PASS}
    ),
    "User Sign in": Case(
        "",
        lambda body: has("email", "loginProfile")(body[0]),
        {"user@email.com": "viewer@test.example", **PASS},
    ),
    "Check Password": Case(
        "", lambda body: body == {"success": 1}, {"admin@email.com": "admin@test.example", **PASS}
    ),
    "Check Duplicate values": Case(
        "", lambda body: body == "중복", {"admin@email.com": "admin@test.example"}
    ),
    "User Sign up": Case("", a_text, {"uram@naver.com": "{new}@test.example", **STRONG}, 201),
    "Admin Sign up": Case(
        "platform", a_text, {"new_admin@integrit.ai": "{new}@test.example", **STRONG}, 201
    ),
    "File Upload": Case("operator", lambda body: body.startswith("http"), status=201),
    "Send SMS cert-code": Case("", a_text, {"jsmsumin2@integrit.ai": "{new}@test.example"}),
    "Check email cert-code": Case(
        "",
        lambda body: body is True,
        {"admin@email.com": "coded@test.example", "423142": "{code}"},
    ),
    "Send email cert code": Case("", a_text, {"admin@email.com": "{new}@test.example"}),
    "Send Robot device info": Case(
        "", a_text, {"admin@email.com": "{fcode}", '"password"': '"{secret}"'}
    ),
    "Get Device info": Case("viewer", has("robot_id", "fCode", "deviceName"), CODED),
    "chip_sn": Case(
        "viewer",
        lambda body: body == {"authentication": True, "모델명": "CUB-DS210V"},
        {TRASH: "{chip}"},
    ),
    "Device Sign in": Case("", a_text, {"123456": "{fcode}", "1234abcd": "{secret}"}),
    "Get Owner-Device info": Case(
        "viewer", has("managedRobots", "robot_list", "map_list", "group_info"), CODED
    ),
    "Change password and Send SMS": Case("", a_text, {'"email":"email"': '"email":"viewer@test.example"'}),
    "Blackbox": Case(
        "viewer",
        lambda body: len(body) == 1 and body[0]["robot_base_status"]["battery"] == 48,
        {
            f'"from_date":"{TRASH}"': '"from_date":"{from_date}"',
            f'"to_date":"{TRASH}"': '"to_date":"{to_date}"',
            f'"robot_id":"{TRASH}"': '"robot_id":"{robot_id}"',
        },
    ),
    "Create Photo Log": Case("operator", a_text, ROBOT, 201),
    "Get Photo log": Case(
        "viewer", has("count", "result"), {"robot_id=INTE-CUB-04184-012301": "robot_id={robot_id}"}
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Repair:
    """Why a snippet fails at its reader's whatever the server says, with what, and the nearest form that works."""

    why: str
    raises: str
    changes: tuple[tuple[str, str], ...]


READ_TEXT = ("response.json()", "response.text")
TEXT_READ_AS_JSON = Repair(
    "the page says that the answer is a text, and reads it as JSON", "JSONDecodeError", (READ_TEXT,)
)
BROKEN: dict[str, Repair] = {
    **dict.fromkeys(
        (
            "Check Duplicate values",
            "User Sign up",
            "Admin Sign up",
            "Send SMS cert-code",
            "Send email cert code",
            "Send Robot device info",
            "Device Sign in",
            "Change password and Send SMS",
            "Create Photo Log",
        ),
        TEXT_READ_AS_JSON,
    ),
    "File Upload": Repair(
        "`files` is the name of a file, where requests takes open files by name; and the answer is a text",
        "cannot encode objects that are not 2-tuples",
        (('data = "image.jpg"', 'data = {"file": open("image.jpg", "rb")}'), READ_TEXT),
    ),
}

# Pages whose "HTTP Request" line names another verb than their snippet: both work.
OTHER_VERBS = {
    "Send Robot device info": "PATCH",
    "Get Device info": "POST",
    "Get Photo log": "POST",
}
# The line names another operation: copied from Admin Sign in, and the verb with it.
COPIED_LINES = {"Check Password", "Send email cert code"}


class World:
    """A live server, the names that `CASES` uses, and a folder to run snippets in."""

    def __init__(self, server: Server, folder: Path):
        self.server, self.folder = server, folder
        (folder / "sitecustomize.py").write_text(SITECUSTOMIZE)
        Image.new("RGB", (8, 8)).save(folder / "image.jpg")
        server.aide.platform_person("platform@test.example", "owner")
        robot = self.register()
        self.names = {
            "password": PASSWORD,
            "robot_id": robot["robot_id"],
            "fcode": robot["factory_code"],
            "secret": robot["secret"],
            "chip": robot["chip_serial"],
            "from_date": "2023-11-14",
            "to_date": "2023-11-16",
        }
        server.send(server.device_token(robot), self.sample())

    def register(self) -> dict:
        body = {
            "workspace_id": self.server.home,
            "kind": "robot",
            "name": "더현대큐브릭1",
            "serial_number": "11000",
            "factory_code": "INTE-CUB-04184-012301-00000",
            "robot_id": "robot_cubrick_01_v2",
            "chip_serial": "0x42fc3212",
            "model_name": "CUB-DS210V",
        }
        answer = self.server.call("POST", "/api/fleet/devices", body, self.server.login("owner"))
        assert answer.status_code == 201, answer.text
        return {**body, **answer.json(), "name": body["serial_number"]}

    @staticmethod
    def sample() -> dict:
        pose = {"x": 1213, "y": 78, "rotate": -32.27, "map_id": "thehyundai_1f"}
        status = {"battery": 48, "drive_status": "Stop", "network": "GOOD"}
        return {"time": EPOCH_MS, "sections": {"pose": pose, "robot_base_status": status}}

    def credential(self, who: str) -> dict[str, str]:
        """What the client's environment adds to each request."""
        if not who:
            return {}
        if who == "refresh":
            return {
                "CLIENT_AUTHORIZATION": f"Bearer {self.server.login_pair('viewer')['refresh_token']}"
            }
        return {"CLIENT_AUTHORIZATION": f"Bearer {self.server.login(who)}"}

    def snippet(self, heading: str) -> str:
        """With this server's address, and our values in the place of the page's. AssertionError for a value not on it."""
        text = flyinglet.pages()[heading].snippet
        assert text.count(flyinglet.HOST) == 1
        text = text.replace(flyinglet.HOST, self.server.url)
        for printed, ours in CASES[heading].values.items():
            assert printed in text, printed
            text = text.replace(printed, self.filled(ours))
        return text

    def mended(self, heading: str) -> str:
        """In the nearest form that works."""
        code = self.snippet(heading)
        for old, new in BROKEN[heading].changes if heading in BROKEN else ():
            assert old in code
            code = code.replace(old, new)
        return code

    def filled(self, text: str) -> str:
        if "{code}" in text:
            self.names["code"] = self.server.aide.code_for("coded@test.example")
        for name, value in {**self.names, "new": f"new-{next(_fresh)}"}.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def run(self, code: str, credential: dict[str, str]) -> tuple[int, Any, str]:
        """What the code printed: status, body (None if it did not come so far), and what it says on stderr."""
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=self.folder,
            env={
                **os.environ,
                "PYTHONPATH": str(self.folder),
                "PYTHONIOENCODING": "utf-8",
                **credential,
            },
            capture_output=True,
            text=True,
            timeout=ENOUGH_SECONDS,
        )
        head, _, body = done.stdout.partition("Response Body:\n")
        status = int(head.removeprefix("Status Code: ")) if head else 0
        return status, _printed(body), done.stderr


def _printed(body: str) -> Any:
    if not body:
        return None
    try:
        return ast.literal_eval(body)
    except (ValueError, SyntaxError):
        return body.rstrip("\n")


@pytest.fixture(scope="module")
def world(server_maker, tmp_path_factory):
    flyinglet.pages()
    server = server_maker()
    try:
        yield World(server, tmp_path_factory.mktemp("client"))
    finally:
        server.stop()


def test_every_snippet_of_the_pages_has_a_case():
    assert list(CASES) == list(flyinglet.pages())


def test_the_snippets_are_the_operations_of_the_contract():
    operations = flyinglet.contract_operations()
    assert list(operations) == list(range(1, 25))
    for page, (methods, path) in zip(flyinglet.pages().values(), operations.values(), strict=True):
        assert page.method in methods, page.heading
        assert all("{" in ours or ours == printed for ours, printed in _steps(path, page.path))


def _steps(path: str, other: str) -> list[tuple[str, str]]:
    return list(zip(path.split("/"), other.split("/"), strict=True))


@pytest.mark.parametrize("heading", CASES)
def test_a_snippet_does_what_its_page_says(heading, world):
    case = CASES[heading]
    status, body, said = world.run(world.mended(heading), world.credential(case.who))
    assert (status, said) == (case.status, "")
    assert case.check(body), body
    assert flyinglet.secrets_in(body) == []


@pytest.mark.parametrize("heading", BROKEN)
def test_a_snippet_that_cannot_work_as_printed_fails_where_its_reader_would_see_why(heading, world):
    """By itself, not by the server: the status that it prints before, if any, is the one of success."""
    case = CASES[heading]
    status, body, said = world.run(world.snippet(heading), world.credential(case.who))
    assert BROKEN[heading].raises in said.strip().splitlines()[-1]
    assert status in ({0} if heading == "File Upload" else {case.status})
    assert body is None


def test_the_verbs_that_differ_are_known():
    differing = {
        heading: page.line[0]
        for heading, page in flyinglet.pages().items()
        if page.line and heading not in COPIED_LINES and page.line[0] != page.method
    }
    assert differing == OTHER_VERBS


@pytest.mark.parametrize("heading", OTHER_VERBS)
def test_the_verb_of_the_request_line_works_as_well(heading, world):
    page = flyinglet.pages()[heading]
    assert page.line[1].partition("?")[0] == page.path
    ours, theirs = f"requests.{OTHER_VERBS[heading].lower()}(", f"requests.{page.method.lower()}("
    code = world.mended(heading).replace(theirs, ours)
    status, body, _ = world.run(code, world.credential(CASES[heading].who))
    assert status == CASES[heading].status
    assert CASES[heading].check(body), body


@pytest.mark.parametrize(
    "form", ["Authorization: Bearer {}", "Authorization: {}", "Cookie: access_token={}"]
)
def test_the_token_is_taken_in_every_form_that_the_pages_use(form, world):
    name, _, value = form.format(world.server.login("viewer")).partition(": ")
    code = world.snippet("Get Robots Data Stream")
    status, body, _ = world.run(code, {f"CLIENT_{name.upper()}": value})
    assert status == 200
    assert "create_at" in body


def test_the_refresh_token_is_taken_from_the_cookie_of_the_login(world):
    """The pages' flow: the client keeps both tokens in cookies."""
    session = requests.Session()
    body = {"email": "viewer@test.example", "password": PASSWORD}
    assert session.post(f"{world.server.url}/login", json=body, timeout=ENOUGH_SECONDS).ok
    answer = session.get(f"{world.server.url}/refresh", timeout=ENOUGH_SECONDS)
    assert answer.status_code == 200
    assert "new_access_token" in answer.json()


@pytest.mark.parametrize("heading", [name for name, case in CASES.items() if case.who == "viewer"])
def test_without_a_token_a_snippet_prints_401_and_the_error(heading, world):
    status, body, _ = world.run(world.snippet(heading), {})
    assert status == 401
    assert body["error"]["code"] == 401
