"""Signing in, out and away: throttles, equal answers, what a new password ends."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, identify_hasher
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts import services, tokens
from accounts.models import AuditRow, LiveTicket, LoginSession, User
from accounts.principal import Source
from accounts.selectors import actor_from
from accounts.services import login_throttle
from accounts.services.login_throttle import counted_try, dummy_hash
from accounts.tasks import forget_ended_sessions
from accounts.tokens import BROWSER
from conftest import PASSWORD
from fleet_platform.shared.errors import (
    Invalid,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    TooMany,
)

NEW_PASSWORD = "a longer and better one"


def login(email, password=PASSWORD, address="10.0.0.1"):
    return services.user_login(
        email=email, password=password, address=address, role_of=lambda user: "user"
    )


def wrong(times: int, email: str, address="10.0.0.1"):
    for _ in range(times):
        with pytest.raises(NotAuthenticated):
            login(email, "wrong", address)


def test_it_works(viewer):
    pair = login("Viewer@Test.Example ")
    session = LoginSession.objects.get(pk=pair.session_id)
    assert (session.user, session.address) == (viewer, "10.0.0.1")
    viewer.refresh_from_db()
    assert viewer.last_login is not None


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(viewer):
    said = []
    for email in (viewer.email, "nobody@test.example"):
        with pytest.raises(NotAuthenticated) as refusal:
            login(email, "wrong")
        said.append(str(refusal.value))
    assert said[0] == said[1]


def test_an_unknown_account_costs_one_hash_like_a_known_one(viewer, monkeypatch):
    hashed = []
    dummy_hash()  # made once in a process
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda *args: hashed.append(1) or encode(*args)
    )
    counts = []
    for email in (viewer.email, "nobody@test.example"):
        hashed.clear()
        with pytest.raises(NotAuthenticated):
            login(email, "wrong")
        counts.append(len(hashed))
    assert counts == [1, 1]


def test_passwords_are_hashed_with_argon2(db, settings):
    settings.PASSWORD_HASHERS = ["accounts.hashers.SmallArgon2"]
    user = User.objects.create_user("argon@test.example", PASSWORD)
    assert identify_hasher(user.password).algorithm == "argon2"
    assert user.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert login(user.email).access


def test_the_platform_ships_with_argon2():
    import fleet_platform.settings as shipped

    assert shipped.PASSWORD_HASHERS[0] == "accounts.hashers.SmallArgon2"


def test_a_dormant_account_may_not_sign_in(make_user):
    user = make_user(is_active=False)
    with pytest.raises(NotAuthenticated):
        login(user.email)


@pytest.mark.parametrize("email", ["", "\0", "a\0@b.c", "x" * 5000, "' or 1=1 --"])
def test_odd_addresses_are_refused_like_others(db, email):
    with pytest.raises(NotAuthenticated):
        login(email)


def test_a_huge_password_is_refused_unread(viewer):
    with pytest.raises(NotAuthenticated):
        login(viewer.email, "x" * 1_000_000)


def test_wrong_tries_lock_the_account_for_the_network_that_guesses(viewer, settings):
    settings.LOGIN_TRIES_PER_ACCOUNT = 3
    wrong(3, viewer.email)
    with pytest.raises(TooMany) as refusal:
        login(viewer.email.upper())
    assert 1 <= refusal.value.retry_after <= 300
    assert login(viewer.email, address="10.9.9.9")


def test_wrong_tries_from_many_networks_lock_the_account_for_all(viewer, settings):
    settings.LOGIN_TRIES_PER_ACCOUNT_EVERYWHERE = 3
    for number in range(3):
        wrong(1, viewer.email, address=f"10.0.0.{number}")
    with pytest.raises(TooMany):
        login(viewer.email, address="10.9.9.9")


def test_a_network_that_is_refused_uses_up_nobody_s_tries(viewer, settings):
    settings.LOGIN_TRIES_PER_ADDRESS = settings.LOGIN_TRIES_PER_ACCOUNT_EVERYWHERE = 3
    wrong(3, "nobody@test.example")
    for _ in range(5):
        with pytest.raises(TooMany):
            login(viewer.email, "wrong")
    assert login(viewer.email, address="10.0.0.2")


def test_right_passwords_at_once_wait_for_each_other(settings):
    """More of them than wrong tries are allowed; each is right, so none is refused."""
    settings.LOGIN_TRIES_PER_ACCOUNT = 2
    at_once = Barrier(8)

    def sign_in(_) -> bool:
        at_once.wait()
        with counted_try("test", "somebody", "10.0.0.1"):
            time.sleep(0.01)
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(sign_in, range(8)))


def test_wrong_passwords_at_once_are_no_more_than_the_limit(settings):
    settings.LOGIN_TRIES_PER_ACCOUNT = 3
    looked_at, at_once = [], Barrier(8)

    def guess(_) -> None:
        at_once.wait()
        with suppress(NotAuthenticated, TooMany), counted_try("test", "somebody", "10.0.0.1"):
            looked_at.append(1)
            time.sleep(0.01)
            raise NotAuthenticated

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(guess, range(8)))
    assert len(looked_at) == 3


def test_a_crowd_that_stays_under_way_is_told_to_come_back_soon(settings, monkeypatch):
    settings.LOGIN_TRIES_PER_ACCOUNT = 1
    monkeypatch.setattr(login_throttle, "PATIENCE_SECONDS", 0.1)
    with counted_try("test", "somebody", None):
        with pytest.raises(TooMany) as refusal, counted_try("test", "somebody", None):
            pass
        assert refusal.value.retry_after == 1
    with counted_try("test", "somebody", None):
        pass


def test_an_unknown_account_locks_alike(db, settings):
    settings.LOGIN_TRIES_PER_ACCOUNT = 3
    wrong(3, "nobody@test.example")
    with pytest.raises(TooMany):
        login("nobody@test.example")


def test_wrong_tries_lock_the_address_for_every_account(viewer, operator, settings):
    settings.LOGIN_TRIES_PER_ADDRESS = 3
    for number in range(3):
        wrong(1, f"guess{number}@test.example")
    with pytest.raises(TooMany):
        login(viewer.email)
    assert login(viewer.email, address="10.0.0.2")


def test_an_ipv6_site_counts_as_one_address(viewer, settings):
    settings.LOGIN_TRIES_PER_ADDRESS = 3
    for number in range(3):
        wrong(1, f"guess{number}@test.example", address=f"2001:db8::{number}")
    with pytest.raises(TooMany):
        login(viewer.email, address="2001:db8::abcd")


def test_good_sign_ins_do_not_count(viewer, settings):
    settings.LOGIN_TRIES_PER_ACCOUNT = settings.LOGIN_TRIES_PER_ADDRESS = 3
    wrong(2, viewer.email)
    for _ in range(10):
        login(viewer.email)


def test_signing_out_ends_the_session_of_the_token(viewer):
    pair = login(viewer.email)
    services.user_logout(source=tokens.verify(pair.access))
    assert actor_from(tokens.verify(pair.access)) is None
    with pytest.raises(NotAuthenticated):
        tokens.rotate(pair.refresh, lambda user: "user")


def test_a_new_password_ends_every_session_of_the_user(viewer, actor_of):
    pair, browser = login(viewer.email), Client()
    browser.force_login(viewer)
    by_browser = Source(BROWSER, browser.session.session_key)
    assert actor_from(by_browser) is not None
    services.password_change(
        actor=actor_of(viewer), old_password=PASSWORD, new_password=NEW_PASSWORD
    )
    assert actor_from(tokens.verify(pair.access)) is None
    assert actor_from(by_browser) is None
    assert login(viewer.email, NEW_PASSWORD)
    row = AuditRow.objects.get(verb="user.password")
    assert (row.target, row.before, row.after) == (f"user:{viewer.pk}", None, None)


def test_a_password_changed_past_the_service_ends_the_sessions_too(viewer):
    """As `manage.py changepassword` does."""
    pair = login(viewer.email)
    viewer.set_password(NEW_PASSWORD)
    viewer.save()
    assert actor_from(tokens.verify(pair.access)) is None
    with pytest.raises(NotAuthenticated):
        tokens.rotate(pair.refresh, lambda user: "user")


def test_a_new_password_needs_the_old_one(viewer, actor_of):
    with pytest.raises(Invalid) as refusal:
        services.password_change(
            actor=actor_of(viewer), old_password="wrong", new_password=NEW_PASSWORD
        )
    assert list(refusal.value.fields) == ["old_password"]


@pytest.mark.parametrize("weak", ["short", "1234567890123", "qwertyuiop", "viewer@test"])
def test_a_weak_new_password_is_refused(viewer, actor_of, weak):
    with pytest.raises(Invalid) as refusal:
        services.password_change(actor=actor_of(viewer), old_password=PASSWORD, new_password=weak)
    assert list(refusal.value.fields) == ["new_password"]


def test_guessing_the_old_password_is_throttled(viewer, actor_of, settings):
    settings.LOGIN_TRIES_PER_ACCOUNT = 2
    for _ in range(2):
        with pytest.raises(Invalid):
            services.password_change(
                actor=actor_of(viewer), old_password="wrong", new_password=NEW_PASSWORD
            )
    with pytest.raises(TooMany):
        services.password_change(
            actor=actor_of(viewer), old_password=PASSWORD, new_password=NEW_PASSWORD
        )


def test_a_device_has_no_password_to_change(device, actor_of):
    with pytest.raises(NotAllowed):
        services.password_change(
            actor=actor_of(device), old_password="x", new_password=NEW_PASSWORD
        )


def test_a_user_ends_his_own_session_and_nobody_elses(viewer, operator, actor_of):
    mine, other = login(viewer.email), login(operator.email)
    services.session_end(actor=actor_of(viewer), session_id=mine.session_id)
    assert actor_from(tokens.verify(mine.access)) is None
    with pytest.raises(NotFound):
        services.session_end(actor=actor_of(viewer), session_id=other.session_id)
    assert actor_from(tokens.verify(other.access)) is not None


def test_a_platform_admin_ends_sessions_but_not_those_of_a_platform_owner(
    viewer, platform_admin, platform_owner, actor_of
):
    session, above = login(viewer.email), login(platform_owner.email)
    services.session_end(actor=actor_of(platform_admin), session_id=session.session_id)
    assert actor_from(tokens.verify(session.access)) is None
    with pytest.raises(NotAllowed):
        services.session_end(actor=actor_of(platform_admin), session_id=above.session_id)


def test_old_sessions_and_stale_tickets_are_forgotten_and_young_ones_kept(viewer):
    now = timezone.now()

    def session(**fields) -> LoginSession:
        fields.setdefault("expires_at", now + timedelta(days=1))
        return LoginSession.objects.create(user=viewer, **fields)

    long_ended = session(ended_at=now - timedelta(days=31))
    long_expired = session(expires_at=now - timedelta(days=31))
    kept = {session(), session(ended_at=now), session(expires_at=now - timedelta(days=1))}
    LiveTicket.objects.create(ticket_hash="a", source={}, expires_at=now - timedelta(days=31))
    LiveTicket.objects.create(ticket_hash="b", source={}, expires_at=now)
    Session.objects.create(
        session_key="old", session_data="", expire_date=now - timedelta(seconds=1)
    )
    assert forget_ended_sessions() == 3
    assert set(LoginSession.objects.all()) == kept
    assert not {long_ended, long_expired} & kept
    assert [ticket.ticket_hash for ticket in LiveTicket.objects.all()] == ["b"]
    assert not Session.objects.exists()


def test_forgetting_works_through_many_chunks(viewer, monkeypatch):
    monkeypatch.setattr("accounts.services.signing.CHUNK", 2)
    past = timezone.now() - timedelta(days=31)
    for _ in range(5):
        LoginSession.objects.create(user=viewer, expires_at=past)
    assert forget_ended_sessions() == 5


def test_djangos_own_sign_in_is_throttled_too(viewer, settings):
    settings.LOGIN_TRIES_PER_ACCOUNT = 3
    browser = Client()
    assert browser.login(email=viewer.email, password=PASSWORD)
    for _ in range(3):
        assert not browser.login(username=viewer.email, password="wrong")
    assert not browser.login(username=viewer.email, password=PASSWORD)
