"""/ws/device: who may send, acknowledgements in order and after the commit, and sockets that end."""

import asyncio
import contextlib
import json

import pytest

from fleet_platform.telemetry import asgi, close_codes, runtime, session_monitor
from fleet_platform.tests.listener import Listener, connect
from fleet_platform.tests.server import Server, sample

ENDING_SECONDS = 10  # five by contract, and as many for a busy machine
WAIT = 60


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def server(request, server_maker):
    server = server_maker(request.param)
    yield server
    server.stop()


@pytest.fixture
def robot(server) -> dict:
    return server.new_robot()


@contextlib.asynccontextmanager
async def sending(server: Server, token: str = ""):
    """An open /ws/device, with the token on the upgrade where there is one."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with connect(f"{server.ws}/ws/device", additional_headers=headers) as socket:
        yield Listener(socket)


def numbers(server: Server, robot: dict) -> list[int]:
    return [number for _, number in server.aide.stored(robot["id"])]


async def test_it_works(server, robot):
    async with sending(server) as device:
        answer = await device.ask(type="auth", token=server.device_token(robot))
        assert answer == {"type": "authenticated", "id": 1, "device_id": robot["id"]}
        answer = await device.ask(type="telemetry", samples=[sample(1), sample(2), sample(1)])
        assert answer == {"type": "ack", "id": 2, "accepted": 2, "duplicates": 1, "rejected": []}
        assert numbers(server, robot) == [1, 2]


async def test_the_token_may_come_on_the_upgrade(server, robot):
    async with sending(server, server.device_token(robot)) as device:
        answer = await device.ask(type="telemetry", samples=[sample(1)])
        assert (answer["type"], answer["accepted"]) == ("ack", 1)


async def test_nobody_sends_before_authenticating(server):
    async with sending(server) as nobody:
        await nobody.say(type="telemetry", id=1, samples=[sample(1)])
        assert await nobody.closing() == close_codes.NOT_AUTHENTICATED


async def test_a_bad_token_is_closed(server):
    async with sending(server) as nobody:
        await nobody.say(type="auth", token="nonsense")
        assert await nobody.closing() == close_codes.NOT_AUTHENTICATED
    async with sending(server, "nonsense") as nobody:
        assert await nobody.closing() == close_codes.NOT_AUTHENTICATED


async def test_a_person_is_no_device(server):
    token = server.login("owner")
    async with sending(server) as person:
        await person.say(type="auth", token=token)
        assert await person.closing() == close_codes.FORBIDDEN
    async with sending(server, token) as person:
        assert await person.closing() == close_codes.FORBIDDEN
    assert "Traceback" not in server.log()


async def test_batches_are_acknowledged_in_the_order_sent(server, robot):
    async with sending(server, server.device_token(robot)) as device:
        for number in range(1, 101):
            await device.say(type="telemetry", id=number, samples=[sample(number)])
        answers = [await device.hear() for _ in range(100)]
        assert [answer["id"] for answer in answers] == list(range(1, 101))
        assert {answer["accepted"] for answer in answers} == {1}
    assert numbers(server, robot) == list(range(1, 101))


async def test_a_refused_sample_is_named_and_the_others_are_stored(server, robot):
    bad = sample(2)
    bad["sections"]["pose"]["x"] = "west"
    async with sending(server, server.device_token(robot)) as device:
        answer = await device.ask(type="telemetry", samples=[sample(1), bad, sample(3)])
        assert (answer["accepted"], len(answer["rejected"])) == (2, 1)
        assert answer["rejected"][0]["pointer"] == "/samples/1/sections/pose/x"
    assert numbers(server, robot) == [1, 3]


@pytest.mark.parametrize("said", ["{", "[]", '{"type": 1}', '{"type": "dance"}'])
async def test_what_is_no_message_is_answered_not_closed(server, robot, said):
    async with sending(server, server.device_token(robot)) as device:
        await device.socket.send(said)
        assert (await device.hear())["type"] == "error"
        assert (await device.ask(type="telemetry", samples=[sample(1)]))["accepted"] == 1


async def test_a_ping_is_a_sign_of_life(server, robot):
    path, viewer = f"/api/fleet/devices/{robot['id']}", server.login("viewer")
    assert server.call("GET", path, token=viewer).json()["online"] is False
    async with sending(server, server.device_token(robot)) as device:
        assert (await device.ask(type="ping"))["type"] == "pong"
        assert server.call("GET", path, token=viewer).json()["online"] is True


async def ends(server: Server, robot: dict, change) -> int:
    """The code that an open socket is closed with after the change."""
    async with sending(server, server.device_token(robot)) as device:
        assert (await device.ask(type="ping"))["type"] == "pong"
        change()
        return await device.closing(ENDING_SECONDS)


async def test_a_rotated_secret_ends_the_socket(server, robot):
    path, owner = f"/api/fleet/devices/{robot['id']}/rotate-secret", server.login("owner")
    ended = await ends(server, robot, lambda: server.call("POST", path, token=owner))
    assert ended == close_codes.NOT_AUTHENTICATED


async def test_a_removed_device_is_hung_up_on(server, robot):
    path, owner = f"/api/fleet/devices/{robot['id']}", server.login("owner")
    ended = await ends(server, robot, lambda: server.call("DELETE", path, token=owner))
    assert ended == close_codes.NOT_AUTHENTICATED


async def test_a_device_that_is_moved_comes_back_as_what_it_is_now(server, robot):
    ended = await ends(server, robot, lambda: server.aide.move(robot["id"], server.elsewhere))
    assert ended == close_codes.NOT_AUTHENTICATED


@pytest.mark.django_db(transaction=True)
async def test_a_device_that_hangs_up_amid_its_batches_is_let_go_of(device, device_token):
    """It has sent more than may be under way; its server says that it is gone at the first answer."""
    token = await asyncio.to_thread(device_token, device)
    incoming: asyncio.Queue = asyncio.Queue()
    incoming.put_nowait({"type": "websocket.connect"})
    for number in range(5 * asgi.BATCHES_UNDER_WAY):
        said = {"type": "telemetry", "id": number, "samples": [sample(number)]}
        incoming.put_nowait({"type": "websocket.receive", "text": json.dumps(said)})
    incoming.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def send(message) -> None:
        if message["type"] == "websocket.send":
            raise OSError("the client has gone")

    scope = {
        "type": "websocket",
        "client": None,
        "headers": [(b"authorization", f"Bearer {token}".encode())],
    }
    before = set(session_monitor._open)
    socket = asyncio.create_task(asgi.device_socket(scope, incoming.get, send))
    try:
        ended, _ = await asyncio.wait([socket], timeout=WAIT)
        assert ended, "the socket waits for ever"
        assert socket.exception() is None
        assert session_monitor._open == before
    finally:
        socket.cancel()
        await runtime.stop()
