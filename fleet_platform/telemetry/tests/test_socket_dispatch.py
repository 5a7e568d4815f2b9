"""The way of commands down a socket, with the socket played by the test: stuck, gone, or without a database."""

import asyncio
import contextlib

import pytest
from channels.db import database_sync_to_async
from django.db import DatabaseError

from fleet_platform.telemetry import runtime
from fleet_platform.telemetry.commands import services
from fleet_platform.telemetry.commands import socket_dispatch as module
from fleet_platform.telemetry.commands.socket_dispatch import SocketDispatcher
from fleet_platform.telemetry.models import Command

pytestmark = pytest.mark.django_db(transaction=True)
WAIT = 20


@pytest.fixture
def ask(operator, actor_of):
    def asked(device, name="locate") -> int:
        asker = actor_of(operator)
        return services.command_request(actor=asker, device_id=device.pk, name=name)[0].pk

    return database_sync_to_async(asked)


state_of = database_sync_to_async(lambda id: Command.objects.get(pk=id).state)


class Socket:
    """Keeps what is said; `stuck` never takes a message, `gone` says that it takes no more."""

    def __init__(self, device, *, stuck: bool = False, gone: bool = False):
        self.heard: asyncio.Queue = asyncio.Queue()
        self.stuck, self.gone = stuck, gone
        self.dispatcher = SocketDispatcher(device.pk, self.say)

    async def say(self, message: dict) -> bool:
        self.heard.put_nowait(message)
        if self.stuck:
            await asyncio.Event().wait()
        return not self.gone

    async def hear(self) -> int:
        return (await asyncio.wait_for(self.heard.get(), WAIT))["id"]

    async def __aenter__(self) -> "Socket":
        runtime.notifier.run_on(asyncio.get_running_loop())
        self.dispatcher.open()
        return self

    async def __aexit__(self, *error) -> None:
        await self.dispatcher.close()


async def test_a_stuck_socket_holds_up_no_other(ask, device, make_device):
    other = await database_sync_to_async(make_device)()
    async with Socket(device, stuck=True) as stuck, Socket(other) as free:
        first, second = await ask(device), await ask(other)
        assert await stuck.hear() == first
        assert await free.hear() == second


async def test_what_a_socket_could_not_take_is_asked_again(ask, device):
    async with Socket(device, gone=True) as gone:
        id = await ask(device)
        assert await gone.hear() == id
    assert await state_of(id) == "asked"


async def test_what_was_being_said_when_the_socket_closed_is_asked_again(ask, device):
    async with Socket(device, stuck=True) as stuck:
        first, second = await ask(device), await ask(device)
        assert await stuck.hear() == first
    assert {await state_of(first), await state_of(second)} == {"asked"}


async def test_a_cancel_that_could_not_be_said_waits_for_the_next_socket(
    ask, device, actor_of, operator
):
    async with Socket(device) as socket:
        id = await ask(device)
        await socket.hear()
        socket.gone = True
        cancel = database_sync_to_async(services.command_cancel)
        actor = await database_sync_to_async(actor_of)(operator)
        await cancel(actor=actor, command_id=id)
        assert await socket.hear() == id
    async with Socket(device) as socket:
        assert await asyncio.wait_for(socket.heard.get(), WAIT) == {"type": "cancel", "id": id}


async def test_a_lost_ring_costs_seconds_and_no_more(ask, device, monkeypatch):
    monkeypatch.setattr(module, "SWEEP_SECONDS", 0.05)
    async with Socket(device) as socket:
        await asyncio.sleep(0.1)  # it has looked and found nothing
        monkeypatch.setattr(runtime, "notify_devices", lambda ids: None)
        id = await ask(device)
        assert await socket.hear() == id


async def test_it_goes_on_after_the_database_was_away(ask, device, monkeypatch):
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    tries = []

    def failing_twice(real):
        async def claim(*arguments, **options):
            tries.append(1)
            if len(tries) < 3:
                raise DatabaseError("away")
            return await real(*arguments, **options)

        return claim

    monkeypatch.setattr(module, "claim", failing_twice(module.claim))
    first = await ask(device)
    async with Socket(device) as socket:
        assert await socket.hear() == first
        tries.clear()
        monkeypatch.setattr(module, "claim_many", failing_twice(module.claim_many))
        second = await ask(device)
        assert await socket.hear() == second


async def test_many_that_are_woken_at_once_are_served_by_few_claims(
    ask, device, make_device, monkeypatch
):
    real, sizes = module.claim_many, []

    async def counted(carriers):
        sizes.append(len(carriers))
        return await real(carriers)

    monkeypatch.setattr(module, "claim_many", counted)
    others = [await database_sync_to_async(make_device)() for _ in range(19)]
    devices = [device, *others]
    async with contextlib.AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(Socket(one)) for one in devices]
        await asyncio.sleep(0.3)  # each has looked once for itself
        with monkeypatch.context() as silent:
            silent.setattr(runtime, "notify_devices", lambda ids: None)
            ids = [await ask(one) for one in devices]
        runtime.notifier.deliver([one.pk for one in devices])
        assert [await socket.hear() for socket in sockets] == ids
    assert sum(sizes) >= 20
    assert len(sizes) <= 4


async def test_nothing_is_left_running_once_all_sockets_are_closed(device):
    async with Socket(device), Socket(device):
        assert module.sweep._task is not None
    assert module.sweep._task is None
    assert not runtime.notifier._listeners
