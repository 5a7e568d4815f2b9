"""uvicorn's websocket protocol with one door more: a pre-built frame is written straight to the transport.

The door is put into scope["extensions"]["fleet.frames"]. It says whether the transport takes more, so that the hub
can keep the newest value of a slow reader instead of a growing buffer. Started by `--ws fleet_platform.telemetry.
frames:FrameProtocol`. It leans on attributes of the class it extends: uvicorn is pinned and a test holds them.
"""

import struct

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

EXTENSION = "fleet.frames"


def text_frame(payload: bytes) -> bytes:
    """One unmasked, final text frame (RFC 6455, 5.2)."""
    length = len(payload)
    if length < 126:
        return b"\x81" + bytes((length,)) + payload
    if length < 65536:
        return b"\x81\x7e" + struct.pack("!H", length) + payload
    return b"\x81\x7f" + struct.pack("!Q", length) + payload


class FrameDoor:
    """Writes frames of one connection. `offer` answers False, and writes nothing, when the reader is behind."""

    __slots__ = ("_is_writable", "_protocol")

    def __init__(self, protocol: "FrameProtocol"):
        self._protocol = protocol
        self._is_writable = protocol.writable.is_set

    def offer(self, frame: bytes) -> bool:
        protocol = self._protocol
        if not self._is_writable() or protocol.close_sent or protocol.disconnected:
            return False
        protocol.transport.write(frame)
        return True


class FrameProtocol(WebSocketsSansIOProtocol):
    def handle_connect(self, event) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self.scope["extensions"][EXTENSION] = FrameDoor(self)
