"""How each API says no: every refusal of the domain and of the framework, unknown addresses, and crashes."""

import json
import logging
import re

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent
from django.http import Http404
from django.test import Client, RequestFactory
from rest_framework import exceptions as drf

from fleet_platform.shared import dialect as dialects
from fleet_platform.shared import errors
from fleet_platform.shared.problem import DIALECT as FLEET
from robots.api.dialect import DIALECT as ROBOTS

SECRET = "hunter2 in the middle of a traceback"
BEARER = 'Bearer realm="fleet"'

# what is raised -> status, code, headers, whether fields are named
DOMAIN = {
    "invalid": (errors.Invalid({"battery": "is negative"}), 400, "invalid", {}, True),
    "not authenticated": (errors.NotAuthenticated(), 401, "not-authenticated", {"WWW-Authenticate": BEARER}, False),
    "not allowed": (errors.NotAllowed(), 403, "not-allowed", {}, False),
    "must change password": (errors.MustChangePassword(), 403, "must-change-password", {}, False),
    "not found": (errors.NotFound(), 404, "not-found", {}, False),
    "gone": (errors.Gone(), 410, "gone", {}, False),
    "conflict": (errors.Conflict(), 409, "conflict", {}, False),
    "too large": (errors.TooLarge(), 413, "too-large", {}, False),
    "too many": (errors.TooMany(7), 429, "too-many", {"Retry-After": "7"}, False),
    "unavailable": (errors.Unavailable(3), 503, "unavailable", {"Retry-After": "3"}, False),
}  # fmt: skip
FRAMEWORK = {
    "validation": (drf.ValidationError({"battery": ["is negative"]}), 400, "invalid", {}, True),
    "parse": (drf.ParseError(), 400, "parse-error", {}, False),
    "not authenticated": (drf.NotAuthenticated(), 401, "not-authenticated", {"WWW-Authenticate": BEARER}, False),
    "wrong credential": (drf.AuthenticationFailed(), 401, "not-authenticated", {"WWW-Authenticate": BEARER}, False),
    "permission": (drf.PermissionDenied(), 403, "permission-denied", {}, False),
    "not found": (drf.NotFound(), 404, "not-found", {}, False),
    "method": (drf.MethodNotAllowed("PUT"), 405, "method-not-allowed", {}, False),
    "not acceptable": (drf.NotAcceptable(), 406, "not-acceptable", {}, False),
    "media type": (drf.UnsupportedMediaType("text/plain"), 415, "unsupported-media-type", {}, False),
    "throttled": (drf.Throttled(wait=4), 429, "throttled", {"Retry-After": "5"}, False),
    "django's 404": (Http404(), 404, "not-found", {}, False),
    "django's 403": (PermissionDenied(), 403, "not-allowed", {}, False),
    "django's 413": (RequestDataTooBig(), 413, "too-large", {}, False),
}  # fmt: skip
REFUSALS = {f"domain: {name}": row for name, row in DOMAIN.items()} | {
    f"framework: {name}": row for name, row in FRAMEWORK.items()
}


def fleet_body(body: dict, status: int, code: str, named: bool) -> None:
    assert body["type"] == f"urn:fleet:problem:{code}"
    assert body["status"] == status
    assert body["title"] and body["detail"]
    assert body["instance"] == "/api/fleet/things"
    if named:
        assert body["errors"] == [{"pointer": "/battery", "detail": "is negative"}]
    else:
        assert "errors" not in body


def robots_body(body: dict, status: int, code: str, named: bool) -> None:
    assert set(body) == {"error"}
    assert body["error"]["code"] == status
    assert body["error"]["message"]
    if named:
        assert body["error"]["fields"] == {"battery": ["is negative"]}
    else:
        assert "fields" not in body["error"]


DIALECTS = {
    "fleet": (FLEET, "/api/fleet/things", "application/problem+json", fleet_body),
    "robots": (ROBOTS, "/stream/things", "application/json", robots_body),
}


def test_every_dialect_is_tried():
    assert {one for _, one in dialects._routes} == {row[0] for row in DIALECTS.values()}


def test_every_refusal_of_the_domain_has_a_row():
    def below(kind) -> set:
        return {kind}.union(*(below(one) for one in kind.__subclasses__()))

    ours = {kind for kind in below(errors.DomainError) if kind.__module__ == errors.__name__}
    assert ours - {errors.DomainError} == {type(row[0]) for row in DOMAIN.values()}


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("name", DIALECTS)
def test_a_refusal_is_answered_in_the_dialect(name, refusal):
    dialect, path, content_type, check = DIALECTS[name]
    error, status, code, headers, named = REFUSALS[refusal]
    answer = dialect.exception_handler(error, {"request": RequestFactory().get(path)})
    assert answer.status_code == status
    assert answer["Content-Type"] == content_type
    assert {key: answer[key] for key in headers} == headers
    check(json.loads(answer.content), status, code, named)


@pytest.mark.parametrize("name", DIALECTS)
def test_what_nobody_expected_is_not_swallowed(name):
    dialect, path, *_ = DIALECTS[name]
    with pytest.raises(ZeroDivisionError):
        dialect.exception_handler(ZeroDivisionError(), {"request": RequestFactory().get(path)})


@pytest.mark.parametrize("name", DIALECTS)
def test_nested_faults_are_named_by_path(name):
    dialect, path, *_ = DIALECTS[name]
    error = drf.ValidationError({"zones": [{}, {"polygon": ["is not closed"]}]})
    text = dialect.answer(error, RequestFactory().get(path)).content.decode()
    assert ("/zones/1/polygon" if name == "fleet" else "zones.1.polygon") in text


# --- unknown addresses ---

UNKNOWN = {
    "fleet": ["/api/fleet/nothing", "/api/fleet", "/api/fleet/devices/x", "/api/fleet/devices/"],
    "robots": ["/Registry/nothing", "/stream/nothing", "/photolog/nothing/at/all", "/signin/nothing", "/update/nothing"],
}  # fmt: skip


@pytest.mark.parametrize("method", ["get", "post", "delete"])
@pytest.mark.parametrize(
    ("name", "path"), [(name, path) for name in UNKNOWN for path in UNKNOWN[name]]
)
def test_an_unknown_address_below_an_api_is_a_404_in_its_dialect(client, name, path, method):
    answer = getattr(client, method)(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == DIALECTS[name][2]
    assert json.loads(answer.content).keys() & {"error", "type"}


def test_an_unknown_page_is_a_page(client, db):
    answer = client.get("/nothing-here/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


def test_the_fleet_api_names_the_methods_that_it_knows(client_of, viewer):
    answer = client_of(viewer).put("/api/fleet/devices")
    assert answer.status_code == 405
    assert {"GET", "POST"} <= {name.strip() for name in answer["Allow"].split(",")}
    assert json.loads(answer.content)["type"] == "urn:fleet:problem:method-not-allowed"


@pytest.mark.parametrize("path", ["/login", "/stream", "/blackbox"])
def test_the_robots_api_names_the_methods_that_it_knows(client_of, viewer, path):
    answer = client_of(viewer).delete(path)
    assert answer.status_code == 405
    assert answer["Allow"]
    assert json.loads(answer.content)["error"]["code"] == 405


# --- crashes ---


@pytest.fixture
def crash(monkeypatch):
    """Makes the code behind both APIs and a page fail with a secret in the exception's text."""

    def fail(*arguments, **options):
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr("fleet_platform.telemetry.selectors.documents_for", fail)
    monkeypatch.setattr("robots.selectors.stream_tick_for", fail)
    monkeypatch.setattr("fleet_platform.pages.workspaces_for", fail)
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("path", "content_type"),
    [("/api/fleet/devices", "application/problem+json"), ("/stream", "application/json")],
)
def test_a_crash_answers_in_the_dialect_with_its_request_id_alone(
    crash, token_of, viewer, caplog, path, content_type
):
    with caplog.at_level(logging.ERROR):
        answer = crash.get(path, headers={"Authorization": f"Bearer {token_of(viewer)}"})
    text = answer.content.decode()
    assert answer.status_code == 500
    assert answer["Content-Type"] == content_type
    assert answer["X-Request-ID"] in text
    assert SECRET not in text and "Traceback" not in text and "ZeroDivision" not in text
    assert SECRET in caplog.text  # the log has the traceback


def test_a_crash_of_a_page_is_a_page_without_its_traceback(crash, viewer):
    crash.force_login(viewer, "accounts.backends.ThrottledBackend")
    answer = crash.get("/")
    assert answer.status_code == 500
    assert SECRET not in answer.content.decode() and "ZeroDivision" not in answer.content.decode()
    assert re.fullmatch(r"[0-9a-f]{12}", answer["X-Request-ID"])


def test_djangos_own_refusals_keep_the_dialect(rf):
    answer = dialects.bad_request(rf.get("/api/fleet/devices"), TooManyFieldsSent())
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_an_unknown_host_is_refused_in_the_dialect(client):
    answer = client.get("/api/fleet/devices", headers={"Host": "elsewhere.example"})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


# --- bodies that are no JSON, on every end that reads JSON ---

ODD_BODIES = {
    "truncated": b'{"email": ',
    "NaN": b'{"email": NaN}',
    "deep": b"[" * 100_000,
    "not UTF-8": b'{"email": "\xff"}',
    "whole number of 5000 digits": b"9" * 5000,
}


@pytest.mark.parametrize("body", ODD_BODIES)
@pytest.mark.parametrize("path", ["/login", "/signin-device", "/api/fleet/device-token"])
def test_a_body_that_is_no_json_is_a_400(client, db, path, body):
    answer = client.post(path, ODD_BODIES[body], content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] in {"application/json", "application/problem+json"}


@pytest.mark.parametrize("path", ["/login", "/api/fleet/device-token"])
def test_a_body_beyond_the_limit_is_a_413(client, db, settings, path):
    body = b"[" + b" " * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b"]"
    assert client.post(path, body, content_type="application/json").status_code == 413


@pytest.mark.parametrize("odd", ["a\0b", "\ud800"])
def test_a_text_that_no_database_holds_is_named(client_of, owner, workspace, odd):
    body = {"workspace_id": workspace.pk, "kind": "robot", "name": "n", "uname": odd}
    answer = client_of(owner).generic(
        "POST", "/api/fleet/devices", json.dumps(body), content_type="application/json"
    )
    assert answer.status_code == 400
    assert json.loads(answer.content)["errors"][0]["pointer"] == "/uname"


def test_the_codec_that_a_client_names_is_not_used(client, db):
    """`charset=zlib` would unpack a bomb."""
    body = json.dumps({"email": "a@b.example", "password": "x"}).encode()
    answer = client.generic("POST", "/login", body, content_type="application/json; charset=zlib")
    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["members/{id}", "members/{id}0000"])
def test_an_id_that_no_column_holds_is_an_unknown_address(client_of, owner, workspace, path):
    path = f"/api/fleet/workspaces/{workspace.pk}/{path.format(id=2**70)}"
    assert client_of(owner).delete(path).status_code == 404
