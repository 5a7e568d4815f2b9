"""Sockets come and go by the thousand: the server is afterwards what it was before."""

import asyncio
import os

import pytest
from channels.testing import WebsocketCommunicator

from fleet_platform.asgi import application
from fleet_platform.telemetry import hub as hub_module
from fleet_platform.telemetry import runtime, session_monitor

from .listener import listening
from .server import ENOUGH_SECONDS, until

pytestmark = pytest.mark.slow

CONNECTS, AT_ONCE = 1000, 20
SOCKETS, ROUNDS = 10, 50
MEGABYTE = 1024 * 1024


async def come_and_go(server, token: str, topics: list[str], times: int) -> None:
    """Every second one leaves without a word."""
    for number in range(times):
        async with listening(server, token) as listener:
            await listener.subscribe(*topics)
            if number % 2:
                listener.socket.transport.abort()


async def crowd(server, token: str, times: int) -> None:
    topics = [f"device:{robot['id']}" for robot in server.robots] + [f"workspace:{server.home}"]
    await asyncio.gather(
        *(come_and_go(server, token, topics, times // AT_ONCE) for _ in range(AT_ONCE))
    )


async def test_a_thousand_sockets_leave_no_file_and_no_memory(make_server):
    server = make_server()
    viewer = server.login("viewer")
    await crowd(server, viewer, 10 * AT_ONCE)  # threads and caches have their size
    until(lambda: server.metric("fleet_live_sockets") == 0)
    files, memory = server.open_files(), server.rss()
    await crowd(server, viewer, CONNECTS)
    until(lambda: server.metric("fleet_live_sockets") == 0)
    until(lambda: server.open_files() <= files + 2)
    assert server.rss() - memory < 10 * MEGABYTE


class Socket:
    """One /ws/live within this process."""

    def __init__(self, token: str):
        headers = [(b"authorization", f"Bearer {token}".encode())]
        self.communicator = WebsocketCommunicator(application, "/ws/live", headers)

    async def open(self) -> None:
        connected, _ = await self.communicator.connect(ENOUGH_SECONDS)
        assert connected

    async def ask(self, kind: str, topics: list[str], answers: int) -> dict:
        await self.communicator.send_json_to({"type": kind, "id": 1, "topics": topics})
        heard = [await self.communicator.receive_json_from(ENOUGH_SECONDS) for _ in range(answers)]
        return heard[0]

    async def close(self) -> None:
        await self.communicator.disconnect(timeout=ENOUGH_SECONDS)


async def subscribe_again_and_again(socket: Socket, topics: list[str]) -> None:
    for _ in range(ROUNDS):
        answer = await socket.ask("subscribe", topics, 1 + len(topics))
        assert sorted(answer["topics"]) == sorted(topics)
        answer = await socket.ask("unsubscribe", topics, 1)
        assert answer["type"] == "unsubscribed"


async def stay(tokens: list[str], topics: list[str]) -> None:
    sockets = [Socket(token) for token in tokens]
    for socket in sockets:
        await socket.open()
    await asyncio.gather(*(subscribe_again_and_again(socket, topics) for socket in sockets))
    assert len(session_monitor._open) == len(sockets)
    for socket in sockets:
        await socket.close()


@pytest.mark.django_db(transaction=True)
async def test_five_hundred_subscriptions_leave_no_topic_and_no_task(
    monkeypatch, make_device, viewer, workspace, token_of
):
    token = await asyncio.to_thread(token_of, viewer)
    devices = await asyncio.to_thread(lambda: [make_device() for _ in range(5)])
    topics = [f"device:{device.pk}" for device in devices] + [f"workspace:{workspace.pk}"]
    try:
        await stay([token], topics)
        tasks, files = len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd"))
        await stay([token] * SOCKETS, topics)
        assert len(runtime.hub.watched_devices()) == len(devices)
        assert session_monitor._open == set()
        assert len(asyncio.all_tasks()) <= tasks
        assert len(os.listdir("/proc/self/fd")) <= files + 40  # one connection a thread of the pool
        monkeypatch.setattr(hub_module, "TOPIC_LINGERS_SECONDS", -1)
        runtime.hub.forget_idle_topics()
        assert (runtime.hub.watched_devices(), runtime.hub.watched_workspaces()) == ([], [])
    finally:
        await runtime.stop()
