"""Two web processes on PostgreSQL and Redis are one platform."""

import pytest

from fleet_platform.tests.server import sample, until

from .listening import Listener


@pytest.fixture(scope="module")
def pair(installation):
    return installation.web(), installation.web()


def test_a_sample_posted_to_one_process_reaches_a_subscriber_of_the_other(pair):
    first, second = pair
    robot = first.robots[0]
    listener = Listener(second.ws, [f"device:{robot['id']}"], second.login("viewer"))
    until(lambda: listener.frames)
    sender = first.device_token(robot)
    for number in range(1, 6):
        assert first.send(sender, sample(number))["accepted"] == 1
    until(lambda: listener.has_x(robot["id"], 5))
    seqs = [frame["seq"] for frame in listener.frames]
    assert seqs == sorted(set(seqs))
    path = f"/api/fleet/devices/{robot['id']}"
    seen_there = second.call("GET", path, token=second.login("viewer")).json()
    assert listener.newest(robot["id"]) == seen_there
    listener.socket.close()


def test_both_processes_may_send_for_one_device_and_nothing_is_stored_twice(pair):
    first, second = pair
    robot = first.robots[1]
    token = first.device_token(robot)
    batch = [sample(number) for number in range(1, 101)]
    told = [first.send(token, *batch), second.send(token, *batch)]
    assert sum(answer["accepted"] for answer in told) == 100
    assert sum(answer["duplicates"] for answer in told) == 100
    stored = second.black_box(robot["id"], second.login("viewer"))
    assert [one["seq"] for one in stored] == list(range(1, 101))


def test_a_workspace_of_both_processes_is_one_picture(pair):
    first, second = pair
    one, two = first.robots[2], first.robots[3]
    listener = Listener(first.ws, [f"workspace:{first.home}"], first.login("viewer"))
    until(lambda: listener.subscribed)
    first.send(first.device_token(one), sample(11))
    second.send(second.device_token(two), sample(22))
    until(lambda: listener.has_x(one["id"], 11) and listener.has_x(two["id"], 22))
    listener.socket.close()


def test_a_ticket_of_one_process_opens_the_other_once(pair):
    first, second = pair
    token = first.login("viewer")
    ticket = first.call("POST", "/api/fleet/live-ticket", token=token).json()["ticket"]
    listener = Listener(second.ws, [f"workspace:{first.home}"], query=f"?ticket={ticket}")
    until(lambda: listener.subscribed)
    again = Listener(first.ws, [f"workspace:{first.home}"], query=f"?ticket={ticket}")
    until(lambda: again.closed)
    assert again.closed == 4401
    listener.socket.close()


def test_a_secret_changed_at_one_process_ends_the_old_token_at_the_other(pair):
    first, second = pair
    robot = first.aide.register(first.home, "changing-robot")
    token = second.device_token(robot)
    assert second.send(token, sample(1))["accepted"] == 1
    path = f"/api/fleet/devices/{robot['id']}/rotate-secret"
    assert first.call("POST", path, token=first.login("operator")).status_code == 200

    def refused():
        batch = {"samples": [sample(2)]}
        return second.call("POST", "/api/fleet/telemetry", batch, token).status_code == 401

    until(refused, 5)


def test_wrong_passwords_are_counted_together(pair):
    form = {"email": "nobody@test.example", "password": "wrong"}
    statuses = [pair[number % 2].call("POST", "/login", form).status_code for number in range(14)]
    assert statuses[:10] == [401] * 10
    assert 429 in statuses[10:12]
