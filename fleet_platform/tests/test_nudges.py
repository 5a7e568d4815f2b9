"""Nudges: queued after the commit, by a thread of their own, and harmless where there is no broker."""

import threading

import pytest
from django.db import transaction

from fleet_platform.shared import background

from .server import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(monkeypatch):
    """What reached the broker: (task, thread)."""
    told = []

    class Application:
        def send_task(self, task, args, expires):
            told.append((task, threading.current_thread().name))

    monkeypatch.setattr(background, "_application", Application)
    return told


def test_a_nudge_is_sent_after_the_commit_by_another_thread(sent):
    with transaction.atomic():
        background.nudge("some.task")
        assert sent == []
    until(lambda: sent, seconds=10)
    assert sent == [("some.task", "nudges")]


def test_a_nudge_of_what_never_happened_is_not_sent(sent):
    with pytest.raises(RuntimeError), transaction.atomic():
        background.nudge("undone.task")
        raise RuntimeError
    background.nudge("other.task")
    until(lambda: sent, seconds=10)
    assert [task for task, _ in sent] == ["other.task"]


def test_a_slow_broker_holds_nobody_up_and_gets_one_nudge_for_many(monkeypatch):
    gate, told = threading.Event(), []

    class Application:
        def send_task(self, task, args, expires):
            gate.wait(10)
            told.append(task)

    monkeypatch.setattr(background, "_application", Application)
    for _ in range(100):
        background.nudge("busy.task")
    assert told == []
    gate.set()
    until(lambda: told, seconds=10)
    until(lambda: not background._nudger._asked, seconds=10)
    assert len(told) <= 3


def test_a_broker_that_is_away_ends_no_thread(monkeypatch, sent):
    class Away:
        def send_task(self, *_, **__):
            raise ConnectionError

    working = background._application
    monkeypatch.setattr(background, "_application", Away)
    background.nudge("lost.task")
    until(lambda: not background._nudger._asked, seconds=10)
    monkeypatch.setattr(background, "_application", working)
    background.nudge("next.task")
    until(lambda: sent, seconds=10)
