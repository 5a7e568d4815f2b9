"""Commands over a real Mosquitto: to the device's topic, back by its reply, and none lost with a killed gateway."""

import json
import queue
import subprocess
import sys
import time

import paho.mqtt.client as mqtt
import pytest
from django.conf import settings
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from fleet_platform.telemetry.simulation.transports import Broker
from fleet_platform.tests.aide import PASSWORD
from fleet_platform.tests.server import (
    ENOUGH_SECONDS,
    environment_of,
    manage,
    sample,
    until,
)

from .conftest import MQTT
from .listening import Listener


@pytest.fixture(scope="module")
def server(installation):
    return installation.web()


@pytest.fixture(scope="module")
def gateway(installation, server):
    return installation.gateway(f"{installation.topics}one")


@pytest.fixture(scope="module")
def operator(server) -> str:
    return server.login("operator")


class Robot:
    """A robot that does MQTT alone. With `session` the broker keeps what comes while it is away."""

    def __init__(self, installation, server, *, session: bool = False):
        self.facts = server.new_robot()
        self.id = self.facts["id"]
        self.prefix = installation.topics
        self.session = session
        self.heard: queue.Queue = queue.Queue()
        self.number = 0
        self.broker = Broker(MQTT, self.prefix)
        until(self.broker.client.is_connected)
        self.client: mqtt.Client | None = None

    def subscribe(self) -> None:
        client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=f"{self.prefix}robot-{self.id}",
            protocol=mqtt.MQTTv5,
        )
        ready = queue.Queue()
        client.on_message = lambda *told: self.heard.put(json.loads(told[2].payload))
        client.on_subscribe = lambda *told: ready.put(1)
        client.on_connect = lambda *told: client.subscribe(
            f"{self.prefix}fleet/{self.id}/commands", 1
        )
        keep = Properties(PacketTypes.CONNECT)
        keep.SessionExpiryInterval = 300 if self.session else 0
        client.connect("127.0.0.1", 1883, clean_start=not self.session, properties=keep)
        client.loop_start()
        ready.get(timeout=ENOUGH_SECONDS)
        self.client = client

    def leave(self) -> None:
        if self.client is not None:
            self.client.disconnect()
            self.client.loop_stop()
            self.client = None

    def drive(self) -> None:
        self.number += 1
        body = json.dumps({"samples": [sample(self.number)]}).encode()
        self.broker.publish(f"fleet/{self.id}/telemetry", body)

    def hear(self) -> dict:
        return self.heard.get(timeout=ENOUGH_SECONDS)

    def reply(self, id: int, state: str, **more) -> None:
        body = json.dumps({"id": id, "state": state, **more}).encode()
        self.broker.publish(f"fleet/{self.id}/commands/reply", body)

    def close(self) -> None:
        self.leave()
        self.broker.close()


@pytest.fixture
def make_robot(installation, server):
    made = []

    def make(**options) -> Robot:
        made.append(Robot(installation, server, **options))
        return made[-1]

    yield make
    for robot in made:
        robot.close()


def ask(server, token: str, robot: Robot, name: str = "locate", **options) -> int:
    path = f"/api/fleet/devices/{robot.id}/commands"
    answer = server.call("POST", path, {"name": name, **options}, token)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def command(server, token: str, id: int) -> dict:
    return server.call("GET", f"/api/fleet/commands/{id}", token=token).json()


def comes_to(server, token: str, id: int, state: str) -> dict:
    return until(lambda: (told := command(server, token, id))["state"] == state and told)


def test_a_command_reaches_its_robot_and_its_word_comes_back(server, gateway, operator, make_robot):
    robot = make_robot()
    live = Listener(server.ws, [f"commands:{server.home}"], server.login("viewer"))
    until(lambda: live.subscribed)
    robot.subscribe()
    robot.drive()
    id = ask(server, operator, robot, "go_to", params={"x": 1, "y": 2})
    told = robot.hear()
    assert (told["type"], told["id"], told["name"]) == ("command", id, "go_to")
    assert told["params"] == {"x": 1, "y": 2}
    robot.reply(id, "accepted")
    comes_to(server, operator, id, "accepted")
    robot.reply(id, "done", detail="here")
    assert comes_to(server, operator, id, "done")["detail"] == "here"
    until(
        lambda: (
            [one["data"]["state"] for one in live.frames if one["type"] == "event"][-1:] == ["done"]
        )
    )
    live.socket.close()


def test_order_is_kept(server, gateway, operator, make_robot):
    robot = make_robot()
    robot.subscribe()
    robot.drive()
    ids = [ask(server, operator, robot, f"step.{number}") for number in range(30)]
    assert [robot.hear()["id"] for _ in ids] == ids


def test_a_robot_that_was_never_heard_by_mqtt_gets_nothing_by_it(
    server, gateway, operator, make_robot
):
    robot = make_robot()
    robot.subscribe()
    id = ask(server, operator, robot)
    time.sleep(2)
    assert robot.heard.empty()
    assert command(server, operator, id)["state"] == "asked"
    robot.drive()
    assert robot.hear()["id"] == id


def test_a_command_that_nobody_subscribed_for_stays_asked_until_somebody_does(
    server, gateway, operator, make_robot
):
    robot = make_robot()
    robot.drive()
    id = ask(server, operator, robot)
    time.sleep(2)
    assert command(server, operator, id)["state"] == "asked"
    robot.subscribe()
    assert robot.hear()["id"] == id


def test_what_ran_out_meanwhile_is_not_delivered_by_the_broker(
    server, gateway, operator, make_robot
):
    robot = make_robot(session=True)
    robot.subscribe()
    robot.drive()
    robot.leave()
    late = ask(server, operator, robot, expires_in=2)
    good = ask(server, operator, robot, expires_in=120)
    comes_to(server, operator, good, "sent")
    time.sleep(5)  # the broker counts whole seconds from when it got the message
    server.aide.expire_commands()
    assert command(server, operator, late)["state"] == "expired"
    robot.subscribe()
    assert robot.hear()["id"] == good
    robot.reply(late, "accepted")
    robot.reply(good, "done")
    comes_to(server, operator, good, "done")
    assert command(server, operator, late)["state"] == "expired"


def test_a_cancel_reaches_the_robot(server, gateway, operator, make_robot):
    robot = make_robot()
    robot.subscribe()
    robot.drive()
    id = ask(server, operator, robot, "drive_route", params={"way_point_id": "a"})
    robot.hear()
    robot.reply(id, "accepted")
    comes_to(server, operator, id, "accepted")
    server.call("POST", f"/api/fleet/commands/{id}/cancel", token=operator)
    assert robot.hear() == {"type": "cancel", "id": id}
    time.sleep(1.5)
    assert robot.heard.empty()


def test_words_that_are_none_hold_nothing_up(server, gateway, operator, make_robot):
    robot, other = make_robot(), make_robot()
    robot.subscribe()
    robot.drive()
    id = ask(server, operator, robot)
    robot.hear()
    for body in (
        b"",
        b"{",
        b'{"id": "x"}',
        b'{"id": 1, "state": "asked"}',
        b'{"id": 99999999, "state": "done"}',
    ):
        robot.broker.publish(f"fleet/{robot.id}/commands/reply", body)
    other.reply(id, "failed")  # of another robot's command
    robot.broker.publish("fleet/99999999/commands/reply", b'{"id": 1, "state": "done"}')
    robot.reply(id, "done")
    comes_to(server, operator, id, "done")


def test_a_robot_on_a_socket_and_on_mqtt_gets_a_command_once(server, gateway, operator, make_robot):
    from websockets.sync.client import connect

    robot = make_robot()
    robot.subscribe()
    robot.drive()
    until(lambda: server.aide.stored(robot.id))
    token = server.device_token(robot.facts)
    headers = {"Authorization": f"Bearer {token}"}
    with connect(f"{server.ws}/ws/device", additional_headers=headers) as socket:
        time.sleep(0.5)
        ids = [ask(server, operator, robot) for _ in range(10)]
        heard = []
        deadline = time.monotonic() + ENOUGH_SECONDS
        while len(heard) < len(ids) and time.monotonic() < deadline:
            while not robot.heard.empty():
                heard.append(robot.heard.get()["id"])
            try:
                heard.append(json.loads(socket.recv(timeout=0.2))["id"])
            except TimeoutError:
                continue
        time.sleep(1)
        heard += [robot.heard.get()["id"] for _ in range(robot.heard.qsize())]
    assert sorted(heard) == ids


def test_simulated_robots_do_as_they_are_told_by_mqtt(installation, server, gateway, operator):
    command_line = [sys.executable, "manage.py", "simulate_fleet", "--url", server.url]
    process = subprocess.Popen(
        [
            *(*command_line, "--email", "operator@test.example", "--create", "1"),
            *("--kinds", "robot", "--transport", "mqtt", "--rate", "5"),
            *("--mqtt-url", MQTT, "--mqtt-prefix", installation.topics),
        ],
        cwd=settings.BASE_DIR,
        env={**environment_of(installation.folder, {}), "FLEET_PASSWORD": PASSWORD},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        found = "/api/fleet/devices?search=SIM-&online=true"
        robot = until(lambda: server.call("GET", found, token=operator).json()["results"])[0]
        path = f"/api/fleet/devices/{robot['device_id']}/commands"
        for name, state in (("locate", "done"), ("dance", "failed"), ("stop", "done")):
            id = server.call("POST", path, {"name": name}, operator).json()["id"]
            comes_to(server, operator, id, state)
    finally:
        process.terminate()
        process.wait(30)


def test_a_killed_gateway_loses_no_command(installation, server, operator, make_robot):
    """Killed while commands are on their way; the next one hands over what was left."""
    robot = make_robot(session=True)
    robot.subscribe()
    name = f"{installation.topics}killed"
    gateway = installation.gateway(name)
    ids = []
    for _ in range(4):
        robot.drive()
        ids += [ask(server, operator, robot, expires_in=300) for _ in range(8)]
        time.sleep(0.55)
        gateway.kill()
        gateway.wait()
        gateway = installation.gateway(name)
    heard = set()

    def all_there() -> bool:
        robot.drive()  # a new gateway knows no device until it hears it
        while not robot.heard.empty():
            heard.add(robot.heard.get()["id"])
        return heard >= set(ids)

    until(all_there, pause=0.5)
    gateway.terminate()
    gateway.wait(20)
    arguments = ("mqtt_gateway", "--client-id", name, "--forget")
    manage(installation.folder, *arguments, changes=installation.changes)
