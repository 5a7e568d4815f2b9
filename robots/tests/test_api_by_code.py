"""/check-device, /chip_sn and /fcode-device: a robot found by its factory code or its chip."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from accounts.roles import Role
from robots.models import FloorMap
from robots.services import robot_remove

pytestmark = pytest.mark.django_db
BY_CODE = [("post", "/check-device"), ("patch", "/check-device"), ("post", "/fcode-device")]
MEMBERS = ["owner", "admin", "operator", "viewer", "platform_owner"]


@pytest.fixture
def robot(make_robot):
    return make_robot(
        "robot_cubrick_01_v2", factory_code="INTE-1", chip_serial="0x42fc3212", model_name="airpath"
    )


def ask(client, verb: str, path: str, code: str = "INTE-1"):
    return getattr(client, verb)(path, {"fCode": code})


@pytest.mark.parametrize(("verb", "path"), BY_CODE)
@pytest.mark.parametrize("who", MEMBERS)
def test_members_are_answered(request, robot, owner, client_of, who, verb, path):
    answer = ask(client_of(request.getfixturevalue(who)), verb, path)
    assert answer.status_code == 200
    assert "data" not in answer.json()


@pytest.mark.parametrize(("verb", "path"), BY_CODE)
def test_a_robot_asks_for_itself(robot, owner, client_of, verb, path):
    assert ask(client_of(robot.device), verb, path).status_code == 200


@pytest.mark.parametrize(("verb", "path"), BY_CODE)
def test_others_learn_nothing(robot, owner, make_robot, client_of, stranger, verb, path):
    for who in (stranger, make_robot().device):
        hidden = ask(client_of(who), verb, path)
        missing = ask(client_of(who), verb, path, "INTE-NOBODY")
        assert hidden.status_code == missing.status_code == 404
        assert hidden.json() == missing.json()
    assert ask(client_of(None), verb, path).status_code == 401


@pytest.mark.parametrize(("verb", "path"), BY_CODE)
def test_a_removed_robot_is_gone(robot, owner, stranger, client_of, actor_of, verb, path):
    robot_remove(actor=actor_of(owner), robot_id=robot.robot_id)
    assert ask(client_of(owner), verb, path).status_code == 410
    assert ask(client_of(stranger), verb, path).status_code == 404


@pytest.mark.parametrize(("verb", "path"), BY_CODE)
@pytest.mark.parametrize(
    "body", [{}, {"fCode": ""}, {"fCode": None}, {"fCode": "x" * 201}, {"fCode": ["a"]}]
)
def test_the_code_is_asked_for(client_of, owner, verb, path, body):
    answer = getattr(client_of(owner), verb)(path, body)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["fCode"]


def test_the_device_s_document_is_the_registry_s(robot, client_of, viewer):
    client = client_of(viewer)
    registered = client.get(f"/Registry/robot_id/{robot.robot_id}").json()["data"]
    assert ask(client, "post", "/check-device").json() == registered


# --- chips ---


def chip(client, serial="0x42fc3212"):
    return client.post("/chip_sn", {"sn": serial})


@pytest.mark.parametrize("who", MEMBERS)
def test_a_chip_that_is_registered_names_its_model(request, robot, client_of, who):
    answer = chip(client_of(request.getfixturevalue(who)))
    assert answer.json() == {"authentication": True, "모델명": "airpath"}


def test_a_robot_knows_its_own_chip_alone(robot, make_robot, client_of):
    assert chip(client_of(robot.device)).json()["authentication"] is True
    assert chip(client_of(make_robot().device)).json() == {"authentication": False}


def test_an_unknown_chip_and_a_stranger_s_are_told_alike(robot, client_of, viewer, stranger):
    assert chip(client_of(viewer), "234i23pj4p234po23").json() == {"authentication": False}
    assert chip(client_of(stranger)).json() == {"authentication": False}
    assert chip(client_of(None)).status_code == 401


def test_a_robot_without_a_chip_is_found_by_none(make_robot, client_of, owner):
    make_robot()
    assert chip(client_of(owner), "").status_code == 400


def test_the_chip_of_a_removed_robot_is_gone_until_another_one_has_it(
    robot, make_robot, client_of, actor_of, owner, stranger
):
    robot_remove(actor=actor_of(owner), robot_id=robot.robot_id)
    assert chip(client_of(owner)).status_code == 410
    assert chip(client_of(stranger)).json() == {"authentication": False}
    make_robot(chip_serial="0x42fc3212", model_name="second life")
    assert chip(client_of(owner)).json()["모델명"] == "second life"


# --- owners ---


def test_the_owner_is_the_first_of_the_workspace_s_owners(
    robot, owner, make_user, workspace, client_of, viewer
):
    make_user(workspace, [Role.OWNER], email="later@test.example")
    document = ask(client_of(viewer), "post", "/fcode-device").json()
    assert document["email"] == owner.email
    assert document["role"] == "최고관리자"


def test_the_owner_s_document_names_robots_maps_and_people_of_the_workspace_alone(
    robot, make_robot, owner, viewer, client_of, workspace, other_workspace
):
    Membership.objects.create(user=owner, workspace=other_workspace, role=Role.OWNER)
    second = make_robot()
    foreign = make_robot(workspace=other_workspace)
    FloorMap.objects.create(workspace=workspace, map_id="1f", site="더현대서울", name="1F")
    FloorMap.objects.create(workspace=other_workspace, map_id="elsewhere")
    document = ask(client_of(viewer), "post", "/fcode-device").json()
    assert [one["robot_id"] for one in document["robot_list"]] == [robot.robot_id, second.robot_id]
    assert len(document["managedRobots"]) == len(document["managedRobotIds"]) == 2
    assert document["map_list"] == [{"id": "1f", "name": "더현대서울 1F"}]
    assert document["group_info"]["name"] == workspace.name
    assert len(document["subUserIDs"]) == 1
    assert foreign.robot_id not in str(document)


def test_a_robot_sees_the_same_document_as_its_people(robot, make_robot, owner, viewer, client_of):
    make_robot()
    said = [ask(client_of(who), "post", "/fcode-device").json() for who in (robot.device, viewer)]
    assert said[0] == said[1]


def test_no_hash_and_no_password_is_in_the_owner_s_document(robot, owner, client_of):
    text = ask(client_of(owner), "post", "/fcode-device").content.decode()
    for word in ("password", "hashed", owner.password):
        assert word not in text


def test_a_robot_that_nobody_owns_has_no_owner_to_tell(robot, owner, client_of, platform_owner):
    owner.is_active = False
    owner.save()
    assert ask(client_of(platform_owner), "post", "/fcode-device").status_code == 404


def test_the_owner_s_document_costs_the_same_queries_for_any_number_of_robots(
    robot, make_robot, owner, viewer, client_of
):
    client = client_of(viewer)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert ask(client, "post", "/fcode-device").status_code == 200
        return len(seen)

    few = queries()
    for _ in range(8):
        make_robot()
    assert queries() == few
