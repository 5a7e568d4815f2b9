"""The websocket client against a scripted server: what a real one seldom does must work too."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from .test_overview import rows


class Script:
    """The far end of every socket that the page opens. `answer` makes the frames for a workspace's subscription; there
    are no alarms."""

    def __init__(self, page: Page):
        self.sockets: list[WebSocketRoute] = []
        self.asked: list[dict] = []
        self.answer: Callable[[dict], list[dict]] = lambda ask: []
        page.route_web_socket("**/ws/live", self._opened)

    def _opened(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        socket.on_message(lambda text: self._heard(socket, json.loads(text)))

    def _heard(self, socket: WebSocketRoute, message: dict) -> None:
        if message["type"] == "ping":
            pong = {"type": "pong", "id": message["id"], "time": "2026-11-21T05:00:00.000Z"}
            return socket.send(json.dumps(pong))
        topics = message["topics"]
        told = {"type": "subscribed", "id": message["id"], "topics": topics, "refused": []}
        if topics[0].startswith("alarms:"):
            return socket.send(json.dumps(told))
        self.asked.append(message)
        for frame in [told, *self.answer(message)]:
            socket.send(json.dumps({**told, **frame} if "refused" in frame else frame))
        return None


def document(number: int, name: str | None = None) -> dict:
    return {
        "device_id": number,
        "kind": "robot",
        "name": name or f"robot {number}",
        "workspace_id": 1,
        "online": True,
        "time": "2026-11-21T05:00:00.000Z",
        "received_at": "2026-11-21T05:00:00.000Z",
        "sections": {"robot_base_status": {"drive_status": "Stop", "battery": 50}},
        "position": {"map_id": "m", "x": number, "y": 1, "rotate": 0},
    }


def snapshot(topic: str, seq: int, *documents: dict, **part) -> dict:
    return {"type": "snapshot", "topic": topic, "seq": seq, "data": list(documents), **part}


@pytest.fixture
def topic(server) -> str:
    return f"workspace:{server.home}"


@pytest.fixture
def script(signed_in, page) -> Script:
    signed_in("viewer")
    return Script(page)


def test_a_snapshot_in_parts_counts_once_it_is_whole(script, page, server, topic):
    script.answer = lambda ask: [snapshot(topic, 5, document(2), part=2, parts=2)]
    page.goto(server.url)
    expect(page.locator("#live")).to_contain_text("Live")
    expect(rows(page)).to_have_count(0)
    expect(page.locator(".loading")).to_have_count(1)
    script.sockets[0].send(json.dumps(snapshot(topic, 5, document(1), part=1, parts=2)))
    expect(rows(page)).to_have_count(2)
    expect(page.locator(".loading")).to_have_count(0)


def test_a_broken_connection_goes_on_where_it_was(script, page, server, topic):
    script.answer = lambda ask: [] if "since" in ask else [snapshot(topic, 5, document(1))]
    page.goto(server.url)
    expect(rows(page)).to_have_count(1)
    batch = {"type": "batch", "topic": topic, "seq": 8, "data": [document(1, "renamed")]}
    script.sockets[0].send(json.dumps(batch))
    expect(rows(page)).to_contain_text("renamed")
    script.sockets[0].close(code=1012)
    expect(page.locator("#live")).to_contain_text("Live")
    expect(rows(page)).to_contain_text("renamed")
    assert [ask.get("since") for ask in script.asked] == [None, {topic: 8}]


def test_a_snapshot_after_a_break_drops_what_is_gone(script, page, server, topic):
    script.answer = lambda ask: [snapshot(topic, 5, document(1), document(2))]
    page.goto(server.url)
    expect(rows(page)).to_have_count(2)
    script.answer = lambda ask: [snapshot(topic, 1, document(2))]
    script.sockets[0].close(code=1012)
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("robot 2")


def test_a_removed_device_leaves_the_list(script, page, server, topic):
    script.answer = lambda ask: [snapshot(topic, 5, document(1), document(2))]
    page.goto(server.url)
    expect(rows(page)).to_have_count(2)
    gone = {**document(1), "online": False, "removed": True}
    script.sockets[0].send(json.dumps({"type": "batch", "topic": topic, "seq": 6, "data": [gone]}))
    expect(rows(page)).to_have_count(1)


def test_a_refused_topic_ends_the_waiting(script, page, server, topic):
    refusal = {"type": "subscribed", "topics": [], "refused": [{"topic": topic, "code": "unknown"}]}
    script.answer = lambda ask: [refusal]
    page.goto(server.url)
    expect(page.get_by_text("No devices yet")).to_be_visible()


def test_the_code_4401_asks_to_sign_in(script, page, server, topic):
    script.answer = lambda ask: [snapshot(topic, 5, document(1))]
    page.goto(server.url)
    expect(rows(page)).to_have_count(1)
    script.sockets[0].close(code=4401)
    expect(page.get_by_role("dialog", name="You are signed out")).to_be_visible()
    expect(page.locator("#live")).to_contain_text("Signed out")


def test_two_hundred_robots_are_listed_and_only_changes_touch_the_page(script, page, server, topic):
    fleet = [document(number) for number in range(1, 201)]
    script.answer = lambda ask: [snapshot(topic, 5, *fleet)]
    page.goto(server.url)
    expect(rows(page)).to_have_count(200)
    expect(page.locator("#live")).to_contain_text(
        "ms"
    )  # the server's clock is known: ages are right
    expect(page.locator(".row-late:not(:empty)")).to_have_count(0)
    page.evaluate(
        "() => { window.touched = 0; new MutationObserver((all) => window.touched += all.length)"
        ".observe(document.getElementById('list'), {subtree: true, childList: true, characterData: true}); }"
    )
    changed = document(7)
    changed["sections"]["robot_base_status"]["battery"] = 49
    batch = {"type": "batch", "topic": topic, "seq": 6, "data": [changed]}
    script.sockets[0].send(json.dumps(batch))
    expect(page.locator("#device-7 .battery")).to_contain_text("49")
    assert page.evaluate("window.touched") < 10
