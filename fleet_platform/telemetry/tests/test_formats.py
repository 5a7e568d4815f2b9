"""Stored samples as NDJSON and CSV, where what the device wrote could break the format around it."""

import csv
import io
import json

import pytest

from fleet_platform.telemetry import store
from fleet_platform.telemetry.ingest import Sender, parse_batch

# As a device with a pretty-printer writes it: stored and spliced as the bytes that came.
PRETTY = b"""{"samples": [
  {"time": 1767225600, "seq": 1, "sections": {"pose": {\r\n    "x": 1,\n    "y": 2,\n    "note": "=2+5\\n-"\n  }}},
  {"time": 1767225601, "seq": 2, "sections": {"pose": {"x": 3,\n"y": 4, "=own": "+1"}}}
]}"""


@pytest.fixture
def page(client_of, device, viewer):
    sender = Sender(device.pk, "robot", device.workspace_id)
    store.commit([parse_batch(PRETTY, sender).rows])

    def get(query: str) -> str:
        answer = client_of(viewer).get(f"/api/fleet/devices/{device.pk}/telemetry?{query}")
        assert answer.status_code == 200
        return answer.content.decode()

    return get


@pytest.mark.parametrize("query", ["format=ndjson", "format=ndjson&sections=pose"])
def test_every_line_of_ndjson_is_one_document(page, query):
    lines = page(query).splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [1, 2]
    assert json.loads(lines[0])["sections"]["pose"]["note"] == "=2+5\n-"


def test_no_cell_of_csv_is_a_formula(page):
    rows = list(csv.reader(io.StringIO(page("format=csv"))))
    assert len(rows) == 3
    cells = [cell for row in rows for cell in row]
    assert "'=2+5\n-" in cells and "'+1" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
