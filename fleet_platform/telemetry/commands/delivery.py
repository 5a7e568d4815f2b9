"""Who hands a command to its device: whoever wins the conditional update. Nothing here waits for the device.

A command goes out at least once: what a carrier could not hand over is asked again, and a device that comes back gets
again what it has not accepted. Its id tells it that it is the same one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from ..models import Command
from .changes import announce, notify_devices
from .transitions import ASKED, CANCELED, SENT

AT_ONCE = 20
DEVICES_AT_ONCE, ROWS_AT_ONCE = 500, 1000
MQTT = "mqtt"  # the carrier of what the broker has; "mqtt:<gateway>" until it says so
UNCONFIRMED_SECONDS = 15.0


@dataclass(frozen=True)
class Claimed:
    """What one carrier is to hand over now, in this order. `more`: the same again, after `last`, may find more."""

    cancels: list[Command] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    more: bool = False
    last: int = 0


def claim(
    device_id: int,
    carrier: str,
    *,
    again: bool = False,
    after: int = 0,
    with_cancels: bool = True,
) -> Claimed:
    """Take what the device is asked and nobody has taken; with `again` also what it was sent and has not accepted.

    `after`: the `last` of the call before. Nothing that has run out is handed over.
    """
    now = timezone.now()
    cancels = cancels_due(device_id) if with_cancels else []
    wanted = [ASKED, SENT] if again else [ASKED]
    rows = list(
        Command.objects.filter(
            device_id=device_id,
            workspace_id=F("device__workspace_id"),
            state__in=wanted,
            expires_at__gt=now,
            pk__gt=after,
        ).order_by("pk")[:AT_ONCE]
    )
    if not rows and not cancels:
        return Claimed()
    with transaction.atomic():
        mine = [row for row in rows if _take(row, carrier, now)]
        announce(row.pk for row in mine)
        told = [row for row in cancels if cancel_told(row.pk)]
    return Claimed(told, mine, AT_ONCE in {len(rows), len(cancels)}, rows[-1].pk if rows else after)


def claim_many(carriers: Mapping[int, str]) -> dict[int, Claimed]:
    """For many devices in one transaction, device id -> carrier: what is asked, and what is to be canceled.

    So a stop for a thousand robots costs one commit. `more` is said to all where there may be more of any.
    """
    ids = sorted(carriers)
    now, found = timezone.now(), {id: Claimed() for id in ids}
    for start in range(0, len(ids), DEVICES_AT_ONCE):
        found.update(_claim_part(ids[start : start + DEVICES_AT_ONCE], carriers, now))
    return found


def _claim_part(
    ids: Sequence[int], carriers: Mapping[int, str], now: datetime
) -> dict[int, Claimed]:
    asked = Command.objects.filter(
        device_id__in=ids,
        workspace_id=F("device__workspace_id"),
        state=ASKED,
        expires_at__gt=now,
    )
    due = Command.objects.filter(device_id__in=ids, cancel_due=True, state=CANCELED)
    rows, cancels = (list(found.order_by("pk")[:ROWS_AT_ONCE]) for found in (asked, due))
    more = ROWS_AT_ONCE in {len(rows), len(cancels)}
    claimed = {id: Claimed(more=more) for id in {row.device_id for row in (*rows, *cancels)}}
    if not claimed:
        return claimed
    with transaction.atomic():
        mine = [row for row in rows if _take(row, carriers[row.device_id], now)]
        announce(row.pk for row in mine)
        told = [row for row in cancels if cancel_told(row.pk)]
    for row in mine:
        claimed[row.device_id].commands.append(row)
    for row in told:
        claimed[row.device_id].cancels.append(row)
    return claimed


def _take(row: Command, carrier: str, now: datetime) -> bool:
    """Of two that saw the same row only one raises its count of attempts."""
    seen = Command.objects.filter(pk=row.pk, state=row.state, attempts=row.attempts)
    facts = {"state": SENT, "carrier": carrier, "attempts": row.attempts + 1, "sent_at": now}
    return bool(seen.update(**facts))


def cancels_due(device_id: int) -> list[Command]:
    """What the device had and was not told yet that it is canceled."""
    rows = Command.objects.filter(device_id=device_id, cancel_due=True, state=CANCELED)
    return list(rows.order_by("pk")[:AT_ONCE])


def cancel_told(command_id: int) -> bool:
    """Whether it was not told before."""
    return bool(Command.objects.filter(pk=command_id, cancel_due=True).update(cancel_due=False))


def put_back(rows: QuerySet[Command]) -> int:
    """Ask again for what a carrier could not hand over; another one may have it at once. Answers how many."""
    with transaction.atomic():
        found = list(
            rows.filter(state=SENT).order_by("pk").values_list("pk", "device_id", "carrier")
        )
        back = [
            (id, device_id)
            for id, device_id, carrier in found
            if Command.objects.filter(pk=id, state=SENT, carrier=carrier).update(
                state=ASKED, carrier=""
            )
        ]
        announce(id for id, _ in back)
        notify_devices(device_id for _, device_id in back)
    return len(back)


def socket_closed(device_id: int, carrier: str) -> int:
    """What went down a socket that is closed now, and was not accepted, may never have arrived."""
    return put_back(Command.objects.filter(device_id=device_id, carrier=carrier))


def cancel_untold(command_ids: list[int]) -> None:
    """The device could not be told: the next carrier tells it."""
    Command.objects.filter(pk__in=command_ids, state=CANCELED).update(cancel_due=True)


# --- MQTT ---


def devices_waiting() -> set[int]:
    """Devices for which something lies ready that nobody has taken."""
    now = timezone.now()
    asked = Command.objects.filter(state=ASKED, expires_at__gt=now)
    cancels = Command.objects.filter(cancel_due=True)
    return {
        *asked.values_list("device_id", flat=True).distinct(),
        *cancels.values_list("device_id", flat=True).distinct(),
    }


def broker_has(command_id: int, carrier: str) -> bool:
    """The broker has taken the message: from here on it is its to deliver."""
    mine = Command.objects.filter(pk=command_id, state=SENT, carrier=carrier)
    return bool(mine.update(carrier=MQTT))


def unconfirmed_put_back() -> int:
    """What a gateway took and never gave the broker: it was killed in between."""
    long_ago = timezone.now() - timedelta(seconds=UNCONFIRMED_SECONDS)
    return put_back(Command.objects.filter(carrier__startswith=f"{MQTT}:", sent_at__lte=long_ago))
