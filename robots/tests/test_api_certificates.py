"""PATCH and POST /send-device-certi: a robot's computer says what it is, and the registry tells it."""

import pytest

from accounts.models import AuditRow, Credential
from accounts.services import credential_rotate
from robots.models import Robot
from robots.services import robot_register, robot_remove

pytestmark = pytest.mark.django_db
PATH = "/send-device-certi"
COMPUTER = {
    "mac_address": "00:15:5d:e1:cf:59",
    "authentication_timestamp": "1684117946",
    "getnode": "91769392985",
    "machine": "AMD64",
    "node": "DESKTOP-QM8726M",
    "platform": "Windows-10-10.0.25352-SP0",
    "processor": "AMD64 Family 25 Model 68 Stepping 1, AuthenticAMD",
    "release": "10",
    "system": "Windows",
    "version": "10.0.25352",
    "uname": "Windows",
}


@pytest.fixture
def certified(workspace, platform_owner, actor_of) -> Robot:
    """A robot with its secret at `.secret`."""
    robot, secret = robot_register(
        actor=actor_of(platform_owner),
        workspace_id=workspace.pk,
        name="큐브릭",
        robot_id="robot_cubrick_01_v2",
        factory_code="INTE-CUB-04184-012301-00000",
        os_release="8",
    )
    robot.secret = secret
    return robot


def said(robot: Robot, **facts) -> dict:
    return {"fCode": robot.device.factory_code, "secretKey": robot.secret, **facts}


def told(client, robot: Robot) -> dict:
    return client.get(f"/Registry/robot_id/{robot.robot_id}").json()["data"]


@pytest.mark.parametrize("verb", ["patch", "post"])
def test_the_registry_tells_what_the_robot_said(certified, client_of, viewer, verb):
    answer = getattr(client_of(None), verb)(PATH, said(certified, **COMPUTER))
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain") and answer.content
    document = told(client_of(viewer), certified)
    assert {key: document[key] for key in COMPUTER} == COMPUTER


def test_only_what_is_said_is_overwritten(certified, client_of, viewer):
    client_of(None).post(PATH, said(certified, **COMPUTER))
    client_of(None).patch(PATH, said(certified, node="NEW", uname=""))
    document = told(client_of(viewer), certified)
    assert (document["node"], document["uname"]) == ("NEW", "")
    assert document["machine"] == COMPUTER["machine"]


def test_numbers_become_texts_and_nothing_an_empty_one(certified, client_of, viewer):
    facts = {"getnode": 91769392985, "authentication_timestamp": 1684117946.5, "release": None}
    assert client_of(None).post(PATH, said(certified, **facts)).status_code == 200
    document = told(client_of(viewer), certified)
    assert document["getnode"] == "91769392985"
    assert document["authentication_timestamp"] == "1684117946.5"
    assert document["release"] == ""


def test_what_a_computer_has_no_word_for_is_let_be(certified, client_of):
    facts = {"python": "3.11", "robot_id": "robot_of_another", "is_active": False, "chipSN": "x"}
    assert client_of(None).post(PATH, said(certified, **facts)).status_code == 200
    found = Robot.objects.get()
    assert (found.robot_id, found.is_active, found.chip_serial) == (certified.robot_id, True, "")


@pytest.mark.parametrize(
    "facts", [{"node": "x" * 201}, {"node": ["a"]}, {"node": {"a": 1}}, {"node": True}]
)
def test_what_cannot_be_kept_is_named(certified, client_of, facts):
    answer = client_of(None).post(PATH, said(certified, **facts))
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["node"]
    assert Robot.objects.get().host_name == ""


@pytest.mark.parametrize("missing", ["fCode", "secretKey"])
def test_code_and_secret_are_asked_for(certified, client_of, missing):
    body = {key: value for key, value in said(certified).items() if key != missing}
    answer = client_of(None).post(PATH, body)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [missing]


@pytest.mark.parametrize("wrong", [{"secretKey": "1234"}, {"fCode": "INTE-NOBODY"}])
def test_a_wrong_secret_and_an_unknown_robot_answer_alike(certified, client_of, wrong):
    answer = client_of(None).post(PATH, {**said(certified, node="EVIL"), **wrong})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"]
    assert Robot.objects.get().host_name == ""


def test_guessing_is_counted_together_with_signing_in(settings, certified, client_of):
    settings.LOGIN_TRIES_PER_ACCOUNT = 3
    guess = {**said(certified), "secretKey": "wrong"}
    statuses = [client_of(None).post(PATH, guess).status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]
    answer = client_of(None).post("/signin-device", said(certified))
    assert answer.status_code == 429 and int(answer["Retry-After"]) > 0


def test_right_secrets_are_not_counted(settings, certified, client_of):
    settings.LOGIN_TRIES_PER_ACCOUNT = 3
    assert {client_of(None).post(PATH, said(certified)).status_code for _ in range(6)} == {200}


def test_a_token_is_no_secret(certified, client_of, owner):
    body = {**said(certified), "secretKey": "wrong"}
    assert client_of(owner).post(PATH, body).status_code == 401
    assert client_of(certified.device).post(PATH, body).status_code == 401


def test_an_old_secret_says_nothing(certified, client_of, actor_of, owner):
    credential_rotate(actor=actor_of(owner), device_id=certified.device_id)
    assert client_of(None).post(PATH, said(certified)).status_code == 401


def test_a_removed_robot_is_gone_for_itself_and_unknown_to_guesses(
    certified, client_of, actor_of, owner
):
    robot_remove(actor=actor_of(owner), robot_id=certified.robot_id)
    answer = client_of(None).post(PATH, said(certified, node="LATE"))
    assert answer.status_code == 410
    assert answer.json()["error"]["code"] == 410
    assert client_of(None).post(PATH, {**said(certified), "secretKey": "x"}).status_code == 401
    assert Robot.objects.get().host_name == ""


def test_a_secret_that_was_replaced_before_the_removal_says_nothing(
    certified, client_of, actor_of, owner
):
    credential_rotate(actor=actor_of(owner), device_id=certified.device_id)
    robot_remove(actor=actor_of(owner), robot_id=certified.robot_id)
    assert client_of(None).post(PATH, said(certified)).status_code == 401


def test_a_device_that_is_no_robot_has_no_certificate(make_device, client_of):
    drone = make_device(kind="drone", factory_code="DJI-1")
    answer = client_of(None).post(PATH, {"fCode": "DJI-1", "secretKey": drone.secret})
    assert answer.status_code == 404


def test_changes_are_written_down_once_without_the_secret(certified, client_of):
    for _ in range(2):
        client_of(None).post(PATH, said(certified, **COMPUTER))
    client_of(None).post(PATH, said(certified, authentication_timestamp="1684117999"))
    row = AuditRow.objects.get(verb="robot.certify")
    assert row.actor == f"device:{certified.device_id}"
    assert row.before["os_release"] == "8" and row.after["os_release"] == "10"
    assert certified.secret not in str(row.after) and "secret" not in str(row.after)
    assert Robot.objects.get().certified_at == "1684117999"


def test_the_stream_tells_the_new_address(certified, client_of, viewer):
    client_of(None).post(PATH, said(certified, **COMPUTER))
    tick = client_of(viewer).get(f"/stream/robot?robot_id={certified.robot_id}").json()
    assert tick["robot_info"]["mac_address"] == COMPUTER["mac_address"]


def test_no_answer_repeats_the_secret(certified, client_of):
    for body in (said(certified), {**said(certified), "node": "x" * 300}):
        answer = client_of(None).post(PATH, body)
        assert certified.secret not in answer.content.decode()
        assert Credential.objects.get().secret_hash not in answer.content.decode()
