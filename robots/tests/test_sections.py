"""The table of stream sections, and what a robot may send."""

import json

import msgspec
import pytest

from fleet_platform.telemetry import kinds
from robots.kind import KIND
from robots.sections import SENT_BY_ROBOTS, STREAM_SECTIONS

GOOD = [
    ("robot_base_status", {}),
    ("robot_base_status", {"speed": 0.394, "battery": 48.0, "network": "GOOD"}),
    ("robot_base_status", {"battery": 0}),
    ("robot_base_status", {"battery": 100}),
    ("robot_base_status", {"speed": -1.5}),
    ("robot_base_status", {"staus_idx": 37478894.0}),
    ("robot_base_status", {"staus_idx": "37478894"}),
    ("robot_base_status", {"timestamp": 1688453891021.0}),
    ("robot_base_status", {"battery": None}),
    ("robot_base_status", {"vendor_key": {"kept": True}}),
    ("visitor_count", {"count": "1", "update_at": False, "route_log_id": -1.0}),
    ("visitor_count", {"position": {"x": 1414, "y": 81, "rotate": -56.30890718111302}}),
    ("covid_info", {"temp": 36.5, "mask_flag": True}),
    ("pose", {"x": 1213, "y": 78, "rotate": -32.27673803755728, "map_id": "thehyundai_1f"}),
    ("pose", {"store_id": None, "drive_status": "Stop", "traffic": 2}),
]

BAD = [
    ("robot_base_status", {"battery": -1}),
    ("robot_base_status", {"battery": 100.5}),
    ("robot_base_status", {"battery": "full"}),
    ("robot_base_status", {"battery": True}),
    ("robot_base_status", {"speed": 51}),
    ("robot_base_status", {"speed": [0.3]}),
    ("robot_base_status", {"network": 5}),
    ("robot_base_status", {"robot_id": "r" * 201}),
    ("robot_drive_info", {"drive_time": -1}),
    ("visitor_count", {"hour": 25}),
    ("visitor_count", {"id": {"nested": 1}}),
    ("covid_info", {"month": 13}),
    ("covid_info", {"temp": 1000}),
    ("pose", {"x": "left"}),
    ("pose", {"x": 1e9}),
    ("pose", {"rotate": 361}),
    ("pose", {"map_id": 7}),
]


def decode(name: str, row):
    return SENT_BY_ROBOTS[name].decode(json.dumps(row).encode())


@pytest.mark.parametrize(("name", "row"), GOOD)
def test_a_good_row_passes(name, row):
    decode(name, row)


@pytest.mark.parametrize(("name", "row"), BAD)
def test_a_bad_row_is_refused_with_the_field_named(name, row):
    with pytest.raises(msgspec.ValidationError, match=rf"\$\.{next(iter(row))}"):
        decode(name, row)


@pytest.mark.parametrize("row", ["[]", '"text"', "5", "true"])
def test_a_row_that_is_no_object_is_refused(row):
    with pytest.raises(msgspec.ValidationError):
        SENT_BY_ROBOTS["pose"].decode(row.encode())


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_not_finite_is_refused(number):
    with pytest.raises(msgspec.DecodeError):
        SENT_BY_ROBOTS["pose"].decode(f'{{"x": {number}}}'.encode())


def test_there_are_sixteen_sections_in_alphabetical_order():
    assert len(STREAM_SECTIONS) == 16
    assert list(STREAM_SECTIONS) == sorted(STREAM_SECTIONS)


def test_a_robot_sends_its_logs_and_pose_and_no_reference_tables():
    assert set(SENT_BY_ROBOTS) == {
        "pose",
        "covid_info",
        "drive_section_log",
        "lap_drive_log",
        "robot_base_status",
        "robot_drive_info",
        "route_drive_log",
        "traffic_count",
        "visitor_count",
    }


def test_every_section_says_what_it_tells():
    assert all(section.check.summary for section in STREAM_SECTIONS.values())


def test_the_kind_is_registered_at_start():
    assert kinds.get("robot") is KIND


@pytest.mark.parametrize(
    ("sections", "place"),
    [
        ({}, None),
        ({"robot_base_status": {"map_id": "1f"}}, None),
        ({"pose": {"x": 3}}, None),
        ({"pose": {"x": None, "y": 2}}, None),
        ({"pose": {"x": 0, "y": 0}}, {"map_id": None, "x": 0, "y": 0, "rotate": None}),
        (
            {"pose": {"x": 3, "y": 4, "rotate": 5, "map_id": "2f"}},
            {"map_id": "2f", "x": 3, "y": 4, "rotate": 5},
        ),
        (
            {"pose": {"x": 3, "y": 4}, "robot_base_status": {"map_id": "1f"}},
            {"map_id": "1f", "x": 3, "y": 4, "rotate": None},
        ),
    ],
)
def test_the_position_comes_from_pose(sections, place):
    assert KIND.position(sections) == place
