"""kill -9 of the MQTT gateway, again and again, under devices that go on: QoS 1 ends in the black box, once."""

import json
import random
import threading
import time

import pytest

from fleet_platform.telemetry.simulation.transports import Broker
from fleet_platform.tests.server import ENOUGH_SECONDS, manage, sample, until

from .conftest import MQTT

KILLS = 10
AHEAD = 300  # samples at the broker that are not stored yet: Mosquitto drops beyond 1000 a client


class Publisher(threading.Thread):
    """One robot that publishes sample after sample and waits for the broker's word, not for the gateway's."""

    def __init__(self, installation, robot: dict):
        super().__init__(daemon=True)
        self.robot = robot
        self.broker = Broker(MQTT, installation.topics)
        self.published = 0
        self.stored = 0
        self.ending = threading.Event()

    def run(self) -> None:
        topic = f"fleet/{self.robot['id']}/telemetry"
        while not self.ending.is_set():
            if self.published - self.stored >= AHEAD:
                time.sleep(0.01)
                continue
            body = json.dumps({"samples": [sample(self.published + 1)]}).encode()
            self.broker.publish(topic, body)
            self.published += 1

    def end(self) -> None:
        self.ending.set()
        self.join(ENOUGH_SECONDS)
        self.broker.close()


@pytest.fixture
def client_id(installation):
    """A session at the broker that outlives each gateway and is ended with the test."""
    client_id = f"{installation.topics}killed"
    yield client_id
    installation.end()
    arguments = ("mqtt_gateway", "--client-id", client_id, "--forget")
    manage(installation.folder, *arguments, changes=installation.changes)


def test_ten_kills_of_the_gateway_lose_nothing(installation, client_id):
    server = installation.web()
    gateway = installation.gateway(client_id)
    publishers = [Publisher(installation, robot) for robot in server.robots[:2]]
    for publisher in publishers:
        until(publisher.broker.client.is_connected)
        publisher.start()
    waiting = []
    try:
        for _ in range(KILLS):
            before = [newest(server, publisher) for publisher in publishers]
            until(lambda before=before: moved_on(server, publishers, before))
            time.sleep(random.uniform(0, 0.2))
            gateway.kill()
            gateway.wait()
            waiting.append(sum(one.published - newest(server, one) for one in publishers))
            gateway = installation.gateway(client_id)
    finally:
        for publisher in publishers:
            publisher.end()
    viewer = server.login("viewer")
    for publisher in publishers:
        assert not publisher.is_alive()
        assert publisher.published > KILLS
        everything = list(range(1, publisher.published + 1))
        until(lambda one=publisher: newest(server, one) >= one.published)
        until(lambda one=publisher: len(server.aide.stored(one.robot["id"])) >= one.published)
        found = server.black_box(publisher.robot["id"], viewer)
        assert [document["seq"] for document in found] == everything
    assert sum(waiting) > 0, "no kill left anything for the next gateway"


def newest(server, publisher: Publisher) -> int:
    """The number of the newest stored sample."""
    stored = server.aide.stored(publisher.robot["id"])
    publisher.stored = stored[-1][1] if stored else 0
    return publisher.stored


def moved_on(server, publishers: list[Publisher], before: list[int]) -> bool:
    assert all(publisher.is_alive() for publisher in publishers)
    return all(
        newest(server, publisher) > number
        for publisher, number in zip(publishers, before, strict=True)
    )
