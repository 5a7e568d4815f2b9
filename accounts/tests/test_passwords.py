"""Passwords: one's own changed, and temporary ones that lie beside it, sign in once and open nothing else."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import services, tokens
from accounts.models import AuditRow, LoginSession, TemporaryPassword
from accounts.principal import Source
from accounts.selectors import actor_from, actors_from, limited_actor_from
from accounts.services.login_throttle import dummy_hash
from accounts.services.passwords import temporary_password_of
from accounts.sms import NotSent, memory
from accounts.tests.post import statements
from accounts.tests.test_codes import Failing
from conftest import PASSWORD
from fleet_platform.shared.errors import Invalid, NotAllowed, NotAuthenticated, TooMany

HERE = "10.0.0.1"
NEW = "a longer and better one"


@pytest.fixture
def ask(post_office):
    """`ask(user)`: has a temporary password sent, and gives it."""

    def asked(user, address=HERE) -> str:
        with post_office():
            services.password_request(email=user.email, address=address)
        return post_office.temporary_password

    return asked


def login(email, password, role="the role"):
    return services.user_login(
        email=email, password=password, address=HERE, role_of=lambda user: role
    )


def limited(pair):
    return limited_actor_from(tokens.verify(pair.access), HERE)


# --- one's own ---


def test_a_new_password_ends_every_other_session(viewer, actor_of):
    mine, other = login(viewer.email, PASSWORD), login(viewer.email, PASSWORD)
    browser = Client()
    browser.force_login(viewer)
    actor = actor_from(tokens.verify(mine.access))
    services.password_change(actor=actor, old_password=PASSWORD, new_password=NEW)
    assert actor_from(tokens.verify(mine.access)) is not None
    assert actor_from(tokens.verify(other.access)) is None
    assert browser.get("/").status_code == 302
    assert login(viewer.email, NEW)
    with pytest.raises(NotAuthenticated):
        login(viewer.email, PASSWORD)
    assert AuditRow.objects.get(verb="user.password").actor == f"user:{viewer.pk}"


def test_the_session_that_goes_on_can_be_refreshed(viewer):
    pair = login(viewer.email, PASSWORD)
    actor = actor_from(tokens.verify(pair.access))
    services.password_change(actor=actor, old_password=PASSWORD, new_password=NEW)
    fresh = tokens.rotate(pair.refresh, lambda user: "user")
    assert actor_from(tokens.verify(fresh.access)).id == viewer.pk


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("wrong", NEW, "old_password"),
        ("x" * 2000, NEW, "old_password"),
        (PASSWORD, "short", "new_password"),
        (PASSWORD, "1234567890123", "new_password"),
        (PASSWORD, "viewer@test.example", "new_password"),
        (PASSWORD, "x1" * 1000, "new_password"),
    ],
)
def test_a_bad_one_is_named_and_nothing_changes(viewer, actor_of, old, new, field):
    with pytest.raises(Invalid) as refusal:
        services.password_change(actor=actor_of(viewer), old_password=old, new_password=new)
    assert list(refusal.value.fields) == [field]
    assert login(viewer.email, PASSWORD)


def test_guessing_the_old_one_is_counted(viewer, actor_of, settings):
    settings.LOGIN_TRIES_PER_ACCOUNT = 2
    for _ in range(2):
        with pytest.raises(Invalid):
            services.password_change(actor=actor_of(viewer), old_password="wrong", new_password=NEW)
    with pytest.raises(TooMany):
        services.password_change(actor=actor_of(viewer), old_password=PASSWORD, new_password=NEW)


def test_a_device_has_no_password(device, actor_of):
    with pytest.raises(NotAllowed):
        services.password_change(actor=actor_of(device), old_password="x", new_password=NEW)


# --- a temporary one is sent ---


def test_it_goes_to_the_phone_and_the_old_one_stays(ask, make_user):
    user = make_user(phone_number="010-1234-5678")
    secret = ask(user)
    assert [message.to for message in memory.outbox] == ["01012345678"]
    assert not mail.outbox
    assert login(user.email, secret).must_change_password
    assert not login(user.email, PASSWORD).must_change_password


@pytest.mark.parametrize(
    ("number", "backend"), [("", "memory"), ("call me", "memory"), ("01012345678", "")]
)
def test_it_goes_by_mail_where_no_sms_can_go(ask, make_user, settings, number, backend):
    settings.SMS_BACKEND = backend and f"accounts.sms.{backend}.SmsBackend"
    user = make_user(phone_number=number)
    assert login(user.email, ask(user)).must_change_password
    assert [message.to for message in mail.outbox] == [[user.email]]


def test_it_goes_by_mail_where_the_provider_refuses(ask, make_user, settings):
    settings.SMS_BACKEND = f"{Failing.__module__}.Failing"
    Failing.failures[:] = [NotSent("the provider answered 400", again=False)]
    user = make_user(phone_number="01012345678")
    assert login(user.email, ask(user)).must_change_password
    assert TemporaryPassword.objects.get().way == "email"


def test_a_busy_provider_is_tried_again_and_the_audit_tells_it_once(ask, make_user, settings):
    settings.SMS_BACKEND = f"{Failing.__module__}.Failing"
    Failing.failures[:] = [NotSent("the provider answered 503", again=True)] * 2
    user = make_user(phone_number="01012345678")
    assert login(user.email, ask(user)).must_change_password
    asked, used = AuditRow.objects.filter(verb="user.temporary_password").order_by("id")
    assert (asked.actor, asked.address, asked.target) == ("anonymous", HERE, f"user:{user.pk}")
    assert (used.actor, used.after) == (f"user:{user.pk}", {"used": True})


@pytest.mark.parametrize("who", ["nobody", "dormant"])
def test_nobody_else_gets_one(post_office, make_user, who):
    email = make_user(is_active=False).email if who == "dormant" else "nobody@test.example"
    with post_office():
        services.password_request(email=email, address=HERE)
    assert post_office.sent == []
    assert len(post_office.queued) == 1


def test_known_and_unknown_addresses_cost_the_same(viewer, post_office, settings):
    told = []
    for email in (viewer.email, "nobody@test.example"):
        with CaptureQueriesContext(connection) as queries, post_office():
            services.password_request(email=email, address=HERE)
            asked = statements(queries)
        told.append(asked)
    assert told[0] == told[1] != []
    assert [name for name, _ in post_office.queued] == ["accounts.send_temporary_password"] * 2


def test_neither_the_queue_nor_the_database_nor_the_log_has_it(ask, viewer, post_office, caplog):
    caplog.set_level("DEBUG")
    secret = ask(viewer)
    row = TemporaryPassword.objects.values().get()
    assert post_office.queued == [("accounts.send_temporary_password", [row["id"]])]
    assert not any(secret in str(value) for value in row.values())
    assert secret not in caplog.text


def test_asking_is_bounded(ask, viewer, settings):
    settings.CODES_PER_ADDRESS = 2
    ask(viewer)
    ask(viewer, address="10.0.0.2")
    with pytest.raises(TooMany):
        ask(viewer, address="10.0.0.3")


def test_it_comes_in_the_user_s_own_language(ask, make_user, post_office):
    secret = ask(make_user(language="ko"))
    assert f"임시 비밀번호는 {secret}" in post_office.sent[-1]


# --- a temporary one signs in, once ---


def test_it_signs_in_once(ask, viewer):
    secret = ask(viewer)
    assert login(viewer.email, secret)
    with pytest.raises(NotAuthenticated):
        login(viewer.email, secret)


@pytest.mark.parametrize(
    "form", [str.upper, lambda text: text.replace("-", ""), lambda text: f" {text} "]
)
def test_it_may_be_typed_as_people_do(ask, viewer, form):
    assert login(viewer.email, form(ask(viewer))).must_change_password


def test_it_expires(ask, viewer):
    secret = ask(viewer)
    TemporaryPassword.objects.update(expires_at=timezone.now())
    with pytest.raises(NotAuthenticated):
        login(viewer.email, secret)


def test_it_is_its_user_s_own(ask, viewer, operator):
    secret = ask(viewer)
    with pytest.raises(NotAuthenticated):
        login(operator.email, secret)


def test_it_ends_with_the_password_that_it_lies_beside(ask, viewer):
    secret = ask(viewer)
    viewer.set_password("set in the console")
    viewer.save()
    with pytest.raises(NotAuthenticated):
        login(viewer.email, secret)


def test_it_is_no_password_where_the_own_one_is_asked_for(ask, viewer):
    with pytest.raises(NotAuthenticated):
        services.user_check(email=viewer.email, password=ask(viewer), address=HERE)


def test_a_check_does_not_use_it_up(ask, viewer):
    secret = ask(viewer)
    for _ in range(2):
        proof = services.sign_in_check(email=viewer.email, password=secret, address=HERE)
        assert (proof.user, proof.temporary.user) == (viewer, viewer)
    assert login(viewer.email, secret)


def test_of_two_sign_ins_that_checked_it_one_uses_it_up(ask, viewer):
    proof = services.sign_in_check(email=viewer.email, password=ask(viewer), address=HERE)
    services.temporary_password_spend(proof.temporary, address=HERE)
    with pytest.raises(NotAuthenticated):
        services.temporary_password_spend(proof.temporary, address=HERE)


def test_guessing_it_is_counted_as_any_password(ask, viewer, settings):
    settings.LOGIN_TRIES_PER_ACCOUNT = 2
    secret = ask(viewer)
    for _ in range(2):
        with pytest.raises(NotAuthenticated):
            login(viewer.email, "abcd-efgh-jkmn")
    with pytest.raises(TooMany):
        login(viewer.email, secret)


def test_a_wrong_password_costs_the_same_with_and_without_account(ask, viewer, monkeypatch):
    """One slow hash and one look for a temporary password, also for who has one waiting."""
    ask(viewer)
    hashed, told = [], []
    dummy_hash()  # made once in a process
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda *args: hashed.append(1) or encode(*args)
    )
    for email in (viewer.email, "nobody@test.example"):
        hashed.clear()
        with CaptureQueriesContext(connection) as queries, pytest.raises(NotAuthenticated):
            login(email, "wrong")
        told.append((len(hashed), statements(queries)))
    assert told[0] == told[1]
    assert told[0][0] == 1


def test_looking_for_one_is_a_query_with_a_user_and_without(viewer, django_assert_num_queries):
    for user in (viewer, None):
        with django_assert_num_queries(1):
            assert temporary_password_of(user, "abcd-efgh-jkmn") is None


# --- what its session may ---


def test_its_tokens_claim_no_role(ask, viewer):
    import jwt
    from django.conf import settings

    pair = login(viewer.email, ask(viewer), role="최고관리자")
    for token in (pair.access, pair.refresh):
        claims = jwt.decode(token, settings.SIMPLE_JWT["SIGNING_KEY"], algorithms=["HS256"])
        assert claims["role"] == "user"


def test_its_session_is_nobody_to_who_does_not_ask_for_it(ask, platform_owner):
    pair = login(platform_owner.email, ask(platform_owner))
    source = tokens.verify(pair.access)
    assert actors_from([source]) == {source: None}
    actor = limited(pair)
    assert (actor.id, actor.roles, actor.platform_role) == (platform_owner.pk, {}, "user")
    assert actor.must_change_password


def test_a_refresh_gives_no_more_and_no_longer(ask, owner):
    pair = login(owner.email, ask(owner))
    ends = LoginSession.objects.get().expires_at
    assert ends - timezone.now() <= timedelta(seconds=tokens.CHANGE_SECONDS)
    fresh = tokens.rotate(pair.refresh, lambda user: "최고관리자")
    assert fresh.must_change_password
    assert actor_from(tokens.verify(fresh.access)) is None
    assert LoginSession.objects.get().expires_at == ends


def test_a_new_password_makes_its_session_whole(ask, viewer):
    secret = ask(viewer)
    pair, other = login(viewer.email, secret), login(viewer.email, PASSWORD)
    services.password_change(actor=limited(pair), old_password=secret, new_password=NEW)
    actor = actor_from(tokens.verify(pair.access))
    assert actor.roles and not actor.must_change_password
    assert limited(pair) is None
    assert actor_from(tokens.verify(other.access)) is None
    assert login(viewer.email, NEW)


def test_the_old_password_will_do_as_well(ask, viewer):
    pair = login(viewer.email, ask(viewer))
    services.password_change(actor=limited(pair), old_password=PASSWORD, new_password=NEW)
    assert login(viewer.email, NEW)


def test_another_temporary_password_will_not(ask, viewer):
    pair, second = login(viewer.email, ask(viewer)), ask(viewer)
    with pytest.raises(Invalid):
        services.password_change(actor=limited(pair), old_password=second, new_password=NEW)


def test_the_temporary_one_is_no_new_one(ask, viewer):
    secret = ask(viewer)
    pair = login(viewer.email, secret)
    with pytest.raises(Invalid) as refusal:
        services.password_change(
            actor=limited(pair), old_password=secret, new_password=secret.upper()
        )
    assert list(refusal.value.fields) == ["new_password"]


def test_a_new_password_ends_what_temporary_ones_are_left(ask, viewer, actor_of):
    waiting, used = ask(viewer), ask(viewer)
    pair = login(viewer.email, used)
    services.password_change(actor=actor_of(viewer), old_password=PASSWORD, new_password=NEW)
    assert limited(pair) is None
    with pytest.raises(NotAuthenticated):
        login(viewer.email, waiting)


def test_sources_of_other_kinds_are_never_limited_ones(viewer):
    assert limited_actor_from(Source(tokens.BROWSER, "x")) is None
    pair = login(viewer.email, PASSWORD)
    assert limited(pair) is None
