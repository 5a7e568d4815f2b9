"""Senders that go on while the server dies under them, and note what was acknowledged. For any database."""

import contextlib
import json
import random
import threading
import time

import requests
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from .server import ENOUGH_SECONDS, Server, sample, until

BATCH = 5
MOVING_BATCHES = 3  # acknowledged by every sender before the server may die


class Sender(threading.Thread):
    """One robot. `acknowledged` and `pending` hold numbers of samples; what is pending is sent again first."""

    def __init__(self, server: Server, robot: dict):
        super().__init__(daemon=True)
        self.server = server
        self.robot = robot
        self.token = server.device_token(robot)
        self.acknowledged: set[int] = set()
        self.pending: list[list[int]] = []
        self.answered = 0
        self.next_number = 1
        self.wrong: list[str] = []
        self.ending = threading.Event()

    def run(self) -> None:
        while not self.ending.is_set():
            with contextlib.suppress(OSError, requests.RequestException, WebSocketException):
                self.talk()
            time.sleep(0.05)

    def talk(self) -> None:
        """Send until the server is gone."""
        raise NotImplementedError

    def take(self) -> list[int]:
        """A batch that was never sent; pending from now on."""
        batch = list(range(self.next_number, self.next_number + BATCH))
        self.next_number += BATCH
        self.pending.append(batch)
        return batch

    def note(self, batch: list[int], answer: dict) -> None:
        if answer["accepted"] + answer["duplicates"] != len(batch) or answer["rejected"]:
            self.wrong.append(f"{batch}: {answer}")
        self.pending.remove(batch)
        self.acknowledged.update(batch)
        self.answered += 1


class HttpSender(Sender):
    def talk(self) -> None:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {self.token}"
            while not (self.ending.is_set() and not self.pending):
                batch = self.pending[0] if self.pending else self.take()
                body = {"samples": [sample(number) for number in batch]}
                answer = session.post(
                    f"{self.server.url}/api/fleet/telemetry", json=body, timeout=ENOUGH_SECONDS
                )
                if answer.status_code == 200:
                    self.note(batch, answer.json())
                else:
                    self.wrong.append(f"{batch}: {answer.status_code} {answer.text}")


class SocketSender(Sender):
    """Keeps several batches under way on one /ws/device."""

    window = 4

    def talk(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        with connect(f"{self.server.ws}/ws/device", additional_headers=headers) as socket:
            under_way = {batch[0]: batch for batch in self.pending}
            for batch in self.pending:
                self.post(socket, batch)
            while under_way or not self.ending.is_set():
                while len(under_way) < self.window and not self.ending.is_set():
                    batch = self.take()
                    under_way[batch[0]] = batch
                    self.post(socket, batch)
                answer = json.loads(socket.recv(timeout=ENOUGH_SECONDS))
                if answer["type"] == "ack":
                    self.note(under_way.pop(answer["id"]), answer)
                else:
                    self.wrong.append(str(answer))

    def post(self, socket, batch: list[int]) -> None:
        samples = [sample(number) for number in batch]
        socket.send(json.dumps({"type": "telemetry", "id": batch[0], "samples": samples}))


def check_that_kills_lose_nothing(server: Server, kills: int) -> None:
    """Kill the server again and again under four robots' ingest; look at the black box after each restart."""
    viewer = server.login("viewer")
    senders = [
        kind(server, robot)
        for kind, robot in zip((HttpSender, SocketSender) * 2, server.robots, strict=True)
    ]
    for sender in senders:
        sender.start()
    interrupted = 0
    try:
        for _ in range(kills):
            before = [sender.answered for sender in senders]
            until(lambda before=before: _all_moved_on(senders, before))
            time.sleep(random.uniform(0, 0.2))
            server.kill()
            interrupted += sum(len(sender.pending) for sender in senders)
            known = [sorted(sender.acknowledged) for sender in senders]
            server.start()
            for sender, numbers in zip(senders, known, strict=True):
                check_stored(server, sender, viewer, numbers)
    finally:
        for sender in senders:
            sender.ending.set()
        for sender in senders:
            sender.join(ENOUGH_SECONDS)
    assert interrupted > kills, "the kills hit nothing under way"
    for sender in senders:
        assert not sender.is_alive()
        assert not sender.wrong
        finish(sender)
        check_whole(server, sender, viewer)


def _all_moved_on(senders: list[Sender], before: list[int]) -> bool:
    return all(
        sender.answered >= count + MOVING_BATCHES
        for sender, count in zip(senders, before, strict=True)
    )


def check_stored(server: Server, sender: Sender, token: str, numbers: list[int]) -> None:
    """Everything acknowledged is in the black box, in order, once."""
    start = max(1, numbers[-1] - 2000)  # what older kills left was looked at then
    found = server.black_box(sender.robot["id"], token, **{"from": sample(start)["time"]})
    stored = [document["seq"] for document in found]
    assert stored == sorted(set(stored))
    lost = {number for number in numbers if number >= start} - set(stored)
    assert not lost, f"{sorted(lost)} of {sender.robot['name']} were acknowledged and are gone"


def finish(sender: Sender) -> None:
    """Send what was never acknowledged once more."""
    for batch in list(sender.pending):
        answer = sender.server.send(sender.token, *(sample(number) for number in batch))
        sender.note(batch, answer)


def check_whole(server: Server, sender: Sender, token: str) -> None:
    """Every sample ever made is there once, none beside, and sending all again adds nothing."""
    everything = list(range(1, sender.next_number))
    found = server.black_box(sender.robot["id"], token)
    assert [document["seq"] for document in found] == everything
    assert sender.acknowledged == set(everything)
    for start in range(0, len(everything), 500):
        part = everything[start : start + 500]
        answer = server.send(sender.token, *(sample(number) for number in part))
        assert answer == {"accepted": 0, "duplicates": len(part), "rejected": []}
    assert len(server.black_box(sender.robot["id"], token)) == len(everything)
