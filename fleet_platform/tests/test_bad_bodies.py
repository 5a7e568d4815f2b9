"""Every write of both APIs, given what no client should send: a refusal in its dialect's shape, never a crash.

Driven by the table of rights: a route with a row there is tried here.
"""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from fleet_platform.shared.dialect import dialect_for
from fleet_platform.shared.errors import Invalid
from fleet_platform.shared.json_body import JSONBody

from .rights_rules import RULES, Rule
from .test_rights_matrix import client_for, is_api, path_of, people, undone, with_names, world

__all__ = ["client_for", "people", "world"]  # fixtures

WRITES = [
    (method, route)
    for (method, route), rule in RULES.items()
    if method != "GET" and not rule.form and is_api(route)
]
WITH_BODY = [key for key in WRITES if RULES[key].body]
DEEP = 100_000

# Whole bodies that are no JSON object.
NO_OBJECTS: dict[str, bytes] = {
    "truncated": b'{"email": ',
    "a list": b"[]",
    "a list of objects": b'[{"name": "x"}]',
    "a text": b'"x"',
    "a number": b"7",
    "null": b"null",
    "true": b"true",
    "NaN": b'{"name": NaN}',
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "deep lists": b"[" * DEEP,
    "deep objects": b'{"a":' * DEEP,
    "whole number of 5000 digits": b"9" * 5000,
    "two documents": b"{}{}",
}

MEGABYTE = "1 MB of text"  # never taken
# Values in the place of each field's own.
ODD_VALUES: dict[str, Any] = {
    "null": None,
    "true": True,
    "zero": 0,
    "negative": -1,
    "fraction": 0.5,
    "beyond 64 bits": 2**80,
    "400 digits": 10**400,
    "infinite": float("1e999"),
    "empty text": "",
    "blank": "   ",
    "NUL": "a\0b",
    "half a character": "\ud800",
    "line ends": "a\r\nb: c",
    MEGABYTE: "x" * 1_000_000,
    "other direction": "\u202eabc",
    "list": [],
    "nested lists": [[[[]]]],
    "list of null": [None],
    "list of texts": ["x", "y"],
    "object": {},
    "object with odd keys": {"": 1, "__class__": {"__init__": 1}, "a.b": [1]},
    "a hundred levels": json.loads("[" * 100 + "]" * 100),
}
UNKNOWN = {"__proto__": {"admin": True}, "id": 7, "pk": 7, "": 1}
INFINITE = "1e999"


def actor_of(rule: Rule) -> str:
    """Somebody whom the row lets through; anybody where it lets nobody."""
    actors = ("owner", "own_device", "platform_owner", "anonymous")
    return next((who for who in actors if rule.status(who) < 300), "owner")


def encoded(body: Any) -> bytes:
    """JSON with 1e999 for infinity, which Python's reader takes for a number."""
    return json.dumps(body).replace("Infinity", INFINITE).encode()


def in_shape(answer, path: str) -> bool:
    """A refusal as the dialect of the path says no."""
    told = answer.json()
    if path == "/api/fleet/telemetry" and "rejected" in told:  # each refused sample by itself
        return answer.status_code == 400 and bool(told["rejected"])
    if answer["Content-Type"] != dialect_for(path).content_type:
        return False
    if path.startswith("/api/fleet/"):
        return told["status"] == answer.status_code and bool(told["detail"])
    return told["error"]["code"] == answer.status_code and bool(told["error"]["message"])


def named(answer) -> set[str]:
    """The fields that a refusal names, at their first level."""
    told = answer.json()
    if "error" in told:
        return {name.partition(".")[0] for name in told["error"].get("fields", {})}
    return {one["pointer"].strip("/").partition("/")[0] for one in told.get("errors", [])}


def is_fair(answer, path: str, names: set[str]) -> bool:
    """Taken; or refused in the dialect's shape, by one of the names where a value was wrong."""
    if answer.status_code < 400:
        return True
    if answer.status_code >= 500 or not in_shape(answer, path):
        return False
    told = answer.json()
    is_unread = "rejected" in told or "parse" in str(told)
    return answer.status_code != 400 or is_unread or bool(named(answer) & names)


def odd_bodies(body: dict) -> Iterator[tuple[str, bytes]]:
    """The row's own body with one field odd, missing, or twice, and with a field that nobody knows."""
    for key in body:
        for name, value in ODD_VALUES.items():
            yield f"{key}: {name}", encoded({**body, key: value})
        rest = {other: value for other, value in body.items() if other != key}
        yield f"{key}: missing", encoded(rest)
        twice = json.dumps(body[key])
        yield (
            f"{key}: twice",
            encoded(rest)[:-1] + f'{", " if rest else ""}"{key}": [], "{key}": {twice}}}'.encode(),
        )
    yield "unknown keys", encoded({**body, **UNKNOWN})


class Sender:
    """Requests of one row's actor to one row's path, each undone."""

    def __init__(self, method: str, route: str, world, client_for):
        self.rule = RULES[method, route]
        self.method, self.path = method, path_of(route, world.names)
        self.client = client_for(actor_of(self.rule), route)
        self.client.raise_request_exception = False

    def send(self, body: bytes, content_type: str = "application/json"):
        with undone():
            return self.client.generic(self.method, self.path, body, content_type)


@pytest.fixture
def sender(world, client_for, settings):
    settings.LOGIN_TRIES_PER_ACCOUNT = settings.LOGIN_TRIES_PER_ADDRESS = 10**6
    return lambda method, route: Sender(method, route, world, client_for)


@pytest.mark.parametrize(("method", "route"), WITH_BODY)
def test_a_body_that_is_no_object_is_refused(method, route, sender):
    wire, wrong = sender(method, route), {}
    for name, body in NO_OBJECTS.items():
        answer = wire.send(body)
        if not 400 <= answer.status_code < 500 or not in_shape(answer, wire.path):
            wrong[name] = (answer.status_code, answer.content[:200])
    assert wrong == {}


@pytest.mark.parametrize(("method", "route"), WITH_BODY)
def test_an_odd_value_is_taken_or_refused_by_name_and_crashes_nothing(method, route, sender, world):
    """A number for a name may be taken; a 400 names a field of the body, the odd one or the one that it contradicts."""
    wire, wrong = sender(method, route), {}
    body = with_names(wire.rule.body, world.names)
    for name, odd in odd_bodies(body):
        answer = wire.send(odd)
        is_huge = answer.status_code < 400 and name.endswith(MEGABYTE)
        if is_huge or not is_fair(answer, wire.path, {*body, *UNKNOWN, "body"}):
            wrong[name] = (answer.status_code, answer.content[:200])
    assert wrong == {}


@pytest.mark.parametrize(("method", "route"), WITH_BODY)
def test_a_key_that_is_given_twice_is_refused_by_name(method, route, sender, world):
    """Telemetry has a reader of its own."""
    wire, wrong = sender(method, route), {}
    body = with_names(wire.rule.body, world.names)
    for key in body if wire.path != "/api/fleet/telemetry" else ():
        twice = b"{" + encoded({key: body[key]})[1:-1] + b", " + encoded(body)[1:]
        answer = wire.send(twice)
        if answer.status_code != 400 or not in_shape(answer, wire.path):
            wrong[key] = (answer.status_code, answer.content[:200])
        elif f"has {key} twice" not in str(answer.json()):
            wrong[key] = answer.json()
    assert wrong == {}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b'{"a": 1, "b": 2, "a": 1}', {"body": ["has a twice"]}),
        (b'{"a": [1, {"b": {"c": 1, "c": null}}]}', {"a.1.b": ["has c twice"]}),
        (b'[{"a": 1}, {"a": 1, "\\u0061": 2}]', {"1": ["has a twice"]}),
        (b'{"a": {"b": 1, "b": 2}, "a": {"c": 3}}', {"body": ["has a twice"]}),
        (b'{"z": [{"a": {"b": 1, "b": 2}, "a": {"c": 3}}]}', {"z.0": ["has a twice"]}),
        (b'{"": 1, "": 2}', {"body": ["has  twice"]}),
        (b'{"%s": 1, "%s": 2}' % (b"k" * 500, b"k" * 500), {"body": [f"has {'k' * 100} twice"]}),
    ],
)
def test_the_object_that_has_a_key_twice_is_named(body, fields):
    with pytest.raises(Invalid) as refused:
        JSONBody().parse(io.BytesIO(body))
    assert refused.value.fields == fields


@pytest.mark.parametrize(
    "body", [b'{"a": {"a": {"a": 1}}}', b'[{"a": 1}, {"a": 1}]', b'{"a": 1, "A": 1}', b"{}", b"[]"]
)
def test_the_same_key_in_two_objects_is_no_harm(body):
    assert JSONBody().parse(io.BytesIO(body)) == json.loads(body)


@pytest.mark.parametrize(("method", "route"), WRITES)
def test_a_body_beyond_the_limit_is_refused_or_not_read(method, route, sender, settings):
    wire = sender(method, route)
    body = b'{"a": "' + b" " * max(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, 1_100_000) + b'"}'
    answer = wire.send(body)
    assert answer.status_code == 413 or not wire.rule.body
    assert answer.status_code < 500


OTHER_TYPES = (
    "text/plain",
    "application/xml",
    "multipart/form-data",
    "application/x-www-form-urlencoded",
    "application/json; charset=zlib",
    "nonsense",
)


@pytest.mark.parametrize(("method", "route"), WITH_BODY)
def test_a_body_of_another_type_is_no_crash(method, route, sender, world):
    wire, wrong = sender(method, route), {}
    body = encoded(with_names(wire.rule.body, world.names))
    for content_type in OTHER_TYPES:
        answer = wire.send(body, content_type)
        refused = answer.status_code >= 400
        if answer.status_code >= 500 or (refused and not in_shape(answer, wire.path)):
            wrong[content_type] = (answer.status_code, answer.content[:200])
    assert wrong == {}
