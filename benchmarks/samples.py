"""The samples that benchmarks send and store: an aircraft's `osd` of some 240 bytes, or a robot's pose and status."""

import json


def sections(kind: str, number: int) -> str:
    """JSON of the sections; `number` makes them differ."""
    turn = number % 1000
    if kind == "robot":
        return (
            f'{{"robot_base_status":{{"speed":0.{turn:03d},"battery":{20 + turn % 80},"network":"GOOD",'
            f'"drive_status":"Driving"}},"pose":{{"x":{1000 + turn},"y":{turn},"rotate":-{turn % 180}.3,'
            '"map_id":"floor_1"}}'
        )
    return (
        f'{{"osd":{{"latitude":37.5{turn:03d}12,"longitude":127.0{turn:03d}34,"height":{100 + turn % 50}.25,'
        f'"elevation":{turn % 120}.5,"horizontal_speed":{turn % 15}.4,"vertical_speed":-0.{turn:03d},'
        f'"attitude_head":-{turn % 180}.1,"attitude_pitch":1.{turn:03d},"attitude_roll":-2.{turn:03d},'
        f'"mode_code":5,"battery":{{"capacity_percent":{20 + turn % 80}}}}}}}'
    )


def position(kind: str, number: int) -> str:
    told = json.loads(sections(kind, number))
    if kind == "robot":
        place = {key: told["pose"][key] for key in ("map_id", "x", "y", "rotate")}
    else:
        osd = told["osd"]
        place = {key: osd[key] for key in ("longitude", "latitude", "height")}
        place["heading"] = osd["attitude_head"]
    return json.dumps(place, separators=(",", ":"))


_positions = {kind: [position(kind, turn) for turn in range(1000)] for kind in ("drone", "robot")}


def stored(kind: str, number: int) -> tuple[str, str]:
    """The texts that the store keeps of one sample: sections and position."""
    return sections(kind, number), _positions[kind][number % 1000]


def batch(kind: str, start_us: int, size: int, number: int) -> bytes:
    """A body for the ingest end: `size` samples a millisecond apart."""
    parts = [
        f'{{"time":{(start_us + turn * 1000) / 1e6:.3f},"seq":{number + turn},'
        f'"sections":{sections(kind, number + turn)}}}'
        for turn in range(size)
    ]
    return f'{{"samples":[{",".join(parts)}]}}'.encode()
