"""Guessing made slow: wrong tries are counted per account and per network, in windows of five minutes.

An account is closed to the network that guesses at it long before it is closed to everybody, so that knowing somebody's
e-mail address is not enough to keep him out.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import get_hasher, make_password

from fleet_platform.shared import throttle
from fleet_platform.shared.errors import NotAuthenticated, TooMany, Unavailable

from ..addresses import client_network

WINDOW_SECONDS = 300
LONGEST_SECRET = 1024  # longer ones are refused unread: hashing them would be work done for nobody
PATIENCE_SECONDS = 3.0  # for tries under way to prove right, before another one is refused
PAUSE_SECONDS = 0.05


class Limit(NamedTuple):
    scope: str
    key: str
    tries: int


@contextmanager
def counted_try(scope: str, account: str, address: str | None) -> Iterator[None]:
    """Around one check of a secret: NotAuthenticated inside counts, success does not.

    Raises TooMany where the account or the network has used up its wrong tries, before the secret is looked at.
    """
    limits = _limits(scope, account.strip().lower(), client_network(address) if address else "")
    slots = _take(limits)
    try:
        yield
    except NotAuthenticated:
        for limit in limits:
            _count_wrong(limit)
        raise
    except BaseException:
        _refund(slots)
        raise
    else:
        _refund(slots)


def _limits(scope: str, account: str, network: str) -> list[Limit]:
    """The network's own first: what it has used up costs the account nothing."""
    limits = [
        Limit(f"{scope}:account", f"{account} {network}", settings.LOGIN_TRIES_PER_ACCOUNT),
        Limit(f"{scope}:everywhere", account, settings.LOGIN_TRIES_PER_ACCOUNT_EVERYWHERE),
    ]
    if network:
        limits.insert(0, Limit(f"{scope}:address", network, settings.LOGIN_TRIES_PER_ADDRESS))
    return limits


def _take(limits: list[Limit]) -> list[str]:
    """Count the try everywhere or nowhere.

    Tries under way count until they prove right, so that no crowd has more than the limit. One that only they stand in
    the way of waits a little for them.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        slots: list[str] = []
        try:
            for scope, key, tries in limits:
                slots.append(throttle.hit(scope, key, limit=tries, window=WINDOW_SECONDS))
            return slots
        except TooMany:
            _refund(slots)
            if any(_is_used_up(limit) for limit in limits):
                raise
            if time.monotonic() > until:
                raise TooMany(1) from None
        time.sleep(PAUSE_SECONDS)


def _count_wrong(limit: Limit) -> None:
    with suppress(TooMany, Unavailable):
        throttle.hit(f"{limit.scope}:wrong", limit.key, limit=limit.tries, window=WINDOW_SECONDS)


def _is_used_up(limit: Limit) -> bool:
    """By wrong tries alone."""
    return throttle.is_used_up(
        f"{limit.scope}:wrong", limit.key, limit=limit.tries, window=WINDOW_SECONDS
    )


def dummy_hash() -> str:
    """A hash of no password, to check the tries against for accounts that do not exist: checking one takes another
    time than making one. Ask for it before the account is looked up, so that making it tells nothing either."""
    return _hash_of_random_text(get_hasher().algorithm)


@cache
def _hash_of_random_text(algorithm: str) -> str:
    return make_password(secrets.token_urlsafe(16))


def _refund(slots: list[str]) -> None:
    for slot in slots:
        throttle.refund(slot)
