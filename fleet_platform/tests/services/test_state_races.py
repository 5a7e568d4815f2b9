"""Transactions on one device's newest state, side by side as several processes run them."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from fleet_platform.telemetry import store
from fleet_platform.telemetry.tests.batches import checked, status
from fleet_platform.tests.server import sample

pytestmark = [
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="DATABASE_URL does not name a PostgreSQL server"
    ),
    pytest.mark.django_db(transaction=True),
]
CROWD, TIMES = 6, 20


def side_by_side(work) -> None:
    """`work(number)` for each of the crowd, on a connection of its own."""

    def alone(number: int) -> None:
        try:
            work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(CROWD) as pool:
        list(pool.map(alone, range(CROWD)))


def test_no_change_of_the_newest_state_is_lost(device):
    side_by_side(lambda _: [store.touch([device.pk]) for _ in range(TIMES)])
    assert store.states([device.pk])[device.pk].version == CROWD * TIMES


def test_sections_that_arrive_side_by_side_are_all_kept(device):
    def send(number: int) -> None:
        for turn in range(TIMES):
            at = turn * CROWD + number + 1
            one = sample(at) if number % 2 else status(at, battery=50)
            store.commit([checked(device, one)])

    side_by_side(send)
    state = store.states([device.pk])[device.pk]
    assert set(state.marks) == {"", "pose", "robot_base_status"}
    assert max(mark[1] for mark in state.marks.values()) == CROWD * TIMES
    assert state.marks["pose"][1] == CROWD * TIMES
    assert state.marks["robot_base_status"][1] == CROWD * TIMES - 1
