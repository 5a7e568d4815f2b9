"""Operations 13 to 15 and 21 of FlyingLet: /sms, /email, /codecheck, /update/password."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import OneTimeCode, TemporaryPassword
from accounts.sms import memory
from accounts.tests.post import statements
from conftest import PASSWORD

NUMBER = "01012341234"
ASKS = {
    "/email": {},
    "/sms": {"phoneNumber": NUMBER},
    "/update/password": {},
}


def ask(client, path, email, method="post", **more):
    return getattr(client, method)(path, {"email": email, **ASKS[path], **more})


def check(client, email, code) -> str:
    answer = client.post("/codecheck", {"email": email, "certCode": code})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    return answer.content.decode()


@pytest.mark.parametrize("path", ["/email", "/sms"])
def test_a_code_is_sent_and_is_right_once(client_of, post_office, db, path):
    with post_office():
        answer = ask(client_of(), path, "new@test.example")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    assert len(post_office.sent) == 1
    code = post_office.code
    assert code not in answer.content.decode()
    assert check(client_of(), "new@test.example", code) == "true"
    assert check(client_of(), "new@test.example", code) == "false"


def test_a_code_may_be_typed_as_a_number(client_of, post_office, db):
    with post_office():
        ask(client_of(), "/email", "new@test.example")
    OneTimeCode.objects.update(tries=0)
    code = post_office.code
    said = int(code) if not code.startswith("0") else code
    assert check(client_of(), "new@test.example", said) == "true"


def test_a_wrong_code_is_false_and_five_end_the_right_one(client_of, post_office, db):
    with post_office():
        ask(client_of(), "/email", "new@test.example")
    code = post_office.code
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        assert check(client_of(), "new@test.example", wrong) == "false"
    assert check(client_of(), "new@test.example", code) == "false"


@pytest.mark.parametrize("path", ASKS)
def test_known_and_unknown_addresses_get_the_same(client_of, viewer, path):
    """The same answer, after the same statements of the database: nothing looks for the account."""
    told = []
    for email in (viewer.email, "nobody@test.example"):
        with CaptureQueriesContext(connection) as queries:
            answer = ask(client_of(), path, email)
        headers = {name: value for name, value in answer.items() if name != "X-Request-ID"}
        told.append((answer.status_code, answer.content, headers, statements(queries)))
    assert told[0] == told[1]
    assert not any("accounts_user" in statement for statement in told[0][3])


@pytest.mark.parametrize("path", ASKS)
def test_asking_is_bounded_by_address_and_by_caller(client_of, db, settings, path):
    settings.CODES_PER_ADDRESS, settings.CODES_PER_CALLER = 1, 2
    assert ask(client_of(), path, "a@test.example").status_code == 200
    answer = ask(client_of(), path, "A@test.example")
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 3600
    assert answer.json()["error"]["code"] == 429
    assert ask(client_of(), path, "b@test.example").status_code == 429


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/email", {}, "email"),
        ("/email", {"email": "nobody"}, "email"),
        ("/sms", {"email": "a@b.example"}, "phoneNumber"),
        ("/sms", {"email": "a@b.example", "phoneNumber": "call me"}, "phoneNumber"),
        ("/codecheck", {"email": "a@b.example"}, "certCode"),
        ("/codecheck", {"email": "a@b.example", "certCode": "x" * 65}, "certCode"),
        ("/update/password", {"email": ""}, "email"),
        ("/email", ["x"], "body"),
    ],
)
def test_bad_input_is_named(client_of, db, path, body, field):
    answer = client_of().post(path, body)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]


def test_without_sms_the_answer_is_503(client_of, db, settings):
    settings.SMS_BACKEND = ""
    answer = ask(client_of(), "/sms", "new@test.example")
    assert answer.status_code == 503
    assert answer["Retry-After"]


@pytest.mark.parametrize("path", ["/email", "/sms"])
def test_in_development_the_code_is_the_answer(client_of, db, settings, path):
    settings.DEBUG = settings.FLYINGLET_ECHO_CODES = True
    code = ask(client_of(), path, "new@test.example").content.decode()
    assert check(client_of(), "new@test.example", code) == "true"


@pytest.mark.parametrize("path", ASKS)
def test_other_formats_are_not_spoken(client_of, db, path):
    answer = client_of().post(path, {}, HTTP_ACCEPT="application/xml")
    assert answer.status_code == 406
    assert client_of().get(path).status_code == 405


# --- /update/password ---


@pytest.mark.parametrize("method", ["patch", "post"])
def test_a_temporary_password_lies_beside_the_old_one(client_of, post_office, make_user, method):
    user = make_user(phone_number=NUMBER)
    with post_office():
        answer = ask(client_of(), "/update/password", user.email, method)
    assert answer.status_code == 200
    assert [message.to for message in memory.outbox] == [NUMBER]
    secret = post_office.temporary_password
    assert secret not in answer.content.decode()
    for password in (secret, PASSWORD):
        said = {"email": user.email, "password": password}
        assert client_of().post("/login", said).status_code == 200


def test_from_the_forgotten_password_to_the_new_one(client_of, post_office, viewer):
    """The whole way over the wire, by somebody who has nothing but the message."""
    with post_office():
        ask(client_of(), "/update/password", viewer.email)
    secret = post_office.temporary_password
    client = client_of()
    told = client.post("/login", {"email": viewer.email, "password": secret}).json()
    assert told["must_change_password"] is True
    header = {"HTTP_AUTHORIZATION": told["access_token"]}
    refusal = client.get("/stream", **header)
    assert refusal.status_code == 403
    assert "/api/fleet/me/password" in refusal.json()["error"]["message"]
    new = {"old_password": secret, "new_password": "a longer and better one"}
    assert client.post("/api/fleet/me/password", new, **header).status_code == 204
    assert client.get("/stream", **header).status_code == 200
    again = {"email": viewer.email, "password": "a longer and better one"}
    assert set(client_of().post("/login", again).json()) == {"access_token", "refresh_token"}


def test_an_unknown_address_is_sent_nothing(client_of, post_office, db):
    with post_office():
        assert ask(client_of(), "/update/password", "nobody@test.example").status_code == 200
    assert not mail.outbox and not memory.outbox
    assert TemporaryPassword.objects.get().user is None


def test_nobody_is_locked_out_by_asking(client_of, post_office, viewer):
    for _ in range(8):
        with post_office():
            ask(client_of(), "/update/password", viewer.email)
    said = {"email": viewer.email, "password": PASSWORD}
    assert client_of().post("/login", said).status_code == 200
