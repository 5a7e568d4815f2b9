"""What may be asked of a device. Pure checks, each with the field's name."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from fleet_platform.shared.errors import Invalid

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", re.ASCII)
REQUEST_ID = re.compile(r"[\x21-\x7e]{1,64}", re.ASCII)
PARAMS_BYTES = 16 * 1024
PARAMS_DEPTH = 16
LARGEST_NUMBER = 2**53
DEFAULT_SECONDS = 60
LONGEST_SECONDS = 7 * 86_400
DETAIL_CHARACTERS = 500
STANDARD = ("stop", "resume", "go_to", "drive_route", "return_to_charger", "locate")


def check(
    name: str, params: Mapping[str, Any], expires_in: float, request_id: str | None = None
) -> None:
    """Raises Invalid."""
    wrong: dict[str, str] = {}
    if not isinstance(name, str) or not NAME.fullmatch(name):
        wrong["name"] = "must be 1 to 64 letters, digits, dots, dashes or underscores"
    if said := _wrong_params(params):
        wrong["params"] = said
    if not 1 <= expires_in <= LONGEST_SECONDS:
        wrong["expires_in"] = f"must be seconds between 1 and {LONGEST_SECONDS}"
    if said := _wrong_request_id(request_id):
        wrong["request_id"] = said
    if wrong:
        raise Invalid(wrong)


def check_request_id(request_id: str | None) -> None:
    """Raises Invalid."""
    if said := _wrong_request_id(request_id):
        raise Invalid({"request_id": said})


def _wrong_request_id(request_id: str | None) -> str | None:
    if request_id is None or REQUEST_ID.fullmatch(request_id):
        return None
    return "must be 1 to 64 visible ASCII characters"


def _wrong_params(params: Mapping[str, Any]) -> str | None:
    if not isinstance(params, dict):
        return "must be an object"
    for depth, value in _walk(params):
        if depth > PARAMS_DEPTH:
            return f"must not be nested more than {PARAMS_DEPTH} deep"
        if isinstance(value, float) and not math.isfinite(value):
            return "must have finite numbers"
        if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
            return "must have numbers up to 2^53"
    if len(msgspec.json.encode(params)) > PARAMS_BYTES:
        return f"must not have more than {PARAMS_BYTES} bytes"
    return None


def _walk(value: Any) -> Iterator[tuple[int, Any]]:
    """Every value inside with its depth, the whole one first."""
    waiting = [(1, value)]
    while waiting:
        depth, value = waiting.pop()
        yield depth, value
        if isinstance(value, dict | list) and depth <= PARAMS_DEPTH:
            parts = value.values() if isinstance(value, dict) else value
            waiting += [(depth + 1, part) for part in parts]
