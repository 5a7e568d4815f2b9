"""Codes: the same work for every address, made when sent, good once, for a while, for five tries."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts import services, tasks
from accounts.models import OneTimeCode, Way
from accounts.sms import NotSent, memory
from accounts.tests.post import statements
from fleet_platform.shared.errors import Invalid, TooMany, Unavailable

HERE = "10.0.0.1"
NUMBER = "01012345678"


@pytest.fixture
def ask(post_office):
    """`ask(email)` or `ask(email, number)`: asks for a code, which is sent, and gives it."""

    def asked(email, number=None, address=HERE) -> str:
        with post_office():
            services.code_request(
                email=email,
                way=Way.SMS if number else Way.EMAIL,
                phone_number=number or "",
                address=address,
            )
        return post_office.code

    return asked


def check(email, code, address=HERE) -> bool:
    return services.code_check(email=email, code=code, address=address)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_it_works_once(ask, viewer):
    code = ask(viewer.email)
    assert len(code) == 6
    assert mail.outbox[0].to == [viewer.email]
    assert check(viewer.email, code)
    assert not check(viewer.email, code)


def test_an_address_without_account_gets_one_too(ask, db):
    assert check("new@test.example", ask("new@test.example"))


def test_the_address_may_be_written_in_any_case(ask, viewer):
    code = ask(f" {viewer.email.upper()} ")
    assert check(viewer.email.title(), f" {code} ")


def test_it_goes_to_the_phone(ask, db):
    code = ask("new@test.example", "010-1234-5678")
    assert [message.to for message in memory.outbox] == [NUMBER]
    assert not mail.outbox
    assert check("new@test.example", code)


def test_the_account_s_own_number_gets_it_in_whatever_form(ask, make_user):
    user = make_user(phone_number="010-1234-5678")
    assert check(user.email, ask(user.email, NUMBER))


@pytest.mark.parametrize("own", ["01099998888", ""])
def test_a_strange_phone_proves_nothing_about_an_account(post_office, make_user, own):
    user = make_user(phone_number=own)
    with post_office():
        services.code_request(email=user.email, way=Way.SMS, phone_number=NUMBER, address=HERE)
    assert post_office.sent == []
    assert OneTimeCode.objects.get().failure == "the account has another phone number"


def test_only_the_newest_counts(ask, db):
    old, new = ask("new@test.example"), ask("new@test.example")
    assert old == new or not check("new@test.example", old)
    assert check("new@test.example", new)


def test_an_older_one_that_comes_late_does_not_take_its_place(ask, db):
    code = ask("new@test.example")
    late = OneTimeCode.objects.create(
        pk=OneTimeCode.objects.get().pk - 1, email="new@test.example", way=Way.EMAIL
    )
    services.code_send(code_id=late.pk)
    assert len(mail.outbox) == 1
    assert check("new@test.example", code)


def test_both_ways_may_be_under_way_at_once(ask, db):
    first, second = ask("new@test.example"), ask("new@test.example", NUMBER)
    assert check("new@test.example", first)
    assert check("new@test.example", second)


def test_a_code_is_its_address_s_own(ask, db):
    code = ask("new@test.example")
    assert not check("other@test.example", code)
    assert check("new@test.example", code)


def test_it_expires(ask, db):
    code = ask("new@test.example")
    OneTimeCode.objects.update(expires_at=timezone.now())
    assert not check("new@test.example", code)


def test_it_lives_as_long_as_the_settings_say(ask, db, settings):
    settings.CODE_SECONDS = 90
    ask("new@test.example")
    row = OneTimeCode.objects.get()
    assert timedelta(seconds=60) < row.expires_at - timezone.now() <= timedelta(seconds=90)


def test_five_wrong_tries_end_it(ask, db):
    code = ask("new@test.example")
    for _ in range(5):
        assert not check("new@test.example", other_than(code))
    assert not check("new@test.example", code)


def test_four_wrong_tries_do_not(ask, db):
    code = ask("new@test.example")
    for _ in range(4):
        assert not check("new@test.example", other_than(code))
    assert check("new@test.example", code)


@pytest.mark.parametrize("said", ["", " ", "x" * 64, "１２３４５６"])
def test_odd_codes_are_wrong_ones(ask, db, said):
    ask("new@test.example")
    assert not check("new@test.example", said)


def test_a_row_that_was_never_sent_has_no_code(db):
    OneTimeCode.objects.create(email="new@test.example", way=Way.EMAIL)
    assert not check("new@test.example", "")


# --- where the code is, and where not ---


def test_neither_the_queue_nor_the_database_has_the_code(ask, post_office, db):
    code = ask("new@test.example")
    row = OneTimeCode.objects.get()
    assert post_office.queued == [("accounts.send_code", [row.pk])]
    held = OneTimeCode.objects.values().get()
    assert not any(code in str(value) for name, value in held.items() if name.endswith("hash"))
    assert len(held["code_hash"]) == 64


def test_nothing_is_logged(ask, db, caplog):
    caplog.set_level("DEBUG")
    assert ask("new@test.example") not in caplog.text


def test_a_code_that_nobody_awaits_any_more_is_not_made(post_office, db):
    row = OneTimeCode.objects.create(
        email="new@test.example", way=Way.EMAIL, created_at=timezone.now() - timedelta(hours=1)
    )
    services.code_send(code_id=row.pk)
    services.code_send(code_id=row.pk + 1)
    assert not mail.outbox


def test_a_task_that_runs_twice_sends_once(ask, db):
    ask("new@test.example")
    services.code_send(code_id=OneTimeCode.objects.get().pk)
    assert len(mail.outbox) == 1


def test_nothing_is_queued_before_the_commit(post_office, db):
    services.code_request(email="new@test.example", way=Way.EMAIL, address=HERE)
    post_office.work()
    assert post_office.queued == []


@pytest.mark.parametrize(("language", "word"), [("en", "Your code"), ("ko", "Fleet Platform")])
def test_it_speaks_the_language_of_who_asked(ask, db, language, word):
    with translation.override(language):
        ask("new@test.example")
    assert OneTimeCode.objects.get().language == language
    assert word in mail.outbox[0].subject


# --- when it does not go ---


class Failing:
    """Stands for a provider: fails as often as told, then works."""

    failures: list[NotSent] = []

    def open(self):
        pass

    close = open

    def send_messages(self, messages):
        if Failing.failures:
            raise Failing.failures.pop()
        memory.outbox.extend(messages)


@pytest.fixture
def failing(settings):
    settings.SMS_BACKEND = f"{__name__}.Failing"
    yield Failing.failures
    Failing.failures.clear()


def test_it_is_tried_again_with_another_code(ask, failing, db):
    failing += [NotSent("busy", again=True)] * 2
    code = ask("new@test.example", NUMBER)
    assert len(memory.outbox) == 1
    row = OneTimeCode.objects.get()
    assert (row.failure, row.sent_at is not None) == ("", True)
    assert check("new@test.example", code)


def test_at_last_it_is_given_up_and_the_row_says_why(post_office, failing, db, caplog):
    failing += [NotSent("the provider answered 503", again=True)] * 10
    with post_office():
        services.code_request(
            email="new@test.example", way=Way.SMS, phone_number=NUMBER, address=HERE
        )
    assert len(failing) == 10 - tasks.TRIES
    row = OneTimeCode.objects.get()
    assert (row.failure, row.sent_at) == ("the provider answered 503", None)
    assert "new@test.example" not in caplog.text


def test_a_final_refusal_is_not_tried_again(post_office, failing, db):
    failing += [NotSent("refused", again=False)] * 10
    with post_office():
        services.code_request(
            email="new@test.example", way=Way.SMS, phone_number=NUMBER, address=HERE
        )
    assert len(failing) == 9


def test_without_a_backend_there_is_no_sms(settings, db):
    settings.SMS_BACKEND = ""
    with pytest.raises(Unavailable):
        services.code_request(
            email="new@test.example", way=Way.SMS, phone_number=NUMBER, address=HERE
        )


def test_a_bad_number_is_named(db):
    with pytest.raises(Invalid) as refusal:
        services.code_request(email="a@b.example", way=Way.SMS, phone_number="x", address=HERE)
    assert list(refusal.value.fields) == ["phone_number"]


def test_without_a_broker_the_answer_is_later(db, monkeypatch, django_capture_on_commit_callbacks):
    from fleet_platform.celery import app

    def away(*args, **options):
        raise ConnectionRefusedError

    monkeypatch.setattr(app, "send_task", away)
    with pytest.raises(Unavailable), django_capture_on_commit_callbacks(execute=True):
        services.code_request(email="new@test.example", way=Way.EMAIL, address=HERE)


# --- equal work, bounded asking ---


@pytest.mark.parametrize("number", [None, NUMBER])
def test_known_and_unknown_addresses_cost_the_same_queries(viewer, post_office, number):
    told = []
    for email in (viewer.email, "nobody@test.example"):
        with CaptureQueriesContext(connection) as queries:
            services.code_request(
                email=email,
                way=Way.SMS if number else Way.EMAIL,
                phone_number=number or "",
                address=HERE,
            )
        told.append(statements(queries))
    assert told[0] == told[1] != []


def test_one_address_gets_a_few_messages_an_hour(ask, db, settings):
    settings.CODES_PER_ADDRESS = 2
    ask("new@test.example")
    ask("NEW@test.example", address="10.0.0.2")
    with pytest.raises(TooMany) as refusal:
        ask("new@test.example", address="10.0.0.3")
    assert 1 <= refusal.value.retry_after <= 3600
    assert len(mail.outbox) == 2


def test_one_phone_gets_a_few_messages_an_hour(ask, db, settings):
    settings.CODES_PER_ADDRESS = 2
    ask("a@test.example", NUMBER)
    ask("b@test.example", "010-1234-5678")
    with pytest.raises(TooMany):
        ask("c@test.example", NUMBER)


def test_one_caller_asks_a_few_times_an_hour(ask, db, settings):
    settings.CODES_PER_CALLER = 2
    ask("a@test.example")
    ask("b@test.example")
    with pytest.raises(TooMany):
        ask("c@test.example")
    ask("c@test.example", address="10.0.0.2")


def test_one_caller_guesses_a_few_times(db):
    for _ in range(120):
        check("new@test.example", "000000")
    with pytest.raises(TooMany):
        check("other@test.example", "000000")


# --- what a right code says about the account ---


def test_a_right_code_confirms_the_address_of_the_account(ask, make_user):
    user = make_user(phone_number=NUMBER)
    check(user.email, ask(user.email))
    user.profile.refresh_from_db()
    assert user.profile.email_verified_at and not user.profile.phone_verified_at
    check(user.email, ask(user.email, NUMBER))
    user.profile.refresh_from_db()
    assert user.profile.phone_verified_at


def test_a_code_grants_nothing(ask, viewer, actor_of):
    before = actor_of(viewer)
    check(viewer.email, ask(viewer.email))
    assert actor_of(viewer) == before


# --- echo ---


def test_in_development_the_code_may_be_answered(settings, db, post_office):
    settings.DEBUG = settings.FLYINGLET_ECHO_CODES = True
    code = services.code_request(email="new@test.example", way=Way.EMAIL, address=HERE)
    assert code in mail.outbox[0].body
    assert check("new@test.example", code)


@pytest.mark.parametrize(("debug", "echo"), [(False, True), (True, False)])
def test_else_it_never_is(settings, db, debug, echo):
    settings.DEBUG, settings.FLYINGLET_ECHO_CODES = debug, echo
    assert services.code_request(email="new@test.example", way=Way.EMAIL, address=HERE) is None


# --- forgetting ---


def test_old_rows_are_forgotten(ask, db):
    ask("new@test.example")
    tasks.forget_ended_sessions()
    assert OneTimeCode.objects.count() == 1
    OneTimeCode.objects.update(created_at=timezone.now() - timedelta(days=31))
    tasks.forget_ended_sessions()
    assert not OneTimeCode.objects.exists()


def test_a_code_to_a_foreign_number_ends_no_code_of_the_account(ask, make_user, post_office):
    user = make_user(phone_number=NUMBER)
    code = ask(user.email, NUMBER)
    with post_office():
        services.code_request(
            email=user.email, way=Way.SMS, phone_number="01099998888", address="10.0.0.2"
        )
    assert OneTimeCode.objects.latest("pk").failure
    assert check(user.email, code)


def test_codes_to_two_numbers_of_an_unknown_address_hold_beside_each_other(ask, db):
    mine, theirs = ask("new@test.example", NUMBER), ask("new@test.example", "01099998888")
    assert check("new@test.example", mine)
    assert check("new@test.example", theirs)
