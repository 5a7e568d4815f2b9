"""What the API's pages say about the answers: made from the same table as the answers themselves."""

import msgspec

from ..sections import STREAM_SECTIONS

TAG = "FlyingLet"
OBJECT = {"type": "object"}
REFUSAL = {
    "type": "object",
    "description": "Any other status. Nothing was changed.",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "integer", "description": "The status"},
                "message": {"type": "string"},
                "fields": {
                    "type": "object",
                    "description": "Sentences by the field that was bad",
                    "additionalProperties": {"type": "array", "items": {"type": "string"}},
                },
            },
        }
    },
}
UPLOAD = {
    "type": "object",
    "description": "One file, under any field name",
    "properties": {"file": {"type": "string", "format": "binary"}},
}
NUMBER = {"type": ["number", "null"]}
TEXT = {"type": ["string", "null"]}


def answers(good: dict) -> dict:
    """`responses` of an operation: its own and the refusal, which has the same form everywhere."""
    return good | {"default": REFUSAL}


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

REGISTERED = {
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
REGISTRY = {"type": "object", "required": ["data"], "properties": {"data": REGISTERED}}
CHIP = {
    "type": "object",
    "required": ["authentication"],
    "properties": {"authentication": {"type": "boolean"}, "모델명": {"type": "string"}},
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

OID = {"type": "object", "required": ["$oid"], "properties": {"$oid": {"type": "string"}}}
ADMIN = {
    "type": "object",
    "required": ["_id", "email", "role", "adminName", "adminId", "adminProfile"],
    "properties": {
        "_id": OID,
        "email": {"type": "string"},
        "role": {"type": "string"},
        "phoneNumber": {"type": "string"},
        "adminName": {"type": "string"},
        "adminId": {"type": "string"},
        "createAt": {"type": "string"},
        "adminProfile": {"type": "string", "description": "JSON within a text"},
    },
}
ROBOT_PLACE = {
    "type": "object",
    "properties": {
        "robot_id": {"type": "string"},
        "map_id": {"type": "string"},
        "port": {"type": ["integer", "string"], "description": "A number, or an empty text"},
    },
}
LOGIN_PROFILE = {
    "type": "object",
    "properties": {
        "group_info": OBJECT,
        "login": {"const": 1},
        "managedRobots": {"type": "array", "items": OBJECT},
        "map_list": {"type": "array", "items": OBJECT},
        "owner_id": {"type": "string"},
        "robot_list": {"type": "array", "items": ROBOT_PLACE},
        "success": {"const": 1},
        "user": OBJECT,
    },
}
USER = {
    "type": "object",
    "description": "A person, the robots that he may see and the floors they drive on.",
    "required": ["_id", "email", "role", "userName", "loginProfile"],
    "properties": {
        "_id": OID,
        "email": {"type": "string"},
        "userName": {"type": "string"},
        "role": {"type": "string"},
        "loginProfile": LOGIN_PROFILE,
        "managedRobotIds": {"type": "array", "items": {"type": "string"}},
        "robot_list": {"type": "array", "items": ROBOT_PLACE},
        "mustChangePassword": {
            "type": "boolean",
            "description": "Only after a temporary password, and then the lists are empty",
        },
    },
    "additionalProperties": True,
}
USERS = {"type": "array", "items": USER, "minItems": 1, "maxItems": 1}
DUPLICATE = {
    "type": "object",
    "description": "The value under the field's name",
    "additionalProperties": {"type": "string"},
}
