"""The table of a command's states."""

from hypothesis import given
from hypothesis import strategies as st

from fleet_platform.telemetry.commands.transitions import (
    FOLLOWS,
    OPEN,
    OVER,
    REPLIES,
    STATES,
    UNANSWERED,
    sources,
)
from fleet_platform.telemetry.models import Command


def test_the_rows_know_the_same_states():
    assert set(STATES) == set(Command.State.values)


def test_nothing_follows_what_is_over():
    assert {"done", "failed", "expired", "canceled"} == OVER
    assert {"asked", "sent", "accepted"} == OPEN


@given(st.lists(st.sampled_from(STATES), max_size=12))
def test_whatever_is_tried_in_whatever_order_the_first_end_stays(tried):
    state, ends = "asked", []
    for wanted in tried:
        if state in sources(wanted):
            state = wanted
        if state in OVER:
            ends.append(state)
    assert len(set(ends)) <= 1


def test_every_open_state_can_be_canceled_and_answered():
    assert sources("canceled") == OPEN
    for reply in REPLIES:
        assert sources(reply) >= UNANSWERED
    assert "accepted" not in sources("expired")


def test_nobody_comes_back_to_the_beginning_once_accepted():
    assert not FOLLOWS["accepted"] & UNANSWERED
