"""What a stranger could try: foreign pages with our cookies, old sessions, tickets read from logs, bodies without end."""

import json
import socket
import time

import pytest
import requests
from django.test import Client, override_settings
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from accounts.authentication import ACCESS_COOKIE
from conftest import PASSWORD

from .server import ENOUGH_SECONDS

BACKEND = "accounts.backends.ThrottledBackend"
MIB = 1024 * 1024
OURS = "http://testserver"

# --- cookies ---

FOREIGN_PAGES = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://testserver.evil.example"},
    {"Origin": "http://testserver:8443"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": OURS, "Sec-Fetch-Site": "cross-site"},
]
OWN_PAGES = [
    {},
    {"Origin": OURS},
    {"Sec-Fetch-Site": "same-origin"},
    {"Origin": OURS, "Sec-Fetch-Site": "none"},
]


@pytest.fixture(params=["access cookie", "browser session"])
def browser(request, viewer, token_of) -> Client:
    """A browser that sends a credential by itself."""
    client = Client()
    if request.param == "access cookie":
        client.cookies[ACCESS_COOKIE] = token_of(viewer)
    else:
        client.force_login(viewer, BACKEND)
    return client


@pytest.mark.parametrize("headers", FOREIGN_PAGES)
def test_a_foreign_page_writes_nothing_with_our_cookies(browser, headers):
    answer = browser.post("/api/fleet/live-ticket", headers=headers)
    assert answer.status_code == 403
    assert b"ticket" not in answer.content.replace(b"/api/fleet/live-ticket", b"")


@pytest.mark.parametrize("headers", OWN_PAGES)
def test_our_own_pages_write(browser, headers):
    assert browser.post("/api/fleet/live-ticket", headers=headers).status_code == 200


def test_a_token_in_a_header_is_nobodys_accident(viewer, token_of):
    """No browser adds it by itself, so where the request comes from does not matter."""
    headers = {"Authorization": f"Bearer {token_of(viewer)}", "Origin": "https://evil.example"}
    assert Client().post("/api/fleet/live-ticket", headers=headers).status_code == 200


def test_reading_through_cookies_gives_no_foreign_page_a_right_to_see(browser):
    """No CORS header: the browser keeps the answer from the page that asked."""
    answer = browser.get("/api/fleet/devices", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("path", ["/login/", "/logout/", "/settings/theme", "/i18n/setlang/"])
def test_a_form_without_our_token_is_refused(viewer, path):
    client = Client(enforce_csrf_checks=True)
    client.force_login(viewer, BACKEND)
    assert client.post(path, {"email": viewer.email, "password": PASSWORD}).status_code == 403


def test_signing_in_gives_a_new_session(client, viewer, operator):
    """A session that somebody else planted in the browser does not become a signed-in one."""
    client.get("/login/")
    session = client.session
    session["planted"] = "yes"
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    client.post("/login/", {"email": viewer.email, "password": PASSWORD})
    assert client.session.session_key != before
    thief = Client()
    thief.cookies["sessionid"] = before
    assert thief.get("/api/fleet/me").status_code == 401


def test_a_session_that_signed_out_opens_nothing(client, viewer):
    client.force_login(viewer, BACKEND)
    kept = client.cookies["sessionid"].value
    client.post("/logout/")
    thief = Client()
    thief.cookies["sessionid"] = kept
    assert thief.get("/api/fleet/me").status_code == 401


@pytest.mark.parametrize("path", ["/login", "/login/", "/refresh"])
def test_cookies_are_kept_from_scripts_and_foreign_sites(client, viewer, path):
    if path == "/login/":
        client.post(path, {"email": viewer.email, "password": PASSWORD})
    else:
        client.post(
            "/login", {"email": viewer.email, "password": PASSWORD}, content_type="application/json"
        )
        if path == "/refresh":
            client.get(path)
    told = {
        name: client.cookies.get(name) for name in ("sessionid", "access_token", "refresh_token")
    }
    secret = {name: cookie for name, cookie in told.items() if cookie is not None and cookie.value}
    assert secret
    assert all(cookie["httponly"] and cookie["samesite"] == "Lax" for cookie in secret.values())


@pytest.mark.parametrize(
    "path",
    [
        "/login/?next={}",
        "/admin/login/?next={}",
        "/i18n/setlang/?next={}",
        "/settings/theme?next={}",
    ],
)
@pytest.mark.parametrize(
    "evil",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "http:///evil.example",
        "javascript:alert(1)",
    ],
)
def test_no_way_leads_to_another_site(client, viewer, path, evil):
    """Followed as a browser would, through every page of ours that takes `next`."""
    fields = {
        "email": viewer.email,
        "password": PASSWORD,
        "language": "en",
        "theme": "dark",
        "next": evil,
    }
    for answer in (client.post(path.format(evil), fields), client.get(path.format(evil))):
        target = answer.get("Location", "/")
        assert target.startswith("/") and not target.startswith(("//", "/\\"))
        if "login/?next=" in target:
            after = client.post(target, fields).get("Location", "/")
            assert after.startswith("/") and not after.startswith(("//", "/\\"))


# --- secrets in answers and logs ---


@pytest.mark.parametrize(
    "path",
    [
        "/api/fleet/me",
        "/api/fleet/devices",
        "/api/fleet/devices/{device}",
        "/Registry/robot_id/{robot}",
        "/admin/accounts/device/{device}/change/",
        "/admin/accounts/credential/",
        "/admin/accounts/user/{user}/change/",
    ],
)
def test_no_answer_holds_a_hash_or_a_secret(
    path, platform_owner, make_user, workspace, make_device
):
    device = make_device(workspace)
    from robots.models import Robot

    robot = Robot.objects.create(device=device, robot_id="robot_secretive")
    client = Client()
    client.force_login(platform_owner, BACKEND)
    answer = client.get(path.format(device=device.pk, robot=robot.robot_id, user=platform_owner.pk))
    assert answer.status_code == 200
    text = answer.content.decode()
    assert device.secret not in text
    assert device.credentials.get(revoked_at=None).secret_hash not in text
    assert platform_owner.password not in text


@pytest.mark.parametrize(
    "path", ["/api/fleet/me", "/api/fleet/devices", "/stream", "/api/fleet/devices/7", "/"]
)
def test_no_cache_keeps_what_one_person_may_see(client, viewer, path):
    client.force_login(viewer, BACKEND)
    answer = client.get(path)
    assert "private" in answer["Cache-Control"] or "no-store" in answer["Cache-Control"]


@pytest.fixture(scope="module")
def server(server_maker):
    server = server_maker(ACCESS_TOKEN_SECONDS="3", LOG_LEVEL="DEBUG")
    yield server
    server.stop()


def test_no_log_holds_a_password_a_token_or_a_ticket(server):
    pair = server.login_pair("viewer")
    token = pair["access_token"]
    ticket = server.call("POST", "/api/fleet/live-ticket", token=token).json()["ticket"]
    with connect(f"{server.ws}/ws/live?ticket={ticket}") as wire:
        wire.send('{"type": "ping"}')
        assert json.loads(wire.recv(ENOUGH_SECONDS))["type"] == "pong"
    robot = server.new_robot()
    device = server.device_token(robot)
    server.call(
        "POST", "/login", {"email": "viewer@test.example", "password": "wrong guess of mine"}
    )
    server.call("GET", f"/api/fleet/me?token={token}", token="not.a.token")
    server.call("POST", "/api/fleet/telemetry", {"samples": "broken"}, device)
    log = server.log()
    secrets = (
        ticket,
        token,
        pair["refresh_token"],
        device,
        robot["secret"],
        PASSWORD,
        "wrong guess of mine",
    )
    assert [secret for secret in secrets if secret in log] == []


def test_a_ticket_is_spent_by_its_first_use_even_if_it_leaks(server):
    ticket = server.call("POST", "/api/fleet/live-ticket", token=server.login("viewer")).json()[
        "ticket"
    ]
    with connect(f"{server.ws}/ws/live?ticket={ticket}") as wire:
        wire.send('{"type": "ping"}')
        wire.recv(ENOUGH_SECONDS)
    with (
        connect(f"{server.ws}/ws/live?ticket={ticket}") as wire,
        pytest.raises(ConnectionClosed) as ended,
    ):
        wire.recv(ENOUGH_SECONDS)
    assert ended.value.rcvd.code == 4401


def test_a_socket_ends_with_its_token(server):
    """Three seconds of life, and at most five more until the socket is closed."""
    began = time.monotonic()
    headers = {"Authorization": f"Bearer {server.login('viewer')}"}
    with (
        connect(f"{server.ws}/ws/live", additional_headers=headers) as wire,
        pytest.raises(ConnectionClosed) as ended,
    ):
        wire.recv(ENOUGH_SECONDS)
    assert ended.value.rcvd.code == 4401
    assert time.monotonic() - began < 3 + 5 + 2


# --- addresses ---


def guesses(server, address: str, count: int) -> list[int]:
    """The statuses of wrong guesses, each for another account, said to come from the address."""
    told = []
    for number in range(count):
        body = {"email": f"nobody{number}-{address}@test.example", "password": "wrong"}
        headers = {"X-Forwarded-For": address}
        answer = requests.post(
            f"{server.url}/login", json=body, headers=headers, timeout=ENOUGH_SECONDS
        )
        told.append(answer.status_code)
    return told


def test_behind_our_proxy_one_guesser_does_not_lock_out_the_others(make_server):
    with override_settings(BEHIND_PROXY=True):
        server = make_server(BEHIND_PROXY="1", LOGIN_TRIES_PER_ADDRESS="3")
    assert guesses(server, "203.0.113.7", 4) == [401, 401, 401, 429]
    assert guesses(server, "203.0.113.8", 1) == [401]


def test_without_a_proxy_nobody_chooses_his_address(make_server):
    server = make_server(LOGIN_TRIES_PER_ADDRESS="3")
    told = [guesses(server, f"203.0.113.{number}", 1)[0] for number in range(4)]
    assert told == [401, 401, 401, 429]


# --- bodies without end ---


def first_line(server, *parts: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=ENOUGH_SECONDS) as wire:
        for part in parts:
            try:
                wire.sendall(part)
            except (BrokenPipeError, ConnectionResetError):
                break  # refused while we were still sending
        return wire.recv(4096).splitlines()[0]


def head(path: str, *lines: str) -> bytes:
    first = (f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json")
    return "\r\n".join([*first, *lines, "", ""]).encode()


@pytest.mark.parametrize("path", ["/login", "/api/fleet/devices", "/login/"])
def test_a_body_that_promises_gigabytes_is_refused_before_it_comes(server, path):
    assert b" 413 " in first_line(server, head(path, f"Content-Length: {10**10}"))


def test_a_body_in_chunks_is_cut_off_at_the_limit(server):
    chunk = b"%x\r\n" % MIB + b"0" * MIB + b"\r\n"
    memory = server.rss()
    line = first_line(server, head("/login", "Transfer-Encoding: chunked"), *[chunk] * 33)
    assert b" 413 " in line
    assert server.rss() - memory < 64 * MIB
