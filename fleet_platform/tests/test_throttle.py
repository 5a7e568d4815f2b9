"""Tries are counted per key and window, given back, and never waved through."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache.backends.redis import RedisCache

from fleet_platform.shared import throttle
from fleet_platform.shared.errors import TooMany, Unavailable

AN_HOUR = 3600


@pytest.fixture(autouse=True)
def in_the_middle_of_a_window(monkeypatch):
    """Counting must not fall on the turn of the hour."""
    monkeypatch.setattr(throttle.time, "time", lambda: AN_HOUR * 1000 + 600)


def hit(key="a", limit=3) -> str:
    return throttle.hit("test", key, limit=limit, window=AN_HOUR)


def test_tries_within_the_limit_pass_and_the_next_one_waits():
    for _ in range(3):
        hit()
    with pytest.raises(TooMany) as refusal:
        hit()
    assert refusal.value.retry_after == AN_HOUR - 600


def test_keys_are_counted_apart():
    for key in "abcdef":
        hit(key, limit=1)


def test_a_new_window_begins_at_nought(monkeypatch):
    hit(limit=1)
    monkeypatch.setattr(throttle.time, "time", lambda: AN_HOUR * 1001)
    hit(limit=1)


def test_a_refunded_try_does_not_count():
    for _ in range(10):
        throttle.refund(hit(limit=1))


def test_a_refused_try_does_not_count():
    slot = hit(limit=1)
    for _ in range(5):
        with pytest.raises(TooMany):
            hit(limit=1)
    throttle.refund(slot)
    hit(limit=1)


def test_a_refund_goes_to_the_window_of_its_try(monkeypatch):
    slot = hit(limit=1)
    monkeypatch.setattr(throttle.time, "time", lambda: AN_HOUR * 1001)
    hit(limit=1)
    throttle.refund(slot)
    with pytest.raises(TooMany):
        hit(limit=1)


def test_a_refund_of_nothing_changes_nothing():
    throttle.refund("throttle:test:never")
    hit("never", limit=1)
    with pytest.raises(TooMany):
        hit("never", limit=1)


def test_parallel_tries_do_not_slip_through():
    def attempt(_) -> bool:
        try:
            hit(limit=10)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(attempt, range(100))) == 10


def test_a_cache_that_is_away_lets_nobody_guess(monkeypatch):
    monkeypatch.setattr(throttle, "cache", RedisCache("redis://127.0.0.1:1/0", {}))
    with pytest.raises(Unavailable):
        hit()
    throttle.refund("throttle:test:a")
    assert not throttle.is_used_up("test", "a", limit=0, window=AN_HOUR)
