"""Recorded drives and flights at full speed through the public API: every row once and in order, a live reader
follows, and the same file again adds nothing."""

import io
import itertools
import json
import threading

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from websockets.sync.client import connect

from fleet_platform.shared import clock
from fleet_platform.telemetry.simulation.recordings import MapFrame, read
from fleet_platform.tests.server import until

RECORDINGS = settings.BASE_DIR.parent / "shared" / "data"
START = "2026-01-02T03:04:05Z"
START_US = clock.parse_us(START)
FRAME = MapFrame(25.0, 400.0, 300.0, "thehyundai_1f")

pytestmark = pytest.mark.skipif(
    not RECORDINGS.is_dir(), reason="the recordings in ../shared/data are absent"
)


@pytest.fixture(scope="module")
def server(server_maker):
    server = server_maker()
    yield server
    server.stop()


class Reader(threading.Thread):
    """A live subscriber to one device; collects what it gets."""

    def __init__(self, server, token: str, topic: str):
        super().__init__(daemon=True)
        headers = {"Authorization": f"Bearer {token}"}
        self.socket = connect(f"{server.ws}/ws/live", additional_headers=headers)
        self.socket.send(json.dumps({"type": "subscribe", "id": 1, "topics": [topic], "rate": 50}))
        self.frames: list[dict] = []
        self.start()

    def run(self):
        for text in self.socket:
            frame = json.loads(text)
            if frame["type"] in {"snapshot", "event"}:
                self.frames.append(frame)


def new_device(server, token: str, kind: str) -> dict:
    form = {
        "workspace_id": server.home,
        "kind": kind,
        "name": kind,
        "serial_number": f"REC-{kind}-{server.port}",
    }
    answer = server.call("POST", "/api/fleet/devices", form, token)
    assert answer.status_code == 201, answer.text
    return answer.json()


def replay(server, file, secret: str, device: str, **options) -> str:
    said = io.StringIO()
    options = {"start": START, "speed": 0, "origin": "400,300", "map": "thehyundai_1f", **options}
    call_command(
        "replay", str(file), device=device, secret=secret, url=server.url, stdout=said, **options
    )
    return said.getvalue()


@pytest.mark.parametrize(
    ("kind", "path"),
    [("robot", "robots/turtlebot_nav2_odom.csv"), ("drone", "flights/mavic3.csv")],
)
def test_every_row_arrives_once_in_order_and_live(server, kind, path):
    file = RECORDINGS / path
    with file.open() as lines:
        rows = list(read(lines, FRAME))
    token = server.login("operator")
    device = new_device(server, token, kind)
    serial, secret = f"REC-{kind}-{server.port}", device["secret"]
    reader = Reader(server, token, f"device:{device['device_id']}")
    until(lambda: reader.frames)

    said = replay(server, file, secret, serial)
    assert f"accepted {len(rows)}, duplicates 0, rejected 0" in said

    stored = server.black_box(device["device_id"], token)
    expected = [row.sample(START_US) for row in rows]
    assert [one["seq"] for one in stored] == list(range(1, len(rows) + 1))
    assert [one["time"] for one in stored] == [one["time"] for one in expected]
    assert [one["sections"] for one in stored] == [one["sections"] for one in expected]

    last = expected[-1]
    until(lambda: reader.frames[-1]["data"]["time"] == last["time"])
    seqs = [frame["seq"] for frame in reader.frames]
    assert len(seqs) > 1 and all(later > earlier for earlier, later in itertools.pairwise(seqs))
    final = reader.frames[-1]["data"]
    assert final["sections"] == last["sections"]
    assert (
        final == server.call("GET", f"/api/fleet/devices/{device['device_id']}", token=token).json()
    )

    again = replay(server, file, secret, serial)
    assert f"accepted 0, duplicates {len(rows)}, rejected 0" in again
    assert "Nothing was added" in again
    assert len(server.black_box(device["device_id"], token)) == len(rows)
    reader.socket.close()


def test_a_replay_over_the_device_socket_is_the_same(server, tmp_path):
    robot = server.robots[0]
    file = tmp_path / "drive.csv"
    file.write_text("seconds,x_m,y_m\n0,0,0\n1,1,0\n2,1,1\n")
    said = replay(server, file, robot["secret"], robot["name"], transport="websocket")
    assert "accepted 3, duplicates 0, rejected 0" in said
    said = replay(server, file, robot["secret"], robot["name"], transport="http")
    assert "accepted 0, duplicates 3, rejected 0" in said


def test_refused_rows_are_named_and_the_rest_is_kept(server, tmp_path):
    device = new_device(server, server.login("operator"), "remote_controller")
    file = tmp_path / "flight.csv"
    file.write_text("seconds,latitude_deg,longitude_deg\n0,37.5,127\n1,97.5,127\n2,37.6,127\n")
    with pytest.raises(CommandError, match="Some rows were rejected"):
        replay(server, file, device["secret"], str(device["device_id"]))
    stored = server.black_box(device["device_id"], server.login("viewer"))
    assert [one["seq"] for one in stored] == [1, 3]


def test_a_wrong_secret_is_said_plainly(server, tmp_path):
    file = tmp_path / "drive.csv"
    file.write_text("seconds,x_m,y_m\n0,0,0\n")
    with pytest.raises(CommandError, match="401"):
        replay(server, file, "wrong", server.robots[1]["name"])
