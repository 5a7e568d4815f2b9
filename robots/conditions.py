"""What a robot raises an alarm about by itself: a battery that runs low, and a fault that it reports."""

import msgspec
from django.utils.translation import gettext_lazy as _

from fleet_platform.telemetry.kinds import Condition

BATTERY_LOW, BATTERY_FINE = 15, 20  # percent
FAULTS = ("error", "fault", "emergency", "stuck")


class _Status(msgspec.Struct):
    battery: float | None = None
    drive_status: str | None = None


_decode = msgspec.json.Decoder(_Status).decode


def battery_low(raw: msgspec.Raw) -> bool | None:
    battery = _decode(raw).battery
    if battery is None or BATTERY_LOW <= battery < BATTERY_FINE:
        return None
    return battery < BATTERY_LOW


def fault(raw: msgspec.Raw) -> bool | None:
    status = _decode(raw).drive_status
    return None if status is None else any(word in status.lower() for word in FAULTS)


CONDITIONS = (
    Condition("battery_low", "warning", "robot_base_status", battery_low, _("Battery low")),
    Condition("fault", "critical", "robot_base_status", fault, _("Fault")),
)
