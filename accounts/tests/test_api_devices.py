"""Device tokens, new secrets and live tickets over the wire."""

import pytest

from accounts import services

URL = "/api/fleet/device-token"


def ask(client, robot, **changes):
    return client.post(URL, {"device": robot.serial_number, "secret": robot.secret} | changes)


def test_a_device_trades_its_secret_for_a_token(client_of, device, settings):
    response = ask(client_of(), device)
    assert response.status_code == 200
    body = response.json()
    token = body.pop("token")
    assert body == {
        "token_type": "Bearer",
        "expires_in": settings.DEVICE_TOKEN_SECONDS,
        "device_id": device.pk,
    }
    assert response["Cache-Control"] == "no-store"
    me = client_of().get("/api/fleet/me", HTTP_AUTHORIZATION=f"Bearer {token}").json()
    assert (me["kind"], me["id"], me["name"]) == ("device", device.pk, device.name)


def test_the_device_id_is_an_identifier_too(client_of, device):
    assert ask(client_of(), device, device=str(device.pk)).status_code == 200


def test_a_wrong_secret_is_a_problem_without_a_hint(client_of, device):
    wrong = ask(client_of(), device, secret="wrong")
    unknown = ask(client_of(), device, device="nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong["WWW-Authenticate"].startswith("Bearer")
    assert wrong["Content-Type"] == "application/problem+json"
    assert wrong.json() == unknown.json()


def test_many_wrong_secrets_must_wait(client_of, device, settings):
    settings.LOGIN_TRIES_PER_ACCOUNT = 2
    for _ in range(2):
        ask(client_of(), device, secret="wrong")
    response = ask(client_of(), device)
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 300


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"/device", "/secret"}),
        ({"device": 5, "secret": []}, {"/secret"}),
        ({"device": "", "secret": "x"}, {"/device"}),
        ({"device": "x" * 101, "secret": "x"}, {"/device"}),
        ([], {"/body"}),
        ("text", {"/body"}),
    ],
)
def test_a_bad_body_is_named_by_pointer(client_of, db, body, pointers):
    response = client_of().post(URL, body)
    assert response.status_code == 400
    assert {error["pointer"] for error in response.json()["errors"]} == pointers


def test_a_text_with_a_nul_is_refused(client_of, db):
    assert client_of().post(URL, {"device": "a\0b", "secret": "x"}).status_code == 400


def test_a_body_that_is_no_json_is_refused(client_of, db):
    assert client_of().post(URL, "{", content_type="application/json").status_code == 400
    assert client_of().post(URL, "a=b", content_type="text/plain").status_code == 415


def test_a_stale_token_does_not_stand_before_a_new_one(client_of, device):
    client = client_of()
    client.credentials(HTTP_AUTHORIZATION="Bearer stale")
    client.cookies["access_token"] = "stale"
    assert ask(client, device).status_code == 200


def test_only_post(client_of, db):
    response = client_of().get(URL)
    assert response.status_code == 405
    assert "POST" in response["Allow"]


def rotate(client, device):
    return client.post(f"/api/fleet/devices/{device.pk}/rotate-secret")


def test_an_operator_gives_a_device_a_new_secret(client_of, operator, device):
    old = client_of(device)
    response = rotate(client_of(operator), device)
    assert response.status_code == 200
    assert response.json()["device_id"] == device.pk
    assert response["Cache-Control"] == "no-store"
    assert old.get("/api/fleet/me").status_code == 401
    assert ask(client_of(), device).status_code == 401
    assert ask(client_of(), device, secret=response.json()["secret"]).status_code == 200


def test_who_may_not_gives_no_secret(client_of, viewer, stranger, device, make_device):
    assert rotate(client_of(), device).status_code == 401
    assert rotate(client_of(viewer), device).status_code == 403
    assert rotate(client_of(stranger), device).status_code == 404
    assert rotate(client_of(make_device()), device).status_code == 404
    assert ask(client_of(), device).status_code == 200


def test_a_removed_device_gets_no_secret(client_of, actor_of, admin, device):
    services.device_remove(actor=actor_of(admin), device_id=device.pk)
    assert rotate(client_of(admin), device).status_code == 404


@pytest.mark.parametrize("number", ["0", "9" * 18, "9" * 30])
def test_no_number_crashes(client_of, operator, number):
    response = client_of(operator).post(f"/api/fleet/devices/{number}/rotate-secret")
    assert response.status_code == 404


def test_a_ticket_is_for_who_is_signed_in(client_of, viewer, device):
    assert client_of().post("/api/fleet/live-ticket").status_code == 401
    for somebody in (viewer, device):
        response = client_of(somebody).post("/api/fleet/live-ticket")
        assert response.status_code == 200
        assert response.json()["expires_in"] == 30
        assert services.ticket_spend(response.json()["ticket"])
