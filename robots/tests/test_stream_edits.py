"""An edit of a reference table is exactly one changed row of the stream, everywhere the stream is read."""

import json

import pytest

from fleet_platform.telemetry.models import Zone
from fleet_platform.telemetry.selectors import latest_documents
from robots.kind import KIND
from robots.sections import STREAM_SECTIONS
from robots.services import place_create, place_remove, robot_remove

from .places import FACTS, SECTIONS

pytestmark = pytest.mark.django_db
RED = {"name": "Stairs", "map_id": "thehyundai_1f", "polygon": [[0, 0], [9, 0], [9, 9]]}


def changed(tick: dict) -> dict:
    """The sections of a stream document in which something is told; every section has all keys of the wire."""
    rows = {name: row for name, row in tick.items() if name != "create_at"}
    assert {name: tuple(row) for name, row in rows.items()} == {
        name: section.keys for name, section in STREAM_SECTIONS.items()
    }
    return {name: row for name, row in rows.items() if any(row.values())}


@pytest.fixture
def reader(client_of, viewer):
    return client_of(viewer)


@pytest.fixture
def read(reader, robot):
    """`read()`: what the three ways to read the stream say of the newest tick; the same, or the test fails."""

    def ticks() -> dict:
        one = reader.get(f"/stream/robot?robot_id={robot.robot_id}").json()
        assert reader.get("/stream").json() == one
        span = {"from_date": "2020-01-01", "to_date": "2099-01-01"}
        return changed(one) if one == box(**span)[-1] else {}

    def box(**span) -> list:
        return reader.post("/blackbox", {"robot_id": robot.robot_id, **span}).json()

    return ticks


@pytest.fixture(autouse=True)
def any_span(settings):
    settings.FLYINGLET_BLACKBOX_MAX_DAYS = 100_000


@pytest.mark.parametrize("model", FACTS)
def test_a_place_that_is_drawn_changes_its_section_alone(
    model, robot, floor, actor_of, operator, read
):
    place = place_create(actor=actor_of(operator), model=model, floor_id=floor.pk, **FACTS[model])
    section = SECTIONS[model]
    tick = read()
    assert list(tick) == [section]
    assert tick[section]["map_id"] == floor.map_id
    place_remove(actor=actor_of(operator), model=model, id=place.pk)
    assert list(read()) == [section]


@pytest.fixture
def red_zone(client_of, operator, workspace):
    """`red_zone(**facts)`: a zone drawn on the fleet API, and the way to change it."""

    def drawn(**facts):
        client = client_of(operator)
        body = {"workspace_id": workspace.pk, **RED, **facts}
        made = client.post("/api/fleet/zones", body, format="json")
        assert made.status_code == 201
        address = f"/api/fleet/zones/{made.json()['id']}"
        return client, address

    return drawn


def test_a_zone_that_is_drawn_changed_or_removed_is_a_row_of_red_zone(
    robot, red_zone, operator, read
):
    client, address = red_zone()
    first = read()
    assert list(first) == ["red_zone"]
    assert first["red_zone"]["state"] == "active"
    assert first["red_zone"]["creator"] == operator.pk
    assert first["red_zone"]["points"] == [{"x": 0, "y": 0}, {"x": 9, "y": 0}, {"x": 9, "y": 9}]
    client.patch(address, {"active": False}, format="json")
    assert read()["red_zone"]["state"] == "inactive"
    client.delete(address)
    assert read()["red_zone"]["state"] == "deleted"


def test_a_zone_nobody_made_has_no_creator(robot, workspace, read):
    KIND.zone_changed(Zone.objects.create(workspace=workspace, **RED), False)
    assert read()["red_zone"]["creator"] is False


@pytest.mark.parametrize("facts", [{"kind": "fence"}, {"crs": "wgs84", "map_id": ""}])
def test_zones_that_this_wire_does_not_know_are_not_told(robot, red_zone, facts):
    red_zone(**facts)
    assert latest(robot)["sections"] == {}


def test_a_zone_that_becomes_a_fence_is_told_as_gone_and_comes_back(robot, red_zone, read):
    client, address = red_zone()
    client.patch(address, {"kind": "fence"}, format="json")
    assert read()["red_zone"]["state"] == "deleted"
    client.patch(address, {"kind": "red"}, format="json")
    assert read()["red_zone"]["state"] == "active"


def latest(robot) -> dict:
    return json.loads(latest_documents([robot.device_id])[robot.device_id])


def test_a_renamed_robot_is_a_row_of_its_own_robot_info(
    robot, make_robot, client_of, operator, read
):
    other = make_robot()
    path = f"/api/fleet/devices/{robot.device_id}"
    assert client_of(operator).patch(path, {"name": "큐브릭 2"}).status_code == 200
    tick = read()
    assert list(tick) == ["robot_info"]
    assert tick["robot_info"]["name"] == "큐브릭 2"
    assert tick["robot_info"]["delete_at"] is False
    assert latest(other)["sections"] == {}


@pytest.mark.parametrize("way", ["registry", "fleet API"])
def test_a_removed_robot_s_last_row_says_when_it_left(robot, actor_of, client_of, owner, way):
    if way == "registry":
        robot_remove(actor=actor_of(owner), robot_id=robot.robot_id)
    else:
        client_of(owner).delete(f"/api/fleet/devices/{robot.device_id}")
    document = latest(robot)
    assert document["removed"] is True
    assert document["sections"]["robot_info"]["delete_at"]


def test_an_edit_does_not_make_a_robot_online(robot, floor, actor_of, operator):
    model = next(iter(FACTS))
    place_create(actor=actor_of(operator), model=model, floor_id=floor.pk, **FACTS[model])
    assert latest(robot)["online"] is False
    assert latest(robot)["time"] is None


def test_a_stranger_s_stream_holds_nothing_of_an_edit(
    robot, floor, actor_of, operator, client_of, stranger
):
    model = next(iter(FACTS))
    place_create(actor=actor_of(operator), model=model, floor_id=floor.pk, **FACTS[model])
    assert changed(client_of(stranger).get("/stream").json()) == {}
