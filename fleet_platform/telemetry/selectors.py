"""Reads for somebody: device documents, black box, topics. The Actor comes first."""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import msgspec
from django.db.models import Q, QuerySet

from accounts.models import Device
from accounts.principal import Actor
from accounts.selectors import device_for, devices_for
from fleet_platform.shared.paging import cut_page, decode_cursor, encode_cursor

from . import events, kinds, store
from .documents import Facts
from .ingest import Sender
from .resolution import Bucket, summarise
from .status_changes import StatusChange, status_changes

READ_AT_ONCE = 250  # samples of an export: a sample has up to 64 KiB
SCANNED_AT_MOST = 100_000  # samples that one page of a summary reads
PAGE_CHARACTERS = 32 * 1024 * 1024  # of samples, after which a page ends before its limit


class Target(NamedTuple):
    """What a topic's name stands for: one device, or all of a workspace (device_id None), or one subject of events."""

    device_id: int | None
    workspace_id: int
    subject: events.Subject | None = None


def documents_for(
    actor: Actor,
    *,
    kind: str | None = None,
    workspace_id: int | None = None,
    online: bool | None = None,
    search: str = "",
    cursor: str | None = None,
    limit: int,
) -> tuple[list[bytes], str | None]:
    """A page of device documents by id, and the cursor of the next page."""
    rows = devices_for(actor)
    if kind:
        rows = rows.filter(kind=kind)
    if workspace_id is not None:
        rows = rows.filter(workspace_id=workspace_id)
    if online is not None:
        rows = rows.filter(online=online)
    if search:
        rows = rows.filter(
            Q(name__icontains=search)
            | Q(serial_number__icontains=search)
            | Q(factory_code__icontains=search)
        )
    if cursor:
        rows = rows.filter(pk__gt=decode_cursor(cursor, int)[0])
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[: limit + 1])
    page = latest_documents(ids[:limit])
    more = encode_cursor(ids[limit - 1]) if len(ids) > limit else None
    return list(page.values()), more


def document_for(actor: Actor, device_id: int) -> bytes:
    """One device's document. Raises NotFound."""
    device = device_for(actor, device_id)
    return latest_documents([device.pk])[device.pk]


def latest_documents(device_ids: Iterable[int]) -> dict[int, bytes]:
    """The newest document of each device, by id ascending. The ids are the caller's to have checked."""
    return {id: state.change().document for id, state in store.states(device_ids).items()}


def snapshot(device_ids: Iterable[int]) -> dict[int, store.Change]:
    """The newest document of each device with the version of its topic."""
    return {id: state.change() for id, state in store.states(device_ids).items()}


def workspace_snapshot(workspace_id: int) -> list[bytes]:
    """The newest document of every device of a workspace, by id."""
    return list(latest_documents(devices_of_workspaces([workspace_id])).values())


def devices_of_workspaces(workspace_ids: Iterable[int]) -> list[int]:
    rows = Device.objects.filter(workspace_id__in=list(workspace_ids), removed_at=None)
    return list(rows.values_list("pk", flat=True))


def facts_of(device: Device) -> Facts:
    return Facts(
        device.pk,
        device.kind,
        device.name,
        device.workspace_id,
        device.online,
        device.silence_limit_seconds,
    )


def samples_for(
    actor: Actor,
    device_id: int,
    *,
    from_us: int,
    to_us: int,
    cursor: str | None = None,
    limit: int,
) -> tuple[Facts, list[tuple], str | None]:
    """A page of one device's stored samples, oldest first, and the cursor of the next page. Raises NotFound."""
    device = device_for(actor, device_id, "telemetry.view")
    return facts_of(device), *sample_page(device.pk, from_us, to_us, cursor, limit)


def sample_page(
    device_id: int, from_us: int, to_us: int, cursor: str | None, limit: int
) -> tuple[list[tuple], str | None]:
    """A page of stored samples and the cursor of the next one. The device is the caller's to have checked.

    Large samples end a page before `limit`.
    """
    after = decode_cursor(cursor, int, int) if cursor else None
    rows: list[store.StoredSample] = []
    characters = 0
    for chunk in store.sample_chunks(device_id, from_us, to_us, after=after, limit=limit + 1):
        rows += chunk
        characters += store.characters_of(chunk)
        if characters > PAGE_CHARACTERS and len(rows) <= limit:
            return rows, encode_cursor(*rows[-1][:2])
    return cut_page(rows, limit, lambda row: row[:2])


class _Scan:
    """A device's samples from a time on, at most SCANNED_AT_MOST. `last` is the mark of the last one looked at."""

    def __init__(self, device_id: int, from_us: int, to_us: int, after: store.Mark | None = None):
        self.chunks = store.sample_chunks(
            device_id, from_us, to_us, after=after, limit=SCANNED_AT_MOST
        )
        self.count = 0
        self.last: store.Mark | None = None

    def __iter__(self) -> Iterator[store.StoredSample]:
        for chunk in self.chunks:
            self.count += len(chunk)
            self.last = chunk[-1][:2]
            yield from chunk

    @property
    def is_cut(self) -> bool:
        return self.count == SCANNED_AT_MOST


class History(NamedTuple):
    """`sections`, `position`: the newest of each, whenever it was sent. `pages`: samples, oldest first."""

    facts: Facts
    sections: dict[str, dict]
    position: dict
    pages: Iterator[list[store.StoredSample]]


def history_for(actor: Actor, device_id: int, from_us: int, to_us: int) -> History:
    """All of one device's samples between two times, read a page at a time as they are asked for. Raises NotFound."""
    device = device_for(actor, device_id, "telemetry.view")
    state = store.states([device.pk])[device.pk]
    decode = msgspec.json.decode
    return History(
        facts_of(device),
        decode(state.sections),
        decode(state.position) or {},
        _pages(device.pk, from_us, to_us),
    )


def _pages(device_id: int, from_us: int, to_us: int) -> Iterator[list[store.StoredSample]]:
    after = None
    while page := store.samples(device_id, from_us, to_us, after=after, limit=READ_AT_ONCE):
        yield page
        after = page[-1][:2]


def summary_for(
    actor: Actor,
    device_id: int,
    *,
    from_us: int,
    to_us: int,
    bucket_us: int,
    sections: frozenset[str] | None,
    texts: Collection[str] = (),
    cursor: str | None = None,
    limit: int,
) -> tuple[list[Bucket], str | None]:
    """Minimum, maximum and mean of the numeric fields per bucket of time, and the last of each of `texts`, oldest
    first; empty buckets are left out.

    A page ends after `limit` buckets or after SCANNED_AT_MOST samples; the cursor goes on at a bucket's start.
    """
    device = device_for(actor, device_id, "telemetry.view")
    start = decode_cursor(cursor, int)[0] if cursor else from_us
    scan = _Scan(device.pk, start, to_us)
    buckets = summarise(scan, bucket_us, sections, limit=limit + 1, texts=texts)
    if len(buckets) > limit:
        return buckets[:limit], encode_cursor(buckets[limit].start_us)
    if scan.is_cut:
        last = buckets[-1].start_us
        whole = buckets[:-1] or buckets
        return whole, encode_cursor(last if len(buckets) > 1 else last + bucket_us)
    return buckets, None


def status_changes_for(
    actor: Actor,
    device_id: int,
    *,
    field: str,
    from_us: int,
    to_us: int,
    cursor: str | None = None,
) -> tuple[list[StatusChange], str | None]:
    """When a text of a section became another one, oldest first. A page ends after SCANNED_AT_MOST samples."""
    device = device_for(actor, device_id, "telemetry.view")
    start, seq, before = decode_cursor(cursor, int, int, str) if cursor else (from_us, -1, "")
    after = (start, seq) if cursor else None
    scan = _Scan(device.pk, from_us, to_us, after)
    found = status_changes(scan, field, before or None)
    if not scan.is_cut:
        return found, None
    last = found[-1].value if found else before
    return found, encode_cursor(*scan.last, last)


def carries(sender: Sender) -> bool:
    return bool(kinds.get(sender.kind).carries)


def carried_sender(sender: Sender, serial: str) -> Sender | None:
    """The device that `sender` may send for: of its workspace, of a kind that its own kind carries."""
    kinds_carried = kinds.get(sender.kind).carries
    if not kinds_carried:
        return None
    rows: QuerySet[Device] = Device.objects.filter(
        serial_number=serial,
        workspace_id=sender.workspace_id,
        kind__in=kinds_carried,
        removed_at=None,
    )
    device = rows.first()
    return Sender(device.pk, device.kind, device.workspace_id) if device else None


def topics_for(actor: Actor, names: Iterable[str]) -> dict[str, Target | str]:
    """What each topic's name stands for, or the code of the refusal: not_found also for what the actor may not see."""
    found: dict[str, Target | str] = {}
    devices: dict[str, int] = {}
    for name in names:
        prefix, _, rest = name.partition(":")
        subject = events.subject(prefix)
        if (subject or prefix == "workspace") and rest.isdecimal() and len(rest) < 19:
            found[name] = _workspace_target(actor, int(rest), subject)
        elif prefix == "device" and rest.isdecimal() and len(rest) < 19:
            devices[name] = int(rest)
        elif (resolve := kinds.topic_resolvers.get(prefix)) and (device_id := resolve(rest)):
            devices[name] = device_id
        else:
            found[name] = "not_found"
    visible = dict(
        devices_for(actor, "telemetry.view")
        .filter(pk__in=set(devices.values()))
        .values_list("pk", "workspace_id")
    )
    for name, device_id in devices.items():
        known = device_id in visible
        found[name] = Target(device_id, visible[device_id]) if known else "not_found"
    return found


def _workspace_target(
    actor: Actor, workspace_id: int, subject: events.Subject | None
) -> Target | str:
    verb = subject.verb if subject else "telemetry.view"
    if actor.kind == "user" and actor.may(verb, workspace_id):
        return Target(None, workspace_id, subject)
    return "not_found"
