"""Samples as rows of a table: flat names, plain values, and nothing that a spreadsheet would run."""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

_encode = msgspec.json.encode
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
REST = "other"  # the column of what no column has been made for


def flat(value: Mapping, prefix: str = "") -> dict[str, object]:
    """`{"pose": {"x": 1}}` -> `{"pose.x": 1}`; lists stay values."""
    found: dict[str, object] = {}
    for key, part in value.items():
        if isinstance(part, dict):
            found.update(flat(part, f"{prefix}{key}."))
        else:
            found[f"{prefix}{key}"] = part
    return found


def columns_of(
    sections: Mapping[str, Mapping], declared: Mapping[str, Collection[str]]
) -> list[str]:
    """A column for each value that the newest of each section has, and for each that its table of fields declares."""
    names: dict[str, None] = {}
    for section, newest in sections.items():
        for key in [*declared.get(section, ()), *newest]:
            value = newest.get(key)
            parts = flat({key: value}, f"{section}.") if value else ()
            names.update(dict.fromkeys(parts or (f"{section}.{key}",)))
    return list(names)


def placed(
    value: Mapping, columns: Collection[str], prefix: str = ""
) -> Iterator[tuple[str, object]]:
    """(name, value) of whatever has a column; of the rest the smallest parts, by their full names."""
    for key, part in value.items():
        name = f"{prefix}{key}"
        if isinstance(part, dict) and part and name not in columns:
            yield from placed(part, columns, f"{name}.")
        else:
            yield name, part


def cell(value: object) -> object:
    """What is no plain value is JSON; a text that a spreadsheet would run as a formula is quoted."""
    if isinstance(value, dict | list):
        return _encode(value).decode()
    if isinstance(value, str) and value.startswith(FORMULA_SIGNS):
        return "'" + value
    return value


def csv_lines(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
