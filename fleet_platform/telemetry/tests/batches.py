"""Checked rows for tests of the writer and the store, from the same reader as everything that arrives."""

import msgspec

from accounts.models import Device
from fleet_platform.telemetry.ingest import Row, Sender, parse_batch
from fleet_platform.tests.server import EPOCH_MS, sample


def rows(device: Device, *numbers: int, **pose) -> list[Row]:
    """A batch of samples of a robot by their numbers, a tenth of a second apart."""
    return checked(device, *(sample(number, **pose) for number in numbers))


def checked(device: Device, *samples: dict) -> list[Row]:
    sender = Sender(device.pk, device.kind, device.workspace_id)
    parsed = parse_batch(msgspec.json.encode({"samples": samples}), sender)
    assert not parsed.rejected
    return parsed.rows


def status(number: int, battery: int, seq: int | None = None) -> dict:
    """A sample without a place."""
    sections = {"robot_base_status": {"battery": battery}}
    return {
        "time": EPOCH_MS + 100 * number,
        "seq": number if seq is None else seq,
        "sections": sections,
    }
