"""The way of commands by MQTT: taken for devices that were heard by MQTT, published with QoS 1 to
`fleet/<device id>/commands`; their word comes back on `fleet/<device id>/commands/reply`.

A command is the broker's once the broker has acknowledged it. Where nobody has subscribed it is asked again, a while
later; what a killed gateway had taken is put back by any other. So none is lost, and each expires where nobody came.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import NamedTuple

import msgspec
import paho.mqtt.client as mqtt
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from accounts.models import Device
from accounts.selectors import actor_of_device
from fleet_platform.shared.errors import Invalid, NotFound

from ..models import Command
from . import delivery
from .documents import cancel_message, command_message
from .services import command_reply

logger = logging.getLogger("fleet.gateway")
LOOK_SECONDS = 0.5
PUT_BACK_EVERY_SECONDS = 5.0
HEARD_SECONDS = 600.0  # so long after its last message a device counts as one that is on MQTT
PAUSE_SECONDS = (2.0, 60.0)  # for a device that nobody subscribes for; doubled up to the second
DEVICES_AT_MOST = 50_000
CANCEL_SECONDS = 86_400  # so long the broker keeps a cancel for a device that is away
NO_SUBSCRIBER = "No matching subscribers"


class Reply(msgspec.Struct):
    """What a device says of a command."""

    id: int
    state: str
    detail: str | None = None


class Confirmed(NamedTuple):
    mid: int
    reason: ReasonCode


class Published(NamedTuple):
    """`cancels`: the message takes the command back."""

    command: Command
    cancels: bool


_decode_reply = msgspec.json.Decoder(Reply).decode


def take_reply(device_id: int, payload: bytes) -> None:
    """Raises as services.command_reply, and DatabaseError."""
    try:
        said = _decode_reply(payload)
    except msgspec.MsgspecError as error:
        raise Invalid({"payload": str(error)}) from None
    device = Device.objects.filter(pk=device_id, removed_at=None).first()
    if device is None:
        raise NotFound(f"no device {device_id}")
    actor = actor_of_device(device)
    command_reply(actor=actor, command_id=said.id, state=said.state, detail=said.detail or "")


class MqttDispatcher:
    """One a gateway, with a thread of its own: the database and the broker may be slow, telemetry goes on."""

    def __init__(self, client: mqtt.Client):
        self.client = client
        self.carrier = f"{delivery.MQTT}:{secrets.token_hex(8)}"
        client.on_publish = self._confirmed
        self._heard: dict[int, float] = {}
        self._pauses: dict[int, tuple[float, float]] = {}  # device: (until, how long)
        self._under_way: dict[int, Published] = {}  # by the number of the publication
        self._answers: SimpleQueue[Confirmed] = SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mqtt-commands")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What the broker has not acknowledged by now is put back by the next gateway."""
        self._stopping.set()
        self._thread.join()

    def heard(self, device_id: int) -> None:
        """The device is on MQTT. From any thread."""
        if len(self._heard) > DEVICES_AT_MOST:
            self._heard.clear()
        self._heard[device_id] = time.monotonic()

    def _confirmed(self, client, userdata, mid, reason_code, properties) -> None:
        """On paho's thread."""
        self._answers.put(Confirmed(mid, reason_code))

    # On the dispatcher's thread.

    def _run(self) -> None:
        tidied = time.monotonic()
        try:
            while not self._stopping.wait(LOOK_SECONDS):
                self._safely(self._settle)
                if self.client.is_connected() and self._heard:
                    self._safely(self._look)
                if time.monotonic() - tidied > PUT_BACK_EVERY_SECONDS:
                    tidied = time.monotonic()
                    self._safely(delivery.unconfirmed_put_back)
                close_old_connections()
            self._safely(self._settle)
        finally:
            connection.close()

    @staticmethod
    def _safely(work: Callable[[], object]) -> None:
        try:
            work()
        except DatabaseError as error:
            logger.warning("Commands wait, the database is away: %s", error)
            connection.close()
        except Exception:
            logger.exception("Commands could not be handed to the broker")

    def _look(self) -> None:
        now = time.monotonic()
        for device_id in sorted(delivery.devices_waiting()):
            heard = now - self._heard.get(device_id, -HEARD_SECONDS) < HEARD_SECONDS
            if heard and self._pauses.get(device_id, (0.0, 0.0))[0] <= now:
                self._hand_over(device_id)

    def _hand_over(self, device_id: int) -> None:
        """A cancel counts as told once the broker has it, so that one of a killed gateway is told by the next."""
        telling = {one.command.pk for one in self._under_way.values() if one.cancels}
        for command in delivery.cancels_due(device_id):
            if command.pk not in telling:
                self._publish(command, cancel_message(command), CANCEL_SECONDS, cancels=True)
        for command in delivery.claim(device_id, self.carrier, with_cancels=False).commands:
            left = (command.expires_at - timezone.now()).total_seconds()
            self._publish(command, command_message(command), left)

    def _publish(
        self, command: Command, message: dict, seconds: float, *, cancels: bool = False
    ) -> None:
        """The broker forgets it when it has expired; paho sends it again where the connection breaks."""
        properties = Properties(PacketTypes.PUBLISH)
        properties.MessageExpiryInterval = max(1, round(seconds))
        topic = f"{settings.MQTT_TOPIC_PREFIX}fleet/{command.device_id}/commands"
        body = msgspec.json.encode(message)
        mid = self.client.publish(topic, body, qos=1, properties=properties).mid
        self._under_way[mid] = Published(command, cancels)

    def _settle(self) -> None:
        """What the broker said of publications since."""
        while True:
            try:
                answer = self._answers.get_nowait()
            except Empty:
                return
            published = self._under_way.pop(answer.mid, None)
            if published is None:
                continue
            if answer.reason.is_failure or answer.reason.getName() == NO_SUBSCRIBER:
                self._put_back(published.command, answer.reason)
                continue
            self._pauses.pop(published.command.device_id, None)
            if published.cancels:
                delivery.cancel_told(published.command.pk)
            else:
                delivery.broker_has(published.command.pk, self.carrier)

    def _put_back(self, command: Command, reason: ReasonCode) -> None:
        """A while later it is tried again."""
        logger.info("Command %d did not reach its device: %s", command.pk, reason)
        first, longest = PAUSE_SECONDS
        pause = min(self._pauses.get(command.device_id, (0.0, first / 2))[1] * 2, longest)
        self._pauses[command.device_id] = (time.monotonic() + pause, pause)
        delivery.put_back(Command.objects.filter(pk=command.pk, carrier=self.carrier))
