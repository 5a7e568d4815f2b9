"""Operations 6 to 9 of FlyingLet: /signin, /signin/Admin, /check_password, /dupcheck."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Device, Profile
from accounts.roles import Role
from accounts.services import password_request
from conftest import PASSWORD
from robots.models import FloorMap
from robots.selectors import duplicates, holdings

from . import flyinglet

OID = re.compile(r"[0-9a-f]{24}")


def sign_in(client, user, path="/signin", **changes):
    return client.post(path, {"email": user.email, "password": PASSWORD} | changes)


@pytest.fixture
def floor(workspace) -> FloorMap:
    return FloorMap.objects.create(workspace=workspace, map_id="hall_1f", site="Hall", name="1F")


@pytest.fixture
def temporary(post_office):
    """`temporary(user)`: a temporary password that was sent."""

    def made(user) -> str:
        with post_office():
            password_request(email=user.email, address="127.0.0.1")
        return post_office.temporary_password

    return made


# --- /signin ---


def test_a_person_gets_a_list_of_one_document(client_of, viewer, workspace, robot, floor, send):
    workspace.address, workspace.picture = "사무실", "https://images.example/group.png"
    workspace.save()
    send(robot, ("2026-01-01T00:00:00Z", {"pose": {"x": 1, "y": 2, "map_id": "hall_1f"}}))
    answer = sign_in(client_of(), viewer)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    (told,) = answer.json()
    group = {"name": "Home", "address": "사무실", "profile_img": "https://images.example/group.png"}
    assert told["group_info"] == told["loginProfile"]["group_info"] == group
    assert (told["userName"], told["role"], told["success"]) == ("Vera", "user", True)
    assert told["map_list"] == [{"id": "hall_1f", "name": "Hall 1F"}]
    (listed,) = told["robot_list"]
    assert OID.fullmatch(listed.pop("oid"))
    assert listed == {"robot_id": robot.robot_id, "map_id": "hall_1f", "port": ""}
    assert told["loginProfile"]["robot_list"] == [listed]
    (managed,) = told["loginProfile"]["managedRobots"]
    assert managed["serialNum"] == robot.device.serial_number
    assert managed["profile"]["alias"] == robot.device.name
    assert told["managedRobotIds"] == [managed["_id"]["$oid"]]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", told["createAt"])


def test_the_robot_has_the_id_that_its_registry_document_has(client_of, viewer, robot):
    (told,) = sign_in(client_of(), viewer).json()
    registry = client_of(viewer).get(f"/Registry/robot_id/{robot.robot_id}").json()["data"]
    assert told["managedRobots"][0]["_id"] == registry["_id"]


def test_a_port_is_a_number(client_of, viewer, make_robot):
    make_robot(port=21000)
    (told,) = sign_in(client_of(), viewer).json()
    assert [row["port"] for row in told["robot_list"]] == [21000]


def test_what_a_person_said_of_himself_is_there(client_of, make_user):
    user = make_user(name="사용자이름", phone_number="01037894591")
    Profile.objects.create(
        user=user, company_name="인티그리트", job="연구", job_position="대리", zip_code="06000",
        full_address="집주소", address_detail="5층", picture="https://images.example/me.png",
    )  # fmt: skip
    (told,) = sign_in(client_of(), user).json()
    assert told["phoneNumber"] == "01037894591"
    assert [told[key] for key in ("companyName", "job", "jobPosition", "zipCode")] == [
        "인티그리트",
        "연구",
        "대리",
        "06000",
    ]
    assert (told["fullAddress"], told["addressDetail"]) == ("집주소", "5층")
    assert told["user"]["profile"] == {
        "name": "사용자이름",
        "profile_img": "https://images.example/me.png",
    }


def test_who_belongs_nowhere_has_nothing(client_of, make_user, robot, floor):
    (told,) = sign_in(client_of(), make_user()).json()
    assert told["managedRobots"] == told["managedRobotIds"] == []
    assert told["robot_list"] == told["map_list"] == []
    assert told["group_info"] == {"name": "", "address": "", "profile_img": ""}
    assert told["owner_id"] == ""


def test_robots_of_other_workspaces_are_not_told(client_of, stranger, robot, floor):
    (told,) = sign_in(client_of(), stranger).json()
    assert told["managedRobots"] == told["map_list"] == []


def test_a_member_who_may_see_no_robots_is_told_none(client_of, make_user, workspace, robot, floor):
    (told,) = sign_in(client_of(), make_user(workspace, [Role.GUARDIAN])).json()
    assert told["managedRobots"] == told["loginProfile"]["robot_list"] == told["map_list"] == []


def test_removed_robots_are_not_told(client_of, viewer, robot):
    Device.objects.update(removed_at="2026-01-01T00:00:00Z")
    (told,) = sign_in(client_of(), viewer).json()
    assert told["managedRobots"] == []


def test_the_queries_do_not_grow_with_the_robots(client_of, viewer, make_robot, floor):
    counts = []
    for more in (1, 5):
        for _ in range(more):
            make_robot()
        with CaptureQueriesContext(connection) as queries:
            (told,) = sign_in(client_of(), viewer).json()
        counts.append(len(queries))
    assert len(told["robot_list"]) == 6
    assert counts[0] == counts[1]


def test_the_lists_are_bounded(client_of, viewer, make_robot, monkeypatch):
    monkeypatch.setattr(holdings, "ROBOTS_AT_MOST", 2)
    for _ in range(3):
        make_robot()
    (told,) = sign_in(client_of(), viewer).json()
    assert len(told["managedRobots"]) == len(told["robot_list"]) == 2


@pytest.mark.parametrize("path", ["/signin", "/signin/Admin"])
@pytest.mark.parametrize("email", ["admin@test.example", "nobody@test.example"])
def test_wrong_passwords_and_unknown_accounts_look_alike(client_of, admin, path, email):
    answer = client_of().post(path, {"email": email, "password": "wrong"})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert set(answer.json()["error"]) == {"code", "message"}


@pytest.mark.parametrize("path", ["/signin", "/signin/Admin", "/check_password"])
def test_guessing_is_counted_over_every_way_in(client_of, admin, settings, path):
    settings.LOGIN_TRIES_PER_ACCOUNT = 2
    for way in ("/login", "/check_password"):
        sign_in(client_of(), admin, way, password="wrong")
    answer = sign_in(client_of(), admin, path)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) >= 1
    assert answer.json()["error"]["code"] == 429


@pytest.mark.parametrize("path", ["/signin", "/signin/Admin", "/check_password"])
def test_missing_fields_are_named(client_of, db, path):
    answer = client_of().post(path, {"email": "a@b.example"})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["password"]
    assert client_of().post(path, ["x"]).status_code == 400
    assert client_of().get(path).status_code == 405


# --- /signin/Admin ---


@pytest.mark.parametrize(
    ("who", "role"),
    [
        ("owner", "최고관리자"),
        ("platform_owner", "최고관리자"),
        ("admin", "일반관리자"),
        ("platform_admin", "일반관리자"),
    ],
)
def test_administrators_sign_in_as_such(client_of, request, robot, floor, who, role):
    user = request.getfixturevalue(who)
    answer = sign_in(client_of(), user, "/signin/Admin")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["email"], told["role"], told["adminName"]) == (user.email, role, user.name)
    assert told["adminId"] == told["_id"]["$oid"]
    profile = json.loads(told["adminProfile"])
    assert profile["robot_list"] == [{"robot_id": robot.robot_id, "map_id": "", "port": ""}]
    assert profile["map_list"] == [{"id": "hall_1f", "name": "Hall 1F"}]


def test_an_admin_profile_has_the_page_s_keys(client_of, owner, robot, floor):
    wanted = json.loads(flyinglet.pages()["Admin Sign in"].example()["adminProfile"])
    found = json.loads(sign_in(client_of(), owner, "/signin/Admin").json()["adminProfile"])

    def keys(value):
        if isinstance(value, dict):
            return {key: keys(part) for key, part in value.items()}
        return [keys(part) for part in value[:1]] if isinstance(value, list) else None

    assert keys(found) == keys(wanted)


@pytest.mark.parametrize("who", ["operator", "viewer"])
def test_others_are_told_that_they_are_none(client_of, request, who):
    answer = sign_in(client_of(), request.getfixturevalue(who), "/signin/Admin")
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == 403


# --- with a temporary password ---


def test_a_temporary_password_signs_in_and_shows_no_robots(client_of, viewer, robot, temporary):
    secret = temporary(viewer)
    (told,) = sign_in(client_of(), viewer, password=secret).json()
    assert told["mustChangePassword"] is True
    assert told["email"] == viewer.email
    assert told["managedRobots"] == told["loginProfile"]["robot_list"] == []
    assert told["group_info"]["name"] == ""
    body = sign_in(client_of(), viewer, "/login", password=secret).json()
    assert body["must_change_password"] is True
    assert sign_in(client_of(), viewer, password=secret).status_code == 401


def test_so_does_an_administrator_s(client_of, owner, robot, temporary):
    told = sign_in(client_of(), owner, "/signin/Admin", password=temporary(owner)).json()
    assert told["mustChangePassword"] is True
    assert json.loads(told["adminProfile"])["robot_list"] == []


def test_it_is_not_the_account_s_password(client_of, viewer, temporary):
    answer = sign_in(client_of(), viewer, "/check_password", password=temporary(viewer))
    assert answer.json() == {"success": 0}


# --- /check_password ---


@pytest.mark.parametrize(
    ("email", "password", "success"),
    [
        ("viewer@test.example", PASSWORD, 1),
        ("VIEWER@test.example", PASSWORD, 1),
        ("viewer@test.example", "wrong", 0),
        ("nobody@test.example", PASSWORD, 0),
        ("viewer@test.example", "x" * 1024, 0),
    ],
)
def test_a_password_is_right_or_not(client_of, viewer, email, password, success):
    answer = client_of().post("/check_password", {"email": email, "password": password})
    assert (answer.status_code, answer.json()) == (200, {"success": success})


# --- /dupcheck ---


@pytest.fixture
def taken(make_user, make_robot):
    make_user(email="taken@test.example", name="장수민", phone_number="01012341234")
    make_robot("robot_1", serial_number="SN-1", factory_code="F-1")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("Users/email", "Taken@test.example"),
        ("Users/phoneNumber", "010-1234-1234"),
        ("Users/userName", "장수민"),
        ("Admin/email", "taken@test.example"),
        ("Registry/robot_id", "robot_1"),
        ("Registry/fCode", "F-1"),
        ("Registry/serialNumber", "SN-1"),
    ],
)
def test_a_value_is_taken_or_free(client_of, taken, place, value):
    field = place.partition("/")[2]
    for said, answer in ((value, "중복"), (f" {value} ", "중복"), (f"{value}0", "사용가능")):
        response = client_of().post(f"/dupcheck/{place}", {field: said})
        assert response.status_code == 200
        assert response["Content-Type"].startswith("text/plain")
        assert response.content.decode() == answer


def test_a_number_may_come_as_a_number(client_of, taken, make_user):
    make_user(phone_number="1012341234")
    answer = client_of().post("/dupcheck/Users/phoneNumber", {"phoneNumber": 1012341234})
    assert answer.content.decode() == "중복"


def test_the_list_is_the_contract_s():
    assert {"/".join(place) for place in duplicates.SEARCHES} == {
        "Users/email",
        "Users/phoneNumber",
        "Users/userName",
        "Admin/email",
        "Registry/robot_id",
        "Registry/fCode",
        "Registry/serialNumber",
    }


@pytest.mark.parametrize(
    "place",
    ["Users/password", "users/email", "Admin/role", "Registry/secretKey", "x/y", "Users/%20"],
)
def test_nothing_else_is_asked_for(client_of, db, place):
    answer = client_of().post(f"/dupcheck/{place}", {"password": "x", "role": "x"})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == 404


@pytest.mark.parametrize(
    "body", [{}, {"email": ""}, {"email": None}, {"email": ["a"]}, {"email": "x" * 300}, [], "x"]
)
def test_a_value_that_is_none_is_named(client_of, db, body):
    answer = client_of().post("/dupcheck/Users/email", body)
    assert answer.status_code == 400
    assert "email" in answer.json()["error"]["fields"]


def test_asking_is_bounded(client_of, db):
    for _ in range(120):
        client_of().post("/dupcheck/Users/email", {"email": "a@b.example"})
    answer = client_of().post("/dupcheck/Users/email", {"email": "a@b.example"})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) >= 1
