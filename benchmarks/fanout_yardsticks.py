"""The yardsticks of fan-out: websockets.broadcast (run as a program), and a Channels group (an ASGI application)."""

import asyncio
import itertools
import logging
import sys

import uvloop
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.layers import get_channel_layer
from django.conf import settings
from websockets.asyncio.server import broadcast, serve

from .publisher import MESSAGE_BYTES, open_door

ENVELOPE = len('{"seq":,"note":""}')
_numbers = itertools.count(1)
_tasks: set[asyncio.Task] = set()


def message() -> dict:
    number = next(_numbers)
    return {"seq": number, "note": "x" * (MESSAGE_BYTES - ENVELOPE - len(str(number)))}


def text() -> str:
    told = message()
    return f'{{"seq":{told["seq"]},"note":"{told["note"]}"}}'


async def run_broadcast(port: int) -> None:
    connections = set()

    async def hold(connection) -> None:
        connections.add(connection)
        try:
            await connection.wait_closed()
        finally:
            connections.discard(connection)

    await open_door(lambda: broadcast(connections, text()))
    async with serve(hold, "127.0.0.1", port, compression=None) as server:
        await server.serve_forever()


class GroupConsumer(AsyncJsonWebsocketConsumer):
    groups = ["all"]

    async def telemetry(self, event: dict) -> None:
        await self.send_json(event["data"])


def group_send() -> None:
    task = asyncio.get_running_loop().create_task(
        get_channel_layer().group_send("all", {"type": "telemetry", "data": message()})
    )
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


if not settings.configured:
    settings.configure(
        CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    )
consumer = GroupConsumer.as_asgi()


async def application(scope, receive, send) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await open_door(group_send)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    else:
        await consumer(scope, receive, send)


if __name__ == "__main__":
    logging.getLogger("websockets").setLevel(logging.CRITICAL)  # probes of the port say nothing
    uvloop.run(run_broadcast(int(sys.argv[1])))
