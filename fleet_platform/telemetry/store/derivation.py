"""Which devices have samples that nothing has been derived from yet, handed to one worker at a time.

A worker takes a device with a lease, derives, and says done. One that dies leaves its lease to run out: the next gets
what it had, together with what has come since.
"""

from typing import NamedTuple

from django.db import connection, transaction

from fleet_platform.shared import clock

from .state import states

LEASE_US = 60 * clock.SECOND


class Taken(NamedTuple):
    """`from_us`: time of the earliest sample to derive from. `until_us` is the lease, and names it."""

    device_id: int
    from_us: int
    until_us: int


def derivation_take(kind: str, limit: int) -> list[Taken]:
    """Devices of a kind with something to derive, the longest waiting first; theirs alone until done."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.device_id FROM telemetry_latest l JOIN accounts_device d ON d.id = l.device_id"
            " WHERE d.kind = %s AND (l.derive_from_us IS NOT NULL OR l.deriving_from_us IS NOT NULL)"
            " AND COALESCE(l.deriving_until_us, 0) < %s ORDER BY l.received_us LIMIT %s",
            [kind, clock.now_us(), limit],
        )
        waiting = [id for (id,) in cursor.fetchall()]
    taken = (_take(device_id) for device_id in waiting)
    return [one for one in taken if one is not None]


def _take(device_id: int) -> Taken | None:
    with transaction.atomic():
        states([device_id], lock=True)  # a commit under way would put the mark back
        now = clock.now_us()
        until = now + LEASE_US
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE telemetry_latest SET deriving_until_us = %s, deriving_from_us = CASE"
                " WHEN deriving_from_us IS NULL OR derive_from_us < deriving_from_us"
                " THEN derive_from_us ELSE deriving_from_us END, derive_from_us = NULL"
                " WHERE device_id = %s AND COALESCE(deriving_until_us, 0) < %s"
                " AND (derive_from_us IS NOT NULL OR deriving_from_us IS NOT NULL)",
                [until, device_id, now],
            )
            cursor.execute(
                "SELECT deriving_from_us FROM telemetry_latest"
                " WHERE device_id = %s AND deriving_until_us = %s",
                [device_id, until],
            )
            row = cursor.fetchone()
    return Taken(device_id, row[0], until) if row else None


def derivation_done(taken: Taken) -> bool:
    """End the lease. False where it had run out and another worker has the device: its work counts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE telemetry_latest SET deriving_from_us = NULL, deriving_until_us = NULL"
            " WHERE device_id = %s AND deriving_until_us = %s",
            [taken.device_id, taken.until_us],
        )
        return cursor.rowcount == 1


def derivation_put_back(taken: Taken, from_us: int) -> bool:
    """End the lease with work left, from that sample on: another turn comes when others had theirs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE telemetry_latest SET deriving_from_us = %s, deriving_until_us = NULL"
            " WHERE device_id = %s AND deriving_until_us = %s",
            [from_us, taken.device_id, taken.until_us],
        )
        return cursor.rowcount == 1
