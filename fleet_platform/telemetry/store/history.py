"""Stored samples, read and deleted."""

from collections.abc import Iterator

from django.db import connection, transaction

from fleet_platform.shared import clock

from .state import FACTS_SEQ, Mark

PURGE_CHUNK = 5000
FIRST_CHUNK = 250  # samples; a sample has up to 64 KiB
CHUNK_CHARACTERS = 8 * 1024 * 1024
SAMPLE_COLUMNS = "time_us, seq, received_us, sections, position"
StoredSample = tuple[int, int, int, str, str]


def samples(
    device_id: int,
    from_us: int = 0,
    to_us: int = clock.YEAR_2100,
    *,
    after: Mark | None = None,
    limit: int = 1000,
) -> list[StoredSample]:
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


def sample_chunks(
    device_id: int, from_us: int, to_us: int, *, after: Mark | None = None, limit: int
) -> Iterator[list[StoredSample]]:
    """As `samples`, in lists of some megabytes: how long they are follows from how large the samples were so far."""
    count = characters = 0
    while count < limit:
        asked = min(limit - count, _chunk_length(count, characters))
        chunk = samples(device_id, from_us, to_us, after=after, limit=asked)
        if chunk:
            yield chunk
        if len(chunk) < asked:
            return
        after = chunk[-1][:2]
        count += len(chunk)
        characters += characters_of(chunk)


def characters_of(rows: list[StoredSample]) -> int:
    return sum([len(row[3]) for row in rows])


def _chunk_length(count: int, characters: int) -> int:
    return (
        max(FIRST_CHUNK, CHUNK_CHARACTERS * count // max(characters, 1)) if count else FIRST_CHUNK
    )


def sample_counts(device_id: int, from_us: int, until: Mark, slot_us: int) -> dict[int, int]:
    """How many samples the device itself has sent, by the start of each slot of time, `until` included."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT time_us / %s * %s AS slot, COUNT(*) FROM telemetry_sample"
            " WHERE device_id = %s AND time_us >= %s AND (time_us, seq) <= (%s, %s) AND seq < %s"
            " GROUP BY 1 ORDER BY 1",
            [slot_us, slot_us, device_id, from_us, *until, FACTS_SEQ],
        )
        return dict(cursor.fetchall())


def _after(from_us: int, after: Mark | None) -> Mark:
    start = (from_us, -1)
    return max(start, after) if after else start


def newest_sample(device_id: int) -> StoredSample | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {SAMPLE_COLUMNS} FROM telemetry_sample WHERE device_id = %s"
            " ORDER BY time_us DESC, seq DESC LIMIT 1",
            [device_id],
        )
        return cursor.fetchone()


def unheard_devices(before_us: int) -> list[int]:
    """Devices said to be online that were not heard since."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.id FROM accounts_device d LEFT JOIN telemetry_latest l ON l.device_id = d.id"
            " WHERE d.online AND COALESCE(l.received_us, 0) < %s ORDER BY d.id",
            [before_us],
        )
        return [id for (id,) in cursor.fetchall()]


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
