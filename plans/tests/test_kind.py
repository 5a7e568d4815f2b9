"""What a depot may send."""

import json

import msgspec
import pytest

from fleet_platform.telemetry import kinds
from plans.kind import KIND

PLACE = {"link_id": 3, "type": "depot", "lat": "22.68", "lng": "114.22", "alt": "85"}

GOOD = [
    ("weather", {"WS": 2.5, "WD": 180, "T": 21.5, "RH": 60}),
    ("depot_status", {"status": "ready", "power": "cable", "door": "closed", "fix": "closed"}),
    ("charger", {"status": 1, "V": 48.2, "A": 3.1}),
    ("notification", {"time": 1616000000, "level": 4, "msg": "Door is slow"}),
    ("network", {"delay": 35, "loss": 0}),
    ("status", {"code": 0, "msg": "online", "timestamp": "1616000000", "status": PLACE}),
    ("overview", {"anything": {"goes": True}}),
]
BAD = [
    ("weather", {"WS": -1}),
    ("weather", {"RH": 101}),
    ("charger", {"V": "48"}),
    ("notification", {"level": 8}),
    ("network", {"loss": 100.5}),
    ("depot_status", {"door": 1}),
    ("status", {"code": "0"}),
]


@pytest.mark.parametrize(("section", "row"), GOOD)
def test_a_good_message_passes(section, row):
    KIND.sections[section].decode(json.dumps(row).encode())


@pytest.mark.parametrize(("section", "row"), BAD)
def test_a_bad_message_is_refused_with_the_field_named(section, row):
    with pytest.raises(msgspec.ValidationError, match=rf"\$\.{next(iter(row))}"):
        KIND.sections[section].decode(json.dumps(row).encode())


def test_the_position_is_read_from_texts_and_numbers():
    assert KIND.position({"status": {"status": PLACE}}) == {
        "longitude": 114.22,
        "latitude": 22.68,
        "height": 85.0,
        "heading": None,
    }


@pytest.mark.parametrize(
    "place",
    [
        None,
        {},
        {"lat": "22"},
        {"lat": "north", "lng": "east"},
        {"lat": "nan", "lng": "1"},
        {"lat": 91, "lng": 0},
        {"lat": 0, "lng": 0},
    ],
)
def test_a_place_that_cannot_be_is_none(place):
    assert KIND.position({"status": {"status": place}}) is None


def test_the_kind_is_registered_at_start():
    assert kinds.get("depot") is KIND
