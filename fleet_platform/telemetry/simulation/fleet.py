"""Many simulated devices in one process: each steps its model, queues samples and sends what is not acknowledged, and
does what it is commanded to."""

import asyncio
import random
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from fleet_platform.shared.clock import rfc3339

from .account import Away, DeviceLogin, Found, Refused, way_point_lists
from .flights import HOMES, Flight
from .floors import FLOORS, Floor
from .orders import Orders, Performer, Reply
from .paths import Drive
from .stations import BaseStation, Depot, RemoteController
from .transports import Transport

BATCH = 200
KEPT_SAMPLES = 20_000  # of a device, while the server is away; beyond, the oldest go
LONGEST_PAUSE_SECONDS = 30.0
STATUS_EVERY_SECONDS = 1.0
LISTS_EVERY_SECONDS = 300.0
SLOW_SECONDS = {"depot": 10.0, "base_station": 10.0, "remote_controller": 4.0}
SLOWEST_RATE = {"drone": 2.0}  # DJI reports twice a second at most


class Model(Performer, Protocol):
    def step(self, seconds: float) -> None: ...

    def sections(self) -> dict[str, dict]: ...


def model_for(device: Found, index: int, floor: Floor | None = None) -> Model:
    """The same device drives the same way again: its id is the seed. `floor`: where a robot belongs, if known."""
    rng = random.Random(device.id)
    home = HOMES[index % len(HOMES)]
    if device.kind == "robot":
        return Drive(floor or floor_of(device, index), rng)
    if device.kind == "drone":
        return Flight(home, rng)
    if device.kind == "depot":
        return Depot(home, rng)
    if device.kind == "base_station":
        return BaseStation(rng)
    if device.kind == "remote_controller":
        return RemoteController(home, rng)
    raise ValueError(f"no model for a {device.kind}")


def floor_of(device: Found, index: int) -> Floor:
    """The floor that the device was last seen on, or else the floors in turn."""
    last = (device.document.get("position") or {}).get("map_id")
    known = {floor.map_id: floor for floor in FLOORS}
    return known.get(last) or FLOORS[index % len(FLOORS)]


def period_of(kind: str, rate: float) -> float:
    """Seconds between two samples."""
    if kind in SLOW_SECONDS:
        return max(SLOW_SECONDS[kind], 1 / rate)
    return 1 / min(rate, SLOWEST_RATE.get(kind, rate))


@dataclass
class Tally:
    sent: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    dropped: int = 0
    breaks: int = 0
    commands: int = 0


@dataclass
class Simulated:
    """One device: `drive` makes samples at its rate, `deliver` sends them; `obey` takes commands, `answer` says what
    became of them."""

    device: Found
    model: Model
    transport: Transport
    login: DeviceLogin
    period: float
    tally: Tally
    outbox: deque = field(default_factory=lambda: deque(maxlen=KEPT_SAMPLES))
    filled: asyncio.Event = field(default_factory=asyncio.Event)
    seq: int = 0
    told_status: float = 0.0
    heard: asyncio.Queue = field(default_factory=asyncio.Queue)
    replies: asyncio.Queue = field(default_factory=asyncio.Queue)

    def __post_init__(self):
        self.orders = Orders(self.model)

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.drive())
                group.create_task(self.deliver())
                group.create_task(self.transport.listen(self.heard.put_nowait))
                group.create_task(self.obey())
                group.create_task(self.answer())
                if isinstance(self.model, Drive):
                    group.create_task(self.learn_lists(self.model))
        finally:
            await self.transport.close()

    async def drive(self) -> None:
        await asyncio.sleep(random.uniform(0, min(self.period, 2)))  # not all in one voice
        due = time.monotonic()
        while True:
            self.model.step(self.period)
            self._reply(self.orders.tick())
            self._put(time.time_ns() // 1000, self._sections())
            due += self.period
            behind = time.monotonic() - due
            if behind > 5:  # the machine slept: go on from here instead of catching up
                due = time.monotonic()
            await asyncio.sleep(max(0.0, -behind))

    def _sections(self) -> dict:
        if not isinstance(self.model, Drive):
            return self.model.sections()
        whole = time.monotonic() - self.told_status >= STATUS_EVERY_SECONDS
        if whole:
            self.told_status = time.monotonic()
        return self.model.sections(whole)

    def _put(self, now_us: int, sections: dict) -> None:
        self.seq += 1
        if len(self.outbox) == self.outbox.maxlen:
            self.tally.dropped += 1
        self.outbox.append({"time": rfc3339(now_us), "seq": self.seq, "sections": sections})
        self.filled.set()

    async def obey(self) -> None:
        while True:
            message = await self.heard.get()
            if message.get("name") == "drive_route":
                message = {
                    **message,
                    "params": await self._with_points(message.get("params") or {}),
                }
            self._reply(self.orders.hear(message))

    async def _with_points(self, params: dict) -> dict:
        """The way's points are on the platform, as for every device."""
        lists = await self._lists()
        points = None if lists is None else lists.get(str(params.get("way_point_id", "")))
        return {**params, "points": points}

    async def learn_lists(self, model: Drive) -> None:
        """What the robot drives by itself are the lists of its floor, as they are drawn by now."""
        while True:
            lists = await self._lists()
            model.lists = model.lists if lists is None else lists
            await asyncio.sleep(LISTS_EVERY_SECONDS * random.uniform(0.5, 1.5))

    async def _lists(self) -> dict[str, list[dict]] | None:
        """None where the platform does not say."""
        map_id = self.model.sections().get("pose", {}).get("map_id", "")
        try:
            return await asyncio.to_thread(way_point_lists, self.login, map_id)
        except (Away, Refused):
            return None

    def _reply(self, replies: list[Reply]) -> None:
        for reply in replies:
            self.replies.put_nowait(reply)

    async def answer(self) -> None:
        """In order. What the platform refuses is over there already: expired, or canceled."""
        while True:
            reply = await self.replies.get()
            while True:
                try:
                    await self.transport.reply(*reply)
                    self.tally.commands += 1
                    break
                except Refused:
                    break
                except Away as error:
                    await asyncio.sleep(max(error.after, 1.0))

    async def deliver(self) -> None:
        pause = 1.0
        while True:
            await self.filled.wait()
            batch = [self.outbox[index] for index in range(min(BATCH, len(self.outbox)))]
            try:
                answer = await self.transport.send(batch)
            except Away as error:
                self.tally.breaks += 1
                await asyncio.sleep(max(error.after, pause * random.uniform(0.5, 1.0)))
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                continue
            pause = 1.0
            self._done(batch, answer)

    def _done(self, batch: list[dict], answer) -> None:
        """Drop what was acknowledged. The oldest may have gone already while the server was away."""
        last = batch[-1]["seq"]
        while self.outbox and self.outbox[0]["seq"] <= last:
            self.outbox.popleft()
        if not self.outbox:
            self.filled.clear()
        self.tally.sent += len(batch)
        self.tally.accepted += answer.accepted or 0
        self.tally.duplicates += answer.duplicates or 0
        self.tally.rejected += len(answer.rejected)


async def run_fleet(
    devices: list[Simulated], duration: float | None, report: Callable[[str], None]
) -> None:
    """Drive all devices until `duration` seconds are over or the task is cancelled. One refused device stops alone."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_guarded(one, report)) for one in devices]
        if duration is not None:
            await asyncio.sleep(duration)
            await _flush(devices)
            for task in tasks:
                task.cancel()


async def _guarded(one: Simulated, report: Callable[[str], None]) -> None:
    try:
        await one.run()
    except* Refused as group:
        report(f"{one.device.name} stopped: {group.exceptions[0]}")


async def _flush(devices: list[Simulated]) -> None:
    """Give the last samples a moment to be acknowledged."""
    deadline = time.monotonic() + 5
    while any(one.outbox for one in devices) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
