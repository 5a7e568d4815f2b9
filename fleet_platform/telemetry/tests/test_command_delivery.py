"""Handing commands over: each goes out once a claim, and comes back when its carrier could not deliver."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from fleet_platform.telemetry.commands import delivery, services
from fleet_platform.telemetry.models import Command


@pytest.fixture
def ask(operator, actor_of, device):
    def asked(name="locate", **options) -> Command:
        asker = actor_of(operator)
        return services.command_request(actor=asker, device_id=device.pk, name=name, **options)[0]

    return asked


def claimed(device, carrier="one", **options) -> list[int]:
    return [row.pk for row in delivery.claim(device.pk, carrier, **options).commands]


def test_what_is_asked_is_taken_once_and_in_order(ask, device):
    ids = [ask().pk for _ in range(3)]
    assert claimed(device) == ids
    assert claimed(device) == []
    assert claimed(device, "two") == []
    row = Command.objects.get(pk=ids[0])
    assert (row.state, row.carrier, row.attempts) == ("sent", "one", 1)
    assert row.sent_at


def test_another_devices_commands_are_left_alone(ask, make_device):
    ask()
    assert claimed(make_device()) == []


def test_many_devices_are_claimed_for_together(
    ask, device, make_device, operator, actor_of, django_assert_max_num_queries
):
    others = [make_device() for _ in range(5)]
    asker = actor_of(operator)
    ids = {
        one.pk: services.command_request(actor=asker, device_id=one.pk, name="stop")[0].pk
        for one in others
    }
    canceled = ask()
    claimed(device)
    services.command_cancel(actor=asker, command_id=canceled.pk)
    carriers = {one.pk: f"socket:{one.pk}" for one in (device, *others)}
    with django_assert_max_num_queries(15):
        told = delivery.claim_many(carriers)
    assert {id: [row.pk for row in told[id].commands] for id in ids} == {
        id: [command] for id, command in ids.items()
    }
    assert [row.pk for row in told[device.pk].cancels] == [canceled.pk]
    assert Command.objects.get(pk=ids[others[0].pk]).carrier == f"socket:{others[0].pk}"
    again = delivery.claim_many(carriers)
    assert not any(one.commands or one.cancels for one in again.values())


def test_what_has_run_out_is_handed_to_nobody(ask, device):
    command = ask()
    Command.objects.filter(pk=command.pk).update(expires_at=timezone.now())
    assert claimed(device, again=True) == []


def test_who_comes_back_gets_again_what_it_has_not_accepted(ask, device, actor_of):
    first, second, third = ask(), ask(), ask()
    assert claimed(device) == [first.pk, second.pk, third.pk]
    services.command_reply(actor=actor_of(device), command_id=second.pk, state="accepted")
    assert claimed(device, "two", again=True) == [first.pk, third.pk]
    assert Command.objects.get(pk=first.pk).attempts == 2


def test_many_are_taken_in_parts_without_a_repeat(ask, device, settings):
    settings.COMMANDS_OPEN_AT_MOST = 100
    ids = [ask().pk for _ in range(delivery.AT_ONCE + 3)]
    first = delivery.claim(device.pk, "one", again=True)
    assert first.more
    second = delivery.claim(device.pk, "one", again=True, after=first.last)
    assert not second.more
    assert [row.pk for row in first.commands + second.commands] == ids


def test_a_closed_socket_gives_back_what_was_not_accepted(ask, device, actor_of):
    first, second = ask(), ask()
    claimed(device)
    services.command_reply(actor=actor_of(device), command_id=first.pk, state="accepted")
    assert delivery.socket_closed(device.pk, "one") == 1
    assert Command.objects.get(pk=first.pk).state == "accepted"
    assert Command.objects.get(pk=second.pk).state == "asked"
    assert claimed(device, "two") == [second.pk]


def test_a_socket_that_closes_late_takes_nothing_from_the_next_one(ask, device):
    command = ask()
    claimed(device, "old")
    assert claimed(device, "new", again=True) == [command.pk]
    assert delivery.socket_closed(device.pk, "old") == 0
    assert Command.objects.get(pk=command.pk).state == "sent"


def test_a_cancel_is_told_once_to_a_device_that_had_the_command(ask, device, actor_of, operator):
    had, never = ask(), ask()
    Command.objects.filter(pk=never.pk).update(expires_at=timezone.now())
    assert claimed(device) == [had.pk]
    for command in (had, never):
        services.command_cancel(actor=actor_of(operator), command_id=command.pk)
    assert [row.pk for row in delivery.claim(device.pk, "one").cancels] == [had.pk]
    assert delivery.claim(device.pk, "one").cancels == []
    delivery.cancel_untold([had.pk])
    assert [row.pk for row in delivery.claim(device.pk, "two").cancels] == [had.pk]


def test_waiting_devices_are_those_with_something_nobody_took(ask, device, make_device):
    assert delivery.devices_waiting() == set()
    command = ask()
    assert delivery.devices_waiting() == {device.pk}
    claimed(device)
    assert delivery.devices_waiting() == set()
    Command.objects.filter(pk=command.pk).update(state="canceled", cancel_due=True)
    assert delivery.devices_waiting() == {device.pk}


def test_what_a_killed_gateway_had_is_asked_again(ask, device):
    lost, given, fresh = ask(), ask(), ask()
    claimed(device, "mqtt:killed")
    assert delivery.broker_has(given.pk, "mqtt:killed")
    long_ago = timezone.now() - timedelta(seconds=delivery.UNCONFIRMED_SECONDS)
    Command.objects.filter(pk__in=[lost.pk, given.pk]).update(sent_at=long_ago)
    assert delivery.unconfirmed_put_back() == 1
    states = [Command.objects.get(pk=row.pk).state for row in (lost, given, fresh)]
    assert states == ["asked", "sent", "sent"]


def in_parallel(count: int, work) -> list:
    """What each of so many threads gives, all let go at once."""
    barrier, told = threading.Barrier(count), []

    def run(number: int) -> None:
        try:
            barrier.wait(10)
            told.append(work(number))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(told) == count
    return told


@pytest.mark.django_db(transaction=True)
def test_of_several_claimers_each_command_has_one(ask, device):
    ids = {ask().pk for _ in range(10)}
    told = in_parallel(4, lambda number: claimed(device, f"socket:{number}"))
    assert sorted(id for part in told for id in part) == sorted(ids)


@pytest.mark.django_db(transaction=True)
def test_of_several_that_come_back_each_command_has_one(ask, device):
    ids = {ask().pk for _ in range(10)}
    claimed(device, "lost")
    told = in_parallel(4, lambda number: set(claimed(device, f"socket:{number}", again=True)))
    assert set().union(*told) == ids
    assert set(Command.objects.values_list("attempts", flat=True)) <= {2, 3, 4, 5}
    for row in Command.objects.all():
        owners = [number for number in range(4) if row.carrier == f"socket:{number}"]
        assert len(owners) == 1 and row.pk in set().union(*told)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", range(5))
def test_of_a_cancel_an_expiry_and_a_reply_one_wins(ask, device, actor_of, operator, round):
    command = ask()
    ends = {
        0: lambda: services.command_cancel(actor=actor_of(operator), command_id=command.pk),
        1: lambda: services.command_reply(
            actor=actor_of(device), command_id=command.pk, state="done"
        ),
        2: lambda: services.command_reply(
            actor=actor_of(device), command_id=command.pk, state="failed"
        ),
        3: lambda: claimed(device),
    }

    def end(number: int) -> str:
        try:
            ends[number]()
            return "did"
        except Exception as error:
            return type(error).__name__

    told = in_parallel(4, end)
    final = Command.objects.get(pk=command.pk).state
    assert final in {"canceled", "done", "failed"}
    assert set(told) <= {"did", "Conflict"}
    assert told.count("Conflict") == 2


@pytest.mark.django_db(transaction=True)
def test_one_request_id_asked_in_parallel_is_one_command(ask):
    told = in_parallel(4, lambda number: ask("go_to", request_id="same").pk)
    assert len(set(told)) == 1
    assert Command.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_against_askers_in_parallel(ask, settings):
    settings.COMMANDS_OPEN_AT_MOST = 3

    def one(number: int) -> bool:
        try:
            return bool(ask())
        except services.TooMany:
            return False

    assert sum(in_parallel(6, one)) == 3
