"""What happens by the clock."""

from celery import shared_task

from . import services


@shared_task(name="robots.fire_schedules")
def fire_schedules() -> int:
    return services.schedules_fire()


@shared_task(name="robots.derive_drives")
def derive_drives() -> int:
    """Answers how many robots had a turn."""
    turns = services.drives_derive_due()
    return turns + services.drives_end_due()
