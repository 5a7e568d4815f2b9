"""The token of a device that keeps sending: believed without asking each time, and ended with what it came from."""

import itertools
import time

import pytest

from fleet_platform.telemetry import session_monitor, token_cache
from fleet_platform.tests.server import Server, sample, until

ENDING_SECONDS = token_cache.BELIEVED_SECONDS + 10  # by contract five; the machine may be busy
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server(server_maker):
    server = server_maker()
    yield server
    server.stop()


def status_of_sending(server: Server, token: str) -> int:
    body = {"samples": [sample(next(numbers))]}
    return server.call("POST", "/api/fleet/telemetry", body, token).status_code


def test_a_token_outlives_many_looks_while_it_is_in_use(server):
    token = server.device_token(server.new_robot())
    end = time.monotonic() + token_cache.BELIEVED_SECONDS + 2 * session_monitor.LOOK_EVERY_SECONDS
    while time.monotonic() < end:
        assert status_of_sending(server, token) == 200
        time.sleep(0.1)


def test_a_rotated_secret_ends_a_token_that_is_in_use(server):
    robot = server.new_robot()
    token = server.device_token(robot)
    assert status_of_sending(server, token) == 200
    path = f"/api/fleet/devices/{robot['id']}/rotate-secret"
    assert server.call("POST", path, token=server.login("owner")).status_code == 200
    until(lambda: status_of_sending(server, token) == 401, ENDING_SECONDS, 0.1)


def test_a_removed_device_sends_no_more(server):
    robot = server.new_robot()
    token = server.device_token(robot)
    assert status_of_sending(server, token) == 200
    path = f"/api/fleet/devices/{robot['id']}"
    assert server.call("DELETE", path, token=server.login("owner")).status_code == 204
    assert status_of_sending(server, token) == 401


def test_a_token_that_ran_out_is_refused_though_it_was_believed(server_maker):
    server = server_maker(DEVICE_TOKEN_SECONDS="3")
    try:
        token = server.device_token(server.robots[0])
        assert status_of_sending(server, token) == 200
        until(lambda: status_of_sending(server, token) == 401, ENDING_SECONDS, 0.1)
    finally:
        server.stop()
