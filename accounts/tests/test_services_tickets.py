"""One-time passes to the live socket."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts import services, tokens
from accounts.models import LiveTicket
from accounts.selectors import actor_from
from fleet_platform.shared.errors import NotAuthenticated, TooMany


@pytest.fixture
def actor(viewer):
    return actor_from(tokens.verify(tokens.issue(viewer, "user").access))


def test_a_ticket_stands_for_the_session_that_asked(actor, viewer):
    source = services.ticket_spend(services.ticket_issue(actor=actor))
    assert source == actor.source
    assert actor_from(source).id == viewer.pk


def test_a_ticket_works_once(actor):
    ticket = services.ticket_issue(actor=actor)
    assert services.ticket_spend(ticket)
    assert services.ticket_spend(ticket) is None


def test_a_ticket_ends_after_thirty_seconds(actor):
    ticket = services.ticket_issue(actor=actor)
    left = LiveTicket.objects.get().expires_at - timezone.now()
    assert timedelta(seconds=25) < left <= timedelta(seconds=30)
    LiveTicket.objects.update(expires_at=timezone.now())
    assert services.ticket_spend(ticket) is None


def test_a_ticket_ends_with_its_session(actor):
    ticket = services.ticket_issue(actor=actor)
    tokens.end_session(actor.source.ref, "test")
    assert actor_from(services.ticket_spend(ticket)) is None


def test_a_ticket_is_not_stored_in_the_clear(actor):
    ticket = services.ticket_issue(actor=actor)
    assert LiveTicket.objects.get().ticket_hash != ticket


@pytest.mark.parametrize("text", ["", "nonsense", "\0", "x" * 10_000, "티켓", "\ud800"])
def test_an_unknown_ticket_opens_nothing(db, text):
    assert services.ticket_spend(text) is None


def test_who_has_no_credential_gets_no_ticket(actor_of):
    with pytest.raises(NotAuthenticated):
        services.ticket_issue(actor=actor_of(None))


def test_tickets_are_counted(actor, monkeypatch):
    monkeypatch.setattr("accounts.services.tickets.TICKETS_PER_MINUTE", 2)
    for _ in range(2):
        services.ticket_issue(actor=actor)
    with pytest.raises(TooMany):
        services.ticket_issue(actor=actor)


@pytest.mark.django_db(transaction=True)
def test_of_many_parallel_uses_of_a_ticket_one_succeeds(actor):
    ticket = services.ticket_issue(actor=actor)

    def use(_):
        try:
            return services.ticket_spend(ticket)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        got = [source for source in pool.map(use, range(16)) if source]
    assert got == [actor.source]
