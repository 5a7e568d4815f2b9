"""Where samples and the newest state lie. Nothing else reads or writes these two tables' rows.

`commit` takes any number of batches in one transaction: rows are appended (the same device, time and sequence again
is a duplicate, counted), each section of the newest state moves forward only, and the version of a device's topic
rises by one when its document changed. The same statements serve SQLite and PostgreSQL.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

import msgspec
from django.db import connection, transaction

from fleet_platform.shared import clock

from .bulk import Insert
from .documents import Facts, device_document
from .ingest import Row

SEEN_EVERY_US = (
    5 * clock.SECOND
)  # how often a device that keeps talking has its last_seen_at written
PURGE_CHUNK = 5000


class Written(NamedTuple):
    accepted: int
    duplicates: int


class Change(NamedTuple):
    """One device's new document, ready to be sent to whoever watches it. `version`: its topic's sequence number."""

    device_id: int
    workspace_id: int
    version: int
    document: bytes


class Commit(NamedTuple):
    """`written` answers each batch in order; None where the batch's device is no longer there."""

    written: list[Written | None]
    changes: list[Change]


Mark = tuple[int, int]  # (time_us, seq)
_decode_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_marks = msgspec.json.Decoder(dict[str, Mark]).decode
POSITION = ""  # the key of the position among the marks
NEVER: Mark = (-1, -1)
_mark_of = itemgetter(1, 2)  # of a Row


@dataclass(slots=True)
class State:
    """A device's row of the newest state while a transaction works on it."""

    facts: Facts
    version: int = 0
    mark: Mark | None = None
    received_us: int | None = None
    sections: str = "{}"
    marks: dict[str, Mark] = field(default_factory=dict)
    position: str = "null"
    changed: bool = False
    seen: bool = False

    def heard(self, received_us: int) -> None:
        """The device lives: online at once, last_seen_at every few seconds."""
        if not self.facts.online:
            self.facts = self.facts._replace(online=True)
            self.changed = self.seen = True
        elif self.received_us is None or received_us - self.received_us > SEEN_EVERY_US:
            self.seen = True
        self.received_us = max(received_us, self.received_us or 0)

    def advance(self, rows: Sequence[Row]) -> None:
        """Take what is newer, section by section."""
        fresh: dict[str, msgspec.Raw] = {}
        # The newest first: most others are then passed over.
        for row in sorted(rows, key=_mark_of, reverse=True):
            mark = _mark_of(row)
            if newer := [name for name in row.names if mark > self.marks.get(name, NEVER)]:
                parts = _decode_parts(row.sections)
                fresh.update((name, parts[name]) for name in newer)
                self.marks.update(dict.fromkeys(newer, mark))
            if row.position != "null" and mark > self.marks.get(POSITION, NEVER):
                self.position, self.marks[POSITION] = row.position, mark
            if self.mark is None or mark > self.mark:
                self.mark = mark
        if fresh:
            sections = _decode_parts(self.sections) | fresh
            self.sections = msgspec.json.encode(sections).decode()
            self.changed = True

    def change(self) -> Change:
        document = device_document(
            self.facts, self.mark and self.mark[0], self.received_us, self.sections, self.position
        )
        return Change(self.facts.device_id, self.facts.workspace_id, self.version, document)


STATE_COLUMNS = (
    "d.id, d.kind, d.name, d.workspace_id, d.online, d.removed_at IS NOT NULL, l.version, l.time_us, l.seq,"
    " l.received_us, l.sections, l.marks, l.position"
)


def states(device_ids: Iterable[int], *, lock: bool = False) -> dict[int, State]:
    """The newest state of each device, by id ascending. `lock` holds the rows until the transaction ends."""
    ids = sorted(set(device_ids))
    found = {}
    for start in range(0, len(ids), 10_000):
        part = ids[start : start + 10_000]
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {STATE_COLUMNS} FROM accounts_device d"
                " LEFT JOIN telemetry_latest l ON l.device_id = d.id"
                f" WHERE d.id IN ({', '.join(['%s'] * len(part))}) ORDER BY d.id"
                + (" FOR NO KEY UPDATE OF d" if lock and connection.vendor == "postgresql" else ""),
                part,
            )
            found.update((row[0], _state(row)) for row in cursor.fetchall())
    return found


def _state(row: tuple) -> State:
    id, kind, name, workspace_id, online, removed, version, time_us, seq, received_us, *texts = row
    facts = Facts(id, kind, name, workspace_id, bool(online), bool(removed))
    if version is None:
        return State(facts)
    sections, marks, position = texts
    mark = None if time_us is None else (time_us, seq)
    return State(facts, version, mark, received_us, sections, _decode_marks(marks), position)


def commit(batches: Sequence[Sequence[Row]]) -> Commit:
    """All batches in one transaction, each answered by itself."""
    with transaction.atomic():
        found = states({row.device_id for batch in batches for row in batch}, lock=True)
        found = {id: state for id, state in found.items() if not state.facts.removed}
        written = _append(batches, found)
        by_device: dict[int, list[Row]] = {}
        for batch in batches:
            for row in batch:
                by_device.setdefault(row.device_id, []).append(row)
        for device_id, state in found.items():
            rows = by_device[device_id]
            state.heard(rows[-1].received_us)
            state.advance(rows)
        changes = _save(found.values())
    return Commit(written, changes)


def touch(device_ids: Iterable[int]) -> list[Change]:
    """Raise the version of each device and give its document anew: after a change in the registry."""
    with transaction.atomic():
        found = states(device_ids, lock=True)
        for state in found.values():
            state.changed = True
        return _save(found.values())


def touch_silent(device_ids: Iterable[int], before_us: int) -> list[Change]:
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
        return _save(found.values(), online=False)


def heard(device_id: int) -> list[Change]:
    """A sign of life without a sample."""
    with transaction.atomic():
        found = states([device_id], lock=True)
        for state in found.values():
            state.heard(clock.now_us())
        return _save(found.values())


def silent_devices(before_us: int) -> list[int]:
    """Devices said to be online that were not heard since."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.id FROM accounts_device d LEFT JOIN telemetry_latest l ON l.device_id = d.id"
            " WHERE d.online AND COALESCE(l.received_us, 0) < %s ORDER BY d.id",
            [before_us],
        )
        return [id for (id,) in cursor.fetchall()]


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
latest_rows = Insert(
    "telemetry_latest",
    {
        "device_id": "bigint",
        "version": "bigint",
        "time_us": "bigint",
        "seq": "bigint",
        "received_us": "bigint",
        "sections": "text",
        "marks": "text",
        "position": "text",
    },
    "(device_id) DO UPDATE SET"
    " version = excluded.version, time_us = excluded.time_us, seq = excluded.seq,"
    " received_us = excluded.received_us, sections = excluded.sections, marks = excluded.marks,"
    " position = excluded.position",
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


def _save(found: Iterable[State], *, online: bool = True) -> list[Change]:
    found = list(found)
    changed = [state for state in found if state.changed]
    for state in changed:
        state.version += 1
    latest_rows.run([_latest_row(state) for state in found])
    if seen := [state.facts.device_id for state in found if state.seen]:
        _save_device(
            seen, "online = %s, last_seen_at = %s", True, clock.to_datetime(clock.now_us())
        )
    if found and not online:
        _save_device([state.facts.device_id for state in found], "online = %s", False)
    return [state.change() for state in changed]


def _latest_row(state: State) -> tuple:
    time_us, seq = state.mark or (None, 0)
    marks = msgspec.json.encode(state.marks).decode()
    return (
        state.facts.device_id,
        state.version,
        time_us,
        seq,
        state.received_us,
        state.sections,
        marks,
        state.position,
    )


def _save_device(ids: list[int], assignments: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE accounts_device SET {assignments} WHERE id IN ({', '.join(['%s'] * len(ids))})",
            [*values, *ids],
        )


SAMPLE_COLUMNS = "time_us, seq, received_us, sections, position"


def samples(
    device_id: int,
    from_us: int = 0,
    to_us: int = clock.YEAR_2100,
    *,
    after: Mark | None = None,
    limit: int = 1000,
) -> list[tuple[int, int, int, str, str]]:
    """(time_us, seq, received_us, sections, position) of one device, oldest first, both bounds included.

    `after` is the (time_us, seq) of the last one already read.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {SAMPLE_COLUMNS} FROM telemetry_sample"
            " WHERE device_id = %s AND (time_us, seq) > (%s, %s) AND time_us <= %s"
            " ORDER BY time_us, seq LIMIT %s",
            [device_id, *_after(from_us, after), to_us, limit],
        )
        return cursor.fetchall()


def _after(from_us: int, after: Mark | None) -> Mark:
    start = (from_us, -1)
    return max(start, after) if after else start


def newest_sample(device_id: int) -> tuple[int, int, int, str, str] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {SAMPLE_COLUMNS} FROM telemetry_sample WHERE device_id = %s"
            " ORDER BY time_us DESC, seq DESC LIMIT 1",
            [device_id],
        )
        return cursor.fetchone()


def delete_before(device_id: int, before_us: int) -> Iterator[int]:
    """Delete one device's samples older than that, a chunk a transaction; yields how many each chunk had."""
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM telemetry_sample WHERE id IN (SELECT id FROM telemetry_sample"
                " WHERE device_id = %s AND time_us < %s LIMIT %s)",
                [device_id, before_us, PURGE_CHUNK],
            )
            deleted = cursor.rowcount
        yield deleted
        if deleted < PURGE_CHUNK:
            return
