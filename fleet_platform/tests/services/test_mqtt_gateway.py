"""Devices over a real Mosquitto: everything that a device sent with QoS 1 ends in the black box, once."""

import json
import time
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import call_command

from fleet_platform.telemetry.simulation.transports import Broker
from fleet_platform.tests.server import EPOCH_MS, manage, sample, until

from .conftest import MQTT, POSTGRES
from .listening import Listener


@pytest.fixture(scope="module")
def server(installation):
    return installation.web()


@pytest.fixture(scope="module")
def gateway(installation, server):
    return installation.gateway(f"{installation.topics}one")


@pytest.fixture(scope="module")
def broker(installation):
    broker = Broker(MQTT, installation.topics)
    until(broker.client.is_connected)
    yield broker
    broker.close()


def body(*samples) -> bytes:
    return json.dumps({"samples": samples}).encode()


def new_device(server, kind: str, serial: str) -> int:
    form = {"workspace_id": server.home, "kind": kind, "name": serial, "serial_number": serial}
    answer = server.call("POST", "/api/fleet/devices", form, server.login("operator"))
    assert answer.status_code == 201, answer.text
    return answer.json()["device_id"]


def stored(server, device_id: int) -> list[dict]:
    return server.black_box(device_id, server.login("viewer"))


def test_a_device_of_the_platforms_own_topic_is_stored_and_seen_live(server, gateway, broker):
    robot = server.robots[0]
    listener = Listener(server.ws, [f"device:{robot['id']}"], server.login("viewer"))
    until(lambda: listener.frames)
    for number in range(1, 51):
        broker.publish(f"fleet/{robot['id']}/telemetry", body(sample(number)))
    until(lambda: listener.has_x(robot["id"], 50))
    assert [one["seq"] for one in stored(server, robot["id"])] == list(range(1, 51))
    assert listener.newest(robot["id"])["online"] is True
    listener.socket.close()


def test_a_repeat_is_stored_once(server, gateway, broker):
    robot = server.robots[1]
    for _ in range(3):
        broker.publish(f"fleet/{robot['id']}/telemetry", body(sample(1), sample(2)))
    broker.publish(f"fleet/{robot['id']}/telemetry", body(sample(3)))
    until(lambda: len(stored(server, robot["id"])) == 3)
    assert [one["seq"] for one in stored(server, robot["id"])] == [1, 2, 3]


def test_a_dji_aircraft_is_found_by_its_serial_number(server, gateway, broker):
    device = new_device(server, "drone", "1ZNDJ00001")
    for number in range(3):
        report = {
            "tid": f"tid-{number}",
            "bid": "b",
            "gateway": "RC1",
            "timestamp": EPOCH_MS + 500 * number,
            "data": {
                "latitude": 37.5,
                "longitude": 127.0,
                "height": 50.0 + number,
                "43-0-0": {"gimbal_yaw": 1},
            },
        }
        broker.publish("thing/product/1ZNDJ00001/osd", json.dumps(report).encode())
    rows = until(lambda: len(found := stored(server, device)) == 3 and found)
    assert [row["sections"]["osd"]["height"] for row in rows] == [50, 51, 52]
    assert rows[0]["sections"]["osd"]["43-0-0"] == {"gimbal_yaw": 1}


def test_a_depots_messages_become_its_sections(server, gateway, broker):
    device = new_device(server, "depot", "DEPOT-1")
    broker.publish(f"nodes/{device}/msg/weather", b'{"WS": 3.2, "T": 21.5}')
    broker.publish(f"nodes/{device}/network", b'{"delay": 12, "loss": 0}')
    rows = until(lambda: len(found := stored(server, device)) == 2 and found)
    sections = {name: values for row in rows for name, values in row["sections"].items()}
    assert sections == {"weather": {"WS": 3.2, "T": 21.5}, "network": {"delay": 12, "loss": 0}}


def test_a_bad_message_is_dropped_and_holds_nothing_up(server, gateway, broker):
    robot = server.robots[2]
    topic = f"fleet/{robot['id']}/telemetry"
    bad = [
        b"",
        b"not json",
        b'{"samples": []}',
        b"\xff\xfe",
        b"x" * 1_200_000,
        body({"time": 1, "sections": {}}),
    ]
    for payload in bad:
        broker.publish(topic, payload)
    broker.publish("fleet/99999999/telemetry", body(sample(1)))
    broker.publish("thing/product/NOBODY/osd", b'{"timestamp": 1790000000000, "data": {}}')
    broker.publish(
        topic, body(sample(1), {**sample(2), "sections": {"pose": {"x": "west"}}}, sample(3))
    )
    until(lambda: len(stored(server, robot["id"])) == 2)
    assert [one["seq"] for one in stored(server, robot["id"])] == [1, 3]


def test_a_recording_replayed_over_mqtt_is_complete(server, gateway, installation, tmp_path):
    robot = server.robots[3]
    file = tmp_path / "drive.csv"
    rows = "".join(f"{number / 5},{number / 10},0\n" for number in range(1200))
    file.write_text(f"seconds,x_m,y_m\n{rows}")
    call_command(
        "replay",
        str(file),
        device=robot["name"],
        secret=robot["secret"],
        url=server.url,
        speed=0,
        start="2026-01-02T03:04:05Z",
        transport="mqtt",
        mqtt_url=MQTT,
        mqtt_prefix=installation.topics,
    )
    until(lambda: len(stored(server, robot["id"])) == 1200)
    assert [one["seq"] for one in stored(server, robot["id"])] == list(range(1, 1201))


def test_a_killed_gateway_that_comes_back_has_lost_nothing(server, gateway, installation, broker):
    robot = server.aide.register(server.home, "survivor")
    topic = f"fleet/{robot['id']}/telemetry"
    current, number = gateway, 0
    for _ in range(3):
        for _ in range(60):
            number += 1
            broker.client.publish(f"{installation.topics}{topic}", body(sample(number)), qos=1)
        time.sleep(0.05)  # so that it dies in the middle of its work
        current.kill()
        current.wait()
        number += 1
        broker.publish(topic, body(sample(number)))  # while nobody listens
        current = installation.gateway(f"{installation.topics}one")
    until(lambda: len(stored(server, robot["id"])) == number)
    assert [one["seq"] for one in stored(server, robot["id"])] == list(range(1, number + 1))


def test_two_gateways_share_the_work(server, installation, broker):
    robot = server.aide.register(server.home, "shared")
    second = installation.gateway(f"{installation.topics}two")
    for number in range(1, 201):
        broker.publish(f"fleet/{robot['id']}/telemetry", body(sample(number)))
    until(lambda: len(stored(server, robot["id"])) == 200)
    assert [one["seq"] for one in stored(server, robot["id"])] == list(range(1, 201))
    second.terminate()
    assert second.wait(10) == 0


def test_a_forgotten_gateway_keeps_no_share(server, installation, broker):
    """The broker keeps the share of a session that only went away; one that was forgotten has none."""
    client_id = f"{installation.topics}two"
    arguments = ("mqtt_gateway", "--client-id", client_id, "--forget")
    manage(installation.folder, *arguments, changes=installation.changes)
    robot = server.aide.register(server.home, "alone")
    for number in range(1, 101):
        broker.publish(f"fleet/{robot['id']}/telemetry", body(sample(number)))
    until(lambda: len(stored(server, robot["id"])) == 100)


def test_messages_that_arrive_while_the_database_is_away_are_stored_afterwards(
    server, gateway, installation, broker
):
    """The last test: it costs every process its connections."""
    robot = server.aide.register(server.home, "patient")
    name = urlsplit(installation.changes["DATABASE_URL"]).path.lstrip("/")
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
        try:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            for number in range(1, 31):
                broker.publish(f"fleet/{robot['id']}/telemetry", body(sample(number)))
            time.sleep(2)  # the gateway tries and fails meanwhile
        finally:
            admin.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
    until(server.is_ready)
    until(lambda: len(stored(server, robot["id"])) == 30)
    assert [one["seq"] for one in stored(server, robot["id"])] == list(range(1, 31))


@pytest.fixture(scope="module", autouse=True)
def forget_sessions(installation):
    """The broker keeps the gateways' sessions for days: end them, so that nothing stays behind."""
    yield
    installation.end()
    for name in ("one", "two"):
        client_id = f"{installation.topics}{name}"
        arguments = ("mqtt_gateway", "--client-id", client_id, "--forget")
        manage(installation.folder, *arguments, changes=installation.changes)
