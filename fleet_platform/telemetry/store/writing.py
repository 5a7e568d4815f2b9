"""Transactions that write samples and newest states."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import msgspec
from django.db import connection, transaction

from fleet_platform.shared import clock

from ..alarms import conditions, engine
from ..bulk import Insert
from ..events import Event
from ..ingest import Row
from ..zones.index import Area
from .state import FACTS_SEQ, NO_CONDITIONS, Change, State, save, states


class Written(NamedTuple):
    accepted: int
    duplicates: int


class Commit(NamedTuple):
    """`written` answers each batch in order; None where the batch's device is no longer there."""

    written: list[Written | None]
    changes: list[Change]
    events: list[Event] = []


def commit(batches: Sequence[Sequence[Row]]) -> Commit:
    """All batches in one transaction, each answered by itself. What they set off is written with them."""
    with transaction.atomic():
        found = states({row.device_id for batch in batches for row in batch}, lock=True)
        found = {id: state for id, state in found.items() if not state.facts.removed}
        written = _append(batches, found)
        by_device: dict[int, list[Row]] = {}
        for batch in batches:
            for row in batch:
                by_device.setdefault(row.device_id, []).append(row)
        tracker = conditions.ConditionTracker()
        for device_id, state in found.items():
            rows = by_device[device_id]
            state.heard(rows[-1].received_us)
            tracker.places(state, rows)
            tracker.sections(state, state.advance(rows))
        changes = save(found.values())
        events = engine.apply(tracker.changes)
    return Commit(written, changes, events)


def touch(device_ids: Iterable[int]) -> list[Change]:
    """Raise the version of each device and give its document anew: after a change in the registry."""
    with transaction.atomic():
        found = states(device_ids, lock=True)
        for state in found.values():
            state.changed = True
        return save(found.values())


def mark_offline(device_ids: Iterable[int], before_us: int) -> list[Change]:
    """Those of the devices that are still silent go offline."""
    with transaction.atomic():
        found = {
            id: state
            for id, state in states(device_ids, lock=True).items()
            if state.facts.online and (state.received_us or 0) < before_us
        }
        for state in found.values():
            state.facts = state.facts._replace(online=False)
            state.changed = True
        return save(found.values(), online=False)


def heard(device_id: int) -> Commit:
    """A sign of life without a sample."""
    with transaction.atomic():
        found = states([device_id], lock=True)
        tracker = conditions.ConditionTracker()
        for state in found.values():
            state.heard(clock.now_us())
            tracker.sections(state, {})
        return Commit([], save(found.values()), engine.apply(tracker.changes))


def settle_zone(workspace_id: int, zone_id: int, area: Area | None) -> list[int]:
    """After a zone was changed, or (area None) taken out of force: ids of the devices that it no longer concerns."""
    with transaction.atomic():
        found = states(_devices_of(workspace_id), lock=True)
        before = {id: state.conditions for id, state in found.items()}
        over = [id for id, state in found.items() if conditions.settle(state, zone_id, area)]
        save(state for id, state in found.items() if state.conditions != before[id])
        return over


def forget_conditions(device_id: int) -> None:
    """What holds of the device begins anew, where it goes now."""
    with transaction.atomic():
        found = states([device_id], lock=True)
        held = [state for state in found.values() if state.conditions]
        for state in held:
            state.conditions = NO_CONDITIONS
        save(held)


def _devices_of(workspace_id: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.device_id FROM telemetry_latest l JOIN accounts_device d ON d.id = l.device_id"
            " WHERE d.workspace_id = %s",
            [workspace_id],
        )
        return [id for (id,) in cursor.fetchall()]


def add_facts(facts: Mapping[int, Mapping[str, Mapping]]) -> list[Change]:
    """A sample of the platform's own for each device: section name -> row.

    It comes after everything that the device has sent, and says nothing about when the device was heard. Devices that
    were removed get none.
    """
    with transaction.atomic():
        found = states(facts, lock=True)
        found = {id: state for id, state in found.items() if not state.facts.removed}
        rows = {id: _facts_row(state, facts[id]) for id, state in found.items() if facts[id]}
        sample_rows.run([row[:6] for row in rows.values()])
        for id, row in rows.items():
            found[id].take([row])
        return save(found[id] for id in rows)


def _facts_row(state: State, sections: Mapping[str, Mapping]) -> Row:
    now = clock.now_us()
    newest = max((mark[0] for mark in state.marks.values()), default=0)
    time_us = max(now, newest + 1)
    body = msgspec.json.encode(sections).decode()
    return Row(state.facts.device_id, time_us, FACTS_SEQ, now, body, "null", tuple(sections))


sample_rows = Insert(
    "telemetry_sample",
    {
        "device_id": "bigint",
        "time_us": "bigint",
        "seq": "bigint",
        "received_us": "bigint",
        "sections": "text",
        "position": "text",
    },
    "DO NOTHING",
)


class _Repeated(Exception):
    """Some of the rows are there already."""


def _append(batches: Sequence[Sequence[Row]], found: dict[int, State]) -> list[Written | None]:
    """All rows at once. Only where some are duplicates batch by batch, to tell whose they are."""
    kept = [[row[:6] for row in batch if row.device_id in found] for batch in batches]
    try:
        counts = _append_new(kept) if len(kept) > 1 else [sample_rows.run(rows) for rows in kept]
    except _Repeated:
        counts = [sample_rows.run(rows) for rows in kept]
    return [
        Written(count, len(rows) - count) if rows or not batch else None
        for batch, rows, count in zip(batches, kept, counts, strict=True)
    ]


def _append_new(kept: list[list[tuple]]) -> list[int]:
    rows = list(chain.from_iterable(kept))
    with transaction.atomic():
        if sample_rows.run(rows) < len(rows):
            raise _Repeated
    return [len(rows) for rows in kept]
