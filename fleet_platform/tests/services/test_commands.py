"""Commands and schedules over several processes: two web servers on PostgreSQL and Redis, two schedulers."""

import json
import subprocess
import sys
import threading
import time

import pytest
from django.conf import settings
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from fleet_platform.tests.server import Server, environment_of, until

from .listening import Listener


@pytest.fixture(scope="module")
def pair(installation):
    return installation.web(), installation.web()


@pytest.fixture(scope="module")
def operator(pair) -> str:
    return pair[0].login("operator")


class Robot(threading.Thread):
    """A robot connected to one of the servers, which keeps what it hears."""

    def __init__(self, server: Server, robot: dict):
        super().__init__(daemon=True)
        headers = {"Authorization": f"Bearer {server.device_token(robot)}"}
        self.socket = connect(f"{server.ws}/ws/device", additional_headers=headers)
        self.heard: list[dict] = []
        self.start()

    def run(self) -> None:
        try:
            for text in self.socket:
                self.heard.append(json.loads(text))
        except ConnectionClosed:
            pass

    def ids(self) -> list[int]:
        return [one["id"] for one in self.heard if one["type"] == "command"]

    def reply(self, id: int, state: str) -> None:
        self.socket.send(json.dumps({"type": "command", "id": id, "state": state}))


def ask(server: Server, token: str, robot: dict, name: str = "locate", **options) -> int:
    path = f"/api/fleet/devices/{robot['id']}/commands"
    answer = server.call("POST", path, {"name": name, **options}, token)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def state_of(server: Server, token: str, id: int) -> str:
    return server.call("GET", f"/api/fleet/commands/{id}", token=token).json()["state"]


def test_a_command_asked_at_one_server_reaches_a_robot_at_the_other(pair, operator):
    first, second = pair
    facts = first.new_robot()
    live = Listener(first.ws, [f"commands:{first.home}"], first.login("viewer"))
    until(lambda: live.subscribed)
    robot = Robot(second, facts)
    began = time.monotonic()
    id = ask(first, operator, facts)
    until(lambda: robot.ids() == [id])
    assert time.monotonic() - began < 4, "it came by the sweep, not by the bell"
    for state in ("accepted", "done"):
        robot.reply(id, state)
        until(lambda state=state: state_of(first, operator, id) == state)

    def seen() -> list[str]:
        events = [one["data"] for one in live.frames if one["type"] == "event"]
        return [one["state"] for one in events if one["id"] == id]

    until(lambda: seen()[-1:] == ["done"])
    assert set(seen()) == {"asked", "sent", "accepted", "done"}
    robot.socket.close()
    live.socket.close()


def test_a_robot_at_both_servers_gets_each_command_once(pair, operator):
    first, second = pair
    facts = first.new_robot()
    robots = [Robot(first, facts), Robot(second, facts)]
    time.sleep(1)
    ids = [ask(pair[number % 2], operator, facts) for number in range(20)]
    until(lambda: sum(len(robot.ids()) for robot in robots) >= len(ids))
    time.sleep(1)
    assert sorted(robots[0].ids() + robots[1].ids()) == ids
    for robot in robots:
        assert robot.ids() == sorted(robot.ids())
        robot.socket.close()


def test_a_robot_that_changes_servers_takes_its_commands_along(installation, pair, operator):
    second = pair[1]
    third = installation.web()
    facts = second.new_robot()
    robot = Robot(third, facts)
    id = ask(second, operator, facts, expires_in=300)
    until(lambda: robot.ids() == [id])
    third.kill()
    again = Robot(second, facts)
    until(lambda: again.ids() == [id])
    again.reply(id, "done")
    until(lambda: state_of(second, operator, id) == "done")
    again.socket.close()


def test_stop_all_reaches_robots_at_every_server(pair, operator):
    first = pair[0]
    robots = [Robot(server, server.new_robot()) for server in pair]
    time.sleep(0.5)
    answer = first.call("POST", f"/api/fleet/workspaces/{first.home}/stop-all", {}, operator)
    assert answer.status_code == 201
    for robot in robots:
        until(lambda robot=robot: [one.get("name") for one in robot.heard] == ["stop"])
        robot.socket.close()


def scheduler(installation, number: int) -> subprocess.Popen:
    """A worker with the scheduler inside, as `make run` starts it."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "--app", "fleet_platform", "--quiet", "worker"),
            *("--beat", "--pool", "threads", "--concurrency", "2", "--loglevel", "WARNING"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            *("--hostname", f"scheduler-{number}@%h"),
        ],
        cwd=settings.BASE_DIR,
        env=environment_of(installation.folder, installation.changes),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_two_schedulers_send_a_robot_off_once(installation, pair, operator):
    first, second = pair
    floor = first.aide.way(first.home, "scheduled_1f", [{"x": 1, "y": 1}, {"x": 9, "y": 1}])
    facts = first.new_robot()
    timers = [{"cron_format": "* * * * *", "way_point_id": "tour", "go_charger": True}]
    body = {"floor_id": floor, "title": "Round", "robots": [facts["name"]], "timers": timers}
    answer = first.call("POST", "/api/fleet/schedules", body, operator)
    assert answer.status_code == 201, answer.text
    path = f"/api/fleet/schedules/{answer.json()['id']}"
    robot = Robot(second, facts)
    schedulers = [scheduler(installation, number) for number in (1, 2)]
    try:
        first.aide.come_due(answer.json()["id"])
        until(lambda: len(robot.ids()) >= 2)
        time.sleep(12)  # the other scheduler has looked as well
        first.call("PATCH", path, {"state": "paused"}, operator)
        runs = first.call("GET", f"{path}/runs", token=operator).json()["results"]
        fired = [run for run in runs if run["state"] == "fired"]
        assert len({run["due_at"] for run in runs}) == len(runs)
        asked = sorted(id for run in fired for id in run["command_ids"])
        assert len(asked) == 2 * len(fired)
        until(lambda: sorted(robot.ids()) == asked)
        names = [one["name"] for one in robot.heard if one["type"] == "command"]
        assert names == ["drive_route", "return_to_charger"] * len(fired)
        assert first.aide.periodic_task("robots.fire_schedules") == ["schedules"]
    finally:
        for process in schedulers:
            process.terminate()
        for process in schedulers:
            process.wait(30)
        robot.socket.close()
