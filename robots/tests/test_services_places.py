"""Stores, regions and way point lists are drawn, changed and taken off; robots are told once each time."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditRow
from fleet_platform.shared.errors import Conflict, Invalid, NotAllowed, NotFound
from fleet_platform.telemetry import store as samples
from fleet_platform.telemetry.models import Alarm, Zone
from robots.models import FloorMap, Region, Store, WayPointList
from robots.services import (
    floor_map_remove,
    floor_map_update,
    place_create,
    place_remove,
    place_update,
    robot_remove,
)

from .places import FACTS, SECTIONS

pytestmark = pytest.mark.django_db
models = pytest.mark.parametrize("model", FACTS)
CHANGES = {
    Store: {"name": "Bakery"},
    Region: {"width": 50},
    WayPointList: {"available": False},
}


@pytest.fixture
def actor(actor_of, operator):
    return actor_of(operator)


@pytest.fixture
def draw(actor, floor):
    """`draw(Store, name=...)`: a place of the examples on the floor."""

    def make(model, **facts):
        return place_create(
            actor=actor, model=model, floor_id=floor.pk, **{**FACTS[model], **facts}
        )

    return make


def told(robot) -> list[dict]:
    """What the platform put into the robot's stream, oldest first."""
    return [json.loads(sample[3]) for sample in samples.samples(robot.device_id)]


@models
def test_a_place_is_drawn_audited_and_told_to_every_robot(
    model, draw, robot, make_robot, operator, workspace
):
    second, place = make_robot(), draw(model)
    for one in (robot, second):
        (row,) = told(one)
        assert list(row) == [SECTIONS[model]]
    audited = AuditRow.objects.get(verb=f"{model._meta.model_name}.add")
    assert audited.actor_name == operator.email
    assert audited.workspace_id == workspace.pk
    assert audited.target.endswith(f":{place.pk}")


@models
def test_a_change_is_one_more_row(model, draw, robot, actor):
    place = draw(model)
    changed = place_update(actor=actor, model=model, id=place.pk, **CHANGES[model])
    assert len(told(robot)) == 2
    assert changed.updated_us > place.updated_us
    before, after = AuditRow.objects.values_list("before", "after").get(verb__endswith=".change")
    assert after == CHANGES[model]
    assert before.keys() == after.keys()


@models
def test_a_change_of_nothing_is_no_edit(model, draw, robot, actor):
    place = draw(model)
    same = place_update(actor=actor, model=model, id=place.pk, **FACTS[model])
    assert len(told(robot)) == 1
    assert same.updated_us == place.updated_us
    assert not AuditRow.objects.filter(verb__endswith=".change").exists()


@models
def test_a_removed_place_shows_once_more(model, draw, robot, actor):
    place = draw(model)
    place_remove(actor=actor, model=model, id=place.pk)
    assert not model.objects.exists()
    drawn, gone = (row[SECTIONS[model]] for row in told(robot))
    assert gone != drawn
    assert gone.keys() == drawn.keys()


def test_the_version_of_a_way_counts_its_edits(draw, actor):
    way = draw(WayPointList)
    assert way.version == 1
    assert place_update(actor=actor, model=WayPointList, id=way.pk, name="Round").version == 2


def test_the_centre_of_a_store_follows_its_outline(draw, actor):
    place = draw(Store)
    assert (place.center_x, place.center_y) == (150, 140)
    moved = [[0, 0], [10, 0], [10, 10], [0, 10]]
    place = place_update(actor=actor, model=Store, id=place.pk, polygon=moved)
    place.refresh_from_db()
    assert (place.center_x, place.center_y) == (5, 5)


def test_a_way_has_metres_and_seconds_by_the_scale_of_its_floor(draw, floor):
    way = draw(WayPointList)
    assert (way.drive_distance, way.drive_time) == (16, 50)
    way.floor.metres_per_pixel = None
    assert (way.drive_distance, way.drive_time) == (None, None)


# --- who ---


@models
def test_only_staff_draws_and_a_stranger_finds_no_floor(
    model, draw, floor, actor_of, viewer, stranger, robot
):
    place = draw(model)
    for somebody, refusal in ((viewer, NotAllowed), (stranger, NotFound), (robot.device, NotFound)):
        who = actor_of(somebody)
        with pytest.raises(refusal):
            place_create(actor=who, model=model, floor_id=floor.pk, **FACTS[model])
        with pytest.raises(refusal):
            place_update(actor=who, model=model, id=place.pk, **CHANGES[model])
        with pytest.raises(refusal):
            place_remove(actor=who, model=model, id=place.pk)
    assert len(told(robot)) == 1


@models
def test_robots_of_other_workspaces_and_removed_ones_are_told_nothing(
    model, draw, make_robot, other_workspace, actor_of, owner
):
    foreign, gone = make_robot(workspace=other_workspace), make_robot()
    robot_remove(actor=actor_of(owner), robot_id=gone.robot_id)
    before = len(told(gone))
    draw(model)
    assert told(foreign) == []
    assert len(told(gone)) == before


# --- what ---


@pytest.mark.parametrize(
    ("model", "facts", "named"),
    [
        (Store, {"name": ""}, "name"),
        (Store, {"name": None}, "name"),
        (Store, {"name": "x" * 151}, "name"),
        (Store, {"name": "two\nlines"}, "name"),
        (Store, {"store_id": ""}, "store_id"),
        (Store, {"store_id": "\0"}, "store_id"),
        (Store, {"polygon": None}, "polygon"),
        (Store, {"polygon": [[0, 0], [1, 1]]}, "polygon"),
        (Store, {"polygon": [[0, 0], [801, 0], [0, 10]]}, "polygon"),
        (Store, {"center_x": 5}, "center_x"),
        (Store, {"floor": 5}, "floor"),
        (Region, {"region_id": ""}, "region_id"),
        (Region, {"x": -1}, "x"),
        (Region, {"y": 601}, "y"),
        (Region, {"x": "left"}, "x"),
        (Region, {"x": float("nan")}, "x"),
        (Region, {"width": 501}, "width"),
        (Region, {"height": 401}, "height"),
        (Region, {"width": 0}, "width"),
        (Region, {"height": None}, "height"),
        (WayPointList, {"points": [{"x": 0, "y": 0}]}, "points"),
        (WayPointList, {"points": [{"x": 0, "y": 0}, {"x": 0, "y": 601}]}, "points"),
        (WayPointList, {"color": "red"}, "color"),
        (WayPointList, {"available": "perhaps"}, "available"),
        (WayPointList, {"version": 5}, "version"),
        (WayPointList, {"way_point_id": "x" * 101}, "way_point_id"),
    ],
)  # fmt: skip
def test_what_is_no_place_is_told_by_its_field_and_nobody_else_hears_of_it(
    draw, actor, robot, model, facts, named
):
    with pytest.raises(Invalid) as refused:
        draw(model, **facts)
    assert list(refused.value.fields) == [named]
    place = draw(model)
    with pytest.raises(Invalid) as refused:
        place_update(actor=actor, model=model, id=place.pk, **facts)
    assert list(refused.value.fields) == [named]
    assert len(told(robot)) == 1


@models
def test_an_id_is_given_once_a_floor(model, draw, actor, workspace):
    draw(model)
    with pytest.raises(Conflict):
        draw(model)
    upstairs = FloorMap.objects.create(workspace=workspace, map_id="thehyundai_2f")
    place_create(actor=actor, model=model, floor_id=upstairs.pk, **FACTS[model])


@models
def test_a_floor_holds_so_many_and_no_more(model, draw, monkeypatch):
    monkeypatch.setattr(model, "most", 1)
    draw(model)
    with pytest.raises(Conflict):
        draw(model, **{model.editable[0]: "another"})


# --- the floor under them ---


def test_a_floor_of_another_name_or_scale_tells_its_places_anew(draw, robot, actor, floor):
    for model in FACTS:
        draw(model)
    draw(Store, store_id="4")
    before = len(told(robot))
    floor_map_update(actor=actor, floor_id=floor.pk, map_id="thehyundai_b1", metres_per_pixel=0.1)
    first, second = told(robot)[before:]
    assert first.keys() == {"map_store", "robot_region", "way_point_list"}
    assert first["way_point_list"]["drive_distance"] == 40
    assert second.keys() == {"map_store"}
    assert {row["map_id"] for tick in (first, second) for row in tick.values()} == {"thehyundai_b1"}


@pytest.fixture
def fence_off(workspace):
    """`fence_off(kind="fence")`: a zone on the floor unless told otherwise."""

    def make(workspace=workspace, **facts) -> Zone:
        facts = {"map_id": "thehyundai_1f", "polygon": [[0, 0], [9, 0], [9, 9]], **facts}
        return Zone.objects.create(workspace=workspace, name="Stairs", **facts)

    return make


def test_zones_follow_a_floor_to_its_new_map_id_and_robots_hear_of_it(
    fence_off, draw, robot, actor, floor
):
    red, fence = fence_off(), fence_off(kind="fence")
    draw(Store)
    before = len(told(robot))
    floor_map_update(actor=actor, floor_id=floor.pk, map_id="thehyundai_b1")
    assert list(Zone.objects.values_list("map_id", flat=True)) == ["thehyundai_b1"] * 2
    zone, shop = told(robot)[before:]
    assert (zone["red_zone"]["id"], zone["red_zone"]["map_id"]) == (red.pk, "thehyundai_b1")
    assert list(shop) == ["map_store"]
    rows = AuditRow.objects.filter(verb="zone.change")
    assert {row.target for row in rows} == {f"zone:{red.pk}", f"zone:{fence.pk}"}


def test_zones_that_are_not_the_floor_s_stay_where_they_are(
    fence_off, actor, floor, other_workspace
):
    upstairs = fence_off(map_id="thehyundai_2f")
    elsewhere = fence_off(workspace=other_workspace)
    on_earth = fence_off(crs="wgs84", map_id="")
    was = [upstairs.updated_us, elsewhere.updated_us, on_earth.updated_us]
    floor_map_update(actor=actor, floor_id=floor.pk, map_id="thehyundai_b1")
    assert list(Zone.objects.order_by("pk").values_list("updated_us", flat=True)) == was


def test_a_robot_in_a_zone_of_a_renamed_floor_is_warned_of_when_it_tells_the_new_name(
    fence_off, send, robot, actor, floor
):
    fence_off(polygon=[[0, 0], [100, 0], [100, 100], [0, 100]])

    def stand(time: int, map_id: str) -> list[tuple]:
        send(robot, (time, {"pose": {"x": 50, "y": 50, "map_id": map_id}}))
        return list(Alarm.objects.order_by("pk").values_list("active", "count"))

    assert stand(1_780_000_001, "thehyundai_1f") == [(True, 1)]
    floor_map_update(actor=actor, floor_id=floor.pk, map_id="thehyundai_b1")
    assert stand(1_780_000_002, "thehyundai_1f") == [(False, 1)]
    assert stand(1_780_000_003, "thehyundai_b1") == [(True, 2)]


def test_a_map_id_that_another_floor_has_moves_nothing(fence_off, actor, floor, workspace):
    FloorMap.objects.create(workspace=workspace, map_id="thehyundai_2f")
    fence_off()
    with pytest.raises((Conflict, Invalid)):
        floor_map_update(actor=actor, floor_id=floor.pk, map_id="thehyundai_2f")
    assert Zone.objects.get().map_id == "thehyundai_1f"


def test_a_floor_of_another_look_tells_nothing(draw, robot, actor, floor):
    draw(Store)
    floor_map_update(actor=actor, floor_id=floor.pk, name="Ground floor", invert_in_dark=True)
    assert len(told(robot)) == 1
    assert AuditRow.objects.get(verb="floormap.change").after["name"] == "Ground floor"


def test_a_removed_floor_takes_its_places_with_it(draw, robot, actor, floor):
    for model in FACTS:
        draw(model)
    floor_map_remove(actor=actor, floor_id=floor.pk)
    gone = told(robot)[-1]
    assert gone["map_store"]["bound"] == []
    assert gone["robot_region"]["width"] == 0
    assert gone["way_point_list"]["avaliable"] == 0
    assert not any(model.objects.exists() for model in FACTS)


def test_an_edit_costs_the_same_queries_for_any_number_of_robots(make_robot, draw, actor):
    place, counts = draw(Store), []
    for robots in (1, 6):
        for _ in range(robots):
            make_robot()
        with CaptureQueriesContext(connection) as asked:
            place_update(actor=actor, model=Store, id=place.pk, name=f"Told to {robots}")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 14
