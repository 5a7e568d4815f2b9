"""Whose an MQTT message is: devices by id or serial number."""

import time

from accounts.models import Device
from fleet_platform.shared.errors import NotFound

from . import mqtt_messages
from .ingest import Sender

DEVICE_SECONDS = 4.0  # how long a device is believed without another look
DEVICES_AT_MOST = 20_000


class Directory:
    """Devices by id or serial number, believed for DEVICE_SECONDS."""

    def __init__(self):
        self._known: dict[int | str, tuple[Sender | None, float]] = {}

    def sender(self, batch: mqtt_messages.Batch) -> Sender:
        """Raises NotFound for a device that is not, or no longer, in the registry."""
        key = batch.serial if batch.device is None else batch.device
        known = self._known.get(key)
        if known is None or known[1] < time.monotonic():
            if len(self._known) > DEVICES_AT_MOST:
                self._known.clear()
            known = (_look_up(batch), time.monotonic() + DEVICE_SECONDS)
            self._known[key] = known
        if known[0] is None:
            raise NotFound(f"no device {key}")
        return known[0]


def _look_up(batch: mqtt_messages.Batch) -> Sender | None:
    field = {"serial_number": batch.serial} if batch.device is None else {"pk": batch.device}
    device = Device.objects.filter(removed_at=None, **field).only("kind", "workspace_id").first()
    return device and Sender(device.pk, device.kind, device.workspace_id)
