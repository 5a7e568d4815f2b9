"""What happens by the clock."""

from celery import shared_task

from . import services


@shared_task(name="telemetry.mark_silent_devices_offline")
def mark_silent_devices_offline() -> int:
    return services.silent_devices_mark_offline()


@shared_task(name="telemetry.purge_expired")
def purge_expired() -> dict[str, int]:
    return services.expired_data_purge()
