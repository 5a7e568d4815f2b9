"""GET /api/fleet/devices/{id}/export: the whole black box of a device as a file, in constant memory."""

import csv
import io
import json
import sqlite3
import tracemalloc
from datetime import UTC, datetime

import pytest
import requests

from fleet_platform.telemetry import store
from fleet_platform.telemetry.ingest import Sender, parse_batch
from fleet_platform.telemetry.selectors import READ_AT_ONCE
from fleet_platform.tests.server import ENOUGH_SECONDS, EPOCH_MS

pytestmark = pytest.mark.django_db
START = 1_767_225_600
SPAN = f"from={START}&to={START + 100_000}"
FORMATS = ["csv", "ndjson", "geojson"]


@pytest.fixture
def send():
    """`send(device, {time: ..., sections: ...}, ...)`: committed as the device ends commit them."""

    def sent(device, *samples: dict) -> None:
        sender = Sender(device.pk, device.kind, device.workspace_id)
        for start in range(0, len(samples), 500):
            body = json.dumps({"samples": samples[start : start + 500]}).encode()
            parsed = parse_batch(body, sender)
            assert not parsed.rejected, parsed.rejected[0]
            store.commit([parsed.rows])

    return sent


@pytest.fixture
def export(client_of, viewer):
    """`export(device, query)`: what a viewer gets, as text."""

    def get(device, query: str) -> str:
        answer = client_of(viewer).get(f"/api/fleet/devices/{device.pk}/export?{SPAN}&{query}")
        assert answer.status_code == 200, answer.content
        return answer.getvalue().decode()

    return get


def at(number: int, **sections) -> dict:
    return {"time": START + number, "seq": number, "sections": sections}


def pose(number: int, x: float = 1, y: float = 2, map_id: str = "1f", **more) -> dict:
    return at(number, pose={"x": x, "y": y, "rotate": 90, "map_id": map_id, **more})


def flown(number: int, longitude: float = 127.02, latitude: float = 37.5, **more) -> dict:
    return at(number, osd={"longitude": longitude, "latitude": latitude, "height": 40.5, **more})


def rows_of(text: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(text)))


# --- every format ---


@pytest.mark.parametrize("form", FORMATS)
def test_all_samples_come_oldest_first_over_many_pages(device, send, export, form):
    count = READ_AT_ONCE * 2 + 7
    send(device, *(pose(number, x=number) for number in reversed(range(count))))
    text = export(device, f"format={form}")
    if form == "csv":
        told = [int(row["seq"]) for row in rows_of(text)]
    elif form == "ndjson":
        told = [json.loads(line)["seq"] for line in text.splitlines()]
    else:
        told = [feature["properties"]["seq"] for feature in json.loads(text)["features"]]
    assert told == list(range(count))


@pytest.mark.parametrize("form", FORMATS)
def test_both_ends_of_the_period_are_included(device, send, client_of, viewer, form):
    send(device, *(pose(number) for number in range(10)))
    path = f"/api/fleet/devices/{device.pk}/export?format={form}&from={START + 3}&to={START + 5}"
    text = client_of(viewer).get(path).getvalue().decode()
    assert [text.count(f"2026-01-01T00:00:0{second}.000Z") > 0 for second in range(10)] == [
        second in {3, 4, 5} for second in range(10)
    ]


@pytest.mark.parametrize(
    ("form", "content_type"),
    [
        ("csv", "text/csv; charset=utf-8"),
        ("ndjson", "application/x-ndjson"),
        ("geojson", "application/geo+json"),
    ],
)
def test_it_is_a_file_with_a_name(make_device, client_of, viewer, form, content_type):
    device = make_device(name='더현대 "큐브릭"/1\r\n')
    answer = client_of(viewer).get(f"/api/fleet/devices/{device.pk}/export?{SPAN}&format={form}")
    assert answer["Content-Type"] == content_type
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer["Content-Disposition"].endswith(f"_20260101T000000Z_20260102T034640Z.{form}")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer["Cache-Control"]
    assert answer.streaming


def test_the_format_may_be_asked_for_by_accept(device, client_of, viewer):
    path = f"/api/fleet/devices/{device.pk}/export?{SPAN}"
    for accept in ("application/geo+json", "application/x-ndjson", "text/csv"):
        answer = client_of(viewer).get(path, headers={"Accept": accept})
        assert answer["Content-Type"].startswith(accept)
    assert client_of(viewer).get(path)["Content-Type"].startswith("text/csv")


@pytest.mark.parametrize("form", FORMATS)
def test_a_device_that_was_never_heard_has_an_empty_file(device, export, form):
    text = export(device, f"format={form}")
    if form == "csv":
        assert text == "device_id,time,seq,received_at,other\r\n"
    else:
        assert (json.loads(text)["features"] if form == "geojson" else text) in ([], "")


@pytest.mark.parametrize("form", FORMATS)
def test_a_head_tells_the_file_without_making_it(device, send, client_of, viewer, form):
    send(device, pose(1))
    answer = client_of(viewer).head(f"/api/fleet/devices/{device.pk}/export?{SPAN}&format={form}")
    assert answer.status_code == 200 and "attachment" in answer["Content-Disposition"]
    assert answer.getvalue() == b""


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("format=xml", "/format"),
        ("format=json", "/format"),
        ("from=yesterday", "/from"),
        ("from=5&to=4", "/from"),
        ("from=2020-01-01T00:00:00Z", "/from"),
        ("to=soon", "/to"),
        ("geometry=circle", "/geometry"),
    ],
)
def test_a_bad_parameter_is_named(device, client_of, viewer, query, pointer):
    answer = client_of(viewer).get(f"/api/fleet/devices/{device.pk}/export?{query}")
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_without_a_period_it_is_all_that_one_may_ask_for_at_once(
    settings, device, client_of, viewer, send
):
    now = datetime.now(UTC).timestamp()
    settings.EXPORT_MAX_DAYS = 2
    for days in (3, 1, 0):
        send(
            device,
            {"time": now - days * 86_400, "seq": days, "sections": {"pose": {"x": 1, "y": 1}}},
        )
    text = client_of(viewer).get(f"/api/fleet/devices/{device.pk}/export").getvalue().decode()
    assert [row["seq"] for row in rows_of(text)] == ["1", "0"]


def test_who_exports_without_end_waits(settings, device, client_of, viewer, owner):
    settings.EXPORTS_PER_HOUR = 2
    client, path = client_of(viewer), f"/api/fleet/devices/{device.pk}/export"
    assert [client.get(path).status_code for _ in range(3)] == [200, 200, 429]
    assert client_of(owner).get(path).status_code == 200


def test_strangers_get_what_a_missing_device_gets(device, make_device, client_of, stranger):
    for who in (stranger, make_device()):
        client = client_of(who)
        hidden = client.get(f"/api/fleet/devices/{device.pk}/export")
        missing = client.get("/api/fleet/devices/99999999/export")
        assert hidden.status_code == missing.status_code == 404
    assert client_of(None).get(f"/api/fleet/devices/{device.pk}/export").status_code == 401
    assert client_of(device).get(f"/api/fleet/devices/{device.pk}/export").status_code == 200


# --- CSV ---


def test_csv_has_a_column_for_whatever_the_device_has_sent(device, send, export):
    send(device, pose(1, store_id=7), at(2, robot_base_status={"battery": 48, "speed": 0.4}))
    first, second = rows_of(export(device, "format=csv"))
    assert (first["pose.x"], first["pose.store_id"], first["position.map_id"]) == ("1", "7", "1f")
    assert first["robot_base_status.battery"] == second["pose.x"] == ""
    assert (second["robot_base_status.battery"], second["robot_base_status.speed"]) == ("48", "0.4")
    assert first["device_id"] == str(device.pk) and first["received_at"].endswith("Z")
    assert "drive_section_log.idx" not in first


def test_what_has_no_column_is_kept_beside(device, send, export):
    """The newest of a section tells its columns: what older ones had besides is not lost."""
    send(
        device,
        pose(1, note="old", deep={"a": {"b": [1, 2]}}),
        pose(2),
    )
    first, second = rows_of(export(device, "format=csv"))
    assert json.loads(first["other"]) == {"pose.note": "old", "pose.deep.a.b": [1, 2]}
    assert second["other"] == ""


def test_values_of_values_have_columns_of_their_own(make_device, send, export):
    drone = make_device(kind="drone")
    send(
        drone,
        flown(1, battery={"capacity_percent": 80}),
        flown(2, battery={"capacity_percent": 79}),
    )
    first, second = rows_of(export(drone, "format=csv"))
    assert (first["osd.battery.capacity_percent"], second["osd.battery.capacity_percent"]) == (
        "80",
        "79",
    )
    assert first["other"] == ""


def test_what_was_a_value_once_and_is_an_object_now_stays_in_the_file(device, send, export):
    send(device, pose(1, extra=5), pose(2, extra={"a": 1}), pose(3, extra={"a": 2}))
    send(device, pose(0, extra=[1]))
    told = [(row["pose.extra.a"], row["other"]) for row in rows_of(export(device, "format=csv"))]
    assert told == [("", '{"pose.extra":[1]}'), ("", '{"pose.extra":5}'), ("1", ""), ("2", "")]


def test_no_cell_is_a_formula(device, send, export):
    evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://x")']
    for number, text in enumerate(evil):
        send(device, pose(number, note=text, **{"=key": 1}))
    table = list(csv.reader(io.StringIO(export(device, "format=csv"))))
    cells = [cell for row in table for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r", "\n"))] == []
    assert [row[table[0].index("pose.note")] for row in table[1:]] == ["'" + text for text in evil]


def test_a_number_below_zero_stays_a_number(device, send, export):
    send(device, pose(1, x=-5.5))
    assert rows_of(export(device, "format=csv"))[0]["pose.x"] == "-5.5"


@pytest.mark.parametrize("form", FORMATS)
def test_sections_narrow_the_file(device, send, export, form):
    send(device, pose(1), at(2, robot_base_status={"battery": 48}), at(3, traffic_count={}))
    text = export(device, f"format={form}&sections=robot_base_status,traffic_count")
    assert "pose." not in text and '"pose"' not in text
    if form == "csv":
        assert [row["seq"] for row in rows_of(text)] == ["2", "3"]
    if form == "ndjson":
        assert [json.loads(line)["seq"] for line in text.splitlines()] == [2, 3]


# --- NDJSON ---


def test_a_line_is_the_black_box_s_document(device, send, export, client_of, viewer):
    send(device, pose(1, note="two\nlines"), pose(2))
    lines = [json.loads(line) for line in export(device, "format=ndjson").splitlines()]
    page = client_of(viewer).get(f"/api/fleet/devices/{device.pk}/telemetry?{SPAN}").json()
    assert lines == page["results"]


# --- GeoJSON ---


def test_a_robot_s_places_are_pixels_of_named_maps(device, send, export):
    send(
        device,
        at(
            1,
            pose={"x": 3.5, "y": 4, "rotate": -30, "map_id": "1f"},
            robot_base_status={"battery": 48},
        ),
        pose(2, map_id="2f"),
        at(3, robot_base_status={"battery": 47}),
    )
    found = json.loads(export(device, "format=geojson"))
    assert found["type"] == "FeatureCollection"
    assert found["device"] == {"device_id": device.pk, "kind": "robot", "name": device.name}
    assert found["crs"]["properties"]["map_ids"] == ["1f", "2f"]
    assert found["crs"]["properties"]["axes"] == ["x to the right", "y down"]
    first, second = found["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [3.5, 4]}
    told = first["properties"]
    assert (told["time"], told["seq"]) == ("2026-01-01T00:00:01.000Z", 1)
    assert (told["map_id"], told["rotate"], told["robot_base_status.battery"]) == ("1f", -30, 48)
    assert second["properties"]["map_id"] == "2f"


def test_a_drone_s_places_are_longitude_latitude_height(make_device, send, export):
    drone = make_device(kind="drone")
    send(drone, flown(1, attitude_head=90), at(2, osd={"longitude": 127.5, "latitude": 37.25}))
    found = json.loads(export(drone, "format=geojson"))
    assert "crs" not in found  # RFC 7946: none means WGS 84
    assert [feature["geometry"]["coordinates"] for feature in found["features"]] == [
        [127.02, 37.5, 40.5],
        [127.5, 37.25],
    ]
    assert found["features"][0]["properties"]["heading"] == 90


def lines_of(text: str) -> list[tuple[str, list, dict]]:
    return [
        (one["geometry"]["type"], one["geometry"]["coordinates"], one["properties"])
        for one in json.loads(text)["features"]
    ]


def test_a_track_is_one_line_over_all_pages(device, send, export):
    count = READ_AT_ONCE * 2 + 3
    send(device, *(pose(number, x=number) for number in range(count)))
    ((kind, places, told),) = lines_of(export(device, "format=geojson&geometry=track"))
    assert kind == "LineString"
    assert places == [[number, 2] for number in range(count)]
    assert told["points"] == count and told["map_id"] == "1f"
    assert told["from"] == "2026-01-01T00:00:00.000Z"


def test_a_track_is_broken_by_another_map_and_by_silence(device, send, export):
    send(
        device,
        *(pose(number, x=number) for number in range(3)),
        *(pose(number, x=number, map_id="2f") for number in range(3, 5)),
        at(50, robot_base_status={"battery": 40}),
        pose(66, map_id="2f"),
        pose(200, x=9),
        pose(201, x=10),
    )
    told = lines_of(export(device, "format=geojson&geometry=track"))
    assert [(kind, len(places), facts["map_id"]) for kind, places, facts in told] == [
        ("LineString", 3, "1f"),
        ("LineString", 2, "2f"),
        ("Point", 2, "2f"),  # x and y
        ("LineString", 2, "1f"),
    ]
    assert [facts["points"] for _, _, facts in told] == [3, 2, 1, 2]


def test_a_track_does_not_run_around_the_world(make_device, send, export):
    drone = make_device(kind="drone")
    ends = [179.8, 179.9, -179.9, -179.8]
    send(drone, *(flown(number, longitude=end) for number, end in enumerate(ends)))
    told = lines_of(export(drone, "format=geojson&geometry=track"))
    assert [[place[0] for place in places] for _, places, _ in told] == [ends[:2], ends[2:]]
    assert "map_id" not in told[0][2]


def test_samples_without_a_place_are_on_no_map(device, send, export):
    send(device, at(1, robot_base_status={"battery": 48}))
    for geometry in ("point", "track"):
        assert json.loads(export(device, f"format=geojson&geometry={geometry}"))["features"] == []


# --- memory ---


@pytest.mark.parametrize(
    "query", ["format=csv", "format=ndjson", "format=geojson", "format=geojson&geometry=track"]
)
def test_a_long_file_takes_no_more_memory_than_a_short_one(device, send, client_of, viewer, query):
    send(device, *(pose(number, note="n" * 400) for number in range(6000)))
    answer = client_of(viewer).get(f"/api/fleet/devices/{device.pk}/export?{SPAN}&{query}")
    parts, size = iter(answer.streaming_content), 0
    for _ in range(3):
        size += len(next(parts))
    tracemalloc.start()
    for part in parts:
        size += len(part)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > (30_000 if "track" in query else 2_500_000)
    assert peak < 2_000_000


def fill(server, device_id: int, count: int) -> None:
    """Samples as the store would have them, quickly."""
    sections = json.dumps(
        {"pose": {"x": 1, "y": 2, "map_id": "floor"}, "covid_info": {"note": "n" * 300}}
    )
    rows = (
        (
            device_id,
            (EPOCH_MS + number) * 1000,
            number,
            EPOCH_MS * 1000,
            sections,
            '{"map_id":"floor","x":1,"y":2}',
        )
        for number in range(count)
    )
    with sqlite3.connect(server.folder / "fleet.sqlite3", timeout=30) as wire:
        wire.executemany(
            "INSERT INTO telemetry_sample (device_id, time_us, seq, received_us, sections, position)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )
    wire.close()


def test_a_server_sends_a_large_file_in_constant_memory(make_server):
    """Read slowly at first, so that it would pile up somewhere if it could; and others are served meanwhile."""
    server, count = make_server(REQUEST_THREADS="1"), 150_000
    robot = server.new_robot()
    fill(server, robot["id"], count)
    token = server.login("viewer")
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/api/fleet/devices/{robot['id']}/export?from={EPOCH_MS}&to={EPOCH_MS + count}&format=ndjson"
    requests.get(f"{server.url}{path}&sections=pose", headers=headers, timeout=ENOUGH_SECONDS)
    before = server.rss()
    with requests.get(
        server.url + path, headers=headers, stream=True, timeout=ENOUGH_SECONDS
    ) as answer:
        parts = answer.iter_content(64 * 1024)
        size, lines = 0, 0
        for number, part in enumerate(parts):
            size, lines = size + len(part), lines + part.count(b"\n")
            if number == 10:
                assert server.call("GET", "/api/fleet/me", token=token).status_code == 200
    assert lines == count and size > 60_000_000
    assert server.rss() - before < 32 * 1024 * 1024
