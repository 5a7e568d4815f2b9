"""Fifty at once with one refresh token, with real threads and real connections, on whatever database is set."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, connections

from accounts import tokens
from accounts.models import LoginSession, RefreshToken, User
from fleet_platform.shared.errors import NotAuthenticated

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
