"""Background work of identity."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from .services import sessions_forget

KEEP = timedelta(days=30)


@shared_task(name="accounts.forget_ended_sessions")
def forget_ended_sessions() -> int:
    """Delete what ended or expired 30 days ago or earlier. Answers how many rows went."""
    return sessions_forget(before=timezone.now() - KEEP)
