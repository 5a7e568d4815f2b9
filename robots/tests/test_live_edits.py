"""Whoever watches a robot hears of an edit at once: one event, with the changed row among the newest sections."""

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator

from fleet_platform.asgi import application
from fleet_platform.telemetry import runtime
from robots.services import place_create

from .places import FACTS, SECTIONS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def ended():
    """The background work that a socket starts ends with the test's loop."""
    yield
    await runtime.stop()


async def listening(token: str, topic: str) -> WebsocketCommunicator:
    headers = [(b"authorization", f"Bearer {token}".encode())]
    socket = WebsocketCommunicator(application, "/ws/live", headers=headers)
    await socket.connect(timeout=5)
    await socket.send_json_to({"type": "subscribe", "id": 1, "topics": [topic]})
    assert (await socket.receive_json_from(5))["topics"] == [topic]
    assert (await socket.receive_json_from(5))["type"] == "snapshot"
    return socket


@pytest.mark.parametrize("model", FACTS)
async def test_an_edit_is_one_event_of_the_robot_s_topic(
    model, robot, floor, token_of, viewer, actor_of, operator, ended
):
    token = await sync_to_async(token_of)(viewer)
    socket = await listening(token, f"robot:{robot.robot_id}")
    actor = await sync_to_async(actor_of)(operator)
    await sync_to_async(place_create)(actor=actor, model=model, floor_id=floor.pk, **FACTS[model])
    event = await socket.receive_json_from(5)
    assert event["type"] == "event"
    assert event["data"]["sections"][SECTIONS[model]]["map_id"] == floor.map_id
    assert event["data"]["online"] is False
    assert await socket.receive_nothing(0.1)
    await socket.disconnect()
