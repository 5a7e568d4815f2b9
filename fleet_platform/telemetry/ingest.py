"""Bytes -> samples. Form, limits and ranges are checked here; what could be read goes on, each refusal is named.

The fast path decodes a batch once and keeps every section as the bytes that arrived. Only a body that is not strict
JSON (NaN, nesting without end) is taken apart sample by sample, so that one bad sample does not cost the others.
"""

import codecs
import json
import math
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

from . import kinds

MOST_AHEAD_US = 5 * 60 * clock.SECOND
SAMPLE_MAX_BYTES = 64 * 1024
DEEPEST = 32
LARGEST_SEQ = 2**53
LONGEST_POINTER = 300


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
            pointer = f"/samples/{index}{_shown(refusal.pointer)}"
            parsed.rejected.append({"index": index, "pointer": pointer, "detail": refusal.detail})
    return parsed


def _shown(pointer: str) -> str:
    """Names come from the device and go into answers and logs: in one line, and not without end."""
    return "".join(sign if sign.isprintable() else "?" for sign in pointer[:LONGEST_POINTER])


def split(body: bytes) -> list[bytes | msgspec.Raw]:
    """The samples of a batch with something wrong in it, each still as bytes. Raises Invalid."""
    try:
        return _decode_split(body).samples
    except msgspec.ValidationError as error:
        if "out of range" not in str(error):
            pointer, detail = _explained(error)
            raise Invalid({pointer or "body": detail}) from None
        return split_by_brackets(body, str(error))
    except (msgspec.DecodeError, RecursionError) as error:
        return split_by_brackets(body, str(error))


_SAMPLES_START = re.compile(rb'"samples"\s*:\s*\[')
_ID = re.compile(rb'"id"\s*:\s*(?:(\d{1,18})|"([^"\\]{0,100})")\s*[,}]')
# Possessive, and an unended string runs to the end of the body: each byte is looked at once, whatever was sent.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{},]', re.DOTALL)


def split_by_brackets(body: bytes, reason: str) -> list[bytes]:
    """The elements of the `samples` array of a body that is not strict JSON. Raises Invalid where it has none."""
    start = _SAMPLES_START.search(body)
    if start is None or not body.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{"):
        raise Invalid({"body": f"is not a JSON object with samples: {reason}"})
    parts, begin, depth = [], start.end(), 0
    for token in _TOKEN.finditer(body, begin):
        sign = token.group()
        if sign in b"[{":
            depth += 1
        elif sign in b"}]":
            depth -= 1
            if depth < 0:
                if sign != b"]" or not _ends_object(body, token.end()):
                    break
                if last := body[begin : token.start()].strip():
                    parts.append(last)
                return parts
        elif sign == b"," and depth == 0:
            parts.append(body[begin : token.start()].strip())
            begin = token.end()
            if len(parts) > settings.TELEMETRY_MAX_SAMPLES:
                return parts
    raise Invalid({"body": f"is not whole JSON: {reason}"})


def _ends_object(body: bytes, start: int) -> bool:
    """Whether only the rest of the object follows: a second document's samples would be lost without a word."""
    depth = 0
    for token in _TOKEN.finditer(body, start):
        sign = token.group()
        if sign in b"[{":
            depth += 1
        elif sign in b"}]":
            depth -= 1
            if depth < 0:
                return not body[token.end() :].strip()
    return False


def loose_id(body: bytes) -> int | str | None:
    """The `id` of a message that is not strict JSON, looked for before its samples."""
    start = _SAMPLES_START.search(body)
    found = _ID.search(body, 0, start.start() if start else len(body))
    if found is None:
        return None
    return int(found[1]) if found[1] else found[2].decode(errors="replace")


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
    try:
        _refuse_deep(data)
        return _decode_sample(data)
    except msgspec.ValidationError as error:
        if "out of range" in str(error):
            raise _not_strict(data) from None
        raise Refused(*_explained(error)) from None
    except RecursionError:
        raise Refused("", f"is nested more than {DEEPEST} deep") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _not_strict(data) from None


def _refuse_nul(data: bytes) -> None:
    """PostgreSQL's texts have no NUL."""
    if odd := _find_odd(json.loads(data, parse_int=_whole), "/sections"):
        raise Refused(*odd)


def _refuse_deep(data: bytes) -> None:
    depth = 0
    for token in _TOKEN.finditer(data):
        sign = token.group()
        if sign in b"[{":
            depth += 1
            if depth > DEEPEST:
                raise Refused("", f"is nested more than {DEEPEST} deep")
        elif sign in b"}]":
            depth -= 1


def _not_strict(data: bytes, pointer: str = "") -> Refused:
    """Why a piece is not strict JSON: the pointer of a value that JSON does not have, or no JSON at all."""
    try:
        loose = json.loads(data, parse_int=_whole)
    except (ValueError, RecursionError):
        return Refused(pointer, "is not JSON")
    return Refused(*(_find_odd(loose, pointer) or (pointer, "is not strict JSON")))


def _whole(digits: str) -> int | float:
    """Python reads no whole number of thousands of digits."""
    return int(digits) if len(digits) < 32 else math.inf


def _find_odd(value, pointer: str) -> tuple[str, str] | None:
    """The pointer of the first value that is stored nowhere, and what it must be."""
    if isinstance(value, dict):
        parts = [(key, key) for key in value] + list(value.items())
    elif isinstance(value, list):
        parts = enumerate(value)
    else:
        odd = _oddness(value)
        return (_writable(pointer), odd) if odd else None
    return next((odd for key, part in parts if (odd := _find_odd(part, f"{pointer}/{key}"))), None)


def _oddness(value) -> str | None:
    if isinstance(value, str):
        whole = "\0" not in value and _writable(value) == value
        return None if whole else "must be text without NUL characters and halves of characters"
    odd = isinstance(value, float) and not math.isfinite(value)
    return "must be a finite number" if odd or _is_too_large(value) else None


def _is_too_large(value) -> bool:
    return isinstance(value, int) and abs(value) >= 2**63


def _writable(text: str) -> str:
    return text.encode(errors="replace").decode()


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
    if raw.count(b"[") + raw.count(b"{") > DEEPEST:
        _refuse_deep(raw)
    try:
        kind.decode(raw)
        sections = _decode_object(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise _refused_section(raw, kind) from None
    if rb"\u0000" in raw:
        _refuse_nul(raw)
    if not sections:
        raise Refused("/sections", "must have at least one section")
    return sections


def _refused_section(raw: bytes, kind: kinds.Kind) -> Refused:
    """Which section, which field of it, and why."""
    try:
        parts = _decode_parts(raw)
    except msgspec.MsgspecError as error:
        pointer, detail = _explained(error)
        return Refused(f"/sections{pointer}", detail)
    except UnicodeDecodeError:
        return Refused("/sections", "has a name that is not UTF-8")
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
    except msgspec.ValidationError as error:
        if "out of range" in str(error):
            return _not_strict(bytes(part), f"/sections/{name}")
        pointer, detail = _explained(error)
        return Refused(f"/sections/{name}{pointer}", detail)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _not_strict(bytes(part), f"/sections/{name}")
    return None


_AT = re.compile(r"^(?P<said>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)


def _explained(error: msgspec.ValidationError) -> tuple[str, str]:
    """msgspec's "Expected `float` >= 0.0 - at `$.battery`" -> ("/battery", "must be `float` >= 0.0")."""
    match = _AT.match(str(error))
    said, path = match["said"].replace("`", ""), match["path"] or "$"
    if missing := re.match(r"Object missing required field (\w+)", said):
        return _pointer(path) + f"/{missing[1]}", "is required"
    return _pointer(path), re.sub(r"^Expected ", "must be ", said)


def _pointer(path: str) -> str:
    """`$.battery.capacity_percent` -> `/battery/capacity_percent`; `$` -> ``."""
    return path.removeprefix("$").replace("[", ".").replace("]", "").replace(".", "/")
