"""Every example of the FlyingLet pages about the registry, stream, black box and photo log: same keys, same values."""

import json
from pathlib import Path

import pytest
from django.conf import settings

from robots.models import PhotoLog, Robot
from robots.sections import STREAM_SECTIONS

pytestmark = pytest.mark.django_db
SEEDS = Path(settings.BASE_DIR).parent / "shared" / "seeds"


@pytest.fixture(scope="module")
def example():
    """`example("Get Robot info")`: the answer that the page of that heading prints."""
    pages = sorted(SEEDS.glob("000_*.txt"))
    if not pages:
        pytest.skip(f"the FlyingLet pages are not there: {SEEDS}")
    text = pages[0].read_text()

    def find(heading: str):
        start = text.index("structured like this:", text.index(f"\n{heading}\n"))
        brace = min(at for at in (text.find("{", start), text.find("[", start)) if at > 0)
        return json.JSONDecoder().raw_decode(text[brace:])[0]

    return find


def keys_of(document) -> dict:
    return {name: sorted(row) for name, row in document.items() if name != "create_at"}


REGISTERED = {
    "alarm_1": "alarm_01",
    "alarm_2": "alarm_02",
    "alarm_3": "alarm_03",
    "certified_at": "authentication_timestamp",
    "chip_serial": "chipSN",
    "device_number": "deviceNum",
    "host_name": "node",
    "kc_certification_number": "kcCertificationNumber",
    "location_code": "location_id",
    "mac_address": "mac_address",
    "machine": "machine",
    "main_abilities": "mainAbility",
    "manager_1": "manager_01",
    "manager_2": "manager_02",
    "manager_3": "manager_03",
    "manufacturer": "manufacturer",
    "manufacturer_code": "manufacturerCode",
    "model_code": "modelCode",
    "model_name": "modelName",
    "model_number": "modelNumber",
    "model_version": "modelVersion",
    "node_number": "getnode",
    "operating_location": "operatingLocation",
    "os_name": "system",
    "os_release": "release",
    "os_version": "version",
    "platform": "platform",
    "processor": "processor",
    "product_code": "productCode",
    "product_date": "productDate",
    "product_name": "productName",
    "real_robot_id": "realRobotID",
    "sms_1": "sms_01",
    "sms_2": "sms_02",
    "sms_3": "sms_03",
    "special_functions": "specialFunctions",
    "sub_abilities": "subAbility",
    "uname": "uname",
    "user_code": "userID",
}


def test_the_registry_answers_the_page_s_document(example, make_robot, client_of, viewer):
    wanted = example("Get Robot info")["data"]
    make_robot(
        wanted["robot_id"],
        name=wanted["deviceName"],
        serial_number=wanted["serialNumber"],
        factory_code=wanted["fCode"],
        model_image_on=wanted["modelImg"]["on"],
        model_image_off=wanted["modelImg"]["off"],
        **{column: wanted[key] for column, key in REGISTERED.items()},
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
