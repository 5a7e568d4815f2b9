"""Bytes -> samples. Form, limits and ranges are checked here; what could be read goes on, each refusal is named.

The fast path decodes a batch once and keeps every section as the bytes that arrived. Only a body that is not strict
JSON (NaN, nesting without end) is taken apart sample by sample, so that one bad sample does not cost the others.
"""

import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import msgspec
from django.conf import settings

from fleet_platform.shared import clock
from fleet_platform.shared.errors import Invalid, TooLarge

from . import brackets, explain, kinds

MOST_AHEAD_US = 5 * 60 * clock.SECOND
SAMPLE_MAX_BYTES = 64 * 1024
DEEPEST = 32
LARGEST_SEQ = 2**53
BEYOND_FLOATS = re.compile(rb"\d{309}")  # whole numbers that no float holds are that long


@dataclass(frozen=True)
class Sender:
    """The authenticated device a message came from."""

    device_id: int
    kind: str
    workspace_id: int


class Row(NamedTuple):
    """One checked sample. `sections`, named by `names`, and `position` ("null" for no place) are JSON."""

    device_id: int
    time_us: int
    seq: int
    received_us: int
    sections: str
    position: str
    names: tuple[str, ...]


@dataclass
class Parsed:
    rows: list[Row] = field(default_factory=list)
    rejected: list[dict] = field(default_factory=list)


class Refused(Exception):
    """Why one sample was refused: a JSON pointer below the sample, and a sentence."""

    def __init__(self, pointer: str, detail: str):
        super().__init__(detail)
        self.pointer = pointer
        self.detail = detail


class Sample(msgspec.Struct, gc=False):
    """One sample of a batch that is as it should be."""

    time: datetime | int | float
    sections: msgspec.Raw
    seq: int = 0
    device: str | None = None


class _LooseSample(msgspec.Struct, gc=False):
    """The same with any text as its time: what is wrong with it is told in our words."""

    time: str | int | float
    sections: msgspec.Raw
    seq: int = 0
    device: str | None = None


class _Batch(msgspec.Struct, gc=False):
    samples: list[Sample]


class _Split(msgspec.Struct, gc=False):
    samples: list[msgspec.Raw]


Unread = Sample | msgspec.Raw | bytes  # a sample at once, or still to be read by itself
_decode_batch = msgspec.json.Decoder(_Batch).decode
_decode_split = msgspec.json.Decoder(_Split).decode
_decode_sample = msgspec.json.Decoder(_LooseSample).decode
_decode_object = msgspec.json.Decoder(dict).decode
_decode_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.encode

FindCarried = Callable[[Sender, str], Sender | None]


def unpack(body: bytes, encoding: str) -> bytes:
    """The body without its Content-Encoding. Raises TooLarge past the limit, before more is unpacked than that."""
    limit = settings.TELEMETRY_MAX_BYTES
    if len(body) > limit:
        raise TooLarge(f"A batch may have at most {limit} bytes.")
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        return body
    if encoding != "gzip":
        raise Invalid({"Content-Encoding": "must be gzip or absent"})
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, limit + 1)
        if len(plain) > limit:
            raise TooLarge(f"A batch may have at most {limit} bytes when unpacked.")
        if not unpacker.eof:
            raise Invalid({"body": "is gzip that ends too early"})
    except zlib.error:
        raise Invalid({"body": "is not gzip"}) from None
    return plain


def parse_batch(body: bytes, sender: Sender, find_carried: FindCarried | None = None) -> Parsed:
    """`{"samples": [...]}` -> rows in the order given.

    `find_carried(sender, serial)` gives the sender for a sample with `"device": serial`, None where it may not.
    Raises Invalid when no sample can be read at all, TooLarge past the limits.
    """
    try:
        samples = _decode_batch(body).samples
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        samples = split(body)
    return parse_samples(samples, sender, find_carried)


def parse_samples(
    samples: Sequence[Unread], sender: Sender, find_carried: FindCarried | None = None
) -> Parsed:
    if len(samples) > settings.TELEMETRY_MAX_SAMPLES:
        raise TooLarge(f"A batch may have at most {settings.TELEMETRY_MAX_SAMPLES} samples.")
    if not samples:
        raise Invalid({"/samples": "must have at least one sample"})
    parsed = Parsed()
    received_us = clock.now_us()
    for index, sample in enumerate(samples):
        try:
            if type(sample) is not Sample:
                sample = _read_sample(bytes(sample))
            parsed.rows.append(_row(sample, sender, received_us, find_carried))
        except Refused as refusal:
            pointer = f"/samples/{index}{explain.shown(refusal.pointer)}"
            parsed.rejected.append({"index": index, "pointer": pointer, "detail": refusal.detail})
    return parsed


def split(body: bytes) -> list[bytes | msgspec.Raw]:
    """The samples of a batch with something wrong in it, each still as bytes. Raises Invalid."""
    try:
        return _decode_split(body).samples
    except (msgspec.MsgspecError, RecursionError) as error:
        if isinstance(error, msgspec.ValidationError) and not explain.is_out_of_range(error):
            pointer, detail = explain.explained(error)
            raise Invalid({pointer or "body": detail}) from None
        return brackets.split_samples(body, str(error), most=settings.TELEMETRY_MAX_SAMPLES)


def _row(sample: Sample | _LooseSample, sender: Sender, received_us: int, find_carried) -> Row:
    raw = bytes(sample.sections)
    if len(raw) > SAMPLE_MAX_BYTES:
        raise Refused("", f"is {len(raw)} bytes long; a sample may have {SAMPLE_MAX_BYTES}")
    if sample.device is not None:
        sender = _carried(sender, sample.device, find_carried)
    time_us = _checked_time(sample.time, received_us)
    if not 0 <= sample.seq <= LARGEST_SEQ:
        raise Refused("/seq", "must be between 0 and 2^53")
    kind = kinds.get(sender.kind)
    sections = _checked_sections(raw, kind)
    position = kind.position(sections)
    return Row(
        sender.device_id,
        time_us,
        sample.seq,
        received_us,
        raw.decode(),
        "null" if position is None else _encode(position).decode(),
        tuple(sections),
    )


def _read_sample(data: bytes) -> _LooseSample:
    if len(data) > SAMPLE_MAX_BYTES:
        raise Refused("", f"is {len(data)} bytes long; a sample may have {SAMPLE_MAX_BYTES}")
    _refuse_deep(data)
    try:
        return _decode_sample(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Refused(*_why_refused(error, data)) from None


def _carried(sender: Sender, serial: str, find_carried: FindCarried | None) -> Sender:
    carried = find_carried(sender, serial) if find_carried and "\0" not in serial else None
    if carried is None:
        raise Refused("/device", "is not a device that this one may send for")
    return carried


def _checked_time(said: datetime | str | int | float, received_us: int) -> int:
    try:
        time_us = clock.parse_us(said)
    except ValueError as error:
        raise Refused("/time", str(error)) from None
    if time_us < clock.YEAR_2000:
        raise Refused("/time", "is before the year 2000: the clock of the device was never set")
    if time_us > received_us + MOST_AHEAD_US:
        raise Refused("/time", "is more than 5 minutes in the future")
    return time_us


def _checked_sections(raw: bytes, kind: kinds.Kind) -> dict[str, dict]:
    """The sections checked against the kind's table, and decoded whole: unknown keys must be strict JSON as well."""
    _refuse_deep(raw)
    try:
        kind.decode(raw)
        sections = _decode_object(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise _refused_section(raw, kind) from None
    suspicious = rb"\u0000" in raw or BEYOND_FLOATS.search(raw)
    if suspicious and (odd := explain.odd_value(raw, "/sections")):
        raise Refused(*odd)
    if not sections:
        raise Refused("/sections", "must have at least one section")
    return sections


def _refused_section(raw: bytes, kind: kinds.Kind) -> Refused:
    """Which section, which field of it, and why."""
    try:
        parts = _decode_parts(raw)
    except UnicodeDecodeError:
        return Refused("/sections", "has a name that is not UTF-8")
    except msgspec.MsgspecError as error:
        return Refused(*_why_refused(error, raw, "/sections"))
    for name, part in parts.items():
        if refusal := _refusal_of(name, part, kind):
            return refusal
    return Refused("/sections", "has a section twice, of which one is not right")


def _refusal_of(name: str, part: msgspec.Raw, kind: kinds.Kind) -> Refused | None:
    section = kind.sections.get(name)
    if section is None:
        known = ", ".join(kind.sections) or "none"
        detail = f"is not a section that a {kind.name} sends ({known})"
        return Refused(f"/sections/{name}", detail)
    try:
        section.decode(part)
        _decode_object(part)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return Refused(*_why_refused(error, bytes(part), f"/sections/{name}"))
    return None


def _why_refused(error: Exception, data: bytes, pointer: str = "") -> tuple[str, str]:
    """A value of the wrong form, or one that strict JSON does not have."""
    if isinstance(error, msgspec.ValidationError) and not explain.is_out_of_range(error):
        below, detail = explain.explained(error)
        return pointer + below, detail
    return explain.why_not_strict(data, pointer)


def _refuse_deep(data: bytes) -> None:
    if data.count(b"[") + data.count(b"{") > DEEPEST and brackets.deeper_than(data, DEEPEST):
        raise Refused("", f"is nested more than {DEEPEST} deep")
