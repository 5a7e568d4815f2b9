"""The door by which a benchmark tells a server under test to publish: one message for each byte that arrives."""

import asyncio
import os
from collections.abc import Callable

MESSAGE_BYTES = 300
_servers: list[asyncio.Server] = []


async def open_door(publish: Callable[[], None]) -> None:
    """Listen on the port in CONTROL_PORT, on the running loop."""

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            for _ in data:
                publish()
        writer.close()

    _servers.append(await asyncio.start_server(hear, "127.0.0.1", int(os.environ["CONTROL_PORT"])))
