"""What the API's pages say about the answers: made from the same table as the answers themselves."""

import msgspec

from ..sections import STREAM_SECTIONS

OBJECT = {"type": "object"}
NUMBER = {"type": ["number", "null"]}
TEXT = {"type": ["string", "null"]}


def _value(type_) -> dict:
    """A field's type as JSON Schema, with `false` for "nothing"."""
    told = msgspec.json.schema(type_)
    choices = told.get("anyOf", [told])
    return {"anyOf": [*(one for one in choices if one != {"type": "null"}), {"const": False}]}


TICK = {
    "type": "object",
    "required": ["create_at", *STREAM_SECTIONS],
    "properties": {
        "create_at": {"type": "string", "format": "date-time"},
        **{
            name: {
                "type": "object",
                "description": section.check.summary,
                "required": list(section.keys),
                "properties": {key: _value(told) for key, told in section.check.fields.items()},
            }
            for name, section in STREAM_SECTIONS.items()
        },
    },
}
TICKS = {"type": "array", "items": TICK}

REGISTRY = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "data": {
            "type": "object",
            "description": "The registry document. Switches and numbers are texts; current values"
            " are empty texts before the robot sent any.",
            "properties": {
                "robot_id": {"type": "string"},
                "deviceName": {"type": "string"},
                "isActive": {"type": "string", "enum": ["True", "False"]},
                "photo_log": OBJECT,
                "specialFunctions": {"type": "array", "items": OBJECT},
            },
            "additionalProperties": True,
        }
    },
}

PHOTO = {
    "type": "object",
    "properties": {
        "_id": {"type": "object", "properties": {"$oid": {"type": "string"}}},
        "robot_id": {"type": "string"},
        "pose": {
            "type": "object",
            "properties": {
                "x": NUMBER,
                "y": NUMBER,
                "rotate": NUMBER,
                "timestamp": {"type": "integer", "description": "Epoch milliseconds"},
                "traffic": {},
            },
        },
        "store_id": {},
        "timestamp": {"type": "integer", "description": "Epoch milliseconds"},
        "map_id": TEXT,
        "drive_info": {},
        "drive_status": TEXT,
        "traffic": {},
    },
}
PHOTOS = {
    "type": "object",
    "required": ["count", "result"],
    "properties": {
        "count": {"type": "integer", "description": "Rows in all, on this page or not"},
        "result": {"type": "array", "items": PHOTO},
    },
}
