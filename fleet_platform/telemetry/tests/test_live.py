"""/ws/live against the page of its protocol, on uvicorn with our frames and on daphne without them."""

import contextlib
import json
import sqlite3
from itertools import pairwise

import pytest

from fleet_platform.telemetry import close_codes, live
from fleet_platform.tests.listener import Listener, listening
from fleet_platform.tests.server import Server, sample, time_of, until

DOCUMENT = {
    *("device_id", "kind", "name", "workspace_id", "online", "silence_limit_seconds"),
    *("time", "received_at", "sections", "position"),
}
on_uvicorn = pytest.mark.parametrize("server", ["uvicorn"], indirect=True)  # the same on any server
ENDING_SECONDS = 10  # five by contract, and as many for a busy machine


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def server(request, server_maker):
    server = server_maker(request.param, OFFLINE_AFTER_SECONDS="2")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def viewer(server) -> str:
    return server.login("viewer")


class Robot:
    """A robot that sends one sample at a time, so that each is one version of its document."""

    def __init__(self, server: Server):
        facts = server.new_robot()
        self.server = server
        self.id: int = facts["id"]
        self.name: str = facts["name"]
        self.facts = facts
        self.topic = f"device:{self.id}"
        self.token = server.device_token(facts)

    def send(self, *numbers: int) -> None:
        for number in numbers:
            self.server.send(self.token, sample(number))


@pytest.fixture
def robot(server) -> Robot:
    return Robot(server)


def x_of(document: dict) -> float:
    return document["sections"]["pose"]["x"]


async def test_it_works(server, viewer, robot):
    robot.send(1)
    async with listening(server, viewer) as listener:
        answer = await listener.ask(type="subscribe", topics=[robot.topic])
        assert answer == {"type": "subscribed", "id": 2, "topics": [robot.topic], "refused": []}
        snapshot = await listener.hear()
        assert snapshot.keys() == {"type", "topic", "seq", "data"}
        assert (snapshot["type"], snapshot["topic"]) == ("snapshot", robot.topic)
        assert snapshot["data"].keys() == DOCUMENT
        robot.send(2)
        event = await listener.hear()
        assert event.keys() == {"type", "topic", "seq", "data"}
        assert (event["type"], event["topic"]) == ("event", robot.topic)
        assert event["seq"] == snapshot["seq"] + 1
        assert event["data"]["time"] == time_of(2)
        assert event["data"]["position"] == {"map_id": "floor", "x": 2, "y": 1.5, "rotate": 0}
        by_rest = server.call("GET", f"/api/fleet/devices/{robot.id}", token=viewer).json()
        assert event["data"] == by_rest


# --- who is let in ---


@on_uvicorn
async def test_whoever_stays_silent_is_closed(server):
    async with listening(server) as nobody:
        assert await nobody.closing() == close_codes.NO_AUTH_IN_TIME


async def test_a_bad_token_is_closed(server):
    async with listening(server) as nobody:
        await nobody.say(type="auth", token="nonsense")
        assert await nobody.closing() == close_codes.NOT_AUTHENTICATED
    async with listening(server, headers={"Authorization": "Bearer nonsense"}) as nobody:
        assert await nobody.closing() == close_codes.NOT_AUTHENTICATED


async def test_nobody_subscribes_before_authenticating(server):
    async with listening(server) as nobody:
        await nobody.say(type="subscribe", id=1, topics=["device:1"])
        assert await nobody.closing() == close_codes.NOT_AUTHENTICATED


async def test_a_bearer_header_opens(server, viewer, robot):
    async with listening(server, headers={"Authorization": f"Bearer {viewer}"}) as listener:
        assert (await listener.subscribe(robot.topic))["topics"] == [robot.topic]


@on_uvicorn
async def test_a_browser_session_opens_from_our_own_pages_alone(server, robot):
    cookie = {"Cookie": f"sessionid={server.aide.browser_session('viewer@test.example')}"}
    async with listening(server, headers={**cookie, "Origin": server.url}) as listener:
        assert (await listener.subscribe(robot.topic))["topics"] == [robot.topic]
    foreign = {**cookie, "Origin": "https://evil.example"}
    async with listening(server, headers=foreign) as nobody:
        await nobody.say(type="subscribe", id=1, topics=[robot.topic])
        assert await nobody.closing() == close_codes.NOT_AUTHENTICATED


async def test_a_ticket_opens_once(server, viewer, robot):
    ticket = server.call("POST", "/api/fleet/live-ticket", token=viewer).json()["ticket"]
    async with listening(server, query=f"?ticket={ticket}") as listener:
        assert (await listener.subscribe(robot.topic))["topics"] == [robot.topic]
    async with listening(server, query=f"?ticket={ticket}") as late:
        assert await late.closing() == close_codes.NOT_AUTHENTICATED


async def test_another_persons_token_on_an_open_socket_closes_it(server, viewer):
    async with listening(server, viewer) as listener:
        await listener.say(type="auth", token=server.login("stranger"))
        assert await listener.closing() == close_codes.NOT_AUTHENTICATED


# --- who may read what ---


def refused(*topics: str) -> list[dict]:
    return [{"topic": topic, "code": "not_found"} for topic in topics]


async def test_a_stranger_is_refused_every_topic_as_if_it_were_not_there(server, robot):
    topics = [robot.topic, f"robot:{robot.name}", f"workspace:{server.home}", "device:999999999"]
    async with listening(server, server.login("stranger")) as stranger:
        answer = await stranger.subscribe(*topics)
        assert answer["topics"] == []
        assert sorted(answer["refused"], key=str) == sorted(refused(*topics), key=str)


async def test_a_device_reads_itself_alone(server, robot):
    others = [f"device:{server.robots[0]['id']}", f"workspace:{server.home}"]
    async with listening(server, robot.token) as device:
        answer = await device.subscribe(robot.topic, *others)
        assert answer["topics"] == [robot.topic]
        assert sorted(answer["refused"], key=str) == sorted(refused(*others), key=str)


async def test_topics_that_are_no_topics_are_refused(server, viewer):
    topics = [
        "",
        "device",
        "device:",
        "device:x",
        "device:-1",
        "workspace:9" * 40,
        "moon:1",
        "a\0b",
    ]
    async with listening(server, viewer) as listener:
        answer = await listener.subscribe(*topics)
        assert answer["topics"] == []
        assert {one["topic"] for one in answer["refused"]} == set(topics)


# --- what is sent ---


async def test_the_number_rises_by_one_with_each_event(server, viewer, robot):
    async with listening(server, viewer) as listener:
        snapshot = await listener.watch(robot.topic, rate="all")
        robot.send(*range(1, 21))
        events = [await listener.hear() for _ in range(20)]
        first = snapshot["seq"] + 1
        assert [event["seq"] for event in events] == list(range(first, first + 20))
        assert [x_of(event["data"]) for event in events] == list(range(1, 21))
        assert not any("missed" in event for event in events)


async def test_a_rate_conflates_and_says_how_many_were_missed(server, viewer, robot):
    async with listening(server, viewer) as listener:
        snapshot = await listener.watch(robot.topic, rate=4)
        robot.send(*range(1, 41))
        events = await listener.hear_until(lambda event: x_of(event["data"]) == 40)
        seen, missed = len(events), sum(event.get("missed", 0) for event in events)
        assert seen + missed == 40
        assert missed > 0
        assert events[-1]["seq"] == snapshot["seq"] + 40
        numbers = [snapshot["seq"], *(event["seq"] for event in events)]
        gaps = [later - earlier - 1 for earlier, later in pairwise(numbers)]
        assert gaps == [event.get("missed", 0) for event in events]


async def test_a_robots_own_name_is_a_topic_too(server, viewer, robot):
    async with listening(server, viewer) as listener:
        snapshot = await listener.watch(f"robot:{robot.name}")
        assert snapshot["topic"] == f"robot:{robot.name}"
        assert snapshot["data"]["device_id"] == robot.id
        robot.send(1)
        event = await listener.hear()
        assert (event["topic"], event["seq"]) == (f"robot:{robot.name}", snapshot["seq"] + 1)


async def test_a_late_sample_never_moves_a_document_back(server, viewer, robot):
    robot.send(10)
    async with listening(server, viewer) as listener:
        snapshot = await listener.watch(robot.topic, rate="all")
        robot.send(5, 7, 11)
        event = await listener.hear()
        assert event["seq"] == snapshot["seq"] + 1
        assert (event["data"]["time"], x_of(event["data"])) == (time_of(11), 11)


async def test_a_workspace_sends_batches_of_what_changed(server, viewer, robot):
    other = Robot(server)
    async with listening(server, viewer) as listener:
        snapshot = await listener.watch(f"workspace:{server.home}")
        assert snapshot["type"] == "snapshot"
        assert {robot.id, other.id} <= {document["device_id"] for document in snapshot["data"]}
        assert server.foreign["id"] not in {doc["device_id"] for doc in snapshot["data"]}
        robot.send(1)
        batches = await listener.hear_until(tells_of(robot))
        other.send(1)
        batches.append(await listener.hear())
        assert [batch["seq"] - snapshot["seq"] for batch in batches] == [
            number + 1 for number in range(len(batches))
        ]
        assert batches[-1].keys() == {"type", "topic", "seq", "data"}
        assert batches[-1]["type"] == "batch"
        assert [document["device_id"] for document in batches[-1]["data"]] == [other.id]
        assert batches[-1]["data"][0].keys() == DOCUMENT


def tells_of(robot: Robot, number: int = 1):
    """Whether a batch has the document of that sample. One from before the snapshot may come first."""
    return lambda batch: any(
        document["device_id"] == robot.id and document["time"] == time_of(number)
        for document in batch["data"]
    )


async def test_two_readers_of_one_workspace_have_their_own_rates(server, viewer, robot):
    async with listening(server, viewer) as slow, listening(server, viewer) as quick:
        await slow.watch(f"workspace:{server.home}", rate=1)
        await quick.watch(f"workspace:{server.home}", rate=10)
        of_quick = []
        for number in range(1, 9):
            robot.send(number)
            of_quick += await quick.hear_until(tells_of(robot, number))
        of_slow = await slow.hear_until(tells_of(robot, 8))
        assert len(of_slow) < len(of_quick)
        for batches in (of_slow, of_quick):
            numbers = [batch["seq"] for batch in batches]
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


# --- coming back ---


async def test_since_gives_exactly_the_missed_events(server, viewer, robot):
    async with listening(server, viewer) as listener:
        snapshot = await listener.watch(robot.topic, rate="all")
    robot.send(1, 2, 3)
    async with listening(server, viewer) as listener:
        since = {robot.topic: snapshot["seq"]}
        first = await listener.watch(robot.topic, rate="all", since=since)
        events = [first, await listener.hear(), await listener.hear()]
        assert {event["type"] for event in events} == {"event"}
        assert [event["seq"] - snapshot["seq"] for event in events] == [1, 2, 3]
        robot.send(4)
        event = await listener.hear()
        assert (event["seq"] - snapshot["seq"], x_of(event["data"])) == (4, 4)
        assert "missed" not in event


async def test_since_the_newest_sends_nothing_twice(server, viewer, robot):
    async with listening(server, viewer) as listener:
        snapshot = await listener.watch(robot.topic)
    async with listening(server, viewer) as listener:
        await listener.subscribe(robot.topic, since={robot.topic: snapshot["seq"]})
        robot.send(1)
        event = await listener.hear()
        assert (event["type"], event["seq"]) == ("event", snapshot["seq"] + 1)


@pytest.mark.parametrize("shift", [-1000, 1000])
async def test_since_what_is_not_held_gives_a_snapshot(server, viewer, robot, shift):
    robot.send(1)
    async with listening(server, viewer) as listener:
        newest = (await listener.watch(robot.topic))["seq"]
        answer = await listener.watch(robot.topic, since={robot.topic: newest + shift})
        assert (answer["type"], answer["seq"]) == ("snapshot", newest)


async def test_a_workspace_resumes_as_well(server, viewer, robot):
    topic = f"workspace:{server.home}"
    async with listening(server, viewer) as listener:
        snapshot = await listener.watch(topic)
    robot.send(1)
    async with listening(server, viewer) as listener:
        await listener.subscribe(topic, since={topic: snapshot["seq"]})
        batches = await listener.hear_until(tells_of(robot))
        assert {batch["type"] for batch in batches} == {"batch"}
        assert [batch["seq"] - snapshot["seq"] for batch in batches] == [
            number + 1 for number in range(len(batches))
        ]
    async with listening(server, viewer) as listener:
        foreign = await listener.watch(topic, since={topic: 17})
        assert foreign["type"] == "snapshot"


# --- asking again, asking for less ---


async def test_subscribing_twice_sends_each_event_once(server, viewer, robot):
    async with listening(server, viewer) as listener:
        first = await listener.watch(robot.topic, rate="all")
        again = await listener.watch(robot.topic, rate="all")
        assert again == first
        robot.send(1, 2)
        assert [(await listener.hear())["seq"] - first["seq"] for _ in range(2)] == [1, 2]


async def test_after_unsubscribing_nothing_comes(server, viewer, robot):
    other = Robot(server)
    async with listening(server, viewer) as listener:
        await listener.watch(robot.topic)
        await listener.watch(other.topic)
        answer = await listener.ask(type="unsubscribe", topics=[robot.topic, "device:0"])
        assert answer["topics"] == [robot.topic, "device:0"]
        assert answer["type"] == "unsubscribed"
        robot.send(1)
        other.send(1)
        assert (await listener.hear())["topic"] == other.topic


async def test_a_ping_is_answered_with_the_time(server, viewer):
    async with listening(server, viewer) as listener:
        answer = await listener.ask(type="ping")
        assert answer.keys() == {"type", "id", "time"}
        assert answer["type"] == "pong"


@pytest.mark.parametrize("said", ["{", "[]", '"x"', '{"type": 1}', "{}", "[" * 5000, '{"a": NaN}'])
async def test_what_is_no_message_is_answered_not_closed(server, viewer, said):
    async with listening(server, viewer) as listener:
        await listener.socket.send(said)
        answer = await listener.hear()
        assert (answer["type"], answer["code"]) == ("error", "invalid")
        assert (await listener.ask(type="ping"))["type"] == "pong"


async def test_an_unknown_type_and_a_bad_rate_are_named(server, viewer, robot):
    async with listening(server, viewer) as listener:
        assert (await listener.ask(type="dance"))["code"] == "unknown_type"
        for rate in (0, -1, 1000, "some"):
            answer = await listener.ask(type="subscribe", topics=[robot.topic], rate=rate)
            assert (answer["type"], answer["code"]) == ("error", "invalid")


async def test_the_sub_protocol_is_agreed(server):
    async with listening(server, subprotocols=["other", live.PROTOCOL]) as listener:
        assert listener.socket.subprotocol == live.PROTOCOL
    async with listening(server, subprotocols=["other"]) as listener:
        assert listener.socket.subprotocol is None


# --- limits ---


async def test_the_answer_names_topics_in_the_order_asked(server, viewer, robot):
    asked = [f"robot:{robot.name}", f"workspace:{server.home}", robot.topic]
    async with listening(server, viewer) as listener:
        assert (await listener.subscribe(*asked))["topics"] == asked


async def test_the_201st_topic_is_one_too_many(server, viewer):
    topics = [f"device:{900_000 + number}" for number in range(201)]
    async with listening(server, viewer) as listener:
        answer = await listener.subscribe(*topics)
        codes = {one["topic"]: one["code"] for one in answer["refused"]}
        assert [topic for topic, code in codes.items() if code == "too_many"] == [topics[-1]]
        assert len(codes) == 201


async def test_a_frame_over_64_kib_closes(server, viewer):
    async with listening(server, viewer) as listener:
        await listener.socket.send(json.dumps({"type": "ping", "token": "x" * 64 * 1024}))
        # An application on daphne may close with 1000 and 3000 to 4999 alone; daphne says 1011 instead.
        assert await listener.closing() == (
            1011 if server.kind == "daphne" else close_codes.TOO_BIG
        )


async def test_a_flood_of_messages_closes(server, viewer):
    async with listening(server, viewer) as listener:
        for _ in range(live.MESSAGES_AT_ONCE + 100):
            await listener.say(type="ping")
        assert await listener.closing() == close_codes.TOO_MANY


async def test_who_asks_while_the_database_fails_is_told_to_try_later(make_server):
    server = make_server()
    async with listening(server, server.login("viewer")) as listener:
        await listener.ask(type="ping")
        with contextlib.closing(sqlite3.connect(server.folder / "fleet.sqlite3")) as database:
            database.execute("ALTER TABLE accounts_device RENAME TO accounts_device_away")
        await listener.say(type="subscribe", id=2, topics=[f"device:{server.robots[0]['id']}"])
        assert await listener.closing() == close_codes.TRY_LATER


# --- leaving ---


async def test_who_leaves_in_the_middle_of_an_answer_is_let_go_of(server, viewer, robot):
    topics = [robot.topic, *(f"device:{one['id']}" for one in server.robots)]
    for _ in range(20):
        async with listening(server, viewer) as listener:
            await listener.say(type="subscribe", id=1, topics=topics)
            listener.socket.transport.abort()
    until(lambda: server.metric("fleet_live_sockets") == 0)


# --- rights that end ---


async def check_closes(listener: Listener, code: int) -> None:
    assert await listener.closing(ENDING_SECONDS) == code


async def test_a_login_session_that_ends_closes_its_socket(server, robot):
    name, _ = server.new_person("viewer")
    tokens = server.login_pair(name)
    async with listening(server, tokens["access_token"]) as listener:
        await listener.watch(robot.topic)
        for status in (200, 401):  # a refresh token that is used again ends its session
            answer = server.call("GET", "/refresh", token=tokens["refresh_token"])
            assert answer.status_code == status
        await check_closes(listener, close_codes.NOT_AUTHENTICATED)


@on_uvicorn
async def test_a_browser_that_logs_out_closes_its_socket(server, robot):
    key = server.aide.browser_session("viewer@test.example")
    headers = {"Cookie": f"sessionid={key}", "Origin": server.url}
    async with listening(server, headers=headers) as listener:
        await listener.watch(robot.topic)
        server.aide.end_browser_session(key)
        await check_closes(listener, close_codes.NOT_AUTHENTICATED)


@on_uvicorn
async def test_a_rotated_secret_closes_the_devices_socket(server, robot):
    async with listening(server, robot.token) as listener:
        await listener.watch(robot.topic)
        path = f"/api/fleet/devices/{robot.id}/rotate-secret"
        assert server.call("POST", path, token=server.login("owner")).status_code == 200
        await check_closes(listener, close_codes.NOT_AUTHENTICATED)


@on_uvicorn
async def test_a_member_who_is_removed_is_forbidden(server, robot):
    name, user_id = server.new_person("viewer")
    async with listening(server, server.login(name)) as listener:
        await listener.watch(robot.topic)
        path = f"/api/fleet/workspaces/{server.home}/members/{user_id}"
        assert server.call("DELETE", path, token=server.login("owner")).status_code == 204
        await check_closes(listener, close_codes.FORBIDDEN)


async def test_a_device_that_moves_away_takes_its_readers_rights_along(server, viewer, robot):
    async with listening(server, viewer) as listener:
        await listener.watch(robot.topic)
        server.aide.move(robot.id, server.elsewhere)
        await check_closes(listener, close_codes.FORBIDDEN)
    async with listening(server, viewer) as listener:
        assert (await listener.subscribe(robot.topic))["refused"] == refused(robot.topic)


# --- other processes ---


async def test_a_change_of_another_process_arrives(server, viewer, robot):
    async with listening(server, viewer) as listener:
        snapshot = await listener.watch(robot.topic)
        assert server.aide.commit(robot.id, [sample(1)]) == [1, 0]
        event = await listener.hear()
        assert (event["seq"], x_of(event["data"])) == (snapshot["seq"] + 1, 1)


@on_uvicorn
async def test_a_silent_device_goes_offline_before_its_readers_eyes(server, viewer, robot):
    async with listening(server, viewer) as listener:
        await listener.watch(robot.topic)
        robot.send(1)
        assert (await listener.hear())["data"]["online"] is True
        until(lambda: server.aide.mark_offline() and not is_online(robot, viewer), pause=0.2)
        event = await listener.hear()
        assert event["data"]["online"] is False
        robot.send(2)
        assert (await listener.hear())["data"]["online"] is True


def is_online(robot: Robot, token: str) -> bool:
    return robot.server.call("GET", f"/api/fleet/devices/{robot.id}", token=token).json()["online"]
