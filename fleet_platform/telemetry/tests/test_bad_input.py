"""What devices must not send: each case is refused by name, the good samples around it are kept, the server stays.

The native end and /ws/device run in a real uvicorn; Django's own view of the same address is held to the same answers.
"""

import gzip
import itertools
import json
import socket
import time
import zlib

import pytest
import requests
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.sync.client import connect

from fleet_platform.shared.errors import Invalid, TooLarge
from fleet_platform.telemetry import ingest
from fleet_platform.telemetry.writer import Writer
from fleet_platform.tests.server import ENOUGH_SECONDS, EPOCH_MS, until

PATH = "/api/fleet/telemetry"
MIB = 1024 * 1024
TIME = f'"time": {EPOCH_MS}'
_numbers = itertools.count(1)


def good() -> str:
    number = next(_numbers)
    return f'{{"time": {EPOCH_MS + number}, "seq": {number}, "sections": {{"pose": {{"x": {number % 1000}, "y": 2}}}}}}'


def pose(fields: str) -> str:
    return f'{{{TIME}, "sections": {{"pose": {{{fields}}}}}}}'


def status(fields: str) -> str:
    return f'{{{TIME}, "sections": {{"robot_base_status": {{{fields}}}}}}}'


def at(moment: str) -> str:
    return f'{{"time": {moment}, "sections": {{"pose": {{"x": 1, "y": 2}}}}}}'


def seq(number: str) -> str:
    return f'{{{TIME}, "seq": {number}, "sections": {{"pose": {{"x": 1, "y": 2}}}}}}'


def sections(text: str) -> str:
    return f'{{{TIME}, "sections": {text}}}'


def nested(levels: int, opening: str = "[", closing: str = "]") -> str:
    return pose(f'"x": 1, "deep": {opening * levels}{closing * levels}')


X, BATTERY = "/sections/pose/x", "/sections/robot_base_status/battery"

# One bad sample between two good ones: what it looks like, and where its refusal points below the sample.
BAD_SAMPLES: dict[str, tuple[str | bytes, str]] = {
    "NaN": (pose('"x": NaN'), X),
    "infinity": (pose('"x": Infinity'), X),
    "minus infinity": (pose('"x": -Infinity'), X),
    "1e999": (pose('"x": 1e999'), X),
    "-1e400": (pose('"x": -1e400'), X),
    "NaN in an unknown key": (pose('"x": 1, "own": [0, {"a": NaN}]'), "/sections/pose/own/1/a"),
    "infinity in an unknown key": (pose('"x": 1, "own": -1e999'), "/sections/pose/own"),
    "whole number of 5000 digits": (pose(f'"x": {"9" * 5000}'), X),
    "the same in an unknown key": (pose(f'"own": {"9" * 5000}'), "/sections/pose/own"),
    "whole number of 400 digits": (pose(f'"own": [{"9" * 400}]'), "/sections/pose/own/0"),
    "the same as sequence": (seq("9" * 5000), "/seq"),
    "the same as time": (at("9" * 5000), "/time"),
    "negative battery": (status('"battery": -1'), BATTERY),
    "battery 101": (status('"battery": 101'), BATTERY),
    "battery as text": (status('"battery": "48"'), BATTERY),
    "battery as boolean": (status('"battery": true'), BATTERY),
    "battery as list": (status('"battery": [48]'), BATTERY),
    "the worse of two equal keys": (status('"battery": 500, "battery": 5'), BATTERY),
    "position as object": (pose('"x": {}'), X),
    "position off every map": (pose('"x": 1e9'), X),
    "turn of a thousand degrees": (pose('"rotate": 1000'), "/sections/pose/rotate"),
    "very long text": (pose(f'"map_id": "{"m" * 5000}"'), "/sections/pose/map_id"),
    "time in 1970": (at("0"), "/time"),
    "time in 1970 as text": (at('"1970-01-01T00:00:00Z"'), "/time"),
    "time before 1970": (at("-1000"), "/time"),
    "time in 2100": (at('"2100-01-01T00:00:00Z"'), "/time"),
    "time at the end of the calendar": (at('"9999-12-31T23:59:59-23:59"'), "/time"),
    "time at its beginning": (at('"0001-01-01T00:00:00+23:59"'), "/time"),
    "time two hours ahead": (at(f"{int(time.time()) + 2 * 3600}"), "/time"),
    "time without offset": (at('"2026-11-21T02:00:00"'), "/time"),
    "day without time": (at('"2026-11-21"'), "/time"),
    "time as garbage": (at('"yesterday"'), "/time"),
    "empty time": (at('""'), "/time"),
    "time as boolean": (at("true"), "/time"),
    "huge time": (at("1e300"), "/time"),
    "time null": (at("null"), "/time"),
    "time as list": (at("[]"), "/time"),
    "time NaN": (at("NaN"), "/time"),
    "no time": ('{"sections": {"pose": {"x": 1}}}', "/time"),
    "sequence as fraction": (seq("1.5"), "/seq"),
    "negative sequence": (seq("-1"), "/seq"),
    "sequence of 2^60": (seq(str(2**60)), "/seq"),
    "sequence as text": (seq('"7"'), "/seq"),
    "sequence as boolean": (seq("false"), "/seq"),
    "sequence null": (seq("null"), "/seq"),
    "no sections": (f"{{{TIME}}}", "/sections"),
    "empty sections": (sections("{}"), "/sections"),
    "sections as list": (sections("[]"), "/sections"),
    "sections as text": (sections('"pose"'), "/sections"),
    "sections null": (sections("null"), "/sections"),
    "section null": (sections('{"pose": null}'), "/sections/pose"),
    "section as list": (sections('{"pose": []}'), "/sections/pose"),
    "section as number": (sections('{"pose": 4}'), "/sections/pose"),
    "unknown section": (sections('{"mood": {"x": 1}}'), "/sections/mood"),
    "section of another kind": (sections('{"osd": {"height": 1}}'), "/sections/osd"),
    "reference section from a robot": (sections('{"red_zone": {"id": 1}}'), "/sections/red_zone"),
    "section without a name": (sections('{"": {"x": 1}}'), "/sections/"),
    "very long section name": (sections(f'{{"{"s" * 50_000}": {{}}}}'), f"/sections/{'s' * 290}"),
    "line ends in a section name": (sections('{"a\\nb": {}}'), "/sections/a?b"),
    "one unknown section among known ones": (sections('{"pose": {"x": 1}, "mood": {}}'), "/sections/mood"),
    "half a character": (pose('"x": 1, "own": "\\ud800"'), "/sections/pose/own"),
    "half a character in a key": (pose('"\\udc00": 1'), "/sections/pose/?"),
    "NUL in a text": (pose('"map_id": "a\\u0000b"'), "/sections/pose/map_id"),
    "NUL in an unknown key": (pose('"own": {"a": ["\\u0000"]}'), "/sections/pose/own/a/0"),
    "bytes that are not UTF-8": (pose('"own": "@@"').encode().replace(b"@@", b"\xff\xfe"), "/sections/pose"),
    "a bare control character": (pose('"map_id": "a\nb"'), ""),
    "a hundred levels": (nested(100), ""),
    "5000 levels": (nested(5000), ""),
    "5000 levels of objects": (nested(5000, '{"a":', "}").replace(":}", ":1}", 1), ""),
    "100 000 levels": (nested(100_000), ""),
    "over 64 KiB": (pose(f'"x": 1, "extra": "{"e" * 66_000}"'), ""),
    "almost 1 MB extra": (pose(f'"x": 1, "extra": "{"e" * 1_000_000}"'), ""),
    "a number": ("5", ""),
    "a text": ('"x"', ""),
    "null": ("null", ""),
    "a list": ("[]", ""),
    "octal digits": (pose('"x": 017'), ""),
    "single quotes": (pose("'x': 1"), ""),
    "device of a stranger": (f'{{{TIME}, "device": "abroad", "sections": {{"pose": {{"x": 1}}}}}}', "/device"),
    "device as number": (f'{{{TIME}, "device": 5, "sections": {{"pose": {{"x": 1}}}}}}', "/device"),
}  # fmt: skip


def as_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def batch(*samples: str | bytes) -> bytes:
    return b'{"samples": [' + b", ".join(as_bytes(text) for text in samples) + b"]}"


def bomb(size: int) -> bytes:
    """Zeros, a thousand to one."""
    packer = zlib.compressobj(9, wbits=31)
    chunk = b"0" * MIB
    return b"".join(packer.compress(chunk) for _ in range(size // MIB)) + packer.flush()


def many_levels_of_quotes(count: int) -> bytes:
    """A text that never ends, full of escaped quotes: a reader that tries again from each of them takes hours."""
    return b'{"samples":[NaN,"' + b'\\"' * count


GZIP = {"Content-Encoding": "gzip"}

# A whole body that is refused: body, headers, status, pointer of the first error (None: the problem has none).
BAD_BODIES: dict[str, tuple[bytes, dict, int, str | None]] = {
    "empty body": (b"", {}, 400, "/body"),
    "truncated JSON": (batch(good())[:-4], {}, 400, "/body"),
    "two documents": (batch(good()) + batch(good()), {}, 400, "/body"),
    "something after the document": (batch(good()) + b"more", {}, 400, "/body"),
    "something before the document": (b"more" + batch(good()), {}, 400, "/body"),
    "text that is no JSON": (b"hello", {}, 400, "/body"),
    "form data": (b"samples=1", {"Content-Type": "application/x-www-form-urlencoded"}, 400, "/body"),
    "UTF-16": (batch(good()).decode().encode("utf-16"), {}, 400, "/body"),
    "null bytes": (b"\0" * 100, {}, 400, "/body"),
    "a list": (b"[]", {}, 400, "/body"),
    "a number": (b"1", {}, 400, "/body"),
    "null": (b"null", {}, 400, "/body"),
    "100 000 levels and nothing else": (b"[" * 100_000, {}, 400, "/body"),
    "escaped quotes without end": (many_levels_of_quotes(400_000), {}, 400, "/body"),
    "commas without end": (b'{"samples":[' + b"," * 1_000_000 + b"]}", {}, 413, None),
    "no samples": (b"{}", {}, 400, "/samples"),
    "0 samples": (b'{"samples": []}', {}, 400, "/samples"),
    "samples null": (b'{"samples": null}', {}, 400, "/samples"),
    "samples as object": (b'{"samples": {}}', {}, 400, "/samples"),
    "samples as text": (b'{"samples": "x"}', {}, 400, "/samples"),
    "1001 samples": (batch(*["{}"] * 1001), {}, 413, None),
    "over 1 MiB": (batch(pose(f'"own": "{"e" * MIB}"')), {}, 413, None),
    "unknown encoding": (batch(good()), {"Content-Encoding": "br"}, 400, "/Content-Encoding"),
    "encoding that it has not": (batch(good()), GZIP, 400, "/body"),
    "truncated gzip": (gzip.compress(batch(good()))[:-12], GZIP, 400, "/body"),
    "empty gzip": (b"", GZIP, 400, "/body"),
    "gzip of no JSON": (gzip.compress(b"hello"), GZIP, 400, "/body"),
    "gzip inside gzip": (gzip.compress(gzip.compress(batch(good()))), GZIP, 400, "/body"),
    "gzip bomb of 100 MB": (bomb(100 * MIB), GZIP, 413, None),
    "gzip that claims 10 GB": (
        gzip.compress(b"0" * 4 * MIB)[:-4] + (10 * 1024**3 % 2**32).to_bytes(4, "little"),
        GZIP,
        413,
        None,
    ),
    "gzip in two encodings": (gzip.compress(batch(good())), {"Content-Encoding": "gzip, gzip"}, 400, "/Content-Encoding"),
}  # fmt: skip


@pytest.fixture(scope="module")
def server(server_maker):
    server = server_maker()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def token(server) -> str:
    return server.device_token(server.new_robot())


def post(server, token: str, body: bytes, headers: dict | None = None) -> requests.Response:
    headers = {
        "Content-Type": "application/json",
        **(headers or {}),
        "Authorization": f"Bearer {token}",
    }
    return requests.post(server.url + PATH, data=body, headers=headers, timeout=ENOUGH_SECONDS)


def check_partly(status: int, answer: dict, pointer: str) -> None:
    assert status == 200
    assert answer["accepted"] == 2
    assert answer["duplicates"] == 0
    (refusal,) = answer["rejected"]
    assert refusal["index"] == 1
    assert refusal["pointer"] == f"/samples/1{pointer}"
    assert refusal["detail"]


def check_refused(status: int, answer: dict, expected: int, pointer: str | None) -> None:
    assert status == expected
    assert answer["status"] == expected
    assert answer["type"].startswith("urn:fleet:problem:")
    if pointer is None:
        assert "errors" not in answer
    else:
        assert answer["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("name", BAD_SAMPLES)
def test_the_bad_sample_is_named_and_its_neighbours_are_stored(server, token, name):
    text, pointer = BAD_SAMPLES[name]
    body = batch(good(), text, good())
    if len(body) > MIB:
        pytest.fail("the case is larger than a batch may be")
    answer = post(server, token, body)
    check_partly(answer.status_code, answer.json(), pointer)


@pytest.mark.parametrize("name", BAD_SAMPLES)
def test_a_batch_of_nothing_else_is_a_400(server, token, name):
    text, pointer = BAD_SAMPLES[name]
    answer = post(server, token, batch(text))
    assert answer.status_code == 400
    assert answer.json()["rejected"][0]["pointer"] == f"/samples/0{pointer}"


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_bad_body_is_refused_whole(server, token, name):
    body, headers, expected, pointer = BAD_BODIES[name]
    answer = post(server, token, body, headers)
    check_refused(answer.status_code, answer.json(), expected, pointer)
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.fixture
def django(device, device_token):
    """Django's own view of the same address, which WSGI workers use."""
    client = Client(headers={"Authorization": f"Bearer {device_token(device)}"})

    def post(body: bytes, headers: dict | None = None):
        headers = dict(headers or {})
        kind = headers.pop("Content-Type", "application/json")
        return client.post(PATH, body, content_type=kind, headers=headers)

    return post


@pytest.mark.parametrize("name", BAD_SAMPLES)
def test_the_view_names_the_same_sample(django, name):
    text, pointer = BAD_SAMPLES[name]
    answer = django(batch(good(), text, good()))
    check_partly(answer.status_code, answer.json(), pointer)


@pytest.mark.parametrize("name", BAD_BODIES)
def test_the_view_refuses_the_same_body(django, name):
    body, headers, expected, pointer = BAD_BODIES[name]
    answer = django(body, headers)
    check_refused(answer.status_code, answer.json(), expected, pointer)


def test_the_view_refuses_a_body_beyond_djangos_own_limit(django):
    answer = django(b"0" * 3 * MIB)
    check_refused(answer.status_code, answer.json(), 413, None)


@pytest.mark.parametrize("said", ["text/plain", "image/png", "application/json; charset=zlib", ""])
def test_the_content_type_does_not_matter(server, token, said):
    """Devices are simple: what is JSON is read as JSON, and never through another codec."""
    answer = post(server, token, batch(good()), {"Content-Type": said})
    assert answer.json()["accepted"] == 1


def test_a_byte_order_mark_is_read_over(server, token):
    answer = post(server, token, b"\xef\xbb\xbf" + batch(good()))
    assert answer.json()["accepted"] == 1


def test_bombs_and_deep_nests_leave_memory_as_it_was(server, token):
    body = bomb(100 * MIB)
    deep = batch(nested(100_000))
    for _ in range(3):
        post(server, token, body, GZIP)
        post(server, token, deep)
    before = server.rss()
    for _ in range(10):
        assert post(server, token, body, GZIP).status_code == 413
        assert post(server, token, deep).status_code == 400
    assert server.rss() - before < 10 * MIB


def raw_exchange(server, *parts: bytes) -> bytes:
    """The answer to bytes that no client library would send."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=ENOUGH_SECONDS) as wire:
        for part in parts:
            wire.sendall(part)
        answer = b""
        while b"\r\n\r\n" not in answer and (more := wire.recv(65536)):
            answer += more
        return answer


def head(token: str, *lines: str) -> bytes:
    first = (f"POST {PATH} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}")
    return "\r\n".join([*first, *lines, "", ""]).encode()


def test_a_content_length_that_promises_too_much_is_a_413_before_the_body(server, token):
    answer = raw_exchange(server, head(token, f"Content-Length: {10**10}"))
    assert b" 413 " in answer.splitlines()[0]


@pytest.mark.parametrize("said", ["-5", "abc", "9" * 5000, "1, 2"])
def test_a_content_length_that_is_no_number_is_a_400(server, token, said):
    answer = raw_exchange(server, head(token, f"Content-Length: {said}"))
    assert b" 4" in answer.splitlines()[0]


def test_a_body_shorter_than_promised_stores_nothing(server):
    robot = server.new_robot()
    token = server.device_token(robot)
    body = batch(good())
    with socket.create_connection(("127.0.0.1", server.port), timeout=ENOUGH_SECONDS) as wire:
        wire.sendall(head(token, f"Content-Length: {len(body) + 10}") + body)
    assert server.black_box(robot["id"], server.login("viewer")) == []


def test_a_body_in_chunks_ends_at_the_limit(server, token):
    chunk = b"10000\r\n" + b"0" * 0x10000 + b"\r\n"
    answer = raw_exchange(server, head(token, "Transfer-Encoding: chunked"), *[chunk] * 17)
    assert b" 413 " in answer.splitlines()[0]


# --- /ws/device ---


@pytest.fixture
def wire(server, token):
    headers = {"Authorization": f"Bearer {token}"}
    with connect(f"{server.ws}/ws/device", additional_headers=headers, max_size=None) as wire:
        yield wire


def told(wire) -> dict:
    return json.loads(wire.recv(ENOUGH_SECONDS))


@pytest.mark.parametrize("name", BAD_SAMPLES)
def test_the_socket_names_the_same_sample(wire, name):
    text, pointer = BAD_SAMPLES[name]
    body = b'{"type": "telemetry", "id": 5, ' + batch(good(), text, good())[1:]
    if name == "bytes that are not UTF-8":
        wire.send(body)  # a text frame could not carry it
    else:
        wire.send(body.decode())
    answer = told(wire)
    assert (answer.pop("type"), answer.pop("id")) == ("ack", 5)
    check_partly(200, answer, pointer)


BAD_MESSAGES = {
    "empty": "",
    "no JSON": "hello",
    "a list": "[]",
    "truncated": '{"type": "telemetry", "samples": [{"time"',
    "deep": "[" * 100_000,
    "no type": '{"samples": 5}',
    "type as number": '{"type": 5}',
    "samples as object": '{"type": "telemetry", "id": 1, "samples": {}}',
    "no samples": '{"type": "telemetry", "id": 1}',
    "too many samples": '{"type": "telemetry", "id": 1, "samples": [' + "{}," * 1000 + "{}]}",
    "over 1 MiB": '{"type": "telemetry", "samples": ["' + "x" * MIB + '"]}',
    "quotes without end": many_levels_of_quotes(400_000).decode(),
    "unknown type": '{"type": "dance"}',
}


@pytest.mark.parametrize("name", BAD_MESSAGES)
def test_a_bad_message_is_refused_and_the_socket_goes_on(wire, name):
    wire.send(BAD_MESSAGES[name])
    assert told(wire)["type"] == "error"
    wire.send('{"type": "ping", "id": 2}')
    assert told(wire) == {"type": "pong", "id": 2}


def test_whoever_hangs_up_before_the_answer_takes_nobody_along(server, token):
    """The writer goes on for everybody else, and what was sent whole is stored."""
    robot = server.new_robot()
    own = server.device_token(robot)
    headers = {"Authorization": f"Bearer {own}"}
    for _ in range(5):
        wire = connect(f"{server.ws}/ws/device", additional_headers=headers)
        for _ in range(10):
            wire.send('{"type": "telemetry", ' + batch(*(good() for _ in range(100))).decode()[1:])
        wire.socket.close()
    assert post(server, token, batch(good())).json()["accepted"] == 1
    until(lambda: server.black_box(robot["id"], server.login("viewer")))


def test_a_cancelled_wait_does_not_end_the_writer(transactional_db, device):
    writer = Writer(lambda changes, events: None)
    row = ingest.parse_batch(
        batch(good()), ingest.Sender(device.pk, "robot", device.workspace_id)
    ).rows
    given_up = writer.submit(row)
    given_up.cancel()
    writer.start()
    try:
        assert writer.submit(row).result(ENOUGH_SECONDS).duplicates == 1
    finally:
        writer.stop()


def test_the_server_is_well_after_all_this(server, token):
    assert server.process.poll() is None
    assert post(server, token, batch(good())).json()["accepted"] == 1
    assert "Traceback" not in server.log()


# --- whatever else there is ---

ROBOT = ingest.Sender(1, "robot", 1)
VALID = json.loads(batch(good(), status('"battery": 5, "map_id": "f"'), good()))
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("\ud800\0")
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=12
)  # fmt: skip


def places(value, path=()) -> list[tuple]:
    found = [path]
    parts = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, part in parts:
        found += places(part, (*path, key))
    return found


@st.composite
def spoilt_batches(draw) -> bytes:
    """A valid batch with a few values replaced, then perhaps a few bytes."""
    value = json.loads(json.dumps(VALID))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(value)[1:]))
        holder = value
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = draw(anything)
    data = json.dumps(value).encode()
    for _ in range(draw(st.integers(0, 2))):
        where = draw(st.integers(0, len(data)))
        data = data[:where] + draw(st.binary(max_size=3)) + data[where + draw(st.integers(0, 3)) :]
    return data


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(spoilt_batches())
def test_no_batch_whatever_breaks_the_reader(data):
    try:
        parsed = ingest.parse_batch(data, ROBOT)
    except (Invalid, TooLarge):
        return
    refused = [refusal["index"] for refusal in parsed.rejected]
    assert refused == sorted(set(refused))
    assert not refused or refused[-1] < len(parsed.rows) + len(parsed.rejected)
    for row in parsed.rows:
        strict = json.loads(row.sections, parse_constant=pytest.fail)
        assert json.loads(row.position) is None or strict
        assert "\0" not in row.sections and "\\u0000" not in row.sections.replace("\\\\", "")


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=200))
def test_no_bytes_whatever_break_the_reader(data):
    with pytest.raises((Invalid, TooLarge)):
        ingest.parse_batch(data, ROBOT)
