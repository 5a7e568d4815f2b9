"""The wire of commands: bodies, pages, refusals."""

import pytest

from fleet_platform.telemetry.models import Command


@pytest.fixture
def path(device) -> str:
    return f"/api/fleet/devices/{device.pk}/commands"


@pytest.fixture
def client(client_of, operator):
    return client_of(operator)


def test_a_new_command_says_where_it_is(client, path, device, operator):
    body = {"name": "go_to", "params": {"x": 1}, "expires_in": 5, "request_id": "r1"}
    answer = client.post(path, body)
    assert answer.status_code == 201
    told = answer.json()
    assert answer["Location"] == f"/api/fleet/commands/{told['id']}"
    assert client.get(answer["Location"]).json() == told
    assert {
        key: told[key] for key in ("device_id", "name", "params", "state", "source", "requested_by")
    } == {
        "device_id": device.pk,
        "name": "go_to",
        "params": {"x": 1},
        "state": "asked",
        "source": "api",
        "requested_by": operator.email,
    }
    again = client.post(path, body)
    assert (again.status_code, again.json()["id"]) == (200, told["id"])
    assert client.post(path, {**body, "name": "stop"}).status_code == 409


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": "go to"}, "/name"),
        ({"name": "x" * 65}, "/name"),
        ({"name": 7.5, "params": []}, "/params"),
        ({"name": "a", "params": "x"}, "/params"),
        ({"name": "a", "params": None}, "/params"),
        ({"name": "a", "params": {"a": "x" * 17_000}}, "/params"),
        ({"name": "a", "expires_in": 0.5}, "/expires_in"),
        ({"name": "a", "expires_in": "nan"}, "/expires_in"),
        ({"name": "a", "expires_in": "soon"}, "/expires_in"),
        ({"name": "a", "expires_in": 1e9}, "/expires_in"),
        ({"name": "a", "request_id": "x" * 65}, "/request_id"),
        ({"name": "a", "request_id": "ä"}, "/request_id"),
    ],
)
def test_bad_input_is_named(client, path, body, pointer):
    answer = client.post(path, body)
    assert answer.status_code == 400
    assert pointer in {one["pointer"] for one in answer.json()["errors"]}
    assert not Command.objects.exists()


def test_too_many_are_told_to_wait(client, path, settings):
    settings.COMMANDS_OPEN_AT_MOST = 1
    client.post(path, {"name": "locate"})
    answer = client.post(path, {"name": "locate"})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) >= 1


def test_a_list_in_pages_by_state(client, path):
    ids = [client.post(path, {"name": "locate"}).json()["id"] for _ in range(3)]
    client.post(f"/api/fleet/commands/{ids[0]}/cancel")
    first = client.get(f"{path}?state=asked,sent&limit=1").json()
    assert [one["id"] for one in first["results"]] == [ids[2]]
    second = client.get(f"{path}?state=asked,sent&limit=1&cursor={first['next']}").json()
    assert [one["id"] for one in second["results"]] == [ids[1]]
    assert second["next"] is None
    assert [one["id"] for one in client.get(f"{path}?state=canceled").json()["results"]] == ids[:1]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [("state=nonsense", "/state"), ("limit=0", "/limit"), ("cursor=x", "/cursor")],
)
def test_a_bad_query_is_named(client, path, query, pointer):
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_device_is_not_told_who_asked(client, client_of, path, device):
    id = client.post(path, {"name": "locate"}).json()["id"]
    own = client_of(device)
    assert own.get(path).json()["results"][0]["requested_by"] is None
    answer = own.post(f"/api/fleet/commands/{id}/reply", {"state": "done", "detail": "beep"})
    assert (answer.status_code, answer.json()["requested_by"]) == (200, None)
    assert client.get(f"/api/fleet/commands/{id}").json()["detail"] == "beep"


def test_a_reply_that_is_none_is_named(client, client_of, path, device):
    id = client.post(path, {"name": "locate"}).json()["id"]
    answer = client_of(device).post(f"/api/fleet/commands/{id}/reply", {"state": "sent"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/state"


def test_stop_all_answers_its_commands(client, device, workspace):
    answer = client.post(f"/api/fleet/workspaces/{workspace.pk}/stop-all")
    assert answer.status_code == 201
    assert answer.json()["count"] == 1
    assert answer.json()["commands"][0]["device_id"] == device.pk
    answer = client.post(f"/api/fleet/workspaces/{workspace.pk}/stop-all", {"expires_in": 0})
    assert answer.status_code == 400
