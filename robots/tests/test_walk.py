"""One robot's way through the platform, by its public addresses alone."""

import pytest

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_the_registry_to_the_black_box(client_of, operator, viewer, workspace):
    people, onlookers, robot = client_of(operator), client_of(viewer), client_of(None)

    body = {
        "workspace_id": workspace.pk,
        "kind": "robot",
        "name": "더현대큐브릭1",
        "robot_id": "robot_cubrick_01_v2",
        "factory_code": "INTE-CUB-04184-012301-00000",
    }
    secret = people.post("/api/fleet/devices", body).json()["secret"]

    signed_in = robot.post("/signin-device", {"fCode": body["factory_code"], "secretKey": secret})
    assert signed_in.status_code == 200
    robot.credentials(HTTP_AUTHORIZATION=signed_in.content.decode())

    status = {"speed": 0.39, "battery": 48, "network": "GOOD", "drive_status": "Driving"}
    pose = {"x": 1213, "y": 78, "rotate": -32.3, "map_id": "thehyundai_1f"}
    samples = [
        {
            "time": f"2026-01-01T00:00:{second:02d}Z",
            "sections": {"robot_base_status": {**status, "battery": 48 - second}, "pose": pose},
        }
        for second in range(10)
    ]
    sent = robot.post("/api/fleet/telemetry", {"samples": samples}).json()
    assert sent == {"accepted": 10, "duplicates": 0, "rejected": []}
    again = robot.post("/api/fleet/telemetry", {"samples": samples}).json()
    assert again == {"accepted": 0, "duplicates": 10, "rejected": []}

    tick = onlookers.get("/stream/robot?robot_id=robot_cubrick_01_v2").json()
    assert tick["create_at"] == "2026-01-01T09:00:09+09:00"
    assert tick["robot_base_status"]["battery"] == 39

    asked = {"robot_id": body["robot_id"], "from_date": "2026-01-01", "to_date": "2026-01-01"}
    box = onlookers.post("/blackbox", asked).json()
    assert [one["robot_base_status"]["battery"] for one in box] == list(range(48, 38, -1))

    assert robot.post("/photolog", {"robot_id": body["robot_id"]}).status_code == 201
    document = onlookers.get(f"/Registry/robot_id/{body['robot_id']}").json()["data"]
    assert document["battery"] == "39"
    assert document["map_id"] == ""
    assert len(document["photo_log"]) == 1

    reference = {"samples": [{"time": "2026-01-01T00:01:00Z", "sections": {"red_zone": {"id": 1}}}]}
    refused = robot.post("/api/fleet/telemetry", reference)
    assert refused.status_code == 400
    assert refused.json()["rejected"][0]["pointer"] == "/samples/0/sections/red_zone"
