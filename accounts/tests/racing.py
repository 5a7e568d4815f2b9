"""Fifty at once with one refresh token, one code, one temporary password: real threads and real connections, on
whatever database is set."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

from django.core import mail
from django.db import connection, connections

from accounts import services, tokens
from accounts.models import (
    LoginSession,
    OneTimeCode,
    RefreshToken,
    TemporaryPassword,
    User,
    Way,
)
from fleet_platform.shared.errors import NotAuthenticated

from .post import CODE, TEMPORARY

CROWD = 50


def race_one_refresh_token() -> list[tokens.TokenPair | None]:
    """What each of the crowd got: a pair, or None where it was refused."""
    user = User.objects.create_user("racer@test.example", "correct horse battery")
    refresh = tokens.issue(user, "user").refresh
    barrier = threading.Barrier(CROWD)

    def use(_) -> tokens.TokenPair | None:
        connections.close_all()
        barrier.wait(30)
        try:
            return tokens.rotate(refresh, lambda user: "user")
        except NotAuthenticated:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(CROWD) as pool:
        return list(pool.map(use, range(CROWD)))


def check_that_one_won() -> None:
    got = race_one_refresh_token()
    winners = [pair for pair in got if pair]
    assert len(got) == CROWD
    assert len(winners) == 1
    assert RefreshToken.objects.count() == 2  # the one that was spent and the winner's
    session = LoginSession.objects.get()
    assert session.end_reason == "refresh token used twice"
    try:
        tokens.rotate(winners[0].refresh, lambda user: "user")
    except NotAuthenticated:
        return
    raise AssertionError("the winner's token outlived the session")


def crowd_of(deed) -> list:
    """What each of the crowd got from the same deed, begun at once, each on a connection of its own."""
    barrier = threading.Barrier(CROWD)

    def do(_):
        connections.close_all()
        barrier.wait(30)
        try:
            return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(CROWD) as pool:
        return list(pool.map(do, range(CROWD)))


def sent_code(email: str) -> str:
    """A code that went out by e-mail."""
    services.code_request(email=email, way=Way.EMAIL, address=None)
    services.code_send(code_id=OneTimeCode.objects.latest("pk").pk)
    return CODE.findall(mail.outbox[-1].body)[-1]


def check_that_one_code_is_right_once() -> None:
    code = sent_code("racer@test.example")

    def check() -> bool:
        return services.code_check(email="racer@test.example", code=code, address=None)

    assert sorted(crowd_of(check)) == [False] * (CROWD - 1) + [True]


def check_that_a_crowd_has_five_guesses() -> None:
    code = sent_code("racer@test.example")
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    said = itertools.cycle([wrong] * 9 + [code])

    def guess() -> bool:
        return services.code_check(email="racer@test.example", code=next(said), address=None)

    assert sum(crowd_of(guess)) <= 1
    assert OneTimeCode.objects.get().tries <= 5


def check_that_one_temporary_password_signs_in_once() -> None:
    user = User.objects.create_user("racer@test.example", "correct horse battery")
    services.password_request(email=user.email, address=None)
    services.temporary_password_send(temporary_id=TemporaryPassword.objects.latest("pk").pk)
    secret = TEMPORARY.findall(mail.outbox[-1].body)[-1]

    def sign_in() -> bool:
        try:
            services.user_login(
                email=user.email, password=secret, address=None, role_of=lambda user: "user"
            )
        except NotAuthenticated:
            return False
        return True

    assert sum(crowd_of(sign_in)) == 1
    assert LoginSession.objects.count() == 1
