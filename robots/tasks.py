"""What happens by the clock."""

from celery import shared_task

from . import services


@shared_task(name="robots.fire_schedules")
def fire_schedules() -> int:
    return services.schedules_fire()


@shared_task(name="robots.derive_drives")
def derive_drives() -> int:
    """Answers how many robots had a turn."""
    return services.drives_derive_due() + services.drives_end_due()
