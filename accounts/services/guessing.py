"""Guessing made slow: wrong tries are counted per account and per address, in windows of five minutes."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings
from django.contrib.auth.hashers import get_hasher, make_password

from fleet_platform.shared import throttle
from fleet_platform.shared.errors import NotAuthenticated

from ..addresses import neighbourhood

WINDOW_SECONDS = 300
LONGEST_SECRET = 1024  # longer ones are refused unread: hashing them would be work done for nobody


@contextmanager
def counted_try(scope: str, account: str, address: str | None) -> Iterator[None]:
    """Around one check of a secret: NotAuthenticated inside counts, success does not.

    Raises TooMany where the account or the address has used up its wrong tries, before the secret is looked at.
    """
    slots = [(f"{scope}:account", account.strip().lower(), settings.LOGIN_TRIES_PER_ACCOUNT)]
    if address:
        slots.append((f"{scope}:address", neighbourhood(address), settings.LOGIN_TRIES_PER_ADDRESS))
    for name, key, limit in slots:
        throttle.hit(name, key, limit=limit, window=WINDOW_SECONDS)
    try:
        yield
    except NotAuthenticated:
        raise
    except BaseException:
        _refund(slots)
        raise
    else:
        _refund(slots)


def nobody_s_hash() -> str:
    """A hash of no password, to check the tries against for accounts that do not exist: checking one takes another
    time than making one. Ask for it before the account is looked up, so that making it tells nothing either."""
    return _hash_of_nothing(get_hasher().algorithm)


@cache
def _hash_of_nothing(algorithm: str) -> str:
    return make_password(secrets.token_urlsafe(16))


def _refund(slots: list[tuple[str, str, int]]) -> None:
    for name, key, _ in slots:
        throttle.refund(name, key, window=WINDOW_SECONDS)
