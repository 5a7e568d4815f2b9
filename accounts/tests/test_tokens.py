"""Tokens: their claims, what ends them, and forgeries."""

import base64
import json
import time
from dataclasses import replace

import jwt
import pytest
from django.conf import settings
from django.utils import timezone

from accounts import tokens
from accounts.models import LoginSession, RefreshToken
from accounts.selectors import actor_from, actors_from
from fleet_platform.shared.errors import NotAuthenticated

KEY = settings.SIMPLE_JWT["SIGNING_KEY"]


def claims_of(token: str) -> dict:
    return jwt.decode(token, KEY, algorithms=["HS256"])


def role_of(user) -> str:
    return "user"


def still_works(access: str) -> bool:
    return actor_from(tokens.verify(access)) is not None


@pytest.fixture
def pair(viewer):
    return tokens.issue(viewer, "user", address="10.0.0.1", user_agent="test")


def test_an_access_token_has_the_claims_of_flyinglet(pair, viewer):
    claims = claims_of(pair.access)
    assert set(claims) == {"sub", "role", "type", "fresh", "iat", "nbf", "exp", "jti", "sid"}
    assert claims["sub"] == viewer.email
    assert claims["role"] == "user"
    assert claims["type"] == "access"
    assert claims["fresh"] is False
    assert claims["nbf"] == claims["iat"]
    assert claims["exp"] - claims["iat"] == settings.ACCESS_TOKEN_SECONDS
    assert claims["sid"] == f"session:{pair.session_id}"


def test_a_refresh_token_differs_in_type_life_and_id(pair):
    access, refresh = claims_of(pair.access), claims_of(pair.refresh)
    assert refresh["type"] == "refresh"
    assert refresh["exp"] - refresh["iat"] == settings.REFRESH_TOKEN_SECONDS
    assert refresh["jti"] != access["jti"]


def test_a_refresh_token_is_not_stored_in_the_clear(pair):
    stored = RefreshToken.objects.get()
    assert claims_of(pair.refresh)["jti"] not in stored.jti_hash


def test_a_token_stands_for_its_user(pair, viewer):
    actor = actor_from(tokens.verify(pair.access))
    assert (actor.kind, actor.id) == ("user", viewer.pk)


def test_a_device_token_stands_for_its_device(device, device_token):
    token = device_token(device)
    actor = actor_from(tokens.verify(token))
    assert (actor.kind, actor.id) == ("device", device.pk)
    assert claims_of(token)["sub"] == f"device:{device.pk}"
    assert claims_of(token)["role"] == "device"
    assert claims_of(token)["type"] == "access"


def forged(pair, key=KEY, algorithm="HS256", **changes) -> str:
    return jwt.encode(claims_of(pair.access) | changes, key, algorithm=algorithm)


def test_an_expired_token_is_refused(pair):
    with pytest.raises(NotAuthenticated):
        tokens.verify(forged(pair, exp=int(time.time()) - 1))


def test_a_token_from_the_future_is_refused(pair):
    with pytest.raises(NotAuthenticated):
        tokens.verify(forged(pair, nbf=int(time.time()) + 60))


def test_a_token_signed_with_another_key_is_refused(pair):
    with pytest.raises(NotAuthenticated):
        tokens.verify(forged(pair, key="another key, just as long as ours is supposed to be"))


def test_a_token_with_another_algorithm_is_refused(pair):
    with pytest.raises(NotAuthenticated):
        tokens.verify(forged(pair, algorithm="HS512"))


def test_an_unsigned_token_is_refused(pair):
    def part(value: dict) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    for algorithm in ("none", "None", "NONE"):
        header = part({"alg": algorithm, "typ": "JWT"})
        with pytest.raises(NotAuthenticated):
            tokens.verify(f"{header}.{part(claims_of(pair.access))}.")


def test_an_expired_token_is_not_carried_by_a_younger_one_of_its_session(pair):
    young = tokens.verify(pair.access)
    old = replace(young, expires_at=time.time() - 1)
    found = actors_from([old, young])
    assert found[old] is None
    assert found[young] is not None


def test_a_refresh_token_does_not_open_the_api(pair):
    with pytest.raises(NotAuthenticated):
        tokens.verify(pair.refresh)


def test_an_access_token_does_not_refresh(pair):
    with pytest.raises(NotAuthenticated):
        tokens.rotate(pair.access, role_of)


@pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.c", "....", "\x00", "ключ", "a" * 5000])
def test_nonsense_is_refused(text, db):
    for read in (tokens.verify, lambda said: tokens.rotate(said, role_of)):
        with pytest.raises(NotAuthenticated):
            read(text)


def test_a_signed_token_of_no_session_is_refused(pair):
    for sid in ("", "session:", "browser:abc", "nonsense", 5):
        with pytest.raises(NotAuthenticated):
            tokens.verify(forged(pair, sid=sid))


def test_a_refresh_gives_a_new_pair_of_the_same_session(pair):
    fresh = tokens.rotate(pair.refresh, role_of)
    assert fresh.session_id == pair.session_id
    assert fresh.refresh != pair.refresh
    assert still_works(fresh.access)


def test_a_refresh_asks_for_the_role_again(pair):
    fresh = tokens.rotate(pair.refresh, lambda user: "일반관리자")
    assert claims_of(fresh.access)["role"] == "일반관리자"


def test_a_chain_of_refreshes_holds(pair):
    for _ in range(5):
        pair = tokens.rotate(pair.refresh, role_of)
    assert still_works(pair.access)


def test_a_second_use_of_a_refresh_token_ends_the_session(pair):
    fresh = tokens.rotate(pair.refresh, role_of)
    with pytest.raises(NotAuthenticated):
        tokens.rotate(pair.refresh, role_of)
    session = LoginSession.objects.get()
    assert session.ended_at is not None
    assert session.end_reason == "refresh token used twice"
    assert not still_works(fresh.access)
    with pytest.raises(NotAuthenticated):
        tokens.rotate(fresh.refresh, role_of)


def test_the_end_of_one_session_leaves_the_others(viewer, pair):
    other = tokens.issue(viewer, "user")
    tokens.end_session(pair.session_id, "test")
    assert not still_works(pair.access)
    assert still_works(other.access)


def test_a_refresh_of_an_expired_session_is_refused(pair):
    LoginSession.objects.update(expires_at=timezone.now())
    with pytest.raises(NotAuthenticated):
        tokens.rotate(pair.refresh, role_of)


def test_tokens_of_a_dormant_account_are_refused(pair, viewer):
    viewer.is_active = False
    viewer.save()
    assert not still_works(pair.access)
    with pytest.raises(NotAuthenticated):
        tokens.rotate(pair.refresh, role_of)


def test_a_token_outlives_a_change_of_the_email_address(pair, viewer):
    viewer.email = "renamed@test.example"
    viewer.save()
    assert still_works(pair.access)
    assert claims_of(tokens.rotate(pair.refresh, role_of).access)["sub"] == "renamed@test.example"
