"""Every example of the FlyingLet pages about the registry, stream, black box and photo log: same keys, same values."""

import pytest

from robots.models import PhotoLog, Robot
from robots.sections import STREAM_SECTIONS
from robots.services import robot_register

from . import flyinglet

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def example():
    """`example("Get Robot info")`: the answer that the page of that heading prints."""
    pages = flyinglet.pages()
    return lambda heading: pages[heading].example()


@pytest.fixture(scope="module")
def request_of():
    """`request_of("chip_sn")`: the body that the page's snippet sends."""
    pages = flyinglet.pages()
    return lambda heading: pages[heading].body()


def keys_of(document) -> dict:
    return {name: sorted(row) for name, row in document.items() if name != "create_at"}


def test_the_registry_answers_the_page_s_document(example, make_robot, client_of, viewer):
    wanted = example("Get Robot info")["data"]
    make_robot(
        wanted["robot_id"],
        name=wanted["deviceName"],
        serial_number=wanted["serialNumber"],
        factory_code=wanted["fCode"],
        model_image_on=wanted["modelImg"]["on"],
        model_image_off=wanted["modelImg"]["off"],
        **{column: wanted[key] for column, key in flyinglet.REGISTERED.items()},
    )
    found = client_of(viewer).get(f"/Registry/robot_id/{wanted['robot_id']}").json()
    assert list(found) == ["data"]
    found = found["data"]
    assert sorted(found) == sorted(set(wanted) - {"secretKey"})
    of_this_installation = {"_id", "createAt", "photo_log", "secretKey"}
    for key in set(wanted) - of_this_installation:
        assert found[key] == wanted[key], key
    assert len(found["_id"]["$oid"]) == len(wanted["_id"]["$oid"])
    assert len(found["createAt"]) == len(wanted["createAt"])


def test_a_photo_has_the_keys_of_the_page_s_registry(example, robot, send, client_of, operator):
    wanted = example("Get Robot info")["data"]["photo_log"]["1684921527"]["43269"]
    pose = {**wanted["pose"], **{key: wanted[key] for key in ("map_id", "store_id", "traffic")}}
    send(robot, ("2026-01-01T00:00:00Z", {"pose": {**pose, "drive_status": "Stop"}}))
    client = client_of(operator)
    assert client.post("/photolog", {"robot_id": robot.robot_id}).status_code == 201
    tree = client.get(f"/Registry/robot_id/{robot.robot_id}").json()["data"]["photo_log"]
    ((second, fractions),) = tree.items()
    ((fraction, found),) = fractions.items()
    assert {**found, "timestamp": wanted["timestamp"]} == wanted
    assert found["timestamp"] == float(f"{second}.{fraction}")


def test_a_stream_document_has_the_page_s_sections_and_keys(example, robot, client_of, viewer):
    wanted = example("Get One Robot Data Stream")
    found = client_of(viewer).get(f"/stream/robot?robot_id={robot.robot_id}").json()
    assert list(found) == list(wanted)
    assert keys_of(found) == keys_of(wanted)
    for name, section in STREAM_SECTIONS.items():
        assert list(wanted[name]) == list(section.keys), name


def test_the_whole_stream_has_the_page_s_keys(example, robot, client_of, viewer):
    wanted = example("Get Robots Data Stream")
    found = client_of(viewer).get("/stream").json()
    assert set(wanted) <= set(found)
    assert found["covid_info"] == wanted["covid_info"]


@pytest.mark.parametrize("heading", ["Get One Robot Data Stream", "Blackbox"])
def test_the_page_s_own_rows_go_in_and_come_out(example, heading, robot, send, client_of, viewer):
    wanted = example(heading)
    wanted = wanted[0] if isinstance(wanted, list) else wanted
    changed = {
        name: row
        for name, row in wanted.items()
        if name != "create_at" and any(value is not False for value in row.values())
    }
    assert sorted(changed) == ["robot_base_status", "visitor_count"]
    send(robot, (wanted["create_at"], changed))
    client = client_of(viewer)
    day = {"from_date": "2023-07-04", "to_date": "2023-07-04", "robot_id": robot.robot_id}
    assert client.get(f"/stream/robot?robot_id={robot.robot_id}").json() == wanted
    assert client.get("/stream").json() == wanted
    assert client.post("/blackbox", day).json() == [wanted]


def test_the_photo_list_answers_the_page_s_rows(example, robot, client_of, viewer):
    wanted = example("Get Photo log")
    for row in wanted["result"]:
        PhotoLog.objects.create(
            device=robot.device,
            robot_id=row["robot_id"],
            pose_x=row["pose"]["x"],
            pose_y=row["pose"]["y"],
            pose_rotate=row["pose"]["rotate"],
            pose_timestamp_ms=row["pose"]["timestamp"],
            traffic=row["traffic"],
            drive_status=row["drive_status"],
            timestamp_ms=row["timestamp"],
        )
    Robot.objects.update(robot_id=wanted["result"][0]["robot_id"])
    query = (
        "robot_id=INTE-CUB-04184-012301&start_timestamp=1684092639290&end_timestamp=1684093091976"
    )
    client = client_of(viewer)
    for found in (client.get(f"/photolog/list?{query}"), client.post(f"/photolog/list?{query}")):
        body = found.json()
        assert body["count"] == wanted["count"]
        for one, other in zip(body["result"], wanted["result"], strict=True):
            assert list(one) == list(other)
            assert len(one["_id"]["$oid"]) == 24
            assert {**one, "_id": None} == {**other, "_id": None}


def test_the_page_s_certificate_goes_in_and_comes_out(
    request_of, workspace, platform_owner, actor_of, client_of
):
    said = request_of("Send Robot device info")
    _robot, secret = robot_register(
        actor=actor_of(platform_owner),
        workspace_id=workspace.pk,
        name="R",
        robot_id="r",
        factory_code=said["fCode"],
    )
    for verb in ("post", "patch"):
        answer = getattr(client_of(None), verb)("/send-device-certi", {**said, "secretKey": secret})
        assert answer.status_code == 200
    found = client_of(platform_owner).get("/Registry/robot_id/r").json()["data"]
    facts = {key: value for key, value in said.items() if key not in {"fCode", "secretKey"}}
    assert {key: found[key] for key in facts} == facts


def test_a_chip_is_answered_as_on_the_page(request_of, make_robot, client_of, viewer):
    said = request_of("chip_sn")
    client = client_of(viewer)
    assert client.post("/chip_sn", said).json() == {"authentication": False}
    make_robot(chip_serial=said["sn"], model_name="airpath")
    assert client.post("/chip_sn", said).json() == {"authentication": True, "모델명": "airpath"}
