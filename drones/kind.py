"""What aircraft and remote controllers send: DJI's `osd` (at a fixed rate) and `state` (on change), in DJI's own keys.

Every key may be absent, since docks split one report over several messages. Keys that this table does not know, such
as a payload's "43-0-0", stay as they came. Codes are not checked against lists: new models bring new ones.
"""

from typing import Any

from fleet_platform.telemetry.kinds import (
    Anything,
    Integer,
    Kind,
    Nested,
    Number,
    Section,
    Sections,
    Text,
)

Latitude = Number(-90, 90)
Longitude = Number(-180, 180)
Percent = Number(0, 100)
Metres = Number(-12_000, 100_000)
Speed = Number(-500, 500)
Angle = Number(-360, 360)
Code = Integer()
Total = Number(0, 1e12)


def _list(of: Any) -> Any:
    return list[of] | None


BATTERY = Nested(
    capacity_percent=Percent,
    remain_flight_time=Number(0, 1e6),
    return_home_power=Percent,
    landing_power=Percent,
    batteries=_list(
        Nested(
            index=Code,
            sn=Text(100),
            type=Code,
            sub_type=Code,
            capacity_percent=Percent,
            voltage=Number(0, 1e6),
            temperature=Number(-100, 200),
            loop_times=Integer(0),
            firmware_version=Text(100),
        )
    ),
)

AIRCRAFT_OSD = Section(
    {
        "latitude": Latitude,
        "longitude": Longitude,
        "height": Metres,
        "elevation": Metres,
        "horizontal_speed": Speed,
        "vertical_speed": Speed,
        "attitude_head": Angle,
        "attitude_pitch": Angle,
        "attitude_roll": Angle,
        "battery": BATTERY,
        "mode_code": Code,
        "home_distance": Number(0, 1e8),
        "total_flight_time": Total,
        "total_flight_distance": Total,
        "total_flight_sorties": Total,
        "position_state": Nested(is_fixed=Code, quality=Code, gps_number=Code, rtk_number=Code),
        "wind_speed": Number(0, 10_000),
        "wind_direction": Code,
        "gear": Code,
        "height_limit": Number(0, 100_000),
        "storage": Nested(total=Total, used=Total),
        "track_id": Text(64),
        "firmware_version": Text(100),
    },
    "Position, attitude, speed and battery of the aircraft: degrees, metres above the ellipsoid, m/s, percent.",
)

AIRCRAFT_STATE = Section(
    {
        "mode_code_reason": Code,
        "home_latitude": Latitude,
        "home_longitude": Longitude,
        "firmware_version": Text(100),
        "live_capacity": Anything,
        "live_status": Anything,
    },
    "What changes seldom: home point, firmware, cameras.",
)

LINK = {
    "4g_freq_band": Number(),
    "4g_gnd_quality": Code,
    "4g_link_state": Code,
    "4g_quality": Code,
    "4g_uav_quality": Code,
    "dongle_number": Code,
    "link_workmode": Code,
    "sdr_freq_band": Number(),
    "sdr_link_state": Code,
    "sdr_quality": Code,
}

CONTROLLER_OSD = Section(
    {
        "latitude": Latitude,
        "longitude": Longitude,
        "height": Metres,
        "capacity_percent": Percent,
        "country": Text(100),
        "transmission_signal_quality": Code,
        "wireless_link": Nested(**LINK),
        "wireless_link_state": Nested(
            download_quality=Code, frequency_band=Number(), upward_quality=Code
        ),
        "live_status": Anything,
    },
    "Position, battery and radio link of the remote controller.",
)

CONTROLLER_STATE = Section(
    {
        "live_capacity": Anything,
        "live_status": Anything,
        "firmware_version": Text(100),
        "dongle_infos": Anything,
    },
    "What changes seldom: firmware, cameras on offer, running streams.",
)


def position(sections: Sections) -> dict | None:
    """The place from `osd`; None without coordinates or without a fix, which DJI sends as 0/0."""
    osd = sections.get("osd") or {}
    latitude, longitude = osd.get("latitude"), osd.get("longitude")
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    return {
        "longitude": longitude,
        "latitude": latitude,
        "height": osd.get("height"),
        "heading": osd.get("attitude_head"),
    }


DRONE = Kind(
    name="drone",
    sections={"osd": AIRCRAFT_OSD, "state": AIRCRAFT_STATE},
    position=position,
    moves=True,
)
REMOTE_CONTROLLER = Kind(
    name="remote_controller",
    sections={"osd": CONTROLLER_OSD, "state": CONTROLLER_STATE},
    position=position,
    carries=("drone",),
)
