"""MQTT in: messages of all devices through a shared subscription, acknowledged after the commit.

The session outlives the process (clean start off, session expiry), and nothing is acknowledged before the writer's
future has resolved, so the broker sends again what a killed gateway had in its hands; a repeat is a duplicate. The
broker holds back once RECEIVE_MAXIMUM messages are unacknowledged. One thread takes, submits and acknowledges, in the
order of arrival; paho's own thread only queues.
"""

import logging
import queue
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from fleet_platform.shared import clock
from fleet_platform.shared.errors import (
    Conflict,
    Invalid,
    NotAuthenticated,
    NotFound,
    TooLarge,
    Unavailable,
)

from . import ingest, metrics, mqtt_messages, selectors
from .commands.mqtt_dispatch import MqttDispatcher, take_reply
from .ingest import Row
from .mqtt_directory import Directory
from .writer import Writer

logger = logging.getLogger("fleet.gateway")
RECEIVE_MAXIMUM = 500
WAITING_AT_MOST = 5000  # messages of QoS 0 beyond these are dropped: nobody holds them back
UNDER_WAY = 200  # batches given to the writer and not yet acknowledged
RETRY_SECONDS = 1.0
PORTS = {"mqtt": 1883, "mqtts": 8883}
POISON = (Invalid, TooLarge, NotFound, NotAuthenticated, Conflict)
Told = TypeVar("Told")


@dataclass(frozen=True)
class Arrived:
    """A message as it came. `life` counts connections: an acknowledgement belongs to the one it came by."""

    topic: str
    payload: bytes
    qos: int
    mid: int
    life: int


@dataclass
class Pending:
    """A message between its arrival and its acknowledgement; without rows there is nothing to wait for."""

    message: Arrived
    rows: Sequence[Row] = ()
    future: Future | None = None


class Gateway:
    def __init__(
        self,
        writer: Writer,
        *,
        client_id: str,
        group: str,
        session_seconds: int = 7 * 86_400,
        receive_maximum: int = RECEIVE_MAXIMUM,
    ):
        self.writer = writer
        self.group = group
        self.directory = Directory()
        self.stopping = threading.Event()
        self.subscribed = threading.Event()
        self._arrived: queue.SimpleQueue[Arrived] = queue.SimpleQueue()
        self._pending: deque[Pending] = deque()
        self._life = 0
        self._worker = threading.Thread(target=self._work, name="mqtt-gateway")
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=mqtt.MQTTv5,
            manual_ack=True,
        )
        self.client.on_connect = self._connected
        self.client.on_subscribe = self._answered
        self.client.on_disconnect = self._disconnected
        self.client.on_message = self._queue
        self.client.reconnect_delay_set(1, 30)
        self.dispatcher = MqttDispatcher(self.client)
        self._session = Properties(PacketTypes.CONNECT)
        self._session.SessionExpiryInterval = session_seconds
        self._session.ReceiveMaximum = receive_maximum

    def start(self) -> None:
        """Connect, and go on connecting for ever; returns at once."""
        self.client.connect_async(
            *_address(self.client),
            keepalive=30,
            clean_start=False,
            properties=self._session,
        )
        self._worker.start()
        self.dispatcher.start()
        self.client.loop_start()

    def stop(self) -> None:
        """Finish and acknowledge what the writer has, then leave; the session waits at the broker."""
        self.stopping.set()
        self._worker.join()
        self.dispatcher.stop()
        self.client.disconnect()
        self.client.loop_stop()

    # On paho's thread.

    def _connected(self, client, userdata, flags, reason_code, properties) -> None:
        if reason_code.is_failure:
            logger.error("The broker refused the connection: %s", reason_code)
            return
        self._life += 1
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        prefix = settings.MQTT_TOPIC_PREFIX
        client.subscribe(
            [(f"$share/{self.group}/{prefix}{name}", options) for name in mqtt_messages.FILTERS]
        )

    def _answered(self, client, userdata, mid, reason_codes, properties) -> None:
        refused = [str(code) for code in reason_codes if code.is_failure]
        if refused:
            logger.error("The broker refused subscriptions: %s", ", ".join(refused))
            return
        logger.info("Reading telemetry from the broker as %s", self.group)
        self.subscribed.set()

    def _disconnected(self, client, userdata, flags, reason_code, properties) -> None:
        self._life += 1
        if not self.stopping.is_set():
            logger.warning("The broker is away: %s", reason_code)

    def _queue(self, client, userdata, message) -> None:
        if message.qos == 0 and self._arrived.qsize() > WAITING_AT_MOST:
            metrics.REFUSED_BUSY.inc()
            return
        topic = message.topic.removeprefix(settings.MQTT_TOPIC_PREFIX)
        self._arrived.put(Arrived(topic, message.payload, message.qos, message.mid, self._life))

    # On the gateway's thread.

    def _work(self) -> None:
        try:
            while not self.stopping.is_set() or self._pending:
                if not self._take():
                    self._settle()
        finally:
            connection.close()

    def _take(self) -> bool:
        """Submit the next message; False where the oldest under way should be settled first."""
        if self.stopping.is_set() or len(self._pending) >= UNDER_WAY:
            return False
        try:
            message = self._arrived.get(timeout=0 if self._pending else 0.2)
        except queue.Empty:
            if not self._pending:
                close_old_connections()
            return not self._pending
        pending = Pending(message)
        self._pending.append(pending)
        try:
            device_id = mqtt_messages.device_replying(message.topic)
            if device_id is None:
                pending.rows = self._rows(message)
            else:
                self._patiently(lambda: take_reply(device_id, message.payload))
                self.dispatcher.heard(device_id)
            self._submit(pending)
        except POISON as error:
            logger.warning("A message on %s was dropped: %s", message.topic, _reason(error))
        except Unavailable:
            self._pending.pop()  # unacknowledged: the broker sends it again
        except Exception:
            logger.exception("A message on %s could not be read and was dropped", message.topic)
        return True

    def _rows(self, message: Arrived) -> Sequence[Row]:
        """The checked samples. Raises one of POISON, Unavailable at the end."""
        batch = mqtt_messages.read(message.topic, message.payload, clock.now_us())
        if len(batch.body) > settings.TELEMETRY_MAX_BYTES:
            raise TooLarge

        def read() -> ingest.Parsed:
            sender = self.directory.sender(batch)
            carried = selectors.carried_sender if selectors.carries(sender) else None
            self.dispatcher.heard(sender.device_id)
            return ingest.parse_batch(batch.body, sender, carried)

        parsed = self._patiently(read)
        for one in parsed.rejected:
            logger.warning(
                "A sample on %s was refused: %s %s", message.topic, one["pointer"], one["detail"]
            )
        metrics.REJECTED.inc(len(parsed.rejected))
        return parsed.rows

    def _patiently(self, work: Callable[[], Told]) -> Told:
        """Waits while the database is away. Raises what the work raises, and Unavailable at the end."""
        while True:
            try:
                return work()
            except DatabaseError as error:
                logger.warning("The database is away: %s", error)
                connection.close()
                if self.stopping.wait(RETRY_SECONDS):
                    raise Unavailable(1) from None

    def _submit(self, pending: Pending) -> None:
        """Leaves the future empty while the writer's queue is full: `_settle` tries again."""
        if pending.rows:
            try:
                pending.future = self.writer.submit(pending.rows)
            except Unavailable:
                pending.future = None

    def _settle(self) -> None:
        """Wait for the oldest message under way and acknowledge it; leave it to the broker where that must fail."""
        pending = self._pending[0]
        while pending.rows:
            if pending.future is None:
                self._submit(pending)
            try:
                if pending.future is not None:
                    pending.future.result()
                    break
            except NotAuthenticated:
                logger.warning("A message of a removed device was dropped")
                break
            except Unavailable:
                pending.future = None
            if self.stopping.is_set():
                self._pending.clear()  # unacknowledged: the broker sends it to the next gateway
                return
            time.sleep(RETRY_SECONDS / 10)
        self._pending.popleft()
        message = pending.message
        if message.qos and message.life == self._life:
            self.client.ack(message.mid, message.qos)


def _address(client: mqtt.Client) -> tuple[str, int]:
    """Host and port of MQTT_URL; gives the client its user and TLS as well."""
    parts = urlsplit(settings.MQTT_URL)
    if parts.username:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    if parts.scheme == "mqtts":
        client.tls_set_context(ssl.create_default_context())
    return parts.hostname, parts.port or PORTS[parts.scheme]


def session_forget(client_id: str, timeout: float = 10) -> bool:
    """End the session that the broker keeps for a gateway; False where the broker did not answer in time."""
    done = threading.Event()
    client = mqtt.Client(
        mqtt.CallbackAPIVersion.VERSION2, client_id=client_id, protocol=mqtt.MQTTv5
    )
    client.on_connect = lambda *_: done.set()
    client.connect_async(*_address(client), clean_start=True)
    client.loop_start()
    answered = done.wait(timeout)
    client.disconnect()
    client.loop_stop()
    return answered


def _reason(error: Exception) -> str:
    fields = getattr(error, "fields", {})
    return "; ".join(f"{name} {' '.join(said)}" for name, said in fields.items()) or str(error)
