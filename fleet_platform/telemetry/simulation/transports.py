"""Three ways to hand samples over. Each returns once the platform, or the broker for it, has taken them."""

import asyncio
import contextlib
import gzip
import json
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
import requests
import websockets

from .account import Away, DeviceLogin, Refused, call

ACK_SECONDS = 30
GZIP_FROM_BYTES = 2048
MQTT_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass
class Answer:
    """`accepted` and `duplicates` are None where the way back does not tell (MQTT)."""

    accepted: int | None = None
    duplicates: int | None = None
    rejected: list[dict] = field(default_factory=list)


class Transport(Protocol):
    async def send(self, samples: Sequence[dict]) -> Answer:
        """Raises Away when nothing is known to have arrived: send the same again; Refused when that is no use."""

    async def close(self) -> None: ...


def compact(value) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


class HttpTransport:
    def __init__(self, login: DeviceLogin):
        self.login = login
        self.session = requests.Session()

    async def send(self, samples: Sequence[dict]) -> Answer:
        return await asyncio.to_thread(self._send, samples)

    def _send(self, samples: Sequence[dict]) -> Answer:
        body = compact({"samples": list(samples)})
        headers = {"Content-Type": "application/json"}
        if len(body) > GZIP_FROM_BYTES:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        for fresh in (False, True):
            headers["Authorization"] = f"Bearer {self.login.token(fresh)}"
            try:
                path = f"{self.login.url}/api/fleet/telemetry"
                return Answer(**call(self.session, "POST", path, data=body, headers=headers).json())
            except Refused as error:
                if error.status == 400 and (answer := _all_refused(error.body)):
                    return answer
                if error.status != 401 or fresh:
                    raise
        raise AssertionError("the loop returns or raises")

    async def close(self) -> None:
        self.session.close()


class WebSocketTransport:
    """One socket a device, opened when there is something to send, opened anew after a break."""

    def __init__(self, login: DeviceLogin):
        self.login = login
        self.socket: websockets.ClientConnection | None = None
        self.number = 0

    async def send(self, samples: Sequence[dict]) -> Answer:
        try:
            if self.socket is None:
                self.socket = await self._open()
            self.number += 1
            frame = {"type": "telemetry", "id": self.number, "samples": list(samples)}
            await self.socket.send(compact(frame).decode())
            return await asyncio.wait_for(self._answer(self.number, len(samples)), ACK_SECONDS)
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            await self.close()
            raise Away(f"socket: {error}") from None

    async def _open(self) -> websockets.ClientConnection:
        token = await asyncio.to_thread(self.login.token)
        address = "ws" + self.login.url.removeprefix("http") + "/ws/device"
        headers = {"Authorization": f"Bearer {token}"}
        try:
            return await websockets.connect(
                address, additional_headers=headers, compression=None, max_size=2**20
            )
        except websockets.InvalidStatus as error:
            if error.response.status_code in {401, 403}:
                await asyncio.to_thread(self.login.token, True)
            raise

    async def _answer(self, number: int, count: int) -> Answer:
        """The acknowledgement of one frame; commands and the like in between are let pass."""
        async for text in self.socket:
            told = json.loads(text)
            if told.get("type") == "ack" and told.get("id") == number:
                return Answer(told["accepted"], told["duplicates"], told["rejected"])
            if told.get("type") == "error" and told.get("id") in {number, None}:
                raise _refusal(told)
        if self.socket.close_code == 4401:
            await asyncio.to_thread(self.login.token, True)
        raise OSError(f"closed with {self.socket.close_code}")

    async def close(self) -> None:
        socket, self.socket = self.socket, None
        if socket is not None:
            with contextlib.suppress(OSError, websockets.WebSocketException):
                await socket.close()


def _all_refused(body: str) -> Answer | None:
    """A batch of which every sample was refused is answered by 400 with the same body as one that was taken."""
    try:
        told = json.loads(body)
        return Answer(told["accepted"], told["duplicates"], told["rejected"])
    except (ValueError, KeyError, TypeError):
        return None


def _refusal(told: dict) -> Exception:
    if told.get("retry_after"):
        return Away(f"busy: {told}", float(told["retry_after"]))
    return Refused(f"refused: {told}")


class Broker:
    """One connection to the MQTT broker, shared by all devices of a process."""

    def __init__(self, url: str, prefix: str = ""):
        parts = urlsplit(url)
        self.prefix = prefix
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        if parts.username:
            self.client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
        if parts.scheme == "mqtts":
            self.client.tls_set_context(ssl.create_default_context())
        self.client.connect_async(parts.hostname, parts.port or MQTT_PORTS[parts.scheme])
        self.client.loop_start()

    def publish(self, topic: str, payload: bytes) -> None:
        """Returns when the broker has acknowledged (QoS 1). Raises Away."""
        try:
            message = self.client.publish(f"{self.prefix}{topic}", payload, qos=1)
            message.wait_for_publish(ACK_SECONDS)
        except (RuntimeError, ValueError) as error:
            raise Away(f"MQTT: {error}") from None
        if not message.is_published():
            raise Away("MQTT: the broker did not acknowledge")

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


class MqttTransport:
    def __init__(self, broker: Broker, device_id: int):
        self.broker, self.device_id = broker, device_id

    async def send(self, samples: Sequence[dict]) -> Answer:
        payload = compact({"samples": list(samples)})
        await asyncio.to_thread(self.broker.publish, f"fleet/{self.device_id}/telemetry", payload)
        return Answer()

    async def close(self) -> None:
        """The broker's connection belongs to all devices."""
