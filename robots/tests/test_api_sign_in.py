"""Operations 1, 2 and 19 of FlyingLet: /login, /refresh, /signin-device."""

import jwt
import pytest
from django.conf import settings
from django.test import Client

from accounts.models import LoginSession
from conftest import PASSWORD


def claims_of(token: str) -> dict:
    return jwt.decode(token, settings.SIMPLE_JWT["SIGNING_KEY"], algorithms=["HS256"])


def login(client, user, **changes):
    return client.post("/login", {"email": user.email, "password": PASSWORD} | changes)


def test_login_answers_both_tokens_and_sets_both_cookies(client_of, viewer):
    client = client_of()
    response = login(client, viewer)
    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"access_token", "refresh_token"}
    for name in body:
        cookie = response.cookies[name]
        assert cookie.value == body[name]
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and not cookie["secure"]
    assert response.cookies["refresh_token"]["path"] == "/refresh"
    assert response["Cache-Control"] == "no-store"
    assert LoginSession.objects.get().user == viewer


def test_the_cookies_are_secure_under_https(client_of, viewer, settings):
    settings.SESSION_COOKIE_SECURE = True
    response = login(client_of(), viewer)
    assert all(cookie["secure"] for cookie in response.cookies.values())


@pytest.mark.parametrize(
    ("who", "text"),
    [
        ("owner", "최고관리자"),
        ("platform_owner", "최고관리자"),
        ("admin", "일반관리자"),
        ("platform_admin", "일반관리자"),
        ("operator", "user"),
        ("viewer", "user"),
    ],
)
def test_the_role_claim_is_in_the_words_of_the_seed(client_of, request, who, text):
    user = request.getfixturevalue(who)
    body = login(client_of(), user).json()
    for token in body.values():
        assert claims_of(token)["role"] == text
    claims = claims_of(body["access_token"])
    assert (claims["sub"], claims["type"], claims["fresh"]) == (user.email, "access", False)


def test_who_belongs_nowhere_is_a_user(client_of, make_user):
    token = login(client_of(), make_user()).json()["access_token"]
    assert claims_of(token)["role"] == "user"


def test_a_wrong_password_is_told_in_the_shape_of_the_seed(client_of, viewer):
    response = login(client_of(), viewer, password="wrong")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    error = response.json()["error"]
    assert error["code"] == 401
    assert set(error) == {"code", "message"}
    unknown = login(client_of(), viewer, email="nobody@test.example")
    assert (unknown.status_code, unknown.json()) == (401, response.json())
    assert not response.cookies


def test_many_wrong_passwords_must_wait(client_of, viewer, settings):
    settings.LOGIN_TRIES_PER_ACCOUNT = 2
    for _ in range(2):
        login(client_of(), viewer, password="wrong")
    response = login(client_of(), viewer)
    assert response.status_code == 429
    assert response.json()["error"]["code"] == 429
    assert int(response["Retry-After"]) >= 1


def test_missing_fields_are_named(client_of, db):
    response = client_of().post("/login", {"email": "a@b.example"})
    assert response.status_code == 400
    assert list(response.json()["error"]["fields"]) == ["password"]


def test_a_stale_cookie_does_not_stand_before_signing_in(client_of, viewer):
    client = client_of()
    client.cookies["access_token"] = "stale"
    assert login(client, viewer).status_code == 200


def test_only_post_signs_in(client_of, db):
    response = client_of().get("/login")
    assert response.status_code == 405
    assert "POST" in response["Allow"]
    assert response.json()["error"]["code"] == 405


def test_xml_is_not_spoken(client_of, viewer, device):
    client = client_of()
    for path in ("/login", "/signin-device"):
        response = client.post(path, {}, HTTP_ACCEPT="application/xml")
        assert response.status_code == 406
        assert response.json()["error"]["code"] == 406


def refresh_with(client, token, form="Bearer {}"):
    return client.get("/refresh", HTTP_AUTHORIZATION=form.format(token))


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "{}"])
def test_refresh_takes_the_token_from_the_header(client_of, viewer, form):
    token = login(client_of(), viewer).json()["refresh_token"]
    response = refresh_with(client_of(), token, form)
    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"new_access_token", "new_refresh_token"}
    assert response.cookies["access_token"].value == body["new_access_token"]
    assert response.cookies["refresh_token"].value == body["new_refresh_token"]


def test_refresh_takes_the_token_from_the_cookie_again_and_again(client_of, viewer):
    client = client_of()
    login(client, viewer)
    tokens = {client.get("/refresh").json()["new_access_token"] for _ in range(3)}
    assert len(tokens) == 3


def test_a_slash_too_many_is_refused_in_json(db):
    answer = Client(enforce_csrf_checks=True).post(
        "/login/", {"email": "a@b.example"}, "application/json"
    )
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/json")
    assert answer.json()["error"]["code"] == 403


def test_head_spends_no_refresh_token(client_of, viewer):
    client = client_of()
    login(client, viewer)
    assert client.head("/refresh").status_code == 405
    assert client.get("/refresh").status_code == 200


def test_a_refresh_token_works_once(client_of, viewer):
    token = login(client_of(), viewer).json()["refresh_token"]
    fresh = refresh_with(client_of(), token).json()
    assert refresh_with(client_of(), token).status_code == 401
    assert refresh_with(client_of(), fresh["new_refresh_token"]).status_code == 401
    api = client_of().get("/api/fleet/me", HTTP_AUTHORIZATION=f"Bearer {fresh['new_access_token']}")
    assert api.status_code == 401


def test_an_access_token_refreshes_nothing(client_of, viewer, device, device_token):
    access = login(client_of(), viewer).json()["access_token"]
    for token in (access, device_token(device), "nonsense", ""):
        response = refresh_with(client_of(), token)
        assert response.status_code == 401
        assert response["WWW-Authenticate"]
    assert client_of().get("/refresh").status_code == 401


def test_a_refresh_token_opens_nothing_else(client_of, viewer):
    token = login(client_of(), viewer).json()["refresh_token"]
    response = client_of().get("/api/fleet/me", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert response.status_code == 401


def test_a_robot_signs_in_and_gets_its_token_as_text(client_of, make_device):
    robot = make_device(factory_code="INTE-CUB-04184-012301-00000")
    response = client_of().post(
        "/signin-device", {"fCode": robot.factory_code, "secretKey": robot.secret}
    )
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain")
    me = client_of().get("/api/fleet/me", HTTP_AUTHORIZATION=response.content.decode())
    assert me.json()["id"] == robot.pk


@pytest.mark.parametrize("accept", ["text/plain", "application/json", "*/*"])
def test_a_robot_may_ask_for_text_or_json(client_of, make_device, accept):
    robot = make_device(factory_code="F-1")
    body = {"fCode": "F-1", "secretKey": robot.secret}
    assert client_of().post("/signin-device", body, HTTP_ACCEPT=accept).status_code == 200


def test_a_wrong_secret_key_is_refused(client_of, make_device):
    make_device(factory_code="F-1")
    response = client_of().post("/signin-device", {"fCode": "F-1", "secretKey": "1234"})
    assert response.status_code == 401
    assert response.json()["error"]["code"] == 401
