"""The way of commands down one device's socket: a doorbell wakes it, it claims and says. Each socket has a task of its
own, so a device that does not read holds up nobody but itself."""

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


class CommandLine:
    """`say` sends one message and answers whether the socket still takes any."""

    def __init__(self, device_id: int, say: Callable[[dict], Awaitable[bool]]):
        self.device_id = device_id
        self.carrier = f"socket:{secrets.token_hex(8)}"
        self._say = say
        self._rung = asyncio.Event()
        self._gave = False
        self._untold: list[int] = []  # cancels that were taken and not said yet
        self._claiming: asyncio.Future[Claimed] | None = None
        self._task: asyncio.Task | None = None

    def open(self) -> None:
        """Begin with what waited for the device to come."""
        self._rung.set()
        runtime.doorbell.listen(self.device_id, self._rung.set)
        sweep.join(self)
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """The socket is closed. What it was given and the device did not accept is asked again, of its next one."""
        runtime.doorbell.unlisten(self.device_id, self._rung.set)
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
            await self._rung.wait()
            self._rung.clear()
            try:
                taking = await self._deliver(again)
                again = False
            except DatabaseError as error:
                logger.warning("Commands of device %d wait: %s", self.device_id, error)
                self._claiming = None
                await asyncio.sleep(RETRY_SECONDS)
                self._rung.set()

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
    """Claims of all lines that were rung meanwhile, made together: a bell may ring for a thousand robots at once."""

    def __init__(self):
        self._waiting: dict[CommandLine, asyncio.Future[Claimed]] = {}
        self._task: asyncio.Task | None = None

    async def claim(self, line: CommandLine) -> Claimed:
        """Raises DatabaseError."""
        loop = asyncio.get_running_loop()
        answer = self._waiting[line] = loop.create_future()
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, {}
            # Of two lines of one device the later one asks for both.
            lines = {line.device_id: line for line in waiting}
            try:
                carriers = {id: line.carrier for id, line in lines.items()}
                found = await claim_many(carriers)
            except Exception as error:
                for answer in waiting.values():
                    answer.set_exception(error)
                continue
            for line, answer in waiting.items():
                mine = lines[line.device_id] is line
                answer.set_result(found[line.device_id] if mine else Claimed())


claims = Claims()


class Sweep:
    """Looks now and then for what lies ready, so that a ring that was lost costs seconds and no more.

    Runs while a line is open in this process.
    """

    def __init__(self):
        self._lines: set[CommandLine] = set()
        self._task: asyncio.Task | None = None

    def join(self, line: CommandLine) -> None:
        self._lines.add(line)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def leave(self, line: CommandLine) -> None:
        self._lines.discard(line)
        if not self._lines and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                runtime.doorbell.deliver(await devices_waiting())
            except DatabaseError as error:
                logger.warning("Waiting commands could not be looked for: %s", error)


sweep = Sweep()
