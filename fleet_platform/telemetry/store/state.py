"""The newest state of a device: its row while a transaction works on it, and the statements that read and write it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

import msgspec
from django.db import connection

from fleet_platform.shared import clock

from .. import kinds
from ..bulk import Insert
from ..documents import Facts, device_document
from ..ingest import Row

SEEN_EVERY_US = (
    5 * clock.SECOND
)  # how often a device that keeps talking has its last_seen_at written


class Change(NamedTuple):
    """One device's new document, ready to be sent to whoever watches it. `version`: its topic's sequence number."""

    device_id: int
    workspace_id: int
    version: int
    document: bytes


Mark = tuple[int, int]  # (time_us, seq)
FACTS_SEQ = 2**54  # beyond what a device may send: a sample of the platform's own
_decode_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_marks = msgspec.json.Decoder(dict[str, Mark]).decode
_decode_conditions = msgspec.json.Decoder(frozenset[str]).decode
POSITION = ""  # the key of the position among the marks
NEVER: Mark = (-1, -1)
NO_CONDITIONS: frozenset[str] = frozenset()
mark_of = itemgetter(1, 2)  # of a Row


@dataclass(slots=True)
class State:
    """A device's row of the newest state while a transaction works on it.

    `conditions`: keys of what holds now (alarms/conditions.py). `derive_from_us`: time of the earliest sample that
    nothing has been derived from yet.
    """

    facts: Facts
    version: int = 0
    mark: Mark | None = None
    received_us: int | None = None
    sections: str = "{}"
    marks: dict[str, Mark] = field(default_factory=dict)
    position: str = "null"
    conditions: frozenset[str] = NO_CONDITIONS
    derive_from_us: int | None = None
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

    def advance(self, rows: Sequence[Row]) -> Mapping[str, msgspec.Raw]:
        """Take what is newer, section by section; answers the sections taken."""
        for row in rows:
            if self.mark is None or mark_of(row) > self.mark:
                self.mark = mark_of(row)
        if kinds.get(self.facts.kind).derives and rows:
            earliest = min(row[1] for row in rows)
            self.derive_from_us = min(earliest, self.derive_from_us or earliest)
        return self.take(rows)

    def take(self, rows: Sequence[Row]) -> Mapping[str, msgspec.Raw]:
        """The same without a word on when the device last sent something."""
        fresh: dict[str, msgspec.Raw] = {}
        # The newest first: most others are then passed over.
        for row in sorted(rows, key=mark_of, reverse=True):
            mark = mark_of(row)
            if newer := [name for name in row.names if mark > self.marks.get(name, NEVER)]:
                parts = _decode_parts(row.sections)
                fresh.update((name, parts[name]) for name in newer)
                self.marks.update(dict.fromkeys(newer, mark))
            if row.position != "null" and mark > self.marks.get(POSITION, NEVER):
                self.position, self.marks[POSITION] = row.position, mark
        if fresh:
            sections = _decode_parts(self.sections) | fresh
            self.sections = msgspec.json.encode(sections).decode()
            self.changed = True
        return fresh

    def change(self) -> Change:
        document = device_document(
            self.facts, self.mark and self.mark[0], self.received_us, self.sections, self.position
        )
        return Change(self.facts.device_id, self.facts.workspace_id, self.version, document)


STATE_COLUMNS = (
    "d.id, d.kind, d.name, d.workspace_id, d.online, d.silence_limit_seconds, d.removed_at IS NOT NULL, l.version,"
    " l.time_us, l.seq, l.received_us, l.sections, l.marks, l.position, l.conditions, l.derive_from_us"
)

_READ = (
    f"SELECT {STATE_COLUMNS} FROM accounts_device d"
    " LEFT JOIN telemetry_latest l ON l.device_id = d.id WHERE "
)
# A statement of its own: one that waited for the lock would still read the newest state as it was before the wait.
_LOCK = "SELECT d.id FROM accounts_device d WHERE "


def states(device_ids: Iterable[int], *, lock: bool = False) -> dict[int, State]:
    """The newest state of each device, by id ascending. `lock` holds the rows until the transaction ends."""
    found = {}
    for chosen, part in _chosen(device_ids):
        if lock:
            _hold(chosen, part)
        with connection.cursor() as cursor:
            cursor.execute(_READ + chosen, part)
            found.update((row[0], _state(row)) for row in cursor.fetchall())
    return found


def hold_devices(device_ids: Iterable[int]) -> None:
    """Lock the devices' rows until the transaction ends, by id ascending as every commit does.

    For who works on several sets of devices in one transaction: on all of them, before the first.
    """
    for chosen, part in _chosen(device_ids):
        _hold(chosen, part)


def hold_workspaces(workspace_ids: Iterable[int]) -> None:
    """The same for all devices of workspaces."""
    ids = sorted(set(workspace_ids))
    if ids:
        _hold(f"d.workspace_id IN ({', '.join(['%s'] * len(ids))}) ORDER BY d.id", ids)


def _chosen(device_ids: Iterable[int]) -> Iterator[tuple[str, list[int]]]:
    """Conditions for so many devices at a time, ascending, with their values."""
    ids = sorted(set(device_ids))
    for start in range(0, len(ids), 10_000):
        part = ids[start : start + 10_000]
        yield f"d.id IN ({', '.join(['%s'] * len(part))}) ORDER BY d.id", part


def _hold(chosen: str, values: list[int]) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_LOCK + chosen + " FOR NO KEY UPDATE", values)


def _state(row: tuple) -> State:
    (
        id,
        kind,
        name,
        workspace_id,
        online,
        limit,
        removed,
        version,
        time_us,
        seq,
        received_us,
        *rest,
    ) = row
    facts = Facts(id, kind, name, workspace_id, bool(online), limit, bool(removed))
    if version is None:
        return State(facts)
    sections, marks, position, conditions, derive_from_us = rest
    return State(
        facts,
        version,
        None if time_us is None else (time_us, seq),
        received_us,
        sections,
        _decode_marks(marks),
        position,
        NO_CONDITIONS if conditions == "[]" else _decode_conditions(conditions),
        derive_from_us,
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
        "conditions": "text",
        "derive_from_us": "bigint",
    },
    "(device_id) DO UPDATE SET"
    " version = excluded.version, time_us = excluded.time_us, seq = excluded.seq,"
    " received_us = excluded.received_us, sections = excluded.sections, marks = excluded.marks,"
    " position = excluded.position, conditions = excluded.conditions,"
    " derive_from_us = excluded.derive_from_us",
)


def save(found: Iterable[State], *, online: bool = True) -> list[Change]:
    """Write the rows back; those whose document changed rise by one version and are answered."""
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
        msgspec.json.encode(sorted(state.conditions)).decode() if state.conditions else "[]",
        state.derive_from_us,
    )


def _save_device(ids: list[int], assignments: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE accounts_device SET {assignments} WHERE id IN ({', '.join(['%s'] * len(ids))})",
            [*values, *ids],
        )
