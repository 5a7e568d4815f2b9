"""Simulated devices do as they are told: the row of drives, and what robots and drones make of each."""

import math
import random

import pytest

from fleet_platform.telemetry.simulation import floors, paths
from fleet_platform.telemetry.simulation.flights import HOMES, STANDBY, WAYLINE, Flight
from fleet_platform.telemetry.simulation.orders import CannotDo, Orders
from fleet_platform.telemetry.simulation.stations import Depot


class Played:
    """A model whose drives last until the test says otherwise."""

    abilities = frozenset({"go_to", "stop", "resume", "locate"})

    def __init__(self):
        self.busy, self.held, self.begun, self.dropped = False, False, [], 0

    def begin(self, name, params) -> None:
        if params.get("bad"):
            raise CannotDo("no way")
        self.begun.append(params["n"])
        self.busy = True

    def drop(self) -> None:
        self.busy, self.dropped = False, self.dropped + 1

    def hold(self, on: bool) -> None:
        self.held = on


def command(id: int, name: str = "go_to", **params) -> dict:
    return {"type": "command", "id": id, "name": name, "params": params}


@pytest.fixture
def model() -> Played:
    return Played()


@pytest.fixture
def orders(model) -> Orders:
    return Orders(model)


def test_drives_are_carried_out_one_after_another(orders, model):
    told = [orders.hear(command(id, n=id)) for id in (1, 2)]
    assert told == [[(1, "accepted", "")], [(2, "accepted", "")]]
    assert (orders.tick(), model.begun) == ([], [1])
    assert orders.tick() == []
    model.busy = False
    assert (orders.tick(), model.begun) == ([(1, "done", "")], [1, 2])


def test_what_cannot_be_done_fails_and_the_next_begins(orders, model):
    orders.hear(command(1, bad=True))
    orders.hear(command(2, n=2))
    assert (orders.tick(), model.begun) == ([(1, "failed", "no way")], [2])


def test_the_same_command_again_is_answered_again_and_not_done_again(orders, model):
    orders.hear(command(1, n=1))
    orders.tick()
    assert orders.hear(command(1, n=1)) == [(1, "accepted", "")]
    model.busy = False
    orders.tick()
    assert orders.hear(command(1, n=1)) == [(1, "done", "")]
    assert model.begun == [1]


def test_a_stop_holds_the_row_until_it_is_resumed(orders, model):
    assert orders.hear(command(1, "stop")) == [(1, "done", "")]
    orders.hear(command(2, n=2))
    assert (orders.tick(), model.begun, model.held) == ([], [], True)
    assert orders.hear(command(3, "resume")) == [(3, "done", "")]
    orders.tick()
    assert (model.begun, model.held) == ([2], False)


def test_a_cancel_takes_a_drive_out_of_the_row_or_off_the_road(orders, model):
    for id in (1, 2, 3):
        orders.hear(command(id, n=id))
    orders.tick()
    orders.hear({"type": "cancel", "id": 2})
    orders.hear({"type": "cancel", "id": 1})
    assert model.dropped == 1
    assert (orders.tick(), model.begun) == ([], [1, 3])


def test_what_it_does_not_know_fails(orders):
    [reply] = orders.hear(command(1, "dance"))
    assert (reply.state, "dance" in reply.detail) == ("failed", True)
    assert orders.hear({"type": "news", "id": 2}) == []


def test_the_row_is_bounded(orders):
    replies = [orders.hear(command(id, n=id))[0] for id in range(30)]
    assert {reply.state for reply in replies} == {"accepted", "failed"}
    assert len(orders.row) == 20


# --- robots ---


@pytest.fixture
def robot() -> paths.Drive:
    return paths.Drive(floors.FIRST, random.Random(7))


def drive(model, seconds: float = 1800, step: float = 0.5) -> bool:
    """Until it is no longer busy; whether that came."""
    for _ in range(int(seconds / step)):
        model.step(step)
        if not model.busy:
            return True
    return False


def test_a_robot_goes_where_it_is_sent_and_round_the_walls(robot):
    x, y = floors.FIRST.places["shop7"]
    robot.begin("go_to", {"x": x + 30, "y": y + 10, "map_id": "thehyundai_1f"})
    walls, before = floors.FIRST.walls(), (robot.x, robot.y)
    while robot.busy:
        robot.step(0.5)
        here = (robot.x, robot.y)
        assert not any(paths.crosses(before, here, *wall) for wall in walls)
        before = here
    assert (robot.x, robot.y) == (x + 30, y + 10)
    assert robot.status == "Stop"


def test_it_finds_its_way_back_from_where_it_was_sent(robot):
    x, y = floors.FIRST.places["shop7"]
    robot.begin("go_to", {"x": x + 30, "y": y + 10})
    assert drive(robot)
    walls, before = floors.FIRST.walls(), (robot.x, robot.y)
    for _ in range(2000):
        robot.step(0.5)
        here = (robot.x, robot.y)
        assert not any(paths.crosses(before, here, *wall) for wall in walls)
        before = here
    assert robot.distance_m > 50


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("go_to", {}),
        ("go_to", {"x": "here", "y": 1}),
        ("go_to", {"x": 1, "y": math.inf}),
        ("go_to", {"x": 800, "y": 400, "map_id": "elsewhere"}),
        ("go_to", {"x": -5000, "y": -5000}),
        ("drive_route", {}),
        ("drive_route", {"points": None}),
        ("drive_route", {"points": [{"x": 1}]}),
        ("drive_route", {"points": ["a"]}),
        ("drive_route", {"points": [{"x": 800, "y": 295}], "repeats": 0}),
        ("drive_route", {"points": [{"x": 800, "y": 295}], "repeats": "x"}),
    ],
)
def test_what_a_robot_cannot_do_it_says_and_drives_on_as_before(robot, name, params):
    with pytest.raises(CannotDo):
        robot.begin(name, params)
    assert not robot.busy


def test_a_robot_drives_a_way_as_often_as_it_is_told(robot):
    stops = ["east", "west", "south"]
    points = [dict(zip("xy", floors.FIRST.places[name], strict=True)) for name in stops]
    robot.begin("drive_route", {"points": points, "repeats": 3})
    passed = []
    while robot.busy:
        robot.step(0.5)
        here = {"x": robot.x, "y": robot.y}
        if here in points and (not passed or passed[-1] != here):
            passed.append(here)
    assert [points.index(point) for point in passed] == [0, 1, 2] * 3


def test_a_robot_names_the_list_that_it_follows_from_its_first_point_to_its_last(robot):
    points = [dict(zip("xy", floors.FIRST.places[name], strict=True)) for name in ("east", "west")]
    robot.begin("drive_route", {"points": points, "way_point_id": "tour", "repeats": 2})
    told, places = [], []
    while robot.busy:
        code = robot.sections()["robot_base_status"]["current_way_point_id"]
        if not told or told[-1] != code:
            told.append(code)
            places.append({"x": robot.x, "y": robot.y})
        robot.step(0.5)
    assert told == ["", "tour"]
    assert places[1] == points[0]
    assert robot.sections()["robot_base_status"]["current_way_point_id"] == ""


def test_a_robot_stays_at_a_stop_as_long_as_the_way_says(robot):
    names = ["east", "west"]
    points = [dict(zip("xy", floors.FIRST.places[name], strict=True)) for name in names]
    points[0]["stay"] = 10
    robot.begin("drive_route", {"points": points})
    stood = 0.0
    while robot.busy:
        robot.step(0.5)
        stood += 0.5 * ((robot.x, robot.y) == floors.FIRST.places["east"])
    assert stood >= 10


def test_a_robot_goes_to_charge_when_it_is_told(robot):
    robot.begin("return_to_charger", {})
    assert drive(robot)
    assert robot.place in floors.FIRST.chargers
    robot.step(0.5)
    assert robot.status == "Charging"


def test_a_stopped_robot_stands_still_until_it_may_go_on(robot):
    x, y = floors.FIRST.places["shop7"]
    robot.begin("go_to", {"x": x, "y": y})
    for _ in range(40):
        robot.step(0.5)
    robot.hold(True)
    stood = (robot.x, robot.y)
    for _ in range(100):
        robot.step(0.5)
    assert (robot.x, robot.y) == stood
    assert (robot.speed, robot.status) == (0.0, "Stop")
    robot.hold(False)
    assert drive(robot)
    assert (robot.x, robot.y) == (x, y)


def test_a_dropped_drive_ends_where_the_robot_is(robot):
    robot.begin("go_to", dict(zip("xy", floors.FIRST.places["shop7"], strict=True)))
    for _ in range(20):
        robot.step(0.5)
    robot.drop()
    stood = (robot.x, robot.y)
    robot.step(0.5)
    assert not robot.busy
    assert (robot.x, robot.y) == stood


# --- drones, stations ---


def place(east_m: float, north_m: float) -> dict:
    longitude, latitude = HOMES[0]
    scale = 111_320.0
    return {
        "longitude": longitude + east_m / (scale * math.cos(math.radians(latitude))),
        "latitude": latitude + north_m / scale,
    }


@pytest.fixture
def drone() -> Flight:
    return Flight(HOMES[0], random.Random(3))


def test_a_drone_takes_off_and_flies_where_it_is_sent(drone):
    drone.begin("go_to", place(150, 80))
    assert drive(drone)
    assert math.dist((drone.east, drone.north), (150, 80)) < 2
    assert drone.elevation > 30


def test_a_drone_hovers_when_it_is_stopped_and_flies_home_when_it_is_told(drone):
    drone.begin("go_to", place(300, 0))
    while drone.mode != WAYLINE or drone.east < 50:
        drone.step(0.5)
    drone.hold(True)
    hovered = (drone.east, drone.north, drone.elevation)
    for _ in range(40):
        drone.step(0.5)
    assert (drone.east, drone.north, drone.elevation) == hovered
    drone.hold(False)
    drone.begin("return_to_charger", {})
    assert drive(drone)
    assert drone.mode == STANDBY
    assert (drone.elevation, round(math.hypot(drone.east, drone.north))) == (0, 0)


@pytest.mark.parametrize("params", [{}, {"longitude": 1, "latitude": 1}, {"longitude": "x"}])
def test_where_a_drone_cannot_fly_it_says(drone, params):
    with pytest.raises(CannotDo):
        drone.begin("go_to", params)


def test_a_depot_shows_itself_and_does_nothing_else():
    orders = Orders(Depot(HOMES[0], random.Random(1)))
    assert orders.hear(command(1, "locate")) == [(1, "done", "")]
    assert orders.hear(command(2, "go_to"))[0].state == "failed"
