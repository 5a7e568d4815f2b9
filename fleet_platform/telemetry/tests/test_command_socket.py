"""Commands down a real device socket of a real server: at once, in order, once, again after a break, and canceled."""

import asyncio
import contextlib
import json

import pytest

from fleet_platform.tests.listener import Listener, connect, listening
from fleet_platform.tests.server import Server, sample, until


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def server(request, server_maker):
    server = server_maker(request.param)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def operator(server) -> str:
    return server.login("operator")


@pytest.fixture
def robot(server) -> dict:
    return server.new_robot()


@contextlib.asynccontextmanager
async def online(server: Server, robot: dict):
    """The robot, connected by its socket."""
    address = f"{server.ws}/ws/device"
    async with connect(address) as socket:
        device = Listener(socket)
        await device.say(type="auth", id=0, token=server.device_token(robot))
        assert (await device.hear())["type"] == "authenticated"
        yield device


def ask(server: Server, token: str, robot: dict, name: str = "locate", **options) -> int:
    path = f"/api/fleet/devices/{robot['id']}/commands"
    answer = server.call("POST", path, {"name": name, **options}, token)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def command(server: Server, token: str, id: int) -> dict:
    answer = server.call("GET", f"/api/fleet/commands/{id}", token=token)
    assert answer.status_code == 200, answer.text
    return answer.json()


def comes_to(server: Server, token: str, id: int, state: str) -> None:
    until(lambda: command(server, token, id)["state"] == state)


async def reply(device: Listener, id: int, state: str, **more) -> dict:
    await device.say(type="command", id=id, state=state, **more)
    return await device.hear()


async def test_a_command_reaches_an_open_socket_and_its_replies_are_kept(server, operator, robot):
    async with online(server, robot) as device:
        id = ask(server, operator, robot, "go_to", params={"x": 1.5, "y": 2, "map_id": "floor"})
        told = await device.hear()
        assert told == {
            "type": "command",
            "id": id,
            "name": "go_to",
            "params": {"x": 1.5, "y": 2, "map_id": "floor"},
            "expires_at": command(server, operator, id)["expires_at"],
        }
        assert command(server, operator, id)["state"] == "sent"
        answer = await reply(device, id, "accepted")
        assert answer == {"type": "replied", "id": id, "state": "accepted"}
        assert command(server, operator, id)["accepted_at"]
        await reply(device, id, "failed", detail="a door is shut")
        row = command(server, operator, id)
        assert (row["state"], row["detail"]) == ("failed", "a door is shut")


async def test_what_waits_comes_on_connecting_in_the_order_asked(server, operator, robot):
    ids = [ask(server, operator, robot, f"step.{number}") for number in range(45)]
    async with online(server, robot) as device:
        heard = [await device.hear() for _ in ids]
        assert [one["id"] for one in heard] == ids
        ids.append(ask(server, operator, robot, "locate"))
        assert (await device.hear())["id"] == ids[-1]


async def test_telemetry_goes_on_beside_commands(server, operator, robot):
    async with online(server, robot) as device:
        id = ask(server, operator, robot)
        await device.say(type="telemetry", id=7, samples=[sample(1)])
        heard = {(one := await device.hear())["type"]: one for _ in range(2)}
        assert (heard["command"]["id"], heard["ack"]["accepted"]) == (id, 1)


async def test_who_comes_back_gets_again_what_it_never_accepted(server, operator, robot):
    async with online(server, robot) as device:
        lost, taken = ask(server, operator, robot), ask(server, operator, robot)
        assert [(await device.hear())["id"] for _ in range(2)] == [lost, taken]
        await reply(device, taken, "accepted")
    async with online(server, robot) as device:
        assert (await device.hear())["id"] == lost
        assert (await reply(device, taken, "done"))["state"] == "done"
        assert (await reply(device, lost, "done"))["state"] == "done"


async def test_a_device_that_was_cut_off_gets_its_command_from_the_next_server(
    server, operator, robot
):
    async with online(server, robot) as device:
        id = ask(server, operator, robot)
        assert (await device.hear())["id"] == id
        await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)
    assert command(server, operator, id)["state"] == "sent"
    async with online(server, robot) as device:
        assert (await device.hear())["id"] == id


async def test_connected_twice_a_device_gets_a_command_once(server, operator, robot):
    async with online(server, robot) as one, online(server, robot) as two:
        ids = [ask(server, operator, robot) for _ in range(6)]
        heard = []
        for device in (one, two):
            with contextlib.suppress(TimeoutError):
                while True:
                    heard.append(json.loads(await asyncio.wait_for(device.socket.recv(), 1))["id"])
        assert sorted(heard) == ids


async def test_what_one_socket_leaves_behind_the_other_gets(server, operator, robot):
    async with contextlib.AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(online(server, robot)) for _ in range(2)]
        id = ask(server, operator, robot)
        hearing = {asyncio.create_task(one.hear()): one for one in sockets}
        done, _ = await asyncio.wait(hearing, return_when=asyncio.FIRST_COMPLETED)
        [first] = done
        assert first.result()["id"] == id
        await hearing[first].socket.close()
        [other] = set(hearing) - done
        assert (await other)["id"] == id


async def test_a_canceled_command_is_told_to_the_device_that_has_it(server, operator, robot):
    async with online(server, robot) as device:
        id = ask(server, operator, robot, "drive_route", params={"way_point_id": "a"})
        assert (await device.hear())["id"] == id
        await reply(device, id, "accepted")
        answer = server.call("POST", f"/api/fleet/commands/{id}/cancel", token=operator)
        assert answer.json()["state"] == "canceled"
        assert await device.hear() == {"type": "cancel", "id": id}
        refusal = await reply(device, id, "done")
        assert (refusal["type"], refusal["code"], refusal["id"]) == ("error", "conflict", id)
        assert command(server, operator, id)["state"] == "canceled"


async def test_a_cancel_waits_for_a_device_that_is_away(server, operator, robot):
    async with online(server, robot) as device:
        id = ask(server, operator, robot)
        await device.hear()
        await reply(device, id, "accepted")
    server.call("POST", f"/api/fleet/commands/{id}/cancel", token=operator)
    async with online(server, robot) as device:
        assert await device.hear() == {"type": "cancel", "id": id}
        assert (await device.ask(type="ping"))["type"] == "pong"


async def test_a_command_canceled_before_it_was_sent_is_never_seen(server, operator, robot):
    id = ask(server, operator, robot)
    server.call("POST", f"/api/fleet/commands/{id}/cancel", token=operator)
    async with online(server, robot) as device:
        assert (await device.ask(type="ping"))["type"] == "pong"


async def test_what_ran_out_while_the_device_was_away_is_not_sent(server, operator, robot):
    id = ask(server, operator, robot, expires_in=1)
    await asyncio.sleep(1.1)
    async with online(server, robot) as device:
        assert (await device.ask(type="ping"))["type"] == "pong"
        refusal = await reply(device, id, "accepted")
        assert refusal["code"] == "conflict"
    server.aide.expire_commands()
    assert command(server, operator, id)["state"] == "expired"


async def test_a_foreign_or_unknown_command_is_answered_alike(server, operator, robot):
    foreign = ask(server, operator, server.new_robot())
    async with online(server, robot) as device:
        for id in (foreign, 999_999_999, 2**70):
            answer = await reply(device, id, "done")
            assert (answer["type"], answer["code"]) == ("error", "not-found")
    assert command(server, operator, foreign)["state"] == "asked"


@pytest.mark.parametrize(
    "said",
    [
        {"id": "seven", "state": "done"},
        {"state": "done"},
        {"id": 1, "state": "asked"},
        {"id": 1},
        {"id": 1, "state": "done", "detail": "x" * 501},
    ],
)
async def test_a_reply_that_is_none_is_answered_not_closed(server, operator, robot, said):
    async with online(server, robot) as device:
        await device.say(type="command", **said)
        answer = await device.hear()
        assert (answer["type"], answer["code"]) == ("error", "invalid")
        assert (await device.ask(type="ping"))["type"] == "pong"


async def test_nobody_answers_before_authenticating(server):
    async with connect(f"{server.ws}/ws/device") as socket:
        nobody = Listener(socket)
        await nobody.say(type="command", id=1, state="done")
        assert await nobody.closing() == 4401


async def test_every_change_is_seen_live(server, operator, robot):
    topic = f"commands:{server.home}"
    async with listening(server, server.login("viewer")) as live:
        await live.watch(topic)
        async with online(server, robot) as device:
            id = ask(server, operator, robot)
            await device.hear()
            await reply(device, id, "accepted")
            await reply(device, id, "done")
        frames = [await live.hear() for _ in range(4)]
        assert [frame["data"]["state"] for frame in frames] == ["asked", "sent", "accepted", "done"]
        assert {frame["data"]["id"] for frame in frames} == {id}
        seqs = [frame["seq"] for frame in frames]
        assert seqs == list(range(seqs[0], seqs[0] + 4))


async def test_by_http_alone(server, operator, robot):
    own = server.device_token(robot)
    first, second = ask(server, operator, robot), ask(server, operator, robot)
    path = f"/api/fleet/devices/{robot['id']}/commands?state=asked"
    waiting = server.call("GET", path, token=own).json()["results"]
    assert [one["id"] for one in waiting] == [second, first]
    assert {one["requested_by"] for one in waiting} == {None}
    for state in ("accepted", "done"):
        answer = server.call("POST", f"/api/fleet/commands/{first}/reply", {"state": state}, own)
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    again = server.call("POST", f"/api/fleet/commands/{first}/reply", {"state": "failed"}, own)
    assert again.status_code == 409
    assert [one["id"] for one in server.call("GET", path, token=own).json()["results"]] == [second]


async def test_stop_all_reaches_every_robot(server, operator, robot):
    other = server.new_robot()
    late = ask(server, operator, server.new_robot(), "drive_route")
    async with online(server, robot) as one, online(server, other) as two:
        answer = server.call("POST", f"/api/fleet/workspaces/{server.home}/stop-all", {}, operator)
        assert answer.status_code == 201
        body = answer.json()
        assert body["count"] == len(body["commands"]) >= 3
        for device in (one, two):
            assert (await device.hear())["name"] == "stop"
    assert command(server, operator, late)["state"] == "canceled"
