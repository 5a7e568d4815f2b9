"""Three ways to hand samples over, and to hear commands and answer them. What is handed over is taken by the platform,
or by the broker for it, once the call returns."""

import asyncio
import contextlib
import gzip
import json
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
import requests
import websockets

from .account import Away, DeviceLogin, Refused, call

ACK_SECONDS = 30
POLL_SECONDS = 3.0
GZIP_FROM_BYTES = 2048
MQTT_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass
class Answer:
    """`accepted` and `duplicates` are None where the way back does not tell (MQTT)."""

    accepted: int | None = None
    duplicates: int | None = None
    rejected: list[dict] = field(default_factory=list)


Hear = Callable[[dict], None]


class Transport(Protocol):
    async def send(self, samples: Sequence[dict]) -> Answer:
        """Raises Away when nothing is known to have arrived: send the same again; Refused when that is no use."""

    async def listen(self, hear: Hear) -> None:
        """Hand every command and cancel to `hear`, on this loop, until cancelled."""

    async def reply(self, id: int, state: str, detail: str) -> None:
        """The device's word on a command. Raises as `send`."""

    async def close(self) -> None: ...


def compact(value) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


class HttpTransport:
    def __init__(self, login: DeviceLogin):
        self.login = login
        self.session = requests.Session()
        self.commands = requests.Session()  # asked from another thread

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

    async def listen(self, hear: Hear) -> None:
        """By asking every few seconds."""
        while True:
            with contextlib.suppress(Away):
                for command in await asyncio.to_thread(self._asked):
                    hear({"type": "command", **command})
            await asyncio.sleep(POLL_SECONDS)

    def _asked(self) -> list[dict]:
        """What waits for the device, in the order asked."""
        headers = {"Authorization": f"Bearer {self.login.token()}"}  # which tells the id as well
        path = f"{self.login.url}/api/fleet/devices/{self.login.device_id}/commands?state=asked"
        try:
            return call(self.commands, "GET", path, headers=headers).json()["results"][::-1]
        except Refused as error:
            if error.status != 401:
                raise
            self.login.token(True)
            return []

    async def reply(self, id: int, state: str, detail: str) -> None:
        path = f"{self.login.url}/api/fleet/commands/{id}/reply"
        headers = {"Authorization": f"Bearer {await asyncio.to_thread(self.login.token)}"}
        body = {"state": state, "detail": detail}
        await asyncio.to_thread(call, self.commands, "POST", path, json=body, headers=headers)

    async def close(self) -> None:
        self.session.close()
        self.commands.close()


class WebSocketTransport:
    """One socket a device, opened when there is something to send, opened anew after a break.

    One task reads it: acknowledgements go to those who wait for them, by the id of what they sent, and commands to
    who listens. Ids of samples are texts, those of commands numbers.
    """

    def __init__(self, login: DeviceLogin):
        self.login = login
        self.socket: websockets.ClientConnection | None = None
        self.number = 0
        self._opening = asyncio.Lock()
        self._hear: Hear = lambda message: None
        self._waiting: dict[int | str, asyncio.Future] = {}
        self._reading: asyncio.Task | None = None

    async def send(self, samples: Sequence[dict]) -> Answer:
        self.number += 1
        id = f"t{self.number}"
        told = await self._ask({"type": "telemetry", "id": id, "samples": list(samples)})
        return Answer(told["accepted"], told["duplicates"], told["rejected"])

    async def reply(self, id: int, state: str, detail: str) -> None:
        await self._ask({"type": "command", "id": id, "state": state, "detail": detail})

    async def listen(self, hear: Hear) -> None:
        self._hear = hear
        await asyncio.Event().wait()

    async def _ask(self, frame: dict) -> dict:
        """Says it and waits for the answer to it."""
        try:
            async with self._opening:
                if self.socket is None:
                    self.socket = await self._open()
                    self._reading = asyncio.create_task(self._read(self.socket))
            answer = self._waiting[frame["id"]] = asyncio.get_running_loop().create_future()
            await self.socket.send(compact(frame).decode())
            return await asyncio.wait_for(answer, ACK_SECONDS)
        except (AttributeError, OSError, TimeoutError, websockets.WebSocketException) as error:
            await self.close()
            raise Away(f"socket: {error}") from None
        finally:
            self._waiting.pop(frame["id"], None)

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

    async def _read(self, socket: websockets.ClientConnection) -> None:
        """Until it ends; who still waits then hears that it did."""
        with contextlib.suppress(OSError, websockets.WebSocketException):
            async for text in socket:
                self._told(json.loads(text))
        if socket.close_code == 4401:
            with contextlib.suppress(Away, Refused):
                await asyncio.to_thread(self.login.token, True)
        if self.socket is socket:
            self.socket = None
            self._let_go(f"closed with {socket.close_code}")

    def _let_go(self, why: str) -> None:
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(OSError(why))

    def _told(self, told: dict) -> None:
        kind = told.get("type")
        answer = self._waiting.get(told.get("id"))
        if kind in {"command", "cancel"}:
            self._hear(told)
        elif answer is None or answer.done():
            return
        elif kind in {"ack", "replied"}:
            answer.set_result(told)
        elif kind == "error":
            answer.set_exception(_refusal(told))

    async def close(self) -> None:
        socket, self.socket = self.socket, None
        reading, self._reading = self._reading, None
        if socket is not None:
            with contextlib.suppress(OSError, websockets.WebSocketException):
                await socket.close()
        if reading is not None:
            reading.cancel()
        self._let_go("closed")


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
        self._heard: dict[str, Callable[[dict], None]] = {}
        self.client.on_connect = self._connected
        self.client.on_message = self._message
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

    def listen(self, topic: str, hear: Callable[[dict], None]) -> None:
        """Hear a topic's messages, on the client's own thread."""
        self._heard[f"{self.prefix}{topic}"] = hear
        if self.client.is_connected():
            self.client.subscribe(f"{self.prefix}{topic}", qos=1)

    def _connected(self, client, userdata, flags, reason_code, properties) -> None:
        for topic in list(self._heard):
            client.subscribe(topic, qos=1)

    def _message(self, client, userdata, message) -> None:
        if hear := self._heard.get(message.topic):
            with contextlib.suppress(ValueError):
                hear(json.loads(message.payload))

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

    async def listen(self, hear: Hear) -> None:
        loop = asyncio.get_running_loop()
        topic = f"fleet/{self.device_id}/commands"
        self.broker.listen(topic, lambda told: loop.call_soon_threadsafe(hear, told))
        await asyncio.Event().wait()

    async def reply(self, id: int, state: str, detail: str) -> None:
        payload = compact({"id": id, "state": state, "detail": detail})
        topic = f"fleet/{self.device_id}/commands/reply"
        await asyncio.to_thread(self.broker.publish, topic, payload)

    async def close(self) -> None:
        """The broker's connection belongs to all devices."""
