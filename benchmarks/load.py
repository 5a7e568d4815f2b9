"""A load generator that costs little: requests encoded beforehand, answers only looked at for status and length."""

import asyncio
import time
from collections.abc import Sequence

import uvloop


def request(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    """A whole HTTP/1.1 request on a connection that stays open."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection(asyncio.Protocol):
    """Sends its requests one after the other; `done` resolves after the last answer, with the last body."""

    def __init__(self, requests: Sequence[bytes]):
        self._requests = iter(requests)
        self._buffer = bytearray()
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport) -> None:
        self._transport = transport

    def begin(self) -> None:
        self._send_next(b"")

    def _send_next(self, answer: bytes) -> None:
        following = next(self._requests, None)
        if following is not None:
            self._transport.write(following)
        elif not self.done.done():
            self.done.set_result(answer)
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = bytes(self._buffer[:head_end]).lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
        end = head_end + 4 + length
        if len(self._buffer) < end:
            return
        body = bytes(self._buffer[head_end + 4 : end])
        self._buffer.clear()
        if not head.startswith(b"http/1.1 200"):
            self.done.set_exception(SystemExit(f"{head.decode()}: {body[:300].decode()}"))
            self._transport.close()
            return
        self._send_next(body)

    def connection_lost(self, error) -> None:
        if not self.done.done():
            self.done.set_exception(SystemExit(f"The server closed the connection: {error}"))


async def _run(port: int, per_connection: Sequence[Sequence[bytes]]) -> tuple[float, bytes]:
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(lambda mine=mine: Connection(mine), "127.0.0.1", port))[1]
        for mine in per_connection
    ]
    began = time.perf_counter()
    for connection in connections:
        connection.begin()
    answers = await asyncio.gather(*(connection.done for connection in connections))
    return time.perf_counter() - began, answers[-1]


def run(port: int, per_connection: Sequence[Sequence[bytes]]) -> tuple[float, bytes]:
    """Seconds until every connection has all its answers, and the last body. Ends the program at an answer but 200."""
    return uvloop.run(_run(port, per_connection))
