"""Reading back: devices, the newest state and the black box, for whom it may concern."""

import csv
import io
import json

import pytest

from fleet_platform.shared.clock import now_us, rfc3339
from fleet_platform.telemetry import ingest, store

pytestmark = pytest.mark.django_db
START = 1_795_000_000  # seconds


def sample(index, *, battery=50.0, **pose):
    sections = {
        "robot_base_status": {"battery": battery, "speed": 0.1 * index},
        "pose": {"x": index, "y": 2 * index, "rotate": 0, "map_id": "f1", **pose},
    }
    return {"time": START + index, "seq": index, "sections": sections}


@pytest.fixture
def send(monkeypatch):
    """Commit samples of a device as if it had sent them."""
    monkeypatch.setattr(ingest, "MOST_AHEAD_US", 10**15)

    def commit(device, samples):
        sender = ingest.Sender(device.pk, device.kind, device.workspace_id)
        parsed = ingest.parse_batch(json.dumps({"samples": samples}).encode(), sender)
        assert not parsed.rejected
        return store.commit([parsed.rows]).written[0]

    return commit


def test_a_device_shows_its_newest_state(client_of, viewer, device, send):
    send(device, [sample(1), sample(2)])
    told = client_of(viewer).get(f"/api/fleet/devices/{device.pk}").json()
    assert told["sections"]["pose"]["x"] == 2
    assert told["position"] == {"map_id": "f1", "x": 2, "y": 4, "rotate": 0}
    assert told["online"] is True
    assert told["time"] == rfc3339((START + 2) * 10**6)
    assert set(told) == {
        "device_id", "kind", "name", "workspace_id", "online", "silence_limit_seconds",
        "time", "received_at", "sections", "position",
    }  # fmt: skip


def test_the_black_box_has_the_same_document_for_each_sample(client_of, viewer, device, send):
    send(device, [sample(1), sample(2)])
    client = client_of(viewer)
    newest = client.get(f"/api/fleet/devices/{device.pk}").json()
    rows = client.get(f"/api/fleet/devices/{device.pk}/telemetry").json()["results"]
    assert [row.pop("seq") for row in rows] == [1, 2]
    assert rows[-1] == newest


def test_late_samples_stand_in_their_place_and_move_nothing_back(client_of, viewer, device, send):
    send(device, [sample(5)])
    send(device, [sample(3), sample(4)])
    client = client_of(viewer)
    page = client.get(f"/api/fleet/devices/{device.pk}/telemetry").json()
    assert [row["seq"] for row in page["results"]] == [3, 4, 5]
    assert client.get(f"/api/fleet/devices/{device.pk}").json()["sections"]["pose"]["x"] == 5


def test_pages_neither_skip_nor_repeat(client_of, viewer, device, send):
    send(device, [sample(index) for index in range(25)])
    client, seen, cursor = client_of(viewer), [], None
    while True:
        query = {"limit": 10, **({"cursor": cursor} if cursor else {})}
        page = client.get(f"/api/fleet/devices/{device.pk}/telemetry", query).json()
        seen += [row["seq"] for row in page["results"]]
        if (cursor := page["next"]) is None:
            break
    assert seen == list(range(25))


def test_a_page_that_ends_with_the_last_sample_has_no_next(client_of, viewer, device, send):
    send(device, [sample(index) for index in range(10)])
    page = client_of(viewer).get(f"/api/fleet/devices/{device.pk}/telemetry?limit=10").json()
    assert len(page["results"]) == 10 and page["next"] is None


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"from": START + 3, "to": START + 5}, [3, 4, 5]),
        ({"from": (START + 3) * 1000}, [3, 4, 5, 6, 7]),
        ({"from": rfc3339((START + 6) * 10**6)}, [6, 7]),
        ({"to": "1999-01-01T00:00:00Z"}, []),
    ],
)
def test_both_bounds_are_included(client_of, viewer, device, send, bounds, expected):
    send(device, [sample(index) for index in range(8)])
    page = client_of(viewer).get(f"/api/fleet/devices/{device.pk}/telemetry", bounds).json()
    assert [row["seq"] for row in page["results"]] == expected


def test_only_the_sections_asked_for_come(client_of, viewer, device, send):
    send(device, [sample(1)])
    url = f"/api/fleet/devices/{device.pk}/telemetry?sections=pose"
    (row,) = client_of(viewer).get(url).json()["results"]
    assert set(row["sections"]) == {"pose"}


def test_a_resolution_gives_minimum_maximum_and_mean(client_of, viewer, device, send):
    send(device, [sample(index, battery=index) for index in range(40)])
    url = f"/api/fleet/devices/{device.pk}/telemetry?resolution=20"
    first, second = client_of(viewer).get(url).json()["results"]
    assert first["time"] == rfc3339(START * 10**6) and first["samples"] == 20
    assert first["fields"]["robot_base_status.battery"] == {"min": 0, "max": 19, "mean": 9.5}
    assert second["fields"]["pose.x"] == {"min": 20, "max": 39, "mean": 29.5}


def test_a_resolution_gives_the_last_of_the_texts_asked_for(client_of, viewer, device, send):
    for index, said in enumerate(["Driving", "Stop", "Charging", "Charging"]):
        send(device, [sample(15 * index, drive_status=said)])
    url = f"/api/fleet/devices/{device.pk}/telemetry?resolution=30"
    asked = f"{url}&texts=robot_base_status.drive_status,pose.drive_status"
    told = client_of(viewer).get(asked).json()["results"]
    assert [bucket["texts"] for bucket in told] == [
        {"pose.drive_status": "Stop"},
        {"pose.drive_status": "Charging"},
    ]
    assert "texts" not in client_of(viewer).get(url).json()["results"][0]
    head, first, _ = client_of(viewer).get(f"{asked}&format=csv").content.decode().splitlines()
    column = head.split(",").index("pose.drive_status")
    assert first.split(",")[column] == "Stop"


def test_numbers_near_the_end_of_floats_do_not_spoil_the_mean_of_the_others(
    client_of, viewer, device, send
):
    send(device, [sample(index, own=1.7e308, small=-1.7e308) for index in range(3)])
    url = f"/api/fleet/devices/{device.pk}/telemetry?resolution=60"
    for form in ("json", "ndjson", "csv"):
        assert client_of(viewer).get(f"{url}&format={form}").status_code == 200
    (bucket,) = client_of(viewer).get(url).json()["results"]
    assert bucket["fields"]["pose.x"]["mean"] == 1
    assert not {"pose.own", "pose.small"} & set(bucket["fields"])


def test_a_resolution_is_paged_by_whole_buckets(client_of, viewer, device, send, monkeypatch):
    monkeypatch.setattr("fleet_platform.telemetry.selectors.SCANNED_AT_MOST", 15)
    send(device, [sample(index) for index in range(60)])
    client, counts, cursor = client_of(viewer), [], None
    for _ in range(20):
        query = {"resolution": 10, "limit": 2, **({"cursor": cursor} if cursor else {})}
        page = client.get(f"/api/fleet/devices/{device.pk}/telemetry", query).json()
        counts += [bucket["samples"] for bucket in page["results"]]
        if (cursor := page["next"]) is None:
            break
    assert counts == [10] * 6


def test_ndjson_has_a_document_a_line_and_links_to_the_next_page(client_of, viewer, device, send):
    send(device, [sample(index) for index in range(5)])
    client = client_of(viewer)
    response = client.get(f"/api/fleet/devices/{device.pk}/telemetry?format=ndjson&limit=3")
    assert response["Content-Type"] == "application/x-ndjson"
    assert [json.loads(line)["seq"] for line in response.content.splitlines()] == [0, 1, 2]
    url = response["Link"].partition(">")[0].removeprefix("<")
    rest = client.get(url.removeprefix("http://testserver"))
    assert [json.loads(line)["seq"] for line in rest.content.splitlines()] == [3, 4]
    assert "Link" not in rest


def test_csv_has_a_column_for_each_field(client_of, viewer, device, send):
    send(device, [sample(1), sample(2, store_id=7)])
    response = client_of(viewer).get(f"/api/fleet/devices/{device.pk}/telemetry?format=csv")
    first, second = csv.DictReader(io.StringIO(response.content.decode()))
    assert (
        first["pose.x"] == "1" and second["pose.store_id"] == "7" and first["pose.store_id"] == ""
    )


def test_csv_disarms_what_a_spreadsheet_would_run(client_of, viewer, device, send):
    send(device, [sample(1, map_id="=HYPERLINK(1)")])
    response = client_of(viewer).get(f"/api/fleet/devices/{device.pk}/telemetry?format=csv")
    (row,) = csv.DictReader(io.StringIO(response.content.decode()))
    assert row["pose.map_id"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("from=yesterday", "/from"),
        ("from=2026-11-21T00:00:00", "/from"),
        ("from=5&to=4", "/from"),
        ("limit=0", "/limit"),
        ("limit=10001", "/limit"),
        ("limit=x", "/limit"),
        ("cursor=abc", "/cursor"),
        ("resolution=0", "/resolution"),
        ("resolution=nan", "/resolution"),
        ("format=xml", "/format"),
        ("resolution=5&texts=drive_status", "/texts"),
        ("resolution=5&texts=" + ",".join(["a.b"] * 11), "/texts"),
    ],
)
def test_a_bad_parameter_is_named(client_of, viewer, device, query, pointer):
    response = client_of(viewer).get(f"/api/fleet/devices/{device.pk}/telemetry?{query}")
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


def test_the_list_is_paged_and_filtered(client_of, viewer, make_device, send):
    devices = [make_device(name=f"Cubrick {index}") for index in range(5)]
    drone = make_device(kind="drone", name="Mavic")
    send(devices[0], [sample(1)])
    client = client_of(viewer)
    page = client.get("/api/fleet/devices?limit=4").json()
    rest = client.get("/api/fleet/devices", {"limit": 4, "cursor": page["next"]}).json()
    listed = [row["device_id"] for row in page["results"] + rest["results"]]
    assert listed == [*(one.pk for one in devices), drone.pk] and rest["next"] is None
    assert [
        row["name"] for row in client.get("/api/fleet/devices?kind=drone").json()["results"]
    ] == ["Mavic"]
    online = client.get("/api/fleet/devices?online=true").json()["results"]
    assert [row["device_id"] for row in online] == [devices[0].pk]
    found = client.get("/api/fleet/devices?search=brick 3").json()["results"]
    assert [row["name"] for row in found] == ["Cubrick 3"]


def test_the_list_takes_as_many_queries_for_many_as_for_one(
    client_of, viewer, make_device, django_assert_num_queries, django_assert_max_num_queries
):
    make_device()
    client = client_of(viewer)
    with django_assert_max_num_queries(6) as few:
        client.get("/api/fleet/devices")
    for _ in range(10):
        make_device()
    with django_assert_num_queries(len(few.captured_queries)):
        client.get("/api/fleet/devices")


def test_a_strangers_device_is_like_one_that_is_not_there(client_of, stranger, device):
    client = client_of(stranger)
    for path in ("", "/telemetry", "/telemetry?resolution=60"):
        mine = client.get(f"/api/fleet/devices/{device.pk}{path}")
        none = client.get(f"/api/fleet/devices/999999{path}")
        assert mine.status_code == none.status_code == 404
        assert mine.json()["detail"] == none.json()["detail"]
    assert client.get("/api/fleet/devices").json()["results"] == []


def test_a_device_reads_itself_alone(client_of, device, make_device):
    other = make_device()
    client = client_of(device)
    assert client.get(f"/api/fleet/devices/{device.pk}").status_code == 200
    assert client.get(f"/api/fleet/devices/{other.pk}").status_code == 404


def test_nobody_reads_without_signing_in(client_of, device):
    for path in ("", f"/{device.pk}", f"/{device.pk}/telemetry"):
        assert client_of(None).get(f"/api/fleet/devices{path}").status_code == 401


def test_an_operator_registers_a_device_and_learns_its_secret_once(client_of, operator, workspace):
    client = client_of(operator)
    body = {"workspace_id": workspace.pk, "kind": "drone", "name": "M3", "serial_number": "DJI1"}
    made = client.post("/api/fleet/devices", body)
    assert made.status_code == 201
    told = made.json()
    secret = told.pop("secret")
    assert client.get(made["Location"]).json() == told
    login = client_of(None).post("/api/fleet/device-token", {"device": "DJI1", "secret": secret})
    assert login.status_code == 200 and login.json()["device_id"] == told["device_id"]


@pytest.mark.parametrize("field", ["workspace_id", "kind", "name"])
def test_a_device_lacking_a_field_is_refused_by_its_name(client_of, operator, workspace, field):
    body = {"workspace_id": workspace.pk, "kind": "drone", "name": "M3"}
    del body[field]
    response = client_of(operator).post("/api/fleet/devices", body)
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == [f"/{field}"]


def test_a_kind_that_no_app_knows_is_refused(client_of, operator, workspace):
    body = {"workspace_id": workspace.pk, "kind": "submarine", "name": "Nemo"}
    response = client_of(operator).post("/api/fleet/devices", body)
    assert response.status_code == 400 and response.json()["errors"][0]["pointer"] == "/kind"


def test_a_viewer_may_not_register_and_a_stranger_sees_no_workspace(
    client_of, viewer, stranger, workspace
):
    body = {"workspace_id": workspace.pk, "kind": "drone", "name": "M3"}
    assert client_of(viewer).post("/api/fleet/devices", body).status_code == 403
    assert client_of(stranger).post("/api/fleet/devices", body).status_code == 404


def test_a_rename_shows_in_the_document(client_of, operator, device):
    response = client_of(operator).patch(f"/api/fleet/devices/{device.pk}", {"name": "큐브릭 1"})
    assert response.status_code == 200 and response.json()["name"] == "큐브릭 1"


def test_a_removed_device_is_gone_and_may_not_send(client_of, admin, device):
    client, own = client_of(admin), client_of(device)
    assert client.delete(f"/api/fleet/devices/{device.pk}").status_code == 204
    assert client.get(f"/api/fleet/devices/{device.pk}").status_code == 404
    sent = own.post("/api/fleet/telemetry", {"samples": [{"time": now_us() / 1e6, "sections": {}}]})
    assert sent.status_code == 401


def test_telemetry_by_djangos_own_way_is_the_same(client_of, device):
    body = {"samples": [{**sample(1), "time": now_us() / 1e6}]}
    client = client_of(device)
    assert client.post("/api/fleet/telemetry", body).json() == {
        "accepted": 1,
        "duplicates": 0,
        "rejected": [],
    }
    assert client.post("/api/fleet/telemetry", body).json() == {
        "accepted": 0,
        "duplicates": 1,
        "rejected": [],
    }


def test_the_health_pages_answer_without_signing_in(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200 and "database" in ready.json()["checked"]
    assert b"fleet_samples_committed_total" in client.get("/metrics").content


def test_readiness_names_what_is_missing(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert answer.status_code == 503 and list(answer.json()["missing"]) == ["live layer"]
