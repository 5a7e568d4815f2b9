"""A robot on a real device socket that does what it is told, or refuses, and remembers it."""

import contextlib
import json
import threading
from collections.abc import Iterator

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from fleet_platform.tests.server import ENOUGH_SECONDS, Server, until


class Robot:
    """`answers`: what it says to each command; by default accepted, then done."""

    def __init__(self, server: Server, row: dict):
        self.row = row
        self.heard: list[dict] = []
        self.answers: list[dict] = [{"state": "accepted"}, {"state": "done"}]
        self._socket = connect(
            f"{server.ws}/ws/device",
            additional_headers={"Authorization": f"Bearer {server.device_token(row)}"},
        )
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def _listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            for text in self._socket:
                message = json.loads(text)
                if message["type"] != "command" or "name" not in message:
                    continue
                self.heard.append(message)
                for answer in self.answers:
                    said = {"type": "command", "id": message["id"], **answer}
                    self._socket.send(json.dumps(said))

    def names(self) -> list[str]:
        return [message["name"] for message in self.heard]

    def hears(self, name: str) -> dict:
        until(lambda: name in self.names())
        return next(message for message in self.heard if message["name"] == name)

    def __enter__(self) -> "Robot":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._socket.close()
        self._thread.join(ENOUGH_SECONDS)


@contextlib.contextmanager
def robots(server: Server, rows: list[dict]) -> Iterator[list[Robot]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Robot(server, row)) for row in rows]
