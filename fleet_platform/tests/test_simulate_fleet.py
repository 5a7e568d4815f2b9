"""The simulators against a real server that is killed under them: what was not acknowledged is sent again."""

import os
import subprocess
import sys
import time

import pytest
from django.conf import settings

from .aide import PASSWORD
from .server import Server, environment_of, until

KINDS = "robot,drone,depot,base_station,remote_controller"


@pytest.fixture(scope="module")
def server(server_maker):
    server = server_maker()
    yield server
    server.stop()


def simulate(server: Server, *arguments: str, password: str = PASSWORD) -> subprocess.Popen:
    command = [sys.executable, "manage.py", "simulate_fleet", "--url", server.url]
    return subprocess.Popen(
        [*command, "--email", "operator@test.example", *arguments],
        cwd=settings.BASE_DIR,
        env={**environment_of(server.folder, {}), "FLEET_PASSWORD": password},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def simulated(server: Server) -> list[dict]:
    token = server.login("viewer")
    return server.call("GET", "/api/fleet/devices?search=SIM-&limit=100", token=token).json()[
        "results"
    ]


def test_every_sample_survives_a_killed_server_by_both_ways(server):
    ways = [
        simulate(
            server,
            "--create",
            "5",
            "--kinds",
            KINDS,
            "--rate",
            "5",
            "--duration",
            "9",
            "--transport",
            way,
        )
        for way in ("http", "websocket")
    ]
    until(lambda: len([one for one in simulated(server) if one["time"]]) == 10)
    server.kill()
    time.sleep(1)
    server.start()
    told = [process.communicate(timeout=90)[0] for process in ways]
    for process, said in zip(ways, told, strict=True):
        assert process.returncode == 0, said
        assert "0 rejected; 0 dropped" in said
    token = server.login("viewer")
    for device in simulated(server):
        stored = server.black_box(device["device_id"], token)
        assert [one["seq"] for one in stored] == list(range(1, len(stored) + 1))
    drone = next(one for one in simulated(server) if one["kind"] == "drone")
    assert 126 < drone["position"]["longitude"] < 128


def test_devices_that_exist_are_driven_with_a_new_secret(server):
    process = simulate(server, "--prefix", "bot-", "--count", "2", "--duration", "3")
    said = process.communicate(timeout=60)[0]
    assert "Driving 2 devices by websocket" in said
    token = server.login("viewer")
    driven = [robot for robot in server.robots if server.black_box(robot["id"], token)]
    assert len(driven) == 2
    old = {"device": driven[0]["name"], "secret": driven[0]["secret"]}
    assert server.call("POST", "/api/fleet/device-token", old).status_code == 401


@pytest.mark.parametrize("way", ["http", "websocket"])
def test_simulated_devices_do_as_they_are_commanded(server, way):
    """A robot is sent where it is, elsewhere, and on a way that is none; then it is stopped."""
    operator = server.login("operator")
    process = simulate(
        server, "--create", "1", "--kinds", "robot", "--rate", "20", "--transport", way
    )
    try:
        before = {one["device_id"] for one in simulated(server)}
        robot = until(lambda: [one for one in simulated(server) if one["device_id"] not in before])[
            0
        ]
        path = f"/api/fleet/devices/{robot['device_id']}"
        where = until(lambda: server.call("GET", path, token=operator).json()["position"])

        def become(*asked: tuple[str, dict]) -> list[str]:
            """The states that the commands end in."""
            ids = []
            for name, params in asked:
                body = {"name": name, "params": params}
                answer = server.call("POST", f"{path}/commands", body, operator)
                ids.append(answer.json()["id"])

            def over() -> list | None:
                rows = [
                    server.call("GET", f"/api/fleet/commands/{id}", token=operator).json()
                    for id in ids
                ]
                states = [row["state"] for row in rows]
                return states if set(states) <= {"done", "failed"} else None

            return until(over)

        assert become(
            ("locate", {}),
            ("go_to", {"x": where["x"], "y": where["y"], "map_id": where["map_id"]}),
            ("go_to", {"x": 1, "y": 1, "map_id": "elsewhere"}),
            ("drive_route", {"way_point_id": "no such way", "repeats": 1}),
        ) == ["done", "done", "failed", "failed"]
        here = {"x": where["x"], "y": where["y"]}
        map_id = where["map_id"]
        if not server.call("GET", f"/api/fleet/floors?map_id={map_id}", token=operator).json()[
            "results"
        ]:
            server.aide.way(server.home, map_id, [here, {**here, "x": here["x"] + 5}])
            route = ("drive_route", {"way_point_id": "tour", "repeats": 2})
            assert become(route) == ["done"]
        assert become(("stop", {}), ("dance", {})) == ["done", "failed"]
        state = server.call("GET", path, token=operator).json()
        assert state["sections"]["pose"]["drive_status"] == "Stop"
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_a_wrong_password_is_said_and_not_tried_again_at_once(server):
    process = simulate(server, password="not the password")
    os.set_blocking(process.stdout.fileno(), True)
    line = process.stdout.readline()
    process.terminate()
    process.communicate(timeout=20)
    assert "The account was refused (401" in line and "next try in 600 s" in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--kinds", "robot,ship"], "Unknown kinds: ship"),
        (["--rate", "0"], "--rate must be more than 0"),
        (["--transport", "mqtt"], "needs --mqtt-url"),
        (["--prefix", "NOBODY-"], "No device has a serial number that begins with NOBODY-"),
    ],
)
def test_what_cannot_be_done_is_said_plainly(server, arguments, said):
    process = simulate(server, *arguments)
    assert said in process.communicate(timeout=60)[0]
    assert process.returncode == 1
