"""Recorded drives and flights as samples: one row, one sample, its row number as sequence number.

Robots are recorded in metres with y up; maps are pixels with y down. So x and y are scaled, y and the heading turned
over. Nothing is invented: an empty cell leaves its field out.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fleet_platform.shared.clock import rfc3339

ROBOT_COLUMNS = {"x_m", "y_m", "rotate_deg", "speed_mps", "turn_rate_dps"}
FLIGHT_COLUMNS = {
    "latitude_deg": ("latitude",),
    "longitude_deg": ("longitude",),
    "height_m": ("height", "elevation"),
    "horizontal_speed_mps": ("horizontal_speed",),
    "vertical_speed_mps": ("vertical_speed",),
}


class NotARecording(ValueError):
    """The file's columns are not those of a recording, or a cell is no number."""


@dataclass(frozen=True)
class MapFrame:
    """Where a recording's metres lie on a map: the pixel of its (0, 0), and pixels for each metre."""

    pixels_per_metre: float = 25.0
    origin_x: float = 0.0
    origin_y: float = 0.0
    map_id: str | None = None


@dataclass(frozen=True)
class Recorded:
    """One row: its number from 1, its seconds from the start, its sections."""

    number: int
    seconds: float
    sections: dict[str, dict]

    def sample(self, start_us: int) -> dict:
        time_us = start_us + round(self.seconds * 1_000_000)
        return {"time": rfc3339(time_us), "seq": self.number, "sections": self.sections}


def read(lines: Iterable[str], frame: MapFrame) -> Iterator[Recorded]:
    """The rows of a CSV with a header. Raises NotARecording, naming column and row."""
    reader = csv.DictReader(lines)
    columns = set(reader.fieldnames or ())
    if "seconds" not in columns:
        raise NotARecording("The file has no column named seconds.")
    if {"x_m", "y_m"} <= columns:
        known, convert = ROBOT_COLUMNS, robot_sections
    elif {"latitude_deg", "longitude_deg"} <= columns:
        known, convert = set(FLIGHT_COLUMNS), flight_sections
    else:
        raise NotARecording("The file has neither x_m, y_m nor latitude_deg, longitude_deg.")
    if unknown := columns - known - {"seconds"}:
        raise NotARecording(f"Unknown columns: {', '.join(sorted(unknown))}.")
    for number, row in enumerate(reader, 1):
        cells = _numbers(row, number)
        if "seconds" not in cells:
            raise NotARecording(f"Row {number} has no time in the column seconds.")
        yield Recorded(number, cells.pop("seconds"), convert(cells, frame))


def _numbers(row: dict[str, str | None], number: int) -> dict[str, float]:
    try:
        return {name: float(said) for name, said in row.items() if said not in {None, ""}}
    except (TypeError, ValueError):
        raise NotARecording(f"Row {number} has a cell that is not a number: {row}") from None


def robot_sections(cells: dict[str, float], frame: MapFrame) -> dict[str, dict]:
    pose: dict = {}
    if "x_m" in cells and "y_m" in cells:
        pose["x"] = round(frame.origin_x + cells["x_m"] * frame.pixels_per_metre, 3)
        pose["y"] = round(frame.origin_y - cells["y_m"] * frame.pixels_per_metre, 3)
    if "rotate_deg" in cells:
        pose["rotate"] = 0.0 - cells["rotate_deg"]
    if "turn_rate_dps" in cells:
        pose["turn_rate"] = 0.0 - cells["turn_rate_dps"]
    if frame.map_id:
        pose["map_id"] = frame.map_id
    sections = {"pose": pose}
    if "speed_mps" in cells:
        moving = "Driving" if abs(cells["speed_mps"]) > 0.01 else "Stop"
        sections["robot_base_status"] = {"speed": cells["speed_mps"], "drive_status": moving}
    return sections


def flight_sections(cells: dict[str, float], frame: MapFrame) -> dict[str, dict]:
    osd = {}
    for column, value in cells.items():
        for key in FLIGHT_COLUMNS[column]:
            osd[key] = value
    return {"osd": osd}
