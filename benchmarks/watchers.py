"""Many websocket readers in one thread that look at frame headers only, so that the server is what gets measured."""

import os
import select
import socket
import struct
import time
from base64 import b64encode
from collections.abc import Sequence

TEXT, CLOSE, PING = 0x81, 0x88, 0x89
DRAIN_SECONDS = 3.0


def masked(opcode: int, payload: bytes) -> bytes:
    """A client's frame; the mask is zero, so the payload stays as it is."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + struct.pack("!H", size)
    return bytes((opcode,)) + length + b"\0\0\0\0" + payload


def split(buffer: bytes) -> tuple[list[tuple[int, int, int]], int]:
    """The whole frames in a server's bytes, as (opcode, begin and end of the payload), and where the rest begins."""
    frames, at = [], 0
    while len(buffer) - at >= 2:
        size, begin = buffer[at + 1], at + 2
        if size == 126:
            size, begin = int.from_bytes(buffer[at + 2 : at + 4], "big"), at + 4
        elif size == 127:
            size, begin = int.from_bytes(buffer[at + 2 : at + 10], "big"), at + 10
        if len(buffer) < begin + size:
            break
        frames.append((buffer[at], begin, begin + size))
        at = begin + size
    return frames, at


def connect(port: int, path: str, token: str = "") -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), 10)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    client.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {b64encode(os.urandom(16)).decode()}\r\n"
        f"{authorization}\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        part = client.recv(1)
        head += part
        if not part or len(head) > 4096:
            raise SystemExit(f"The upgrade was refused: {head[:200]!r}")
    if b" 101 " not in head:
        raise SystemExit(f"The upgrade was refused: {head[:200]!r}")
    return client


def await_text(client: socket.socket, sign: bytes) -> None:
    """Read until a frame with these bytes in it."""
    buffer = b""
    while True:
        part = client.recv(262_144)
        if not part:
            raise SystemExit(f"The server closed before it sent {sign!r}")
        buffer += part
        frames, rest = split(buffer)
        if any(sign in buffer[begin:end] for _, begin, end in frames):
            return
        buffer = buffer[rest:]


class Watchers:
    """Open readers of one server and the way to its publisher: each byte sent there publishes one message."""

    def __init__(self, clients: Sequence[socket.socket], control_port: int):
        self._clients = {client.fileno(): client for client in clients}
        self._control = socket.create_connection(("127.0.0.1", control_port), 5)
        self._epoll = select.epoll()
        for number, client in self._clients.items():
            client.setblocking(False)
            self._epoll.register(number, select.EPOLLIN)

    def close(self) -> None:
        self._epoll.close()
        self._control.close()
        for client in self._clients.values():
            client.close()

    def read(self, seconds: float, window: int) -> tuple[int, float]:
        """Let messages be published, `window` under way at once, and count what arrives: (deliveries, seconds)."""
        counts = dict.fromkeys(self._clients, 0)
        rests = dict.fromkeys(self._clients, b"")
        arrived: list[int] = [0] * window
        began = time.perf_counter()
        until, deliveries, published = began + seconds, 0, window
        last = began
        self._control.sendall(b"." * window)
        while deliveries < published * len(counts):
            ready = self._epoll.poll(0.1)
            now = time.perf_counter()
            if not ready and now > last + DRAIN_SECONDS:
                break
            for number, _ in ready:
                texts, rests[number] = self._texts(number, rests[number])
                for _ in range(texts):
                    index = counts[number]
                    counts[number] = index + 1
                    arrived[index] += 1
                    deliveries += 1
                    if arrived[index] == len(counts) and now < until:
                        self._control.sendall(b".")
                        arrived.append(0)
                        published += 1
            if ready:
                last = now
        return deliveries, last - began

    def _texts(self, number: int, rest: bytes) -> tuple[int, bytes]:
        """How many text frames this reader got, and the bytes of one that is not whole yet."""
        client = self._clients[number]
        data = rest + client.recv(262_144) if rest else client.recv(262_144)
        if not data:
            raise SystemExit("The server closed a reader's connection")
        if data[1] == 126 and data[0] == TEXT and len(data) == 4 + (data[2] << 8 | data[3]):
            return 1, b""
        frames, at = split(data)
        for opcode, begin, end in frames:
            if opcode == PING:
                client.sendall(masked(0x8A, data[begin:end]))
            elif opcode == CLOSE:
                raise SystemExit(f"The server closed a reader: {data[begin:end]!r}")
        return sum(opcode == TEXT for opcode, _, _ in frames), data[at:]
