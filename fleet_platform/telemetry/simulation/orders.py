"""What a device makes of its commands: one drive after another, stop and resume at once, each answered.

Pure: messages as they come from the platform in, replies out. `Performer` is a model that can be told what to do.
"""

from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

REMEMBERED = 200  # commands whose last answer is known, for those that come again
ROW_AT_MOST = 20
DRIVES = ("go_to", "drive_route", "return_to_charger")
ACCEPTED, DONE, FAILED = "accepted", "done", "failed"


class CannotDo(Exception):
    """Why an order is not carried out, as a sentence."""


class Performer(Protocol):
    """`abilities`: names of commands. `busy`: the drive that was begun is not over."""

    abilities: frozenset[str]
    busy: bool

    def begin(self, name: str, params: Mapping[str, Any]) -> None:
        """Start a drive. Raises CannotDo."""

    def drop(self) -> None:
        """Forget the drive that was begun, and stay where it is."""

    def hold(self, on: bool) -> None: ...


class Reply(NamedTuple):
    id: int
    state: str
    detail: str = ""


class Order(NamedTuple):
    id: int
    name: str
    params: Mapping[str, Any]


class Orders:
    """One device's row of drives. `hear` takes a message, `tick` follows each step of the model."""

    def __init__(self, model: Performer):
        self.model = model
        self.row: deque[Order] = deque()
        self.current: Order | None = None
        self.held = False
        self._answers: OrderedDict[int, Reply] = OrderedDict()

    def hear(self, message: Mapping[str, Any]) -> list[Reply]:
        """The same command again is answered again and not done again; other messages are let pass."""
        kind, id = message.get("type"), message.get("id")
        if kind == "cancel":
            self._cancel(id)
            return []
        if kind != "command":
            return []
        if id in self._answers:
            return [self._answers[id]]
        return [self._answer(self._take(Order(id, message["name"], message.get("params") or {})))]

    def tick(self) -> list[Reply]:
        """What has come to an end, and what begins in its place."""
        told = []
        if self.current is not None and not self.model.busy:
            told.append(self._answer(Reply(self.current.id, DONE)))
            self.current = None
        while self.current is None and self.row and not self.held:
            order = self.row.popleft()
            try:
                self.model.begin(order.name, order.params)
                self.current = order
            except CannotDo as error:
                told.append(self._answer(Reply(order.id, FAILED, str(error))))
        return told

    def _take(self, order: Order) -> Reply:
        if order.name not in self.model.abilities:
            return Reply(order.id, FAILED, f"This device knows no {order.name[:64]}.")
        if order.name in DRIVES:
            if len(self.row) >= ROW_AT_MOST:
                return Reply(order.id, FAILED, "Too many drives wait already.")
            self.row.append(order)
            return Reply(order.id, ACCEPTED)
        if order.name in {"stop", "resume"}:
            self.held = order.name == "stop"
            self.model.hold(self.held)
        return Reply(order.id, DONE)

    def _answer(self, reply: Reply) -> Reply:
        self._answers[reply.id] = reply
        self._answers.move_to_end(reply.id)
        while len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)
        return reply

    def _cancel(self, id: int | None) -> None:
        self.row = deque(order for order in self.row if order.id != id)
        if self.current is not None and self.current.id == id:
            self.current = None
            self.model.drop()
