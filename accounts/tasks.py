"""Background work of identity."""

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from . import services
from .sms import NotSent

logger = logging.getLogger("fleet.tasks")
KEEP = timedelta(days=30)
FIRST_PAUSE_SECONDS = 5
TRIES = 4  # then 5, 20 and 80 seconds apart, or as the provider asks
LONGEST_PAUSE_SECONDS = 300  # later nobody waits for a code any more


@shared_task(name="accounts.forget_ended_sessions")
def forget_ended_sessions() -> int:
    """Delete what ended or expired 30 days ago or earlier. Answers how many rows went."""
    return services.sessions_forget(before=timezone.now() - KEEP)


@shared_task(name="accounts.send_code", bind=True, max_retries=TRIES - 1)
def send_code(self, code_id: int) -> None:
    try:
        services.code_send(code_id=code_id)
    except NotSent as error:
        _again(self, error)


@shared_task(name="accounts.send_temporary_password", bind=True, max_retries=TRIES - 1)
def send_temporary_password(self, temporary_id: int) -> None:
    try:
        services.temporary_password_send(temporary_id=temporary_id)
    except NotSent as error:
        _again(self, error)


def _again(task, error: NotSent) -> None:
    """Later, while it may help. The row says why it did not go; the log needs no more than that."""
    if error.again and task.request.retries < task.max_retries:
        pause = max(FIRST_PAUSE_SECONDS * 4**task.request.retries, error.retry_after)
        raise task.retry(countdown=min(pause, LONGEST_PAUSE_SECONDS), exc=error)
    logger.warning("%s %s: %s", task.name, task.request.args, error.reason)
