"""What happens by the clock."""

import time

from celery import shared_task

from . import services
from .alarms.services import silent_alarms_raise
from .commands.services import commands_expire
from .notices import outbox
from .notices.sending import notices_send

STARTED = time.monotonic()
RECONNECT_SECONDS = 30  # after a start nobody has been heard for a while, and all are about to be


@shared_task(name="telemetry.mark_silent_devices_offline")
def mark_silent_devices_offline() -> int:
    return services.silent_devices_mark_offline()


@shared_task(name="telemetry.raise_silent_alarms")
def raise_silent_alarms() -> int:
    if time.monotonic() - STARTED < RECONNECT_SECONDS:
        return 0
    return silent_alarms_raise()


@shared_task(name=outbox.TASK)
def send_notices() -> int:
    return notices_send()


@shared_task(name="telemetry.purge_expired")
def purge_expired() -> dict[str, int]:
    return services.expired_data_purge()


@shared_task(name="telemetry.expire_commands")
def expire_commands() -> int:
    return commands_expire()
