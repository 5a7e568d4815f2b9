"""What is wrong with a piece of JSON: a pointer and a sentence. Slow and thorough, for what was refused already."""

import json
import math
import re

import msgspec

LONGEST_POINTER = 300
_AT = re.compile(r"^(?P<said>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)


def explained(error: msgspec.ValidationError) -> tuple[str, str]:
    """msgspec's "Expected `float` >= 0.0 - at `$.battery`" -> ("/battery", "must be float >= 0.0")."""
    match = _AT.match(str(error))
    said, path = match["said"].replace("`", ""), match["path"] or "$"
    if missing := re.match(r"Object missing required field (\w+)", said):
        return _pointer(path) + f"/{missing[1]}", "is required"
    return _pointer(path), re.sub(r"^Expected ", "must be ", said)


def _pointer(path: str) -> str:
    """`$.battery.capacity_percent` -> `/battery/capacity_percent`; `$` -> ``."""
    return path.removeprefix("$").replace("[", ".").replace("]", "").replace(".", "/")


def shown(pointer: str) -> str:
    """Names come from the device and go into answers and logs: in one line, and not without end."""
    return "".join(sign if sign.isprintable() else "?" for sign in pointer[:LONGEST_POINTER])


def is_out_of_range(error: Exception) -> bool:
    """Whether msgspec met a number that no float holds: well formed, but not a value to keep."""
    return isinstance(error, msgspec.ValidationError) and "out of range" in str(error)


def why_not_strict(data: bytes, pointer: str = "") -> tuple[str, str]:
    """Why a piece is not strict JSON: the first value that JSON or a database does not have, or no JSON at all."""
    try:
        loose = json.loads(data, parse_int=_whole)
    except (ValueError, RecursionError):
        return pointer, "is not JSON"
    return _find_odd(loose, pointer) or (pointer, "is not strict JSON")


def odd_value(data: bytes, pointer: str) -> tuple[str, str] | None:
    """The first value of strict JSON that no database holds."""
    return _find_odd(json.loads(data, parse_int=_whole), pointer)


def _whole(digits: str) -> int | float:
    """Python reads no whole number of thousands of digits."""
    return int(digits) if len(digits) < 32 else math.inf


def _find_odd(value, pointer: str) -> tuple[str, str] | None:
    if isinstance(value, dict):
        parts = [(key, key) for key in value] + list(value.items())
    elif isinstance(value, list):
        parts = enumerate(value)
    else:
        odd = _oddness(value)
        return (_writable(pointer), odd) if odd else None
    return next((odd for key, part in parts if (odd := _find_odd(part, f"{pointer}/{key}"))), None)


def _oddness(value) -> str | None:
    if isinstance(value, str):
        whole = "\0" not in value and _writable(value) == value
        return None if whole else "must be text without NUL characters and halves of characters"
    odd = isinstance(value, float) and not math.isfinite(value)
    return "must be a finite number" if odd or _is_too_large(value) else None


def _is_too_large(value) -> bool:
    return isinstance(value, int) and abs(value) >= 2**63


def _writable(text: str) -> str:
    return text.encode(errors="replace").decode()
