"""What happens by the clock."""

import random
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from .strays import SIGNS, strays_delete

KEEP = timedelta(days=1)  # no upload takes so long


@shared_task(name="media.delete_strays")
def delete_strays() -> int:
    """By chance, and so the same for any schedule: every file has its turn within days."""
    return strays_delete(sign=random.choice(SIGNS), before=timezone.now() - KEEP)
