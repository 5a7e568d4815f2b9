"""What the reference sections say, in the wire's own keys."""

import json
from zoneinfo import ZoneInfo

import msgspec
import pytest

from accounts.models import Device, Workspace
from fleet_platform.shared import clock
from fleet_platform.telemetry.models import Zone
from robots import reference_rows
from robots.models import FloorMap, Region, Robot, Store, WayPointList
from robots.sections import STREAM_SECTIONS

from .places import REGION, STORE, WAY

SEOUL = ZoneInfo("Asia/Seoul")
MOMENT = clock.parse_us("2023-07-04T06:58:11+09:00")
FLOOR = FloorMap(pk=4, map_id="thehyundai_1f", metres_per_pixel=0.04)
store = Store(pk=1, floor=FLOOR, center_x=150.0, center_y=140.5, **STORE)
region = Region(pk=2, floor=FLOOR, **REGION)
way = WayPointList(pk=3, floor=FLOOR, version=5, updated_us=MOMENT, **WAY)
red = Zone(
    pk=5,
    map_id="thehyundai_1f",
    name="Stairs",
    polygon=[[0, 0], [9, 0], [9, 9]],
    color="#B3261E",
    created_by_id=6,
    updated_us=MOMENT,
)
robot = Robot(
    pk=8,
    device=Device(
        name="더현대큐브릭1", workspace=Workspace(pk=9, name="더현대", time_zone="Asia/Seoul")
    ),
    mac_address="00:15:5d:e1:cf:59",
    model_version="1",
    os_version="10.0.25352",
    model_code="CUB",
)
EDGE = "2023-07-04T06:58:11+09:00"
TOLD = {
    "map_store": (
        lambda **told: reference_rows.map_store(store, SEOUL, **told),
        {
            "idx": 1,
            "map_idx": 4,
            "map_id": "thehyundai_1f",
            "store_id": 3,
            "store_name": "카페",
            "center_x": 150,
            "center_y": 140.5,
            "bound": [
                {"x": 100, "y": 100},
                {"x": 200, "y": 100},
                {"x": 200, "y": 180},
                {"x": 100, "y": 180},
            ],
        },
        {"bound": []},
    ),
    "robot_region": (
        lambda **told: reference_rows.robot_region(region, SEOUL, **told),
        {
            "traffic_idx": 2,
            "region_id": 7,
            "map_id": "thehyundai_1f",
            "position_x": 300,
            "position_y": 200,
            "width": 120,
            "height": 80.5,
        },
        {"width": 0, "height": 0},
    ),
    "way_point_list": (
        lambda **told: reference_rows.way_point_list(way, SEOUL, **told),
        {
            "idx": 3,
            "way_point_id": "thehyundai_1f_tour",
            "name": "Tour",
            "map_id": "thehyundai_1f",
            "version": 5,
            "points": WAY["points"],
            "update_at": EDGE,
            "drive_distance": 16.0,
            "drive_time": 50.0,
            "id_color": "#0b6b62",
            "avaliable": 1,
        },
        {"avaliable": 0},
    ),
    "red_zone": (
        lambda **told: reference_rows.red_zone(red, SEOUL, **told),
        {
            "id": 5,
            "map_id": "thehyundai_1f",
            "name": "Stairs",
            "state": "active",
            "creator": 6,
            "points": [{"x": 0, "y": 0}, {"x": 9, "y": 0}, {"x": 9, "y": 9}],
            "update_at": EDGE,
            "color": "#B3261E",
        },
        {"state": "deleted"},
    ),
    "robot_info": (
        lambda **told: reference_rows.robot_info(robot, MOMENT, **told),
        {
            "idx": 8,
            "mac_address": "00:15:5d:e1:cf:59",
            "name": "더현대큐브릭1",
            "hw_ver": "1",
            "sw_ver": "10.0.25352",
            "access_scope": 9,
            "owner": "더현대",
            "type": "CUB",
            "update_at": EDGE,
            "delete_at": None,
        },
        {"delete_at": EDGE},
    ),
}
sections = pytest.mark.parametrize("section", TOLD)


@sections
def test_a_row_says_what_the_table_holds(section):
    build, row, _ = TOLD[section]
    assert build() == row


@sections
def test_a_removed_row_says_that_it_is_gone(section):
    build, row, gone = TOLD[section]
    assert build(removed=True) == {**row, **gone}


@sections
def test_a_row_has_the_wire_s_keys_in_their_order_and_types(section):
    row = TOLD[section][0]()
    assert tuple(row) == STREAM_SECTIONS[section].keys
    STREAM_SECTIONS[section].check.decode(msgspec.Raw(json.dumps(row).encode()))


def test_a_zone_at_rest_is_inactive():
    assert reference_rows.red_zone(Zone(active=False, polygon=[]), SEOUL)["state"] == "inactive"


def test_a_way_on_a_floor_without_scale_has_no_length():
    unmeasured = WayPointList(floor=FloorMap(map_id="2f"), **WAY)
    row = reference_rows.way_point_list(unmeasured, SEOUL)
    assert (row["drive_distance"], row["drive_time"]) == (None, None)


@pytest.mark.parametrize(
    ("said", "told"),
    [("3", 3), ("0", 0), ("03", "03"), ("3.5", "3.5"), ("tour_1", "tour_1"), ("٣", "٣"), ("", "")],
)
def test_an_id_is_a_number_where_robots_would_say_one(said, told):
    assert reference_rows.wire_id(said) == told
