"""The demo that the start command seeds: who and what it has, and that seeding again changes nothing."""

import io
import json
from itertools import pairwise

import pytest
from PIL import Image

from accounts.models import Device, Membership, User, Workspace
from fleet_platform.demo import floorplans, places, roster
from fleet_platform.demo import password as demo_password
from fleet_platform.demo.seed import demo_seed
from fleet_platform.telemetry import store
from fleet_platform.telemetry.models import Zone
from fleet_platform.telemetry.simulation import floors
from robots.models import FloorMap, Robot, Schedule, Store, WayPointList

WORDS = "walking the demo"


@pytest.fixture
def demo(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    demo_seed(WORDS)
    return Workspace.objects.get(name="Demo")


def test_everybody_is_there_with_one_role_and_the_password(demo):
    roles = dict(Membership.objects.filter(workspace=demo).values_list("user__email", "role"))
    assert roles == {
        f"{role}@demo.example": role
        for role in ("owner", "admin", "operator", "viewer", "guardian", "clinician")
    }
    assert all(user.check_password(WORDS) for user in User.objects.all())
    assert not User.objects.exclude(role="user").exists()


def test_the_stranger_owns_another_workspace_only(demo):
    (membership,) = Membership.objects.filter(user__email=roster.STRANGER)
    assert membership.role == "owner" and membership.workspace != demo


def test_the_fleet_is_complete(demo):
    kinds = list(Device.objects.filter(workspace=demo).values_list("kind", flat=True))
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    assert counts == {
        "robot": 12,
        "drone": 4,
        "remote_controller": 1,
        "depot": 1,
        "base_station": 1,
    }
    assert all(
        serial.startswith("SIM-")
        for serial in Device.objects.values_list("serial_number", flat=True)
    )
    assert Robot.objects.filter(robot_id="robot_cubrick_01_v2", model_name="CUB-DS210V").exists()


def test_both_floors_have_a_plan_of_the_size_that_robots_drive_on(demo):
    maps = FloorMap.objects.filter(workspace=demo)
    assert {floor.map_id for floor in maps} == {"thehyundai_1f", "thehyundai_2f"}
    for floor in maps:
        assert (floor.width, floor.height) == (floors.WIDTH, floors.HEIGHT)


def test_seeding_again_adds_nothing_and_keeps_what_people_changed(demo):
    Device.objects.filter(serial_number="SIM-DRONE-01").update(name="Falcon")
    Membership.objects.filter(user__email="viewer@demo.example").update(role="operator")
    people, images = User.objects.count(), list(FloorMap.objects.values_list("image", flat=True))
    assert demo_seed(WORDS) == 0
    assert Device.objects.get(serial_number="SIM-DRONE-01").name == "Falcon"
    assert Membership.objects.get(user__email="viewer@demo.example").role == "operator"
    assert User.objects.count() == people
    assert list(FloorMap.objects.values_list("image", flat=True)) == images


def test_another_password_becomes_everybodys(demo):
    demo_seed("another long one")
    assert all(user.check_password("another long one") for user in User.objects.all())


@pytest.mark.parametrize("floor", floors.FLOORS, ids=lambda floor: floor.map_id)
def test_a_plan_shows_on_light_and_on_dark_pages(floor):
    plan = Image.open(io.BytesIO(floorplans.draw(floor)))
    assert plan.mode == "RGBA" and plan.size == (floors.WIDTH, floors.HEIGHT)
    for page in ((255, 255, 255, 255), (17, 24, 39, 255)):
        ground = Image.new("RGBA", plan.size, page)
        ground.alpha_composite(plan)
        wall, inside = ground.getpixel((floors.WIDTH // 2, 20)), ground.getpixel((810, 300))
        assert sum(abs(one - other) for one, other in zip(wall[:3], inside[:3], strict=True)) > 120


class TestPassword:
    @pytest.fixture(autouse=True)
    def folder(self, settings, tmp_path, monkeypatch):
        settings.DATA_DIR = tmp_path
        monkeypatch.delenv("DEMO_PASSWORD", raising=False)

    def test_it_is_random_kept_private_and_told_once(self):
        first, is_new = demo_password.choose()
        assert is_new and len(first) >= 12
        assert demo_password.choose() == (first, False)
        assert demo_password.path().stat().st_mode & 0o777 == 0o600

    def test_one_that_was_given_is_taken_and_told_when_it_changes(self, monkeypatch):
        demo_password.choose()
        monkeypatch.setenv("DEMO_PASSWORD", WORDS)
        assert demo_password.choose() == (WORDS, True)
        assert demo_password.choose() == (WORDS, False)
        monkeypatch.delenv("DEMO_PASSWORD")
        assert demo_password.choose() == (WORDS, False)


# --- what lies on the floors ---


def test_both_floors_have_shops_regions_ways_and_red_zones(demo):
    for floor in FloorMap.objects.filter(workspace=demo):
        assert floor.stores.count() >= 5
        assert floor.regions.count() >= 3
        assert floor.way_point_lists.count() >= 2
        assert Zone.objects.filter(workspace=demo, map_id=floor.map_id, kind="red").count() == 2
        assert all(way.drive_distance > 20 for way in floor.way_point_lists.all())


def test_the_robots_have_heard_of_all_of_it(demo):
    robot = Robot.objects.get(robot_id="robot_cubrick_01_v2")
    told = [json.loads(sample[3]) for sample in store.samples(robot.device_id)]
    names = [name for sections in told for name in sections]
    assert set(names) == {
        *("map_store", "robot_region", "way_point_list", "red_zone"),
        *("schedule", "schedule_timer"),
    }
    assert names.count("way_point_list") == WayPointList.objects.count()


def test_a_place_that_somebody_changed_stays_as_it_is(demo):
    store_of_demo = Store.objects.order_by("id").first()
    Store.objects.filter(pk=store_of_demo.pk).update(name="Renamed")
    count = Store.objects.count()
    demo_seed(WORDS)
    assert Store.objects.get(pk=store_of_demo.pk).name == "Renamed"
    assert Store.objects.count() == count


@pytest.mark.parametrize("floor", floors.FLOORS, ids=lambda floor: floor.map_id)
def test_a_demo_way_follows_the_paths_that_robots_drive(floor):
    drawn = [facts for model, facts in places.on_floor(floor.map_id) if model is WayPointList]
    for way in drawn:
        names = [point["name"] for point in way["points"]]
        assert [(point["x"], point["y"]) for point in way["points"]] == [
            floor.places[name] for name in names
        ]
        assert all(b in floor.neighbours(a) for a, b in pairwise(names))
        assert sum("stay" in point for point in way["points"]) >= 4


def test_one_red_zone_lies_where_robots_drive_and_the_others_beside():
    entered = {
        (floor.map_id, name)
        for floor in floors.FLOORS
        for name, polygon in places.red_zones_on(floor.map_id).items()
        for a, b in floor.ways
        if any(inside(point, polygon) for point in along(floor.places[a], floor.places[b]))
    }
    assert entered == {("thehyundai_1f", "Escalator")}


def inside(point, box) -> bool:
    (left, top), _, (right, bottom), _ = box
    return left < point[0] < right and top < point[1] < bottom


def along(a, b) -> list[tuple[float, float]]:
    parts = [number / 200 for number in range(201)]
    return [(a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part) for part in parts]


def test_a_robot_of_each_floor_shows_visitors_round_by_schedule(demo):
    schedules = Schedule.objects.select_related("floor").prefetch_related("timers", "robots")
    assert sorted(one.floor.name for one in schedules) == ["1F", "2F"]
    for schedule in schedules:
        assert [timer.hours for timer in schedule.timers.all()] == [10, 15]
        assert all(timer.next_due_at for timer in schedule.timers.all())
        [robot] = schedule.robots.all()
        assert robot.device.serial_number.startswith(f"SIM-{schedule.floor.name}-")
