"""The live topic of alarms, end to end: a robot drives into a zone, whoever watches hears of it within a second."""

import contextlib
import time

import pytest

from fleet_platform.telemetry import close_codes
from fleet_platform.tests.listener import listening
from fleet_platform.tests.server import sample

CORNERS = [[100, 100], [200, 100], [200, 200], [100, 200]]
KEYS = {
    *("id", "device_id", "code", "severity", "state", "raised_at", "acknowledged_at"),
    *("acknowledged_by", "cleared_at", "count", "data"),
}


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def server(request, server_maker):
    server = server_maker(request.param)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def viewer(server) -> str:
    return server.login("viewer")


@pytest.fixture
def topic(server) -> str:
    return f"alarms:{server.home}"


@pytest.fixture(autouse=True)
def zone(server):
    made = server.aide.zone(server.home, CORNERS)
    yield made
    server.aide.drop_zone(made)


@pytest.fixture
def drive(server):
    """`drive(50, 150)`: a robot of its own, one batch a place."""
    facts = server.new_robot()
    token = server.device_token(facts)
    numbers = iter(range(1, 100))

    def move(*places: float) -> None:
        for at in places:
            server.send(token, sample(next(numbers), x=at, y=at, map_id="floor"))

    move.device_id = facts["id"]
    return move


async def test_whoever_watches_hears_within_a_second(server, viewer, topic, drive):
    async with listening(server, viewer) as listener:
        snapshot = await listener.watch(topic)
        assert snapshot.keys() == {"type", "topic", "seq", "data"}
        assert snapshot["type"] == "snapshot"
        drive(50)
        began = time.monotonic()
        drive(150)
        event = await listener.hear()
        assert time.monotonic() - began < 1
        assert (event["type"], event["topic"]) == ("event", topic)
        assert event["seq"] == snapshot["seq"] + 1
        assert event["data"].keys() >= KEYS
        assert event["data"]["device_id"] == drive.device_id
        assert (event["data"]["code"], event["data"]["state"]) == ("red_zone", "raised")


async def test_what_people_do_is_heard_as_it_is_answered(server, viewer, topic, drive):
    operator = server.login("operator")
    async with listening(server, viewer) as listener:
        await listener.watch(topic)
        drive(50, 150)
        path = f"/api/fleet/alarms/{(await listener.hear())['data']['id']}"
        for deed, state in (("acknowledge", "acknowledged"), ("clear", "cleared")):
            answer = server.call("POST", f"{path}/{deed}", {}, operator).json()
            event = await listener.hear()
            assert event["data"] == answer
            assert answer["state"] == state


async def test_a_deleted_zone_ends_its_alarm_before_everybodys_eyes(
    server, viewer, topic, zone, drive
):
    async with listening(server, viewer) as listener:
        await listener.watch(topic)
        drive(50, 150)
        assert (await listener.hear())["data"]["active"]
        answer = server.call("DELETE", f"/api/fleet/zones/{zone}", token=server.login("operator"))
        assert answer.status_code == 204
        assert not (await listener.hear())["data"]["active"]


async def test_what_is_open_is_in_the_snapshot_newest_first(server, viewer, topic, drive):
    drive(50, 150)
    async with listening(server, viewer) as listener:
        snapshot = await listener.watch(topic)
        assert snapshot["data"][0]["device_id"] == drive.device_id
        times = [alarm["last_raised_at"] for alarm in snapshot["data"]]
        assert times == sorted(times, reverse=True)


async def test_a_reader_that_comes_back_gets_what_it_missed(server, viewer, topic, drive):
    async with listening(server, viewer) as steady:
        await steady.watch(topic)
        async with listening(server, viewer) as listener:
            seq = (await listener.watch(topic))["seq"]
        drive(50, 150, 50)
        async with listening(server, viewer) as listener:
            await listener.subscribe(topic, since={topic: seq})
            missed = [await listener.hear(), await listener.hear()]
            assert [one["type"] for one in missed] == ["event", "event"]
            assert [one["seq"] for one in missed] == [seq + 1, seq + 2]
            assert [one["data"]["active"] for one in missed] == [True, False]


async def test_an_unknown_number_gets_a_snapshot(server, viewer, topic):
    async with listening(server, viewer) as listener:
        await listener.subscribe(topic, since={topic: 5})
        assert (await listener.hear())["type"] == "snapshot"


async def test_it_comes_from_another_process_as_well(server, viewer, topic):
    facts = server.new_robot()
    async with listening(server, viewer) as listener:
        await listener.watch(topic)
        server.aide.commit(facts["id"], [sample(1, x=150, y=150, map_id="floor")])
        event = await listener.hear()
        assert event["data"]["device_id"] == facts["id"]


async def test_alarms_of_another_workspace_are_not_found(server, topic):
    async with listening(server, server.login("stranger")) as listener:
        answer = await listener.subscribe(topic, "alarms:999999", "alarms:x", "alarms:")
        assert [one["code"] for one in answer["refused"]] == ["not_found"] * 4


async def test_a_device_reads_no_alarms(server, topic):
    token = server.device_token(server.new_robot())
    async with listening(server, token) as listener:
        answer = await listener.subscribe(topic)
        assert answer["refused"] == [{"topic": topic, "code": "not_found"}]


async def test_who_leaves_the_workspace_hears_no_more(server, topic):
    name, user_id = server.new_person("viewer")
    async with listening(server, server.login(name)) as listener:
        await listener.watch(topic)
        server.aide.leave(user_id, server.home)
        assert await listener.closing() == close_codes.FORBIDDEN


async def test_unsubscribing_ends_it(server, viewer, topic, drive):
    async with listening(server, viewer) as listener:
        await listener.watch(topic)
        await listener.ask(type="unsubscribe", topics=[topic])
        drive(50, 150)
        with contextlib.suppress(TimeoutError):
            assert (await listener.ask(type="ping"))["type"] == "pong"
