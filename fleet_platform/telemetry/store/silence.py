"""Devices that are silent for longer than they may be."""

from collections.abc import Iterator, Sequence

from django.db import connection, transaction

from fleet_platform.shared import clock
from fleet_platform.shared.clock import rfc3339

from ..alarms import conditions, engine
from ..alarms.codes import SILENT
from ..events import Event
from .state import save, states

DEVICES_AT_ONCE = 50


def raise_silence_alarms(default_seconds: int) -> Iterator[list[Event]]:
    """Raise what begins now, some devices a transaction, so that ingest never waits for a whole fleet.

    A device's own limit goes before the default; 0 seconds is never. Devices that were never heard, that were removed,
    or whose silence is known are left alone.
    """
    waiting = list(_silent(default_seconds))
    for start in range(0, len(waiting), DEVICES_AT_ONCE):
        yield _mark(waiting[start : start + DEVICES_AT_ONCE], default_seconds)


def _mark(device_ids: Sequence[int], default_seconds: int) -> list[Event]:
    with transaction.atomic():
        found = states(device_ids, lock=True)
        limits = _silent(default_seconds, device_ids)  # one may have been heard before the lock
        silent = [state for id, state in found.items() if id in limits]
        changes = [
            conditions.fall_silent(state, _data(state, limits[state.facts.device_id]))
            for state in silent
        ]
        save(silent)
        return engine.apply(changes)


def _data(state, limit: int) -> dict:
    return {"last_heard_at": rfc3339(state.received_us), "limit_seconds": limit}


def _silent(default_seconds: int, among: Sequence[int] = ()) -> dict[int, int]:
    """Device id -> its limit, of those that have been silent beyond it and are not known to be; of all or of some."""
    chosen = f" AND d.id IN ({', '.join(['%s'] * len(among))})" if among else ""
    limit = "COALESCE(d.silence_limit_seconds, %s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT d.id, {limit} FROM accounts_device d"
            " JOIN telemetry_latest l ON l.device_id = d.id"
            f" WHERE d.removed_at IS NULL AND {limit} > 0"
            f" AND l.received_us < %s - {limit} * CAST({clock.SECOND} AS bigint)"
            f" AND l.conditions NOT LIKE %s{chosen} ORDER BY d.id",
            [
                *(default_seconds, default_seconds, clock.now_us(), default_seconds),
                f'%"{SILENT}"%',
                *among,
            ],
        )
        return dict(cursor.fetchall())
