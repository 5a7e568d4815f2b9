"""What is due goes out, at least once, to each channel in order.

One process sends at a time, so that slow servers cost the worker one thread however many notices there are; it sends to
several channels side by side, and holds no connection to the database while it waits for a server.

A channel is taken by a conditional update with a lease: whoever dies while sending leaves its notices to the next, with
the same keys. Where one fails, it and the channel's others wait, longer each time. After TRIES it has failed; FAILURES
of them in a row, or a server that says it is gone, end the channel until its person mends it.
"""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import msgspec
from django.db import connection, transaction
from django.db.models import Max, Min, Q, QuerySet
from django.utils import timezone

from accounts.selectors import actor_of_user
from fleet_platform.shared.lease import lease
from fleet_platform.shared.sealing import Unsealable, unseal

from ..alarms.documents import alarm_facts
from ..models import Alarm, Delivery, NotificationChannel
from . import mails, webhooks
from .changes import tell_kinds
from .outcomes import Failed

TRIES, FAILURES = 8, 3
FIRST_PAUSE_SECONDS = 15  # then 30, 60 ... 16 minutes
LEASE_SECONDS = 120
BUDGET_SECONDS = 10  # of one channel at a time
AT_ONCE = 50
CHANNELS_AT_ONCE, SIDE_BY_SIDE = 200, 8
ROUND_SECONDS = 20  # then it is asked anew which channels go first
SENDER_LEASE_SECONDS = 120  # more than a round and the last channel of it take
WAITING, SENT, FAILED, DROPPED = Delivery.State.values
NOT_IN_USE = "the channel is not in use"


def notices_send() -> int:
    """Send what is due now, unless somebody else does: he looks again before he ends. Answers how many were sent."""
    sent = 0
    while ids := _channels_due():
        with lease("notices", SENDER_LEASE_SECONDS) as is_mine:
            if not is_mine:
                break
            sent += _round(ids)
    return sent


def _round(ids: Sequence[int]) -> int:
    if len(ids) < 2:
        return sum(channel_send(id) for id in ids)
    until = time.monotonic() + ROUND_SECONDS
    with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(ids))) as pool:
        return sum(pool.map(partial(_send_alone, until), ids))


def _send_alone(until: float, channel_id: int) -> int:
    if time.monotonic() > until:
        return 0
    try:
        return channel_send(channel_id)
    finally:
        connection.close()


def _channels_due() -> list[int]:
    """Those first whose last try did not fail."""
    now = timezone.now()
    rows = Delivery.objects.filter(state=WAITING, due_at__lte=now)
    rows = rows.filter(Q(channel__paused_until=None) | Q(channel__paused_until__lte=now))
    found = (
        rows.order_by().values_list("channel_id").annotate(tries=Max("tries"), due=Min("due_at"))
    )
    return [id for id, *_ in found.order_by("tries", "due")[:CHANNELS_AT_ONCE]]


def channel_send(channel_id: int) -> int:
    """One channel's notices that are due, oldest first. Answers how many were sent."""
    now = timezone.now()
    end = now + timedelta(seconds=LEASE_SECONDS)
    rows = NotificationChannel.objects.filter(pk=channel_id)
    free = rows.filter(Q(paused_until=None) | Q(paused_until__lte=now))
    if not free.update(paused_until=end):
        return 0
    channel = rows.select_related("user").get()
    sent, until = 0, time.monotonic() + BUDGET_SECONDS
    try:
        while time.monotonic() < until and (notices := _due(channel_id)):
            sent += _send(channel, _fit(channel, notices), until)
    except Failed as failure:
        _pause(channel, failure)
    finally:  # unless a failure has put off the next try
        rows.filter(paused_until=end).update(paused_until=None)
    return sent


def _due(channel_id: int) -> list[Delivery]:
    rows = Delivery.objects.filter(channel=channel_id, state=WAITING, due_at__lte=timezone.now())
    return list(rows.select_related("workspace").order_by("pk")[:AT_ONCE])


def _fit(channel: NotificationChannel, notices: Sequence[Delivery]) -> list[Delivery]:
    """Those that may go and still mean something; the others are dropped."""
    if not channel.active or channel.invalid_at or not channel.verified_at:
        _finish(notices, DROPPED, NOT_IN_USE)
        return []
    fit = []
    for notice in notices:
        if not _may(channel, notice.workspace_id):
            _finish([notice], DROPPED, "the person may not see alarms of this workspace")
        elif notice.only_if_open and not notice.tries and not _brought_up_to_date(notice):
            _finish([notice], DROPPED, "it was over before it was due")
        else:
            fit.append(notice)
    return fit


def _may(channel: NotificationChannel, workspace_id: int) -> bool:
    meant = channel.workspace_id in (None, workspace_id)
    person = channel.user
    return meant and person.is_active and actor_of_user(person).may("alarm.view", workspace_id)


def _brought_up_to_date(notice: Delivery) -> bool:
    """A notice that was put off tells of the alarm as it is by now, or of the one that has come in its place."""
    device_id, code, subject = notice.about.split(":", 2)
    still = Alarm.objects.filter(device_id=int(device_id), code=code, subject=subject, active=True)
    alarm = still.filter(state=Alarm.State.RAISED).select_related("device").first()
    if alarm is None:
        return False
    notice.alarm, notice.document = alarm, alarm_facts(alarm)
    notice.save(update_fields=["alarm", "document"])
    return True


def _send(channel: NotificationChannel, notices: Sequence[Delivery], until: float) -> int:
    """Raises Failed once what failed is written down: the others wait then too."""
    if not notices:
        return 0
    if channel.kind == NotificationChannel.Kind.EMAIL:
        _try(channel, notices, lambda: mails.send_notices(channel, notices))
        return len(notices)
    for sent, notice in enumerate(notices):
        if time.monotonic() > until:
            return sent
        _try(channel, [notice], lambda one=notice: send_webhook(channel, body_of(one), one.tries))
    return len(notices)


def _try(channel: NotificationChannel, notices: Sequence[Delivery], send: Callable) -> None:
    for notice in notices:
        notice.tries += 1
    _release_connection()
    try:
        send()
    except Failed as failure:
        _failed(channel, notices, failure)
        raise
    _finish(notices, SENT)
    rows = NotificationChannel.objects.filter(pk=channel.pk)
    rows.update(failures=0, last_used_at=timezone.now())


def _release_connection() -> None:
    """Others need it more while a server is waited for."""
    if not connection.in_atomic_block:
        connection.close()


def body_of(notice: Delivery) -> dict:
    return {
        "id": str(notice.key),
        "type": f"alarm.{notice.happening}",
        "created_at": notice.created_at,
        "alarm": notice.document,
    }


def send_webhook(channel: NotificationChannel, body: dict, attempt: int = 1) -> None:
    """Signed with the channel's secret as of now. Raises Failed."""
    try:
        secret = unseal(channel.secret)
    except Unsealable:
        raise Failed("the secret cannot be read any more: make a new one", final=True) from None
    written = msgspec.json.encode(body)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "FleetPlatform/1",
        "Idempotency-Key": body["id"],
        "Fleet-Signature": webhooks.signature(secret, int(time.time()), written),
        "Fleet-Attempt": str(attempt),
    }
    webhooks.post(channel.address, written, headers)


def _failed(channel: NotificationChannel, notices: Sequence[Delivery], failure: Failed) -> None:
    with transaction.atomic():
        same = _as_it_was(channel).select_for_update(no_key=True).first()
        over = [one for one in notices if same and (failure.final or one.tries >= TRIES)]
        _finish(over, FAILED, failure.reason)
        _finish([one for one in notices if one not in over], WAITING, failure.reason)
        if not over or failure.ours:
            return
        same.failures += 1
        same.save(update_fields=["failures"])
        if failure.gone or same.failures >= FAILURES:
            _end(same, failure.reason)


def _as_it_was(channel: NotificationChannel) -> QuerySet[NotificationChannel]:
    """The channel's row, unless it leads elsewhere by now: what failed says nothing about a mended one."""
    return NotificationChannel.objects.filter(
        pk=channel.pk, address=channel.address, secret=channel.secret
    )


def _pause(channel: NotificationChannel, failure: Failed) -> None:
    """Put the next try off, twice as long each time; give or take a half, so that not all channels come together."""
    if failure.final:
        return
    waiting = Delivery.objects.filter(channel=channel, state=WAITING)
    tries = max([1, *waiting.values_list("tries", flat=True)])
    seconds = FIRST_PAUSE_SECONDS * 2 ** (tries - 1) * random.uniform(0.5, 1.5)
    until = timezone.now() + timedelta(seconds=seconds)
    _as_it_was(channel).update(paused_until=until)


def _end(channel: NotificationChannel, reason: str) -> None:
    """Nothing more goes there until its person has mended it. Inside the caller's transaction."""
    channel.invalid_at, channel.invalid_reason = timezone.now(), reason[:300]
    channel.save(update_fields=["invalid_at", "invalid_reason"])
    drop_waiting(Delivery.objects.filter(channel=channel))
    tell_kinds(channel)


def drop_waiting(rows: QuerySet[Delivery]) -> None:
    now: datetime = timezone.now()
    rows.filter(state=WAITING).update(state=DROPPED, error=NOT_IN_USE, finished_at=now)


def _finish(notices: Iterable[Delivery], state: str, error: str = "") -> None:
    """Write down what became of notices; one that is waiting is not finished."""
    for notice in notices:
        notice.state, notice.error = state, error
        notice.finished_at = None if state == WAITING else timezone.now()
    columns = ["state", "error", "finished_at", "tries"]
    Delivery.objects.bulk_update(list(notices), columns)
