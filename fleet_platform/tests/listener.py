"""A client of /ws/live for tests: says and hears whole messages, and waits instead of sleeping."""

import asyncio
import contextlib
import json

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from .server import ENOUGH_SECONDS, Server


class Listener:
    def __init__(self, socket: ClientConnection):
        self.socket = socket
        self._asked = 0

    async def say(self, **message) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self) -> dict:
        return json.loads(await asyncio.wait_for(self.socket.recv(), ENOUGH_SECONDS))

    async def hear_until(self, wanted) -> list[dict]:
        """Every message up to the first that `wanted` says yes to, that one included."""
        heard = [await self.hear()]
        while not wanted(heard[-1]):
            heard.append(await self.hear())
        return heard

    async def ask(self, **message) -> dict:
        """Say it with an id of its own and give the answer, which must be the next message."""
        self._asked += 1
        await self.say(id=self._asked, **message)
        answer = await self.hear()
        assert answer["id"] == self._asked
        return answer

    async def subscribe(self, *topics: str, **options) -> dict:
        """The answer to `subscribe`; snapshots follow it."""
        answer = await self.ask(type="subscribe", topics=topics, **options)
        assert answer["type"] == "subscribed", answer
        return answer

    async def watch(self, topic: str, **options) -> dict:
        """Subscribe to one topic that must exist; its snapshot."""
        answer = await self.subscribe(topic, **options)
        assert answer["topics"] == [topic], answer
        return await self.hear()

    async def closing(self, seconds: float = ENOUGH_SECONDS) -> int:
        """The code that the server closes with, whatever it still says before."""
        async with asyncio.timeout(seconds):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()
        return self.socket.close_code


@contextlib.asynccontextmanager
async def listening(
    server: Server,
    token: str = "",
    query: str = "",
    headers: dict[str, str] | None = None,
    **options,
):
    """An open /ws/live, authenticated by the token as the first message where there is one."""
    address = f"{server.ws}/ws/live{query}"
    async with connect(address, additional_headers=headers, **options) as socket:
        listener = Listener(socket)
        if token:
            answer = await listener.ask(type="auth", token=token)
            assert answer["type"] == "authenticated"
        yield listener
