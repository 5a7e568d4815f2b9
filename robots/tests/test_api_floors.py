"""Floors and what lies on them, on the fleet API."""

import json

import pytest

from robots.models import FloorMap, Store, WayPointList

from .places import REGION, STORE, WAY

pytestmark = pytest.mark.django_db
FLOORS = "/api/fleet/floors"
KINDS = {"stores": STORE, "regions": REGION, "way-points": WAY}
kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def staff(client_of, operator):
    return client_of(operator)


@pytest.fixture
def draw(staff, floor):
    def post(kind: str, **facts):
        body = json.dumps({**KINDS[kind], **facts})  # half characters go out as escapes
        path = f"{FLOORS}/{floor.pk}/{kind}"
        return staff.generic("POST", path, body, content_type="application/json")

    return post


def test_floors_are_listed_with_their_size_scale_and_plan(client_of, viewer, workspace, floor):
    page = client_of(viewer).get(FLOORS).json()
    assert floor.image_url.startswith(f"{FLOORS}/{floor.pk}/image?v=")
    assert page == {
        "results": [
            {
                "id": floor.pk,
                "workspace_id": workspace.pk,
                "map_id": "thehyundai_1f",
                "site": "",
                "name": "thehyundai_1f",
                "floor_order": 1,
                "width": 800,
                "height": 600,
                "metres_per_pixel": 0.04,
                "invert_in_dark": False,
                "image": floor.image_url,
            }
        ],
        "next": None,
    }


def test_a_floor_without_a_plan_has_no_image(client_of, viewer, workspace):
    bare = FloorMap.objects.create(workspace=workspace, map_id="2f")
    client = client_of(viewer)
    assert client.get(f"{FLOORS}/{bare.pk}").json()["image"] is None
    assert client.get(f"{FLOORS}/{bare.pk}/image").status_code == 404


def test_the_list_is_filtered_and_paged(client_of, viewer, workspace, other_workspace, floor):
    for number in range(2, 5):
        FloorMap.objects.create(workspace=workspace, map_id=f"{number}f")
    client = client_of(viewer)
    first = client.get(f"{FLOORS}?limit=3").json()
    rest = client.get(f"{FLOORS}?limit=3&cursor={first['next']}").json()
    ids = [one["map_id"] for one in first["results"] + rest["results"]]
    assert ids == ["thehyundai_1f", "2f", "3f", "4f"]
    assert rest["next"] is None
    (one,) = client.get(f"{FLOORS}?map_id=3f").json()["results"]
    assert one["map_id"] == "3f"
    assert client.get(f"{FLOORS}?workspace={other_workspace.pk}").json()["results"] == []


@pytest.mark.parametrize(
    ("query", "named"), [("limit=0", "limit"), ("cursor=x", "cursor"), ("workspace=a", "workspace")]
)
def test_a_bad_parameter_is_named(client_of, viewer, query, named):
    answer = client_of(viewer).get(f"{FLOORS}?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"/{named}"


def test_a_floor_shows_all_that_lies_on_it(draw, floor, client_of, viewer):
    store, region, way = (draw(kind).json() for kind in KINDS)
    shown = client_of(viewer).get(f"{FLOORS}/{floor.pk}").json()
    assert (shown["stores"], shown["regions"], shown["way_points"]) == ([store], [region], [way])
    assert shown["map_id"] == "thehyundai_1f"


def test_a_robot_sees_the_floors_of_its_workspace(
    robot, draw, floor, client_of, make_robot, other_workspace
):
    draw("way-points")
    own, foreign = client_of(robot.device), client_of(make_robot(workspace=other_workspace).device)
    assert [one["id"] for one in own.get(FLOORS).json()["results"]] == [floor.pk]
    assert own.get(f"{FLOORS}/{floor.pk}").json()["way_points"][0]["points"] == WAY["points"]
    assert foreign.get(FLOORS).json()["results"] == []
    assert foreign.get(f"{FLOORS}/{floor.pk}").status_code == 404


@pytest.mark.parametrize("accept", ["*/*", "image/png", "image/avif,image/webp,*/*;q=0.8"])
def test_the_plan_is_a_picture(client_of, viewer, floor, accept):
    answer = client_of(viewer).get(f"{FLOORS}/{floor.pk}/image", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert "private" in answer["Cache-Control"]


def test_a_refusal_to_show_a_plan_is_a_problem_whatever_was_asked_for(client_of, stranger, floor):
    answer = client_of(stranger).get(f"{FLOORS}/{floor.pk}/image", headers={"Accept": "image/png"})
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


# --- drawing ---


@kinds
def test_a_place_is_drawn_read_changed_and_taken_off(kind, draw, staff):
    made = draw(kind)
    assert made.status_code == 201
    assert KINDS[kind].items() <= made.json().items()
    address = made["Location"]
    assert staff.get(address).json() == made.json()
    changed = staff.patch(address, {"name": "Another"}, format="json")
    assert changed.status_code == 200
    assert changed.json()["name"] == "Another"
    assert staff.get(address).json() == changed.json()
    assert staff.delete(address).status_code == 204
    assert staff.get(address).status_code == 404


def test_a_store_tells_its_centre_and_a_way_its_length(draw):
    assert draw("stores").json()["center"] == [150, 140]
    way = draw("way-points").json()
    assert (way["drive_distance"], way["drive_time"], way["version"]) == (16, 50, 1)
    assert way["available"] is True


@pytest.mark.parametrize(
    ("kind", "facts", "pointer"),
    [
        ("stores", {"polygon": [[0, 0], [1, 1]]}, "/polygon"),
        ("stores", {"polygon": "0,0"}, "/polygon"),
        ("stores", {"name": ""}, "/name"),
        ("stores", {"name": "\0"}, "/name"),
        ("stores", {"name": "\ud800"}, "/name"),
        ("regions", {"x": "left"}, "/x"),
        ("regions", {"width": -5}, "/width"),
        ("way-points", {"points": [{"x": 1}]}, "/points"),
        (
            "way-points",
            {"points": [{"x": 1, "y": 1, "name": "\ud800"}, WAY["points"][0]]},
            "/points/0/name",
        ),
        ("way-points", {"color": "#12345g"}, "/color"),
        ("way-points", {"available": "maybe"}, "/available"),
    ],
)
def test_what_is_no_place_is_refused_by_its_field(draw, kind, facts, pointer):
    answer = draw(kind, **facts)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@kinds
def test_what_a_place_lacks_is_named(kind, staff, floor):
    answer = staff.post(f"{FLOORS}/{floor.pk}/{kind}", {}, format="json")
    assert answer.status_code == 400
    assert len(answer.json()["errors"]) >= 3


@kinds
def test_the_same_id_again_is_a_conflict(kind, draw):
    draw(kind)
    assert draw(kind).status_code == 409


def test_a_change_names_only_what_changes(draw, staff):
    address = draw("way-points")["Location"]
    assert staff.patch(address, {"available": False}, format="json").json()["version"] == 2
    kept = staff.get(address).json()
    assert (kept["available"], kept["points"]) == (False, WAY["points"])


def test_a_place_of_another_workspace_is_nowhere(draw, client_of, stranger):
    client = client_of(stranger)
    address = draw("stores")["Location"]
    for answer in (client.get(address), client.patch(address, {}), client.delete(address)):
        assert answer.status_code == 404
    assert Store.objects.count() == 1


@pytest.mark.parametrize("count", [1, 12])
def test_a_floor_costs_the_same_queries_for_any_number_of_places(
    draw, floor, client_of, viewer, django_assert_num_queries, count
):
    for number in range(count):
        draw("stores", store_id=str(number))
        draw("regions", region_id=str(number))
        draw("way-points", way_point_id=str(number))
    assert WayPointList.objects.count() == count
    client = client_of(viewer)
    with django_assert_num_queries(6):  # session, memberships, floor, three kinds
        client.get(f"{FLOORS}/{floor.pk}")


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_costs_the_same_queries_for_any_number_of_floors(
    workspace, client_of, viewer, django_assert_num_queries, count
):
    for number in range(count):
        FloorMap.objects.create(workspace=workspace, map_id=str(number))
    client = client_of(viewer)
    with django_assert_num_queries(3):  # session, memberships, floors
        client.get(FLOORS)
