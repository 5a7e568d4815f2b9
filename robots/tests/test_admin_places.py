"""The console's pages of what lies on floors: lines of points, a picture of the plan, and writes by the services."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditRow
from fleet_platform.telemetry import store as samples
from fleet_platform.telemetry.models import Zone
from robots import services
from robots.models import FloorMap, Region, Store, WayPointList

from .places import FACTS, SECTIONS

pytestmark = pytest.mark.django_db
models = pytest.mark.parametrize("model", FACTS)
FORMS = {
    Store: {"store_id": "3", "name": "Café", "polygon": "100, 100\n200, 100\n200, 180"},
    Region: {"region_id": "7", "name": "Lobby", "x": "1", "y": "2", "width": "30", "height": "40"},
    WayPointList: {
        "way_point_id": "tour",
        "name": "Tour",
        "points": "100, 50, , Lift\r\n100, 150, 90, , 10\r\n",
        "color": "#0b6b62",
        "available": "on",
    },
}


def url(model, page: str, *args) -> str:
    return reverse(f"admin:robots_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def console(admin) -> Client:
    browser = Client()
    browser.force_login(admin)
    return browser


@pytest.fixture
def place(floor, actor_of, operator):
    def draw(model, **facts):
        return services.place_create(
            actor=actor_of(operator), model=model, floor_id=floor.pk, **{**FACTS[model], **facts}
        )

    return draw


def told(robot) -> list[dict]:
    return [json.loads(sample[3]) for sample in samples.samples(robot.device_id)]


def errors_on(answer) -> dict:
    assert answer.status_code == 200
    return dict(answer.context["adminform"].form.errors)


@models
def test_a_place_is_added_by_its_form_and_told_to_the_robots(model, console, floor, robot):
    assert console.get(url(model, "add")).status_code == 200
    answer = console.post(url(model, "add"), {"floor": floor.pk, **FORMS[model]})
    assert answer.status_code == 302
    made = model.objects.get()
    assert made.floor == floor
    ((section, row),) = told(robot)[0].items()
    assert section == SECTIONS[model]
    assert row["map_id"] == floor.map_id
    assert AuditRow.objects.filter(verb=f"{model._meta.model_name}.add").count() == 1


@models
def test_a_form_saved_as_it_is_changes_nothing(model, console, place, robot):
    path = url(model, "change", place(model).pk)
    form = console.get(path).context["adminform"].form
    said = {name: form[name].value() for name in form.fields}
    assert console.post(path, said).status_code == 302
    assert len(told(robot)) == 1
    assert not AuditRow.objects.filter(verb__endswith=".change").exists()


@models
def test_a_changed_name_is_one_changed_row(model, console, place, robot):
    made = place(model)
    path = url(model, "change", made.pk)
    form = console.get(path).context["adminform"].form
    said = {name: form[name].value() for name in form.fields}
    assert console.post(path, {**said, "name": "Another"}).status_code == 302
    assert len(told(robot)) == 2
    assert AuditRow.objects.get(verb__endswith=".change").after == {"name": "Another"}


def test_points_are_edited_one_a_line(console, place):
    way = place(WayPointList)
    path = url(WayPointList, "change", way.pk)
    form = console.get(path).context["adminform"].form
    assert form["points"].value() == "100, 50, , Lift\n100, 150, 90, , 10\n400, 150"
    said = {name: form[name].value() for name in form.fields}
    console.post(path, {**said, "points": "1, 2\n3.5, 4, 45"})
    way.refresh_from_db()
    assert way.points == [{"x": 1, "y": 2}, {"x": 3.5, "y": 4, "rotate": 45}]
    assert way.version == 2


@pytest.mark.parametrize(
    ("model", "said", "named", "sentence"),
    [
        (Store, {"polygon": "100, 100\n200 100"}, "polygon", "line 2: must be x, y"),
        (Store, {"polygon": "1, 1\n2, 2\n801, 3"}, "polygon", "point 3: x must be between 0 and 800"),
        (Store, {"polygon": ""}, "polygon", "This field is required."),
        (Region, {"width": "1000"}, "width", "The region reaches beyond the plan."),
        (Region, {"x": ""}, "x", "This field is required."),
        (WayPointList, {"points": "1, 1, north\n2, 2"}, "points", "line 1: “north” is not a number"),
        (WayPointList, {"points": "1, 1"}, "points", "has 1 points; 2 to 500 are wanted"),
        (WayPointList, {"color": "red"}, "color", "A colour as #rrggbb."),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_told_beside_its_field(
    console, floor, model, said, named, sentence
):
    answer = console.post(url(model, "add"), {"floor": floor.pk, **FORMS[model], **said})
    assert errors_on(answer) == {named: [sentence]}
    assert not model.objects.exists()


@models
def test_a_form_without_a_floor_asks_for_it(model, console):
    answer = console.post(url(model, "add"), FORMS[model])
    assert errors_on(answer) == {"floor": ["This field is required."]}


@models
def test_the_same_id_again_is_told_by_the_form(model, console, floor):
    form = {"floor": floor.pk, **FORMS[model]}
    console.post(url(model, "add"), form)
    assert "__all__" in errors_on(console.post(url(model, "add"), form))
    assert model.objects.count() == 1


@models
def test_a_full_floor_is_told_by_the_form(model, console, floor, monkeypatch):
    monkeypatch.setattr(model, "most", 0)
    answer = console.post(url(model, "add"), {"floor": floor.pk, **FORMS[model]})
    assert list(errors_on(answer)) == ["floor"]


def test_an_edit_that_comes_too_late_is_told_above_the_form(console, floor, monkeypatch):
    monkeypatch.setattr(services, "has_room", lambda model, floor: True)
    monkeypatch.setattr(Store, "most", 0)
    answer = console.post(url(Store, "add"), {"floor": floor.pk, **FORMS[Store]}, follow=True)
    assert "can hold no more" in answer.content.decode()
    assert not Store.objects.exists()


@models
@pytest.mark.parametrize("way", ["page", "action"])
def test_a_deleted_place_is_told_as_gone(model, way, console, place, robot):
    made = place(model)
    if way == "page":
        console.post(url(model, "delete", made.pk), {"post": "yes"})
    else:
        said = {"action": "delete_selected", "_selected_action": [made.pk], "post": "yes"}
        console.post(url(model, "changelist"), said)
    assert not model.objects.exists()
    assert len(told(robot)) == 2


@models
def test_lists_are_searched_and_filtered_by_floor(model, console, place, floor, workspace):
    place(model)
    upstairs = FloorMap.objects.create(workspace=workspace, map_id="upstairs")
    shown = lambda query: console.get(url(model, "changelist") + query).context["cl"].result_count  # noqa: E731
    assert shown("") == 1
    assert shown(f"?floor__id__exact={floor.pk}") == 1
    assert shown(f"?floor__id__exact={upstairs.pk}") == 0
    assert shown(f"?q={FACTS[model]['name']}") == 1
    assert shown("?q=nothing") == 0


# --- others ---


@models
def test_a_place_is_put_on_no_floor_of_another_workspace(model, console, other_workspace):
    foreign = FloorMap.objects.create(workspace=other_workspace, map_id="secret_floor")
    page = console.get(url(model, "add")).content.decode()
    assert "secret_floor" not in page
    answer = console.post(url(model, "add"), {"floor": foreign.pk, **FORMS[model]})
    assert list(errors_on(answer)) == ["floor"]


@models
def test_places_of_others_are_not_shown(model, place, stranger):
    made = place(model)
    browser = Client()
    browser.force_login(stranger)
    assert FACTS[model]["name"] not in browser.get(url(model, "changelist")).content.decode()
    assert browser.get(url(model, "change", made.pk)).status_code == 302
    assert browser.post(url(model, "delete", made.pk), {"post": "yes"}).status_code in {302, 403}
    assert model.objects.exists()


# --- the picture ---


@models
def test_the_plan_is_shown_under_what_lies_on_it(model, console, place, floor, workspace):
    polygon = [[0, 0], [9, 0], [9, 9]]
    zone = {"map_id": floor.map_id, "polygon": polygon, "workspace": workspace}
    Zone.objects.create(name="Wet <floor>", **zone)
    for other in FACTS:
        place(other)
    page = console.get(url(model, "change", model.objects.get().pk)).content.decode()
    (picture,) = re.findall(r"<svg[^>]*data-plan.*?</svg>", page, re.S)
    assert f'href="{floor.image_url}"' in picture
    assert 'viewBox="0 0 800 600"' in picture
    assert picture.count("<polygon") == 3
    assert picture.count("<polyline") == 1
    assert picture.count(' opacity="0.5"') == 3
    assert "Wet &lt;floor&gt;" in picture
    assert "style=" not in picture and "<script" not in picture
    assert picture.count("<circle") == (3 if model is WayPointList else 0)


def test_a_floor_s_page_shows_all_that_lies_on_it(console, place, floor):
    place(Store)
    page = console.get(reverse("admin:robots_floormap_change", args=[floor.pk])).content.decode()
    assert "카페" in re.search(r"<svg[^>]*data-plan.*?</svg>", page, re.S)[0]


def test_a_floor_without_a_plan_is_a_bare_sheet(console, workspace):
    bare = FloorMap.objects.create(workspace=workspace, map_id="bare")
    page = console.get(reverse("admin:robots_floormap_change", args=[bare.pk])).content.decode()
    picture = re.search(r"<svg[^>]*data-plan.*?</svg>", page, re.S)[0]
    assert "<image" not in picture


@pytest.mark.parametrize("count", [1, 8])
def test_a_picture_costs_the_same_queries_for_any_number_of_places(
    console, place, django_assert_max_num_queries, count
):
    for number in range(count):
        made = place(Store, store_id=str(number))
    with django_assert_max_num_queries(11):
        console.get(url(Store, "change", made.pk))


# --- floors go through the services too ---


def test_a_floor_s_new_scale_is_told_by_its_ways(console, place, floor, robot):
    place(WayPointList)
    path = reverse("admin:robots_floormap_change", args=[floor.pk])
    said = {"map_id": floor.map_id, "floor_order": 1, "metres_per_pixel": "0.1"}
    assert console.post(path, said).status_code == 302
    assert told(robot)[-1]["way_point_list"]["drive_distance"] == 40
    floor.refresh_from_db()
    assert floor.image
    assert AuditRow.objects.get(verb="floormap.change").after == {"metres_per_pixel": 0.1}


def test_a_deleted_floor_tells_its_places_as_gone(console, place, floor, robot):
    place(Store)
    console.post(reverse("admin:robots_floormap_delete", args=[floor.pk]), {"post": "yes"})
    assert not FloorMap.objects.exists()
    assert told(robot)[-1]["map_store"]["bound"] == []


def test_a_changed_robot_tells_its_own_row(console, robot):
    path = reverse("admin:robots_robot_change", args=[robot.pk])
    lists = {"main_abilities": "[]", "sub_abilities": "[]", "special_functions": "[]"}
    said = {
        "robot_id": robot.robot_id,
        "is_active": "on",
        "mac_address": "00:15:5d:e1:cf:59",
        **lists,
    }
    assert console.post(path, said).status_code == 302
    assert told(robot)[-1]["robot_info"]["mac_address"] == "00:15:5d:e1:cf:59"
