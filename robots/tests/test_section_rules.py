"""The table of sections performed: rows made from each field's type go in and come back, all else is refused by name.

`allowed` and `refused` read the types of robots/sections.py; a new section or field is tried without a change here.
"""

import itertools
import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect

from fleet_platform.telemetry.ingest import Sender, parse_batch
from fleet_platform.tests.server import EPOCH_MS
from robots.sections import SENT_BY_ROBOTS, STREAM_SECTIONS

from . import deriving

ROBOT = Sender(1, "robot", 1)
REFERENCES = sorted(set(STREAM_SECTIONS) - set(SENT_BY_ROBOTS))
_numbers = itertools.count(1)

# --- values from types ---

SIGNS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
WORDS = st.text(SIGNS, max_size=20)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63 - 1)
KEYS = WORDS | st.sampled_from(["x", "y", "rotate", "id"])
SCALARS = st.none() | st.booleans() | NUMBERS | WORDS
JSON = st.recursive(SCALARS, lambda part: st.lists(part, max_size=3) | st.dictionaries(KEYS, part, max_size=3), max_leaves=6)  # fmt: skip
# What no JSON of ours may hold, at whatever depth: not finite, NUL, half a character.
ODD = st.sampled_from([float("nan"), float("inf"), -float("inf"), 10**400, "a\0b", "\ud800"])


def parts_of(field: Any) -> tuple:
    told = inspect.type_info(field)
    return told.types if isinstance(told, inspect.UnionType) else (told,)


def allowed(field: Any) -> st.SearchStrategy:
    return st.one_of([_allowed(part) for part in parts_of(field)])


def _allowed(part: inspect.Type) -> st.SearchStrategy:
    if isinstance(part, inspect.FloatType):
        return _numbers_within(part.ge, part.le)
    if isinstance(part, inspect.StrType):
        longest = "x" * part.max_length
        return st.text(SIGNS, max_size=min(part.max_length, 30)) | st.just(longest)
    return {
        inspect.NoneType: st.none(),
        inspect.BoolType: st.booleans(),
        inspect.AnyType: JSON,
    }[type(part)]


def _numbers_within(low: float | None, high: float | None) -> st.SearchStrategy:
    whole = st.integers(int(-(2**53) if low is None else low), int(2**53 if high is None else high))
    broken = st.floats(low, high, allow_nan=False, allow_infinity=False)
    ends = [end for end in (low, high) if end is not None]
    return whole | broken | (st.sampled_from(ends) if ends else st.nothing())


def refused(field: Any) -> st.SearchStrategy:
    """Values that the field's type does not take; `Anything` takes whatever JSON and a database can hold."""
    parts = {type(part): part for part in parts_of(field)}
    if inspect.AnyType in parts:
        return ODD
    wrong = [ODD, st.lists(SCALARS, max_size=2), st.dictionaries(WORDS, SCALARS, max_size=2)]
    if inspect.BoolType not in parts:
        wrong.append(st.booleans())
    if text := parts.get(inspect.StrType):
        wrong.append(st.just("x" * (text.max_length + 1)))
    else:
        wrong += [WORDS, NUMBERS.map(str)]
    if number := parts.get(inspect.FloatType):
        wrong += [_beyond(number)]
    else:
        wrong.append(NUMBERS)
    return st.one_of(wrong)


def _beyond(number: inspect.FloatType) -> st.SearchStrategy:
    below = st.floats(max_value=number.ge, exclude_max=True, allow_infinity=False) if number.ge is not None else st.nothing()  # fmt: skip
    above = st.floats(min_value=number.le, exclude_min=True, allow_infinity=False) if number.le is not None else st.nothing()  # fmt: skip
    return below | above


def test_the_table_has_no_type_that_is_not_tried():
    tried = {
        inspect.FloatType,
        inspect.StrType,
        inspect.NoneType,
        inspect.BoolType,
        inspect.AnyType,
    }
    fields = [field for section in STREAM_SECTIONS.values() for field in section.check.fields.values()]  # fmt: skip
    fields += SENT_BY_ROBOTS["pose"].fields.values()
    assert {type(part) for field in fields for part in parts_of(field)} <= tried


# --- rows from the table ---


@st.composite
def rows(draw, names=tuple(SENT_BY_ROBOTS)) -> tuple[str, dict]:
    """A section and a row of it: any of its fields, and keys that the table does not know."""
    name = draw(st.sampled_from(names))
    fields = SENT_BY_ROBOTS[name].fields
    row = draw(st.fixed_dictionaries({}, optional={key: allowed(field) for key, field in fields.items()}))  # fmt: skip
    unknown = st.text(SIGNS, min_size=1, max_size=12).filter(lambda key: key not in fields)
    return name, row | draw(st.dictionaries(unknown, JSON, max_size=2))


@st.composite
def bad_rows(draw) -> tuple[str, str, dict]:
    """A section, a field of it, and a row that is right but for this field."""
    name, row = draw(rows())
    key = draw(st.sampled_from(sorted(SENT_BY_ROBOTS[name].fields)))
    return name, key, row | {key: draw(refused(SENT_BY_ROBOTS[name].fields[key]))}


def batch(*sections: dict, start: int = EPOCH_MS) -> bytes:
    samples = [{"time": start + number, "sections": one} for number, one in enumerate(sections)]
    return json.dumps({"samples": samples}).encode()


GOOD = {"pose": {"x": 1, "y": 2}}


@given(rows())
@settings(deadline=None, max_examples=150)
def test_what_the_table_allows_is_taken(made):
    name, row = made
    parsed = parse_batch(batch({name: row}), ROBOT)
    assert parsed.rejected == []
    assert same(json.loads(parsed.rows[0].sections), {name: row})


@given(bad_rows())
@settings(deadline=None, max_examples=150)
def test_what_it_does_not_allow_is_refused_at_its_place_and_costs_no_neighbour(made):
    name, key, row = made
    parsed = parse_batch(batch(GOOD, {name: row}, GOOD), ROBOT)
    assert len(parsed.rows) == 2
    (refusal,) = parsed.rejected
    assert refusal["index"] == 1
    assert refusal["detail"]
    place = f"/samples/1/sections/{name}/{key}"
    assert refusal["pointer"] == place or refusal["pointer"].startswith(f"{place}/")


@given(rows(), st.sampled_from(REFERENCES))
@settings(deadline=None, max_examples=50)
def test_a_section_that_operators_edit_is_refused_by_name_whatever_is_in_it(made, reference):
    name, row = made
    for sections in ({reference: row}, {name: row, reference: row}):
        (refusal,) = parse_batch(batch(sections), ROBOT).rejected
        assert refusal["pointer"] == f"/samples/0/sections/{reference}"


# --- and back ---


def same(one: Any, other: Any) -> bool:
    """The same JSON: `true` is not 1. Keys in any order."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def on_the_wire(name: str, row: dict, robot_id: str) -> dict:
    """The row in a stream document: the table's keys alone, `false` for null and absent, the robot always named."""
    told = {key: False if row.get(key) is None else row[key] for key in STREAM_SECTIONS[name].keys}
    if told.get("robot_id") is False:
        told["robot_id"] = robot_id
    return told


@pytest.mark.django_db
@given(rows(tuple(name for name in SENT_BY_ROBOTS if name != "pose")))
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
def test_a_row_comes_back_unchanged_wherever_it_is_read(robot, send, client_of, viewer, made):
    name, row = made
    client, moment = client_of(viewer), EPOCH_MS + 1000 * next(_numbers)
    send(robot, (moment, {name: row}))
    tick = client.get(f"/stream/robot?robot_id={robot.robot_id}").json()
    assert same(tick[name], on_the_wire(name, row, robot.robot_id))
    others = {key: value for key, value in tick.items() if key not in {name, "create_at"}}
    assert {value for section in others.values() for value in section.values()} == {False}
    span = {"from_date": moment, "to_date": moment, "robot_id": robot.robot_id}
    assert client.post("/blackbox", span).json() == [tick]
    document = client.get(f"/api/fleet/devices/{robot.device_id}").json()
    assert same(document["sections"][name], row)
    query = f"/api/fleet/devices/{robot.device_id}/telemetry?from={moment}&to={moment}"
    (stored,) = client.get(query).json()["results"]
    assert same(stored["sections"], {name: row})
    (line,) = client.get(f"{query}&format=ndjson").content.splitlines()
    assert same(json.loads(line)["sections"], {name: row})


@pytest.mark.django_db
def test_both_spellings_are_kept(robot, send, client_of, viewer):
    """The wire's misspelled keys are the ones that the stream shows; the right ones stay beside them."""
    row = {"staus_idx": 7, "status_idx": 8}
    send(robot, (EPOCH_MS, {"robot_base_status": row}))
    client = client_of(viewer)
    found = client.get(f"/api/fleet/devices/{robot.device_id}").json()["sections"]
    assert found["robot_base_status"] == row
    tick = client.get(f"/stream/robot?robot_id={robot.robot_id}").json()["robot_base_status"]
    assert tick["staus_idx"] == 7
    assert "status_idx" not in tick


# --- and on ---

READERS = (
    "/Registry/robot_id/{robot}",
    "/stream",
    "/api/fleet/devices/{device}",
    "/api/fleet/devices/{device}/drives?include=sections",
    "/api/fleet/devices/{device}/visitors",
    "/api/fleet/devices/{device}/telemetry?resolution=1&format=csv",
    "/api/fleet/devices/{device}/export?format=csv",
    "/api/fleet/floors/{floor}/traffic",
    "/api/fleet/floors/{floor}/heat",
)


@pytest.mark.django_db
@given(st.lists(rows(), min_size=1, max_size=6))
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
def test_no_row_that_is_taken_stops_what_is_made_of_it(robot, floor, send, client_of, viewer, made):
    """Drives, counts and every reader go on, whatever a robot may send."""
    start = int(time.time()) - 7200 + 10 * next(_numbers)
    send(robot, *((start + place, {name: row}) for place, (name, row) in enumerate(made)))
    deriving.derive()
    client = client_of(viewer)
    for path in READERS:
        path = path.format(robot=robot.robot_id, device=robot.device_id, floor=floor.pk)
        answer = client.get(path)
        assert answer.status_code == 200, path
        b"".join(answer)
    photo = client_of(robot.device).post("/photolog", {"robot_id": robot.robot_id})
    assert photo.status_code in {201, 400}
