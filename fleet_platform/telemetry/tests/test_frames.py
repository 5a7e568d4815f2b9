"""What frames.py leans on in uvicorn's protocol, and that a frame through the door is read right by any client."""

import asyncio
import contextlib
import json
import socket

import uvicorn
from websockets.asyncio.client import connect

from fleet_platform.telemetry.frames import EXTENSION, FrameDoor, FrameProtocol, text_frame

LENGTHS = [0, 1, 125, 126, 65_535, 65_536, 1_048_576]
WAIT = 60


class Application:
    """Gives the scope and the door of its connection to the test and stays until the client goes."""

    def __init__(self):
        self.scopes: asyncio.Queue = asyncio.Queue()

    async def __call__(self, scope, receive, send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await self.scopes.put(scope)
        while (await receive())["type"] != "websocket.disconnect":
            pass


@contextlib.asynccontextmanager
async def serving():
    """(application, its address), by uvicorn in this event loop."""
    application = Application()
    config = uvicorn.Config(
        application,
        ws=FrameProtocol,
        http="h11",
        lifespan="off",
        log_level="error",
        ws_per_message_deflate=False,
    )
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await until(lambda: server.started)
            yield application, f"ws://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await asyncio.wait_for(task, WAIT)


async def opened(application) -> tuple[dict, FrameDoor]:
    scope = await asyncio.wait_for(application.scopes.get(), WAIT)
    return scope, scope["extensions"][EXTENSION]


async def until(ask) -> None:
    async with asyncio.timeout(WAIT):
        while not ask():
            await asyncio.sleep(0.005)


async def test_a_frame_of_any_length_is_read_right():
    async with serving() as (application, address), connect(address, max_size=None) as client:
        _, door = await opened(application)
        for length in LENGTHS:
            text = "가" * (length // 3) + "x" * (length % 3)
            assert len(text.encode()) == length
            await until(lambda text=text: door.offer(text_frame(text.encode())))
            assert await asyncio.wait_for(client.recv(), WAIT) == text


async def test_frames_and_the_servers_own_messages_share_one_stream():
    async with serving() as (application, address), connect(address) as client:
        scope, door = await opened(application)
        protocol = door._protocol
        for number in range(50):
            assert door.offer(text_frame(json.dumps({"door": number}).encode()))
            await protocol.send({"type": "websocket.send", "text": json.dumps({"send": number})})
        said = [json.loads(await asyncio.wait_for(client.recv(), WAIT)) for _ in range(100)]
        assert said == [{way: number} for number in range(50) for way in ("door", "send")]
        assert scope["type"] == "websocket"


async def test_the_protocol_has_what_the_door_leans_on():
    async with serving() as (application, address), connect(address):
        scope, door = await opened(application)
        protocol = door._protocol
        assert isinstance(protocol, FrameProtocol)
        assert protocol.scope is scope
        assert protocol.writable.is_set()
        assert (protocol.close_sent, protocol.disconnected) == (False, False)
        assert protocol.transport.get_write_buffer_size() == 0
        protocol.pause_writing()
        assert not protocol.writable.is_set()
        assert door.offer(text_frame(b"{}")) is False
        protocol.resume_writing()
        assert door.offer(text_frame(b"{}")) is True


async def test_a_reader_that_stops_is_behind_and_its_buffer_stays_small():
    async with serving() as (application, address), connect(address, max_queue=1) as client:
        _, door = await opened(application)
        client.transport.pause_reading()
        frame = text_frame(b"x" * 10_000)
        written = 0
        while door.offer(frame):
            written += 1
            assert written < 10_000, "the door never says that the reader is behind"
            await asyncio.sleep(0)
        assert door._protocol.transport.get_write_buffer_size() < 256 * 1024
        client.transport.resume_reading()
        for _ in range(written):
            assert len(await asyncio.wait_for(client.recv(), WAIT)) == 10_000
        await until(lambda: door.offer(text_frame(b"awake")))
        assert await asyncio.wait_for(client.recv(), WAIT) == "awake"


async def test_nothing_is_written_after_the_close():
    async with serving() as (application, address), connect(address) as client:
        _, door = await opened(application)
        await door._protocol.send({"type": "websocket.close", "code": 4401})
        assert door._protocol.close_sent
        assert door.offer(text_frame(b"late")) is False
        await asyncio.wait_for(client.wait_closed(), WAIT)
        assert client.close_code == 4401


async def test_nothing_is_written_to_who_has_gone():
    async with serving() as (application, address):
        async with connect(address) as client:
            _, door = await opened(application)
            client.transport.abort()
        await until(lambda: door._protocol.disconnected)
        assert door.offer(text_frame(b"late")) is False


async def test_an_upgrade_that_is_refused_has_no_door():
    async with serving() as (application, address):
        host, port = address.removeprefix("ws://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"
        )
        status = await asyncio.wait_for(reader.readline(), WAIT)
        assert b" 400 " in status or b" 426 " in status
        writer.close()
        assert application.scopes.empty()
