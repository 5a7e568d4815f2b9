"""What a base station may send."""

import json

import msgspec
import pytest

from fleet_platform.telemetry import kinds
from therapy.kind import KIND

GOOD = [
    ("treatment", {"real_user_id": 7, "treatment_time": 25_200, "last_intensity": 5.0}),
    ("treatment", {"real_user_id": "child-7", "movement": 80}),
    ("environment", {"temperature": 22.55, "humidity": 40.5, "brightness": 2, "noise": 1}),
    ("environment", {"temperature": None}),
]
BAD = [
    ("treatment", {"treatment_time": -1}),
    ("treatment", {"movement": "many"}),
    ("environment", {"humidity": 100.1}),
    ("environment", {"temperature": -274}),
    ("environment", {"noise": -1}),
]


@pytest.mark.parametrize(("section", "row"), GOOD)
def test_a_good_report_passes(section, row):
    KIND.sections[section].decode(json.dumps(row).encode())


@pytest.mark.parametrize(("section", "row"), BAD)
def test_a_bad_report_is_refused_with_the_field_named(section, row):
    with pytest.raises(msgspec.ValidationError, match=rf"\$\.{next(iter(row))}"):
        KIND.sections[section].decode(json.dumps(row).encode())


def test_a_base_station_has_no_position():
    assert KIND.position({"environment": {"temperature": 20}}) is None


def test_the_kind_is_registered_at_start():
    assert kinds.get("base_station") is KIND
