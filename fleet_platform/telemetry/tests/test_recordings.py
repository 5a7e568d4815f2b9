"""CSV rows become samples, and nothing is invented on the way."""

import pytest

from fleet_platform.telemetry.simulation.recordings import MapFrame, NotARecording, read

ROBOT = [
    "seconds,x_m,y_m,rotate_deg,speed_mps,turn_rate_dps",
    "0.0,-2.8,1.1,-9.7,0.0,0.0",
    "0.216,1.0,2.0,90,0.5,-3",
]
FLIGHT = [
    "seconds,latitude_deg,longitude_deg,height_m,horizontal_speed_mps,vertical_speed_mps",
    "1,36.6146,-6.112,0.8,,",
]


def test_a_drive_is_turned_into_map_pixels_with_y_down():
    first, second = read(ROBOT, MapFrame(10, 100, 50, "hall"))
    assert first.sections["pose"] == {
        "x": 72.0,
        "y": 39.0,
        "rotate": 9.7,
        "turn_rate": 0.0,
        "map_id": "hall",
    }
    assert second.sections["pose"] == {
        "x": 110.0,
        "y": 30.0,
        "rotate": -90.0,
        "turn_rate": 3.0,
        "map_id": "hall",
    }
    assert second.sections["robot_base_status"] == {"speed": 0.5, "drive_status": "Driving"}


def test_rows_count_from_one_and_keep_their_time():
    samples = [row.sample(1_000_000_000_000_000) for row in read(ROBOT, MapFrame())]
    assert [sample["seq"] for sample in samples] == [1, 2]
    assert samples[1]["time"] == "2001-09-09T01:46:40.216Z"


def test_an_empty_cell_leaves_its_field_out():
    (row,) = read(FLIGHT, MapFrame())
    assert row.sections == {
        "osd": {"latitude": 36.6146, "longitude": -6.112, "height": 0.8, "elevation": 0.8}
    }


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "no column named seconds"),
        (["x_m,y_m", "1,2"], "no column named seconds"),
        (["seconds,speed_mps", "1,2"], "neither x_m, y_m nor"),
        (["seconds,x_m,y_m,altitude", "1,2,3,4"], "Unknown columns: altitude"),
        (["seconds,x_m,y_m", "1,two,3"], "Row 1 has a cell that is not a number"),
        (["seconds,x_m,y_m", ",2,3"], "Row 1 has no time"),
    ],
)
def test_what_is_no_recording_is_refused_by_name(lines, said):
    with pytest.raises(NotARecording, match=said):
        list(read(lines, MapFrame()))
