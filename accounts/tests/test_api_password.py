"""POST /api/fleet/me/password, and the closed doors of who came with a temporary password."""

import pytest
from channels.testing import WebsocketCommunicator
from django.test import Client
from django.urls import get_resolver

from accounts import services, tokens
from accounts.api.base import ActorView
from conftest import PASSWORD
from fleet_platform.asgi import application

NEW = "a longer and better one"
HERE = "127.0.0.1"


@pytest.fixture
def temporary(post_office):
    """`temporary(user)`: tokens of a session that a temporary password began, and that password."""

    def made(user) -> tuple[tokens.TokenPair, str]:
        with post_office():
            services.password_request(email=user.email, address=HERE)
        secret = post_office.temporary_password
        pair = services.user_login(
            email=user.email, password=secret, address=HERE, role_of=lambda user: "user"
        )
        return pair, secret

    return made


@pytest.fixture
def client_with():
    return lambda pair: Client(headers={"Authorization": f"Bearer {pair.access}"})


def change(client, old, new=NEW):
    body = {"old_password": old, "new_password": new}
    return client.post("/api/fleet/me/password", body, content_type="application/json")


def test_one_s_own_password_is_changed(client_of, viewer, client):
    mine, other = client_of(viewer), client_of(viewer)
    answer = change(mine, PASSWORD)
    assert (answer.status_code, answer.content) == (204, b"")
    assert mine.get("/api/fleet/me").status_code == 200
    assert other.get("/api/fleet/me").status_code == 401


def test_the_page_that_asks_stays_signed_in(viewer):
    mine, other = Client(), Client()
    for browser in (mine, other):
        browser.force_login(viewer)
    assert change(mine, PASSWORD).status_code == 204
    assert mine.get("/").status_code == 200
    assert other.get("/").status_code == 302


def test_faults_are_named(client_of, viewer):
    answer = change(client_of(viewer), "wrong")
    assert answer.status_code == 400
    assert [row["pointer"] for row in answer.json()["errors"]] == ["/old_password"]
    answer = change(client_of(viewer), PASSWORD, "short")
    assert {row["pointer"] for row in answer.json()["errors"]} == {"/new_password"}
    answer = client_of(viewer).post("/api/fleet/me/password", {})
    assert {row["pointer"] for row in answer.json()["errors"]} == {
        "/old_password",
        "/new_password",
    }


def test_neither_devices_nor_strangers_have_one(client_of, device):
    assert change(client_of(device), "x").status_code == 403
    assert change(client_of(None), "x").status_code == 401


def test_a_temporary_password_opens_this_alone(temporary, client_with, owner):
    pair, secret = temporary(owner)
    client = client_with(pair)
    answer = client.get("/api/fleet/me")
    assert answer.status_code == 403
    problem = answer.json()
    assert problem["type"] == "urn:fleet:problem:must-change-password"
    assert "/api/fleet/me/password" in problem["detail"]
    assert change(client, secret).status_code == 204
    assert client.get("/api/fleet/me").status_code == 200


def closed_views() -> list:
    """Every view of ours that looks at who asks, but the one that sets a password."""

    def views(patterns):
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                yield from views(pattern.url_patterns)
            elif view := getattr(pattern.callback, "view_class", None):
                yield view

    ours = [view for view in views(get_resolver().url_patterns) if issubclass(view, ActorView)]
    return [view for view in ours if not (view.public or view.with_temporary_password)]


def test_one_view_alone_is_open():
    assert len(closed_views()) > 15
    assert not [view for view in closed_views() if view.with_temporary_password]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/fleet/devices"),
        ("get", "/api/fleet/workspaces"),
        ("post", "/api/fleet/live-ticket"),
        ("get", "/stream"),
        ("post", "/photolog"),
        ("post", "/blackbox"),
        ("post", "/signup/Admin"),
    ],
)
def test_every_other_door_is_closed_even_to_platform_owners(
    temporary, client_with, platform_owner, method, path
):
    pair, _ = temporary(platform_owner)
    answer = getattr(client_with(pair), method)(path)
    assert answer.status_code == 403
    assert b"temporary password" in answer.content


def test_the_cookies_of_its_sign_in_open_no_more(temporary, platform_owner):
    pair, _ = temporary(platform_owner)
    browser = Client()
    browser.cookies["access_token"] = pair.access
    assert browser.get("/api/fleet/me").status_code == 403
    assert browser.get("/").status_code == 302
    assert browser.get("/admin/").status_code == 302


def test_neither_does_a_refresh(temporary, client_with, owner):
    pair, _ = temporary(owner)
    answer = Client(headers={"Authorization": f"Bearer {pair.refresh}"}).get("/refresh")
    assert answer.status_code == 200
    fresh = Client(headers={"Authorization": f"Bearer {answer.json()['new_access_token']}"})
    assert fresh.get("/api/fleet/me").status_code == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/ws/live", "/ws/device"])
async def test_no_socket_opens(make_limited, path):
    token = await make_limited()
    headers = [(b"authorization", f"Bearer {token}".encode())]
    socket = WebsocketCommunicator(application, path, headers=headers)
    accepted, code = await socket.connect(timeout=5)
    if accepted:
        message = await socket.receive_output(5)
        code = message["code"]
    assert code == 4401


@pytest.mark.django_db(transaction=True)
async def test_nor_by_a_first_message(make_limited):
    token = await make_limited()
    socket = WebsocketCommunicator(application, "/ws/live")
    await socket.connect(timeout=5)
    await socket.send_json_to({"type": "auth", "token": token})
    message = await socket.receive_output(5)
    while message["type"] != "websocket.close":
        message = await socket.receive_output(5)
    assert message["code"] == 4401


@pytest.fixture
def make_limited(temporary, owner):
    """The access token of a limited session, made before the loop begins."""
    pair, _ = temporary(owner)

    async def token() -> str:
        return pair.access

    return token


def test_telemetry_is_not_taken(temporary, client_with, owner):
    pair, _ = temporary(owner)
    answer = client_with(pair).post(
        "/api/fleet/telemetry", {"samples": []}, content_type="application/json"
    )
    assert answer.status_code in {401, 403}
