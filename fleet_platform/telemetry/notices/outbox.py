"""Notices are written in the transaction of the alarm that they tell of: no alarm without its notice, and no notice of
an alarm that never was.

An alarm that comes and goes is told at most once in NOTIFY_REPEAT_MINUTES. What a channel was told last is never left
wrong: where it was told of the end, the next beginning is told as soon as the time is over, if it still holds by then.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Max, Q
from django.utils import timezone

from fleet_platform.shared.background import nudge

from ..alarms.documents import alarm_facts
from ..models import Alarm, Delivery, NotificationChannel, Severity

TASK = "telemetry.send_notices"
RAISED, CLEARED = Delivery.Happening.RAISED, Delivery.Happening.CLEARED
TELLING = (Delivery.State.WAITING, Delivery.State.SENT)
Pair = tuple[int, str]  # channel id, what it is about


class Told(NamedTuple):
    """What a channel was told of something. `raised_at`: when of its last beginning, which may be still to come."""

    last: Delivery
    raised_at: datetime


def write(alarms: Sequence[Alarm]) -> None:
    """The notices that follow from alarms just written, in that order. Inside the caller's transaction."""
    news = [(alarm, happening) for alarm in alarms if (happening := _happening(alarm))]
    if not news:
        return
    channels = _channels({alarm.workspace_id for alarm, _ in news})
    if not channels:
        return
    told = _told(
        {one.pk for some in channels.values() for one in some},
        {about(alarm) for alarm, _ in news},
    )
    fresh: list[Delivery] = []
    for alarm, happening in news:
        for channel in channels.get(alarm.workspace_id, ()):
            if _wants(channel, alarm, happening):
                fresh += _notice(channel, alarm, happening, told)
    if not fresh:
        return
    kept = _keep({notice.channel_id for notice in fresh})
    Delivery.objects.bulk_create([one for one in fresh if one.channel_id in kept])
    nudge(TASK)


def about(alarm: Alarm) -> str:
    return f"{alarm.device_id}:{alarm.code}:{alarm.subject}"


def _happening(alarm: Alarm) -> str | None:
    if alarm.state == Alarm.State.CLEARED:
        return CLEARED
    return RAISED if alarm.state == Alarm.State.RAISED and alarm.active else None


def _channels(workspace_ids: Iterable[int]) -> Mapping[int, list[NotificationChannel]]:
    """Workspace id -> the channels in use for it. Whether their people may still look is asked when sending."""
    found: dict[int, list[NotificationChannel]] = {}
    usable = NotificationChannel.objects.filter(
        active=True, invalid_at=None, verified_at__isnull=False, user__is_active=True
    )
    for workspace_id in workspace_ids:
        mine = Q(workspace_id=workspace_id)
        everywhere = Q(workspace=None, user__memberships__workspace_id=workspace_id)
        if rows := list(usable.filter(mine | everywhere).distinct().order_by("pk")):
            found[workspace_id] = rows
    return found


def _keep(channel_ids: Iterable[int]) -> set[int]:
    """Those that are still there, and stay so until the transaction ends: a notice must not outlive its channel.

    The weakest lock that does: it waits for none but who deletes one.
    """
    rows = NotificationChannel.objects.filter(pk__in=channel_ids).order_by("pk").values_list("pk")
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        lock = " FOR KEY SHARE" if connection.vendor == "postgresql" else ""
        cursor.execute(sql + lock, params)
        return {id for (id,) in cursor.fetchall()}


def _wants(channel: NotificationChannel, alarm: Alarm, happening: str) -> bool:
    order = Severity.values
    severe = order.index(alarm.severity) >= order.index(channel.minimum_severity)
    return severe and (happening == RAISED or channel.on_clear)


def _told(channel_ids: Iterable[int], abouts: Iterable[str]) -> dict[Pair, Told]:
    rows = Delivery.objects.filter(channel__in=channel_ids, about__in=abouts, state__in=TELLING)
    newest = (
        rows.order_by()
        .values("channel", "about")
        .annotate(last=Max("pk"), raised_at=Max("due_at", filter=Q(happening=RAISED)))
    )
    raised_at = {row["last"]: row["raised_at"] for row in newest}
    found = Delivery.objects.in_bulk(raised_at)
    return {(one.channel_id, one.about): Told(one, raised_at[id]) for id, one in found.items()}


def _notice(
    channel: NotificationChannel, alarm: Alarm, happening: str, told: dict[Pair, Told]
) -> list[Delivery]:
    key = (channel.pk, about(alarm))
    now = timezone.now()
    due = _due(happening, told.get(key), now)
    if due is None:
        return []
    made = Delivery(
        channel=channel,
        workspace_id=alarm.workspace_id,
        alarm=alarm,
        about=key[1],
        happening=happening,
        document=alarm_facts(alarm),
        only_if_open=due > now,
        due_at=due,
        created_at=now,
    )
    told[key] = Told(made, due if happening == RAISED else told[key].raised_at)
    return [made]


def _due(happening: str, told: Told | None, now: datetime) -> datetime | None:
    """When it is to be told; None where it is not."""
    if happening == CLEARED:
        return (
            now if told and told.last.happening == RAISED and not _is_put_off(told.last) else None
        )
    if told is None:
        return now
    again = told.raised_at + timedelta(minutes=settings.NOTIFY_REPEAT_MINUTES)
    if told.last.happening == RAISED:
        return now if now >= again else None
    return max(now, again)


def _is_put_off(notice: Delivery) -> bool:
    return notice.only_if_open and notice.state == Delivery.State.WAITING
