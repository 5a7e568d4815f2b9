"""MQTT topics and payloads -> batches for ingest: whose message it is, and the same JSON that HTTP takes. Pure.

Three families: the platform's own `fleet/<device id>/telemetry` (and `.../commands/reply`, which is no batch), DJI's
`thing/product/<serial>/osd|state`, and the depots' `nodes/<device id>/msg/<section>`, `/status`, `/network`. Who may
publish where is the broker's to enforce.
"""

import re
from dataclasses import dataclass
from hashlib import blake2b

import msgspec

from fleet_platform.shared import clock
from fleet_platform.shared.errors import Invalid

FILTERS = (
    "fleet/+/telemetry",
    "fleet/+/commands/reply",
    "thing/product/+/osd",
    "thing/product/+/state",
    "nodes/+/msg/+",
    "nodes/+/status",
    "nodes/+/network",
)
_FLEET = re.compile(r"fleet/(\d{1,18})/telemetry")
_REPLY = re.compile(r"fleet/(\d{1,18})/commands/reply")
_PRODUCT = re.compile(r"thing/product/([^/]+)/(osd|state)")
_NODE = re.compile(r"nodes/(\d{1,18})/(?:msg/([^/]+)|(status|network))")


@dataclass(frozen=True)
class Batch:
    """`device` is an id, `serial` a serial number: one of them is set. `body` is `{"samples": [...]}`."""

    body: bytes
    device: int | None = None
    serial: str | None = None


class _Report(msgspec.Struct):
    """DJI's envelope around a report."""

    data: msgspec.Raw
    timestamp: int | float
    tid: str = ""


class _Timed(msgspec.Struct):
    timestamp: float | str | None = None
    time: float | str | None = None


_decode_report = msgspec.json.Decoder(_Report).decode
_decode_timed = msgspec.json.Decoder(_Timed).decode


def read(topic: str, payload: bytes, received_us: int) -> Batch:
    """Raises Invalid for a topic of none of the families or an envelope that cannot be read."""
    if match := _FLEET.fullmatch(topic):
        return Batch(payload, device=int(match[1]))
    if match := _PRODUCT.fullmatch(topic):
        return Batch(_report(payload, match[2]), serial=match[1])
    if match := _NODE.fullmatch(topic):
        return Batch(_node(payload, match[2] or match[3], received_us), device=int(match[1]))
    raise Invalid({"topic": "is not one that the platform reads"})


def device_replying(topic: str) -> int | None:
    """The device whose word on a command comes by the topic; None for every other topic."""
    match = _REPLY.fullmatch(topic)
    return int(match[1]) if match else None


def _report(payload: bytes, section: str) -> bytes:
    """The report's own time; its transaction id tells a repeat from another report of the same millisecond."""
    try:
        report = _decode_report(payload)
    except msgspec.MsgspecError as error:
        raise Invalid({"payload": str(error)}) from None
    return _one_sample(report.timestamp, _number(report.tid.encode()), section, report.data)


def _node(payload: bytes, section: str, received_us: int) -> bytes:
    """These messages rarely tell their time: then it is the time of receipt, and a repeat is stored again."""
    try:
        raw = msgspec.json.decode(payload, type=msgspec.Raw)
    except msgspec.MsgspecError as error:
        raise Invalid({"payload": str(error)}) from None
    time_us = _told_time(payload) or received_us
    return _one_sample(time_us / 1000, _number(payload), section, raw)


def _told_time(payload: bytes) -> int | None:
    try:
        told = _decode_timed(payload)
        said = float(told.timestamp or told.time or 0)
        time_us = clock.parse_us(said)
    except (msgspec.MsgspecError, ValueError):
        return None
    return time_us if time_us >= clock.YEAR_2000 else None


def _one_sample(time: float, seq: int, section: str, data: msgspec.Raw) -> bytes:
    return msgspec.json.encode(
        {"samples": [{"time": time, "seq": seq, "sections": {section: data}}]}
    )


def _number(text: bytes) -> int:
    """48 bits of the text's digest; 0 for no text."""
    return int.from_bytes(blake2b(text, digest_size=6).digest()) if text else 0
