"""What a depot (drone hangar) sends: one section for each of its message topics, `nodes/<id>/msg/<section>`, and the
topics `status` and `network` beside them. Devices in the field send some numbers as texts; where they do, both pass."""

import math

from fleet_platform.telemetry.kinds import (
    Anything,
    Integer,
    Kind,
    Nested,
    Number,
    NumberOrText,
    Section,
    Sections,
    Text,
)

Word = Text(200)

SECTIONS = {
    "status": Section(
        {
            "code": Integer(0, 255),
            "msg": Word,
            "timestamp": NumberOrText,
            "status": Nested(
                link_id=NumberOrText,
                type=Word,
                lat=NumberOrText,
                lng=NumberOrText,
                alt=NumberOrText,
            ),
        },
        "Reachability: code 0 online, 1 offline, 2 network error; the depot's place and linked drone.",
    ),
    "network": Section(
        {"delay": Number(0, 1e9), "loss": Number(0, 100)},
        "Round trip in milliseconds and lost packets in percent.",
    ),
    "depot_status": Section(
        {"status": Word, "power": Word, "door": Word, "fix": Word},
        "ready, running, protect or error; power source; door; whether the drone is held.",
    ),
    "charger": Section(
        {"status": Number(), "V": Number(-1e5, 1e5), "A": Number(-1e5, 1e5)},
        "The charger: status, volt, ampere.",
    ),
    "weather": Section(
        {
            "WS": Number(0, 200),
            "WD": Number(-360, 360),
            "T": Number(-100, 150),
            "t": Number(-100, 150),
            "F": Number(-150, 300),
            "RH": Number(0, 100),
        },
        "Wind speed (m/s) and direction (degrees), temperature (T Celsius, F Fahrenheit), humidity (percent).",
    ),
    "notification": Section(
        {"time": Number(0, 1e12), "level": Integer(0, 7), "msg": Text()},
        "A line for people: time in Unix seconds, level as in RFC 5424.",
    ),
    "overview": Section({}, "Anything that the depot's maker wants shown."),
    "gimbal": Section(
        {
            "yaw": Number(-360, 360),
            "pitch": Number(-360, 360),
            "zoom": Number(0, 10_000),
            "source": NumberOrText,
        },
        "The camera's direction (degrees), zoom and source.",
    ),
    "overlay_screen": Section(
        {"width": Number(0, 1e5), "height": Number(0, 1e5), "shapes": Anything},
        "Shapes drawn over the video.",
    ),
}


def position(sections: Sections) -> dict | None:
    """The depot's own place from `status`; None where it tells none, or one that is not on the globe."""
    told = (sections.get("status") or {}).get("status") or {}
    longitude, latitude = _number_within(told.get("lng"), 180), _number_within(told.get("lat"), 90)
    if longitude is None or latitude is None or (longitude == 0 and latitude == 0):
        return None
    height = _number_within(told.get("alt"), 100_000)
    return {"longitude": longitude, "latitude": latitude, "height": height, "heading": None}


def _number_within(said: float | str | None, most: float) -> float | None:
    try:
        value = float(said)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) and abs(value) <= most else None


KIND = Kind(name="depot", sections=SECTIONS, position=position)
