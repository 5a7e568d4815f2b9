"""GET /Registry/robot_id/{robot_id} and what every path of this API has in common."""

import pytest

from accounts.models import Credential
from robots.models import PhotoLog
from robots.services import robot_remove

pytestmark = pytest.mark.django_db

PATHS = [
    ("get", "/Registry/robot_id/{}", "/Registry/robot_id/{}"),
    ("get", "/stream", None),
    ("get", "/stream/robot?robot_id={}", "/stream/robot?robot_id={}"),
    ("post", "/blackbox", "/blackbox"),
    ("post", "/photolog", "/photolog"),
    ("get", "/photolog/list?robot_id={}&start_timestamp=0&end_timestamp=1", "..."),
]
OF_ONE_ROBOT = [(method, path) for method, path, one in PATHS if one]
BODY = {"from_date": "2026-01-01", "to_date": "2026-01-02"}


def call(client, method: str, path: str, robot_id: str, **options):
    data = {**BODY, "robot_id": robot_id} if method == "post" else None
    return getattr(client, method)(path.format(robot_id), data, **options)


def test_a_member_reads_a_robot_s_document(robot, client_of, viewer):
    answer = client_of(viewer).get(f"/Registry/robot_id/{robot.robot_id}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    document = answer.json()["data"]
    assert document["robot_id"] == robot.robot_id
    assert document["isActive"] == "True"
    assert document["battery"] == ""


def test_no_secret_is_ever_in_the_document(robot, client_of, owner):
    text = client_of(owner).get(f"/Registry/robot_id/{robot.robot_id}").content.decode()
    for word in ("secretKey", "password", "hashed", Credential.objects.get().secret_hash):
        assert word not in text


def test_current_values_are_told_as_texts(robot, send, client_of, viewer):
    status = {"battery": 48.0, "speed": 0.394, "map_id": "1f", "network": "GOOD"}
    send(robot, ("2026-01-01T00:00:00Z", {"robot_base_status": status}))
    document = client_of(viewer).get(f"/Registry/robot_id/{robot.robot_id}").json()["data"]
    told = {key: document[key] for key in status}
    assert told == {"battery": "48.0", "speed": "0.394", "map_id": "1f", "network": "GOOD"}


def test_creation_is_told_in_the_zone_of_the_workspace(robot, client_of, viewer):
    from datetime import UTC, datetime

    robot.device.created_at = datetime(2023, 1, 18, 9, 42, 26, tzinfo=UTC)
    robot.device.save()
    document = client_of(viewer).get(f"/Registry/robot_id/{robot.robot_id}").json()["data"]
    assert document["createAt"] == "2023-01-18  6:42:26 PM"
    assert document["_id"]["$oid"] == f"63c7bf02{robot.pk:016x}"


@pytest.mark.parametrize(("method", "path", "_"), PATHS)
def test_nobody_gets_401_with_a_way_in(robot, client_of, method, path, _):
    answer = call(client_of(None), method, path, robot.robot_id)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["error"]["code"] == 401


@pytest.mark.parametrize(("method", "path", "_"), PATHS)
def test_a_wrong_token_gets_401(robot, client_of, method, path, _):
    client = client_of(None)
    client.credentials(HTTP_AUTHORIZATION="Bearer meowmeowmeow")
    assert call(client, method, path, robot.robot_id).status_code == 401


@pytest.mark.parametrize(("method", "path"), OF_ONE_ROBOT)
def test_a_stranger_gets_404_as_for_a_robot_that_never_was(
    robot, client_of, stranger, method, path
):
    hidden = call(client_of(stranger), method, path, robot.robot_id)
    missing = call(client_of(stranger), method, path, "robot_of_nobody")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json() == missing.json()


@pytest.mark.parametrize(("method", "path"), OF_ONE_ROBOT)
def test_a_robot_gets_404_for_another_one(robot, make_robot, client_of, method, path):
    other = make_robot()
    assert call(client_of(other.device), method, path, robot.robot_id).status_code == 404


@pytest.mark.parametrize(("method", "path"), OF_ONE_ROBOT)
def test_a_removed_robot_is_gone_for_members_and_hidden_from_strangers(
    robot, client_of, actor_of, owner, stranger, method, path
):
    robot_remove(actor=actor_of(owner), robot_id=robot.robot_id)
    gone = call(client_of(owner), method, path, robot.robot_id)
    assert gone.status_code == 410
    assert gone.json()["error"]["code"] == 410
    assert call(client_of(stranger), method, path, robot.robot_id).status_code == 404


@pytest.mark.parametrize(("method", "path", "_"), PATHS)
def test_a_wrong_verb_gets_405_that_names_the_right_ones(robot, client_of, owner, method, path, _):
    answer = client_of(owner).delete(path.format(robot.robot_id))
    assert answer.status_code == 405
    assert method.upper() in answer["Allow"]
    assert answer.json()["error"]["code"] == 405


@pytest.mark.parametrize(("method", "path", "_"), PATHS)
def test_a_format_that_is_not_spoken_gets_406(robot, client_of, owner, method, path, _):
    answer = call(client_of(owner), method, path, robot.robot_id, HTTP_ACCEPT="application/xml")
    assert answer.status_code == 406
    assert answer.json()["error"]["code"] == 406


@pytest.mark.parametrize("method_path", [one for one in PATHS if one[0] == "post"])
@pytest.mark.parametrize("body", ["{", "[]", '"text"', "", "nan", "\0"])
def test_a_body_that_is_no_object_gets_400(client_of, owner, method_path, body):
    answer = client_of(owner).post(method_path[1], body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == 400


@pytest.mark.parametrize("robot_id", ["a%00b", "%F0%9F%A4%96", "..", "a'--", "x" * 500])
def test_an_odd_robot_id_is_merely_unknown(client_of, owner, robot_id):
    assert client_of(owner).get(f"/Registry/robot_id/{robot_id}").status_code == 404


def test_an_unknown_address_of_this_api_answers_in_its_shape(client_of, owner):
    answer = client_of(owner).get("/Registry/nothing/here")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == 404


def test_the_bare_token_works_as_the_pages_print_it(robot, client_of, token_of, viewer):
    client = client_of(None)
    client.credentials(HTTP_AUTHORIZATION=token_of(viewer))
    assert client.get(f"/Registry/robot_id/{robot.robot_id}").status_code == 200


def test_the_document_costs_the_same_queries_for_any_number_of_photos(
    robot, client_of, viewer, django_assert_num_queries
):
    for at in range(50):
        PhotoLog.objects.create(
            device=robot.device,
            robot_id=robot.robot_id,
            pose_x=1,
            pose_y=2,
            pose_timestamp_ms=at,
            timestamp_ms=at,
        )
    client = client_of(viewer)
    with django_assert_num_queries(5):  # session, memberships, robot, newest state, photos
        document = client.get(f"/Registry/robot_id/{robot.robot_id}").json()["data"]
    assert len(document["photo_log"]["0"]) == 20
