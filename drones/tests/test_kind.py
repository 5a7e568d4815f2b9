"""What aircraft and remote controllers may send."""

import json

import msgspec
import pytest

from drones.kind import DRONE, REMOTE_CONTROLLER
from fleet_platform.telemetry import kinds

OSD = {
    "43-0-0": {"gimbal_pitch": 0, "gimbal_yaw": -103.7, "payload_index": "43-0-0", "version": 1},
    "attitude_head": 0,
    "attitude_pitch": -0.5,
    "attitude_roll": -0.1,
    "battery": {
        "batteries": [
            {
                "capacity_percent": 90,
                "firmware_version": "01.02.05.31",
                "index": 0,
                "loop_times": 131,
                "sn": "xxxx",
                "sub_type": 0,
                "temperature": 23.1,
                "type": 0,
                "voltage": 49032,
            }
        ],
        "capacity_percent": 45,
        "landing_power": 5,
        "remain_flight_time": 0,
        "return_home_power": 10,
    },
    "elevation": 0,
    "firmware_version": "04.00.0014",
    "gear": 1,
    "height": 100.020332,
    "home_distance": 0,
    "horizontal_speed": 0,
    "latitude": 22,
    "longitude": 113,
    "mode_code": 0,
    "position_state": {"gps_number": 15, "is_fixed": 0, "quality": 5, "rtk_number": 0},
    "total_flight_distance": 0,
    "total_flight_time": 0,
    "vertical_speed": 0,
    "wind_direction": 0,
    "wind_speed": 0,
}
CONTROLLER_OSD = {
    "capacity_percent": 0,
    "latitude": 0,
    "live_status": {"live_time": 0, "live_trendline": 0, "video_id": "", "video_quality": 65535},
    "longitude": 0,
    "transmission_signal_quality": 0,
    "wireless_link": {
        "4g_freq_band": 5.8,
        "4g_gnd_quality": 65535,
        "4g_link_state": 0,
        "4g_quality": 65535,
        "4g_uav_quality": 65535,
        "dongle_number": 0,
        "link_workmode": 1,
        "sdr_freq_band": 5.8,
        "sdr_link_state": 0,
        "sdr_quality": 65535,
    },
    "wireless_link_state": {"download_quality": 0, "frequency_band": 0, "upward_quality": 0},
}

GOOD = [
    (DRONE, "osd", OSD),
    (DRONE, "osd", {}),
    (DRONE, "osd", {"mode_code": 9999}),
    (DRONE, "osd", {"latitude": -90, "longitude": 180}),
    (DRONE, "osd", {"battery": {"capacity_percent": 100, "new_key": [1, 2]}}),
    (DRONE, "state", {"home_latitude": 37.5, "home_longitude": 127.0, "mode_code_reason": 0}),
    (REMOTE_CONTROLLER, "osd", CONTROLLER_OSD),
    (REMOTE_CONTROLLER, "state", {"live_capacity": {"device_list": []}, "live_status": []}),
]
BAD = [
    (DRONE, "osd", {"latitude": 90.01}, "latitude"),
    (DRONE, "osd", {"latitude": "37"}, "latitude"),
    (DRONE, "osd", {"longitude": -180.5}, "longitude"),
    (DRONE, "osd", {"battery": {"capacity_percent": 101}}, "battery.capacity_percent"),
    (DRONE, "osd", {"battery": {"capacity_percent": -1}}, "battery.capacity_percent"),
    (DRONE, "osd", {"battery": 50}, "battery"),
    (DRONE, "osd", {"mode_code": "flying"}, "mode_code"),
    (DRONE, "osd", {"position_state": {"gps_number": 1.5}}, "position_state.gps_number"),
    (DRONE, "state", {"home_latitude": 100}, "home_latitude"),
    (REMOTE_CONTROLLER, "osd", {"capacity_percent": 200}, "capacity_percent"),
    (REMOTE_CONTROLLER, "osd", {"wireless_link": {"4g_quality": "good"}}, "wireless_link"),
]


@pytest.mark.parametrize(("kind", "section", "row"), GOOD)
def test_a_good_report_passes(kind, section, row):
    kind.sections[section].decode(json.dumps(row).encode())


@pytest.mark.parametrize(("kind", "section", "row", "named"), BAD)
def test_a_bad_report_is_refused_with_the_field_named(kind, section, row, named):
    with pytest.raises(msgspec.ValidationError, match=rf"\$\.{named}"):
        kind.sections[section].decode(json.dumps(row).encode())


def test_the_position_is_that_of_the_osd():
    assert DRONE.position({"osd": OSD}) == {
        "longitude": 113,
        "latitude": 22,
        "height": 100.020332,
        "heading": 0,
    }


@pytest.mark.parametrize(
    "sections", [{}, {"osd": {}}, {"osd": {"latitude": 1}}, {"osd": CONTROLLER_OSD}]
)
def test_without_a_fix_there_is_no_position(sections):
    assert REMOTE_CONTROLLER.position(sections) is None


def test_a_place_on_the_equator_counts():
    assert DRONE.position({"osd": {"latitude": 0, "longitude": 9.5}})["latitude"] == 0


def test_a_remote_controller_speaks_for_its_drone_and_not_the_other_way():
    assert REMOTE_CONTROLLER.carries == ("drone",)
    assert DRONE.carries == ()


def test_the_kinds_are_registered_at_start():
    assert kinds.get("drone") is DRONE
    assert kinds.get("remote_controller") is REMOTE_CONTROLLER
