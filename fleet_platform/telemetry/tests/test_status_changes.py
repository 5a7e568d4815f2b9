"""When a status became another one: read from the black box, for whom it may concern."""

import json

import pytest

from fleet_platform.shared.clock import rfc3339
from fleet_platform.telemetry import ingest, selectors, store
from fleet_platform.telemetry.status_changes import StatusChange, status_changes

START = 1_767_225_600  # seconds
FIELD = "robot_base_status.drive_status"


def row(second: int, **sections) -> tuple:
    return (second, 0, second, json.dumps(sections), "null")


def said(word: str) -> dict:
    return {"robot_base_status": {"drive_status": word}}


def test_a_status_that_stays_is_no_change():
    rows = [row(1, **said("Stop")), row(2, **said("Stop")), row(3, **said("Driving"))]
    assert status_changes(rows, FIELD) == [
        StatusChange(1, "Stop", None),
        StatusChange(3, "Driving", "Stop"),
    ]


def test_what_stood_before_the_first_row_is_no_change():
    assert status_changes([row(1, **said("Stop"))], FIELD, "Stop") == []


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {"pose": {"x": 1}},
        {"robot_base_status": {"battery": 3}},
        {"robot_base_status": None},
        {"robot_base_status": ["drive_status"]},
        {"robot_base_status": {"drive_status": 5}},
        {"pose": {"note": '"robot_base_status"'}},
    ],
)
def test_samples_without_the_text_say_nothing(sections):
    rows = [row(1, **said("Stop")), row(2, **sections), row(3, **said("Stop"))]
    assert status_changes(rows, FIELD) == [StatusChange(1, "Stop", None)]


@pytest.fixture
def driven(device):
    """Two seconds of each word."""
    words = ["Stop", "Stop", "Driving", "Driving", "Charging", "Charging"]
    samples = [{"time": START + at, "sections": said(word)} for at, word in enumerate(words)]
    sender = ingest.Sender(device.pk, device.kind, device.workspace_id)
    store.commit([ingest.parse_batch(json.dumps({"samples": samples}).encode(), sender).rows])
    return device


def url(device, **query) -> str:
    asked = "&".join(f"{name}={value}" for name, value in {"field": FIELD, **query}.items())
    return f"/api/fleet/devices/{device.pk}/status-changes?{asked}"


def test_a_viewer_reads_when_the_robot_did_what(client_of, viewer, driven):
    body = client_of(viewer).get(url(driven)).json()
    assert body == {
        "results": [
            {"time": rfc3339(START * 10**6), "value": "Stop", "before": None},
            {"time": rfc3339((START + 2) * 10**6), "value": "Driving", "before": "Stop"},
            {"time": rfc3339((START + 4) * 10**6), "value": "Charging", "before": "Driving"},
        ],
        "next": None,
    }


def test_the_period_bounds_what_is_read(client_of, viewer, driven):
    query = {"from": START + 1, "to": START + 3}
    body = client_of(viewer).get(url(driven, **query)).json()
    assert [change["value"] for change in body["results"]] == ["Stop", "Driving"]


def test_pages_join_without_repeating_a_change(client_of, viewer, driven, monkeypatch):
    monkeypatch.setattr(selectors, "SCANNED_AT_MOST", 3)
    client, cursor, found = client_of(viewer), "", []
    while cursor is not None:
        body = client.get(url(driven, cursor=cursor)).json()
        found += [change["value"] for change in body["results"]]
        cursor = body["next"]
    assert found == ["Stop", "Driving", "Charging"]


@pytest.mark.parametrize("field", ["", "robot_base_status", "a.b.c"])
def test_a_field_without_its_section_is_refused_by_name(client_of, viewer, driven, field):
    answer = client_of(viewer).get(url(driven, field=field))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/field"


def test_a_stranger_and_another_device_get_404(client_of, stranger, make_device, driven):
    for somebody in (stranger, make_device()):
        assert client_of(somebody).get(url(driven)).status_code == 404


def test_nobody_is_asked_to_sign_in(client_of, driven):
    assert client_of(None).get(url(driven)).status_code == 401
