"""Commands over one device's socket: the notifier wakes its dispatcher, which claims and sends. Each socket has a task
of its own, so a device that does not read holds up nobody but itself."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable

from channels.db import database_sync_to_async
from django.db import DatabaseError

from accounts.principal import Actor
from fleet_platform.shared.errors import Invalid, Unavailable

from .. import runtime
from . import delivery
from .delivery import Claimed
from .documents import cancel_message, command_message
from .services import command_reply

logger = logging.getLogger("fleet.commands")
RETRY_SECONDS = 1.0
SWEEP_SECONDS = 5.0

claim = database_sync_to_async(delivery.claim)
claim_many = database_sync_to_async(delivery.claim_many)
socket_closed = database_sync_to_async(delivery.socket_closed)
cancel_untold = database_sync_to_async(delivery.cancel_untold)
devices_waiting = database_sync_to_async(delivery.devices_waiting)


async def reply(actor: Actor, id: int | str | None, state: str, detail: str) -> dict:
    """What a device hears after its word on a command is committed, so that it need not say it again.

    Raises as services.command_reply, and Unavailable.
    """
    if not isinstance(id, int):
        raise Invalid({"id": "must be the id of a command"})
    try:
        command = await database_sync_to_async(command_reply)(
            actor=actor, command_id=id, state=state, detail=detail
        )
    except DatabaseError:
        raise Unavailable(1) from None
    return {"type": "replied", "id": command.pk, "state": command.state}


class SocketDispatcher:
    """`say` sends one message and answers whether the socket still takes any."""

    def __init__(self, device_id: int, say: Callable[[dict], Awaitable[bool]]):
        self.device_id = device_id
        self.carrier = f"socket:{secrets.token_hex(8)}"
        self._say = say
        self._notified = asyncio.Event()
        self._gave = False
        self._untold: list[int] = []  # cancels that were taken and not said yet
        self._claiming: asyncio.Future[Claimed] | None = None
        self._task: asyncio.Task | None = None

    def open(self) -> None:
        """Begin with what waited for the device to come."""
        self._notified.set()
        runtime.notifier.listen(self.device_id, self._notified.set)
        sweep.join(self)
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """The socket is closed. What it was given and the device did not accept is asked again, of its next one."""
        runtime.notifier.unlisten(self.device_id, self._notified.set)
        sweep.leave(self)
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        try:
            if self._claiming is not None:  # a thread that has begun cannot be stopped
                self._took(await self._claiming)
            if self._untold:
                await cancel_untold(self._untold)
            if self._gave:
                await socket_closed(self.device_id, self.carrier)
        except DatabaseError as error:  # what was sent the device gets again when it comes back
            logger.warning("Commands of device %d stay sent: %s", self.device_id, error)

    async def _run(self) -> None:
        """Until cancelled, or the socket takes no more."""
        again, taking = True, True
        while taking:
            await self._notified.wait()
            self._notified.clear()
            try:
                taking = await self._deliver(again)
                again = False
            except DatabaseError as error:
                logger.warning("Commands of device %d wait: %s", self.device_id, error)
                self._claiming = None
                await asyncio.sleep(RETRY_SECONDS)
                self._notified.set()

    async def _deliver(self, again: bool) -> bool:
        after, more = 0, True
        while more:
            self._claiming = asyncio.ensure_future(self._claim(again, after))
            claimed = await asyncio.shield(self._claiming)
            self._claiming = None
            self._took(claimed)
            if not await self._hand_over(claimed):
                return False
            after, more = claimed.last, claimed.more
        return True

    async def _claim(self, again: bool, after: int) -> Claimed:
        if again:
            return await claim(self.device_id, self.carrier, again=True, after=after)
        return await claims.claim(self)

    def _took(self, claimed: Claimed) -> None:
        self._gave = self._gave or bool(claimed.commands)
        self._untold += [command.pk for command in claimed.cancels]

    async def _hand_over(self, claimed: Claimed) -> bool:
        for command in claimed.cancels:
            if not await self._say(cancel_message(command)):
                return False
            self._untold.remove(command.pk)
        for command in claimed.commands:
            if not await self._say(command_message(command)):
                return False
        return True


class Claims:
    """Claims of all dispatchers that were woken meanwhile, made together: a stop-all wakes a thousand at once."""

    def __init__(self):
        self._waiting: dict[SocketDispatcher, asyncio.Future[Claimed]] = {}
        self._task: asyncio.Task | None = None

    async def claim(self, dispatcher: SocketDispatcher) -> Claimed:
        """Raises DatabaseError."""
        loop = asyncio.get_running_loop()
        answer = self._waiting[dispatcher] = loop.create_future()
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, {}
            # Of two dispatchers of one device the later one asks for both.
            dispatchers = {dispatcher.device_id: dispatcher for dispatcher in waiting}
            try:
                carriers = {id: dispatcher.carrier for id, dispatcher in dispatchers.items()}
                found = await claim_many(carriers)
            except Exception as error:
                for answer in waiting.values():
                    answer.set_exception(error)
                continue
            for dispatcher, answer in waiting.items():
                mine = dispatchers[dispatcher.device_id] is dispatcher
                answer.set_result(found[dispatcher.device_id] if mine else Claimed())


claims = Claims()


class Sweep:
    """Looks now and then for what lies ready, so that a notification that was lost costs seconds and no more.

    Runs while a dispatcher is open in this process.
    """

    def __init__(self):
        self._dispatchers: set[SocketDispatcher] = set()
        self._task: asyncio.Task | None = None

    def join(self, dispatcher: SocketDispatcher) -> None:
        self._dispatchers.add(dispatcher)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def leave(self, dispatcher: SocketDispatcher) -> None:
        self._dispatchers.discard(dispatcher)
        if not self._dispatchers and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                runtime.notifier.deliver(await devices_waiting())
            except DatabaseError as error:
                logger.warning("Waiting commands could not be looked for: %s", error)


sweep = Sweep()
