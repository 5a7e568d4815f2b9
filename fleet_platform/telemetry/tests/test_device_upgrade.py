"""A device's credential on the upgrade of its socket: a good one opens it, any other closes it with its code."""

import json

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from fleet_platform.tests.server import sample


@pytest.fixture(scope="module")
def server(server_maker):
    server = server_maker()
    yield server
    server.stop()


def device_socket(server, token: str):
    headers = {"Authorization": f"Bearer {token}"}
    return connect(f"{server.ws}/ws/device", additional_headers=headers)


def test_a_devices_token_opens_its_socket(server):
    with device_socket(server, server.device_token(server.robots[0])) as socket:
        socket.send(json.dumps({"type": "telemetry", "id": 1, "samples": [sample(1)]}))
        assert json.loads(socket.recv(10))["accepted"] == 1


def test_a_wrong_token_closes_it_and_leaves_no_traceback(server):
    with device_socket(server, "not-a-token") as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(10)
    assert closed.value.rcvd.code == 4401
    assert "Traceback" not in server.log()


def test_a_persons_token_closes_it(server):
    with (
        device_socket(server, server.login("owner")) as socket,
        pytest.raises(ConnectionClosed) as closed,
    ):
        socket.recv(10)
    assert closed.value.rcvd.code == 4403
