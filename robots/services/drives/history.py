"""Checkpoints: written as a step leaves them, thinned as they grow old, and what their change means for the counts."""

from itertools import groupby

import msgspec

from fleet_platform.shared import clock

from ...models import Checkpoint
from ...traffic import Counts, add_counts
from .steps import STALE, Slot, Step, decode_counts

DENSE_US = 3600 * clock.SECOND  # so long a checkpoint a minute is kept, then one in
SPARSE_US = 600 * clock.SECOND
ROWS_A_STATEMENT = 200


def write_history(device_id: int, step: Step) -> Counts:
    """Inside the transaction of the step. Answers what it adds to the hourly counts, or takes away."""
    difference: Counts = {}
    if step.slots or step.is_late:
        for slot in step.slots:
            add_counts(difference, slot.counts)
        for counts in _replace(device_id, step):
            add_counts(difference, decode_counts(counts), -1)
    if step.met:
        _meet(device_id, step.met)
    return difference


def _replace(device_id: int, step: Step) -> list[str]:
    """The counts of the checkpoints that made room."""
    since_us = min([step.since_us, *(slot.slot_us for slot in step.slots)])
    old = Checkpoint.objects.filter(device_id=device_id, slot_us__gte=since_us)
    if step.until_us is not None:
        old = old.filter(slot_us__lt=step.until_us)
    counts = dict(old.values_list("slot_us", "counts"))
    if gone := counts.keys() - {slot.slot_us for slot in step.slots}:
        old.filter(slot_us__in=gone).delete()
    _save(device_id, step.slots)
    return list(counts.values())


def _save(device_id: int, slots: list[Slot]) -> None:
    Checkpoint.objects.bulk_create(
        [
            Checkpoint(
                device_id=device_id,
                slot_us=slot.slot_us,
                state=slot.state,
                samples=slot.samples,
                counts=msgspec.json.encode(slot.counts).decode(),
            )
            for slot in slots
        ],
        ROWS_A_STATEMENT,
        update_conflicts=True,
        unique_fields=["device", "slot_us"],
        update_fields=["state", "samples", "counts"],
    )


def _meet(device_id: int, met: Slot) -> None:
    """What is known before this checkpoint may be told otherwise by now; its own samples and counts stay."""
    there = Checkpoint.objects.filter(device_id=device_id, slot_us=met.slot_us)
    if not there.update(state=met.state, samples=met.samples):
        _save(device_id, [met])


def thin(device_id: int, step: Step, newest_us: int) -> None:
    """Old checkpoints of the step's time become one in ten minutes: late samples are rarer the later they are."""
    until_us = newest_us - DENSE_US
    until_us -= until_us % SPARSE_US
    since_us = min([step.since_us, *(slot.slot_us for slot in step.slots)])
    if not step.is_late:
        since_us -= DENSE_US + SPARSE_US  # these have grown old by what the step added
    since_us -= since_us % SPARSE_US
    rows = Checkpoint.objects.filter(
        device_id=device_id, slot_us__gte=since_us, slot_us__lt=until_us
    ).order_by("slot_us")
    for _, group in groupby(rows, lambda row: row.slot_us // SPARSE_US):
        _join(list(group))


def _join(rows: list[Checkpoint]) -> None:
    if len(rows) < 2 or any(row.samples == STALE for row in rows):
        return
    first, *others = rows
    counts = decode_counts(first.counts)
    for row in others:
        add_counts(counts, decode_counts(row.counts))
    first.counts = msgspec.json.encode(counts).decode()
    first.samples = sum(row.samples for row in rows)
    first.save(update_fields=["counts", "samples"])
    Checkpoint.objects.filter(pk__in=[row.pk for row in others]).delete()
