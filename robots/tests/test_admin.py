"""The console's pages of robots, floors and photos."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import AuditRow
from robots.models import FloorMap, PhotoLog, Robot

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def console(client):
    """`console(user)`: a browser that is signed in."""

    def signed_in(user):
        client.force_login(user)
        return client

    return signed_in


def picture(name="plan.png", size=(30, 20), kind="PNG") -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("L", size).save(file, kind)
    return SimpleUploadedFile(name, file.getvalue())


def test_a_manager_adds_a_robot_and_sees_its_secret_once(console, admin, workspace):
    page = console(admin)
    assert page.get("/admin/robots/robot/add/").status_code == 200
    form = {"workspace": workspace.pk, "name": "R2", "robot_id": "r2", "is_active": "on"}
    answer = page.post("/admin/robots/robot/add/", form, follow=True)
    assert "shown this once" in answer.content.decode()
    robot = Robot.objects.get()
    assert robot.device.name == "R2"
    assert robot.device.workspace == workspace
    assert "shown this once" not in page.get("/admin/robots/robot/").content.decode()


def test_a_robot_cannot_be_put_into_another_s_workspace(console, admin, other_workspace):
    form = {"workspace": other_workspace.pk, "name": "R2", "robot_id": "r2"}
    answer = console(admin).post("/admin/robots/robot/add/", form)
    assert answer.status_code == 200
    assert not Robot.objects.exists()


def test_a_serial_number_in_use_is_told_by_the_form(console, admin, workspace, robot):
    form = {"workspace": workspace.pk, "name": "R2", "robot_id": "r2"}
    form["serial_number"] = robot.device.serial_number
    answer = console(admin).post("/admin/robots/robot/add/", form)
    assert "Another device has it." in answer.content.decode()


def test_a_change_is_saved_and_audited(console, admin, robot):
    url = f"/admin/robots/robot/{robot.pk}/change/"
    page = console(admin)
    assert page.get(url).status_code == 200
    form = {"robot_id": robot.robot_id, "manager_1": "전기만", "is_active": "on"}
    assert page.post(url, form).status_code == 302
    robot.refresh_from_db()
    assert robot.manager_1 == "전기만"
    assert AuditRow.objects.get(verb="robot.change").after == {"manager_1": "전기만"}


def test_robots_of_others_are_not_listed(console, stranger, robot):
    page = console(stranger)
    assert robot.robot_id not in page.get("/admin/robots/robot/").content.decode()
    assert page.get(f"/admin/robots/robot/{robot.pk}/change/").status_code == 302


@pytest.mark.parametrize("query", ["?q=cubrick", "?is_active__exact=1", "?device__online__exact=0"])
def test_the_list_can_be_searched_and_filtered(console, admin, robot, query):
    page = console(admin).get(f"/admin/robots/robot/{query}")
    assert robot.robot_id in page.content.decode()


def test_the_action_takes_robots_out_of_the_registry(console, admin, robot):
    form = {"action": "remove", "_selected_action": [robot.pk]}
    console(admin).post("/admin/robots/robot/", form)
    robot.device.refresh_from_db()
    assert robot.device.removed_at is not None


def test_robots_are_never_deleted(console, admin, robot):
    assert console(admin).post(f"/admin/robots/robot/{robot.pk}/delete/").status_code == 403


def floor_form(workspace, **fields) -> dict:
    return {"workspace": workspace.pk, "map_id": "1f", "floor_order": 1, **fields}


def test_a_floor_image_gets_a_name_by_its_content_and_its_size(console, admin, workspace):
    page = console(admin)
    form = floor_form(workspace, image=picture("evil.gif"))
    assert page.post("/admin/robots/floormap/add/", form).status_code == 302
    floor = FloorMap.objects.get()
    assert floor.image.name.endswith(".png")
    assert "evil" not in floor.image.name
    assert (floor.width, floor.height) == (30, 20)
    shown = page.get(f"/admin/robots/floormap/{floor.pk}/change/").content.decode()
    assert floor.image.url not in shown
    assert f'<image href="{floor.image_url}"' in shown
    assert page.get(floor.image_url)["Content-Type"] == "image/png"


def test_a_floor_form_names_the_chosen_file(console, admin, workspace):
    shown = console(admin).get("/admin/robots/floormap/add/").content.decode()
    assert "Choose file to upload" in shown


def test_a_replaced_plan_has_another_address_and_a_warning_where_its_size_is_another(
    console, admin, workspace
):
    page = console(admin)
    page.post("/admin/robots/floormap/add/", floor_form(workspace, image=picture("a.png")))
    floor = FloorMap.objects.get()
    path, former = f"/admin/robots/floormap/{floor.pk}/change/", floor.image_url
    same = page.post(path, floor_form(workspace, image=picture("b.png")), follow=True)
    floor.refresh_from_db()
    assert floor.image_url != former
    assert b"kept their pixels" not in same.content
    other = page.post(path, floor_form(workspace, image=picture("c.png", (40, 20))), follow=True)
    assert "40 x 20 px instead of 30 x 20 px" in other.content.decode()


@pytest.mark.parametrize(
    "image", [SimpleUploadedFile("a.png", b"<svg/>"), picture("a.png", kind="GIF")]
)
def test_a_file_that_is_no_plan_is_told_by_the_form(console, admin, workspace, image):
    answer = console(admin).post("/admin/robots/floormap/add/", floor_form(workspace, image=image))
    assert answer.status_code == 200
    assert not FloorMap.objects.exists()


def test_photos_are_only_looked_at(console, admin, robot):
    photo = PhotoLog.objects.create(
        device=robot.device,
        robot_id=robot.robot_id,
        pose_x=1,
        pose_y=2,
        pose_timestamp_ms=5,
        timestamp_ms=5,
    )
    page = console(admin)
    assert robot.robot_id in page.get("/admin/robots/photolog/").content.decode()
    assert page.get(f"/admin/robots/photolog/{photo.pk}/change/").status_code == 200
    assert page.post(f"/admin/robots/photolog/{photo.pk}/delete/").status_code == 403
    assert page.get("/admin/robots/photolog/add/").status_code == 403


def test_a_floor_cannot_be_put_into_another_s_workspace(console, admin, other_workspace):
    answer = console(admin).post("/admin/robots/floormap/add/", floor_form(other_workspace))
    assert answer.status_code == 200
    assert not FloorMap.objects.exists()


def test_floors_of_others_are_not_listed(console, stranger, workspace):
    floor = FloorMap.objects.create(workspace=workspace, map_id="hidden_floor")
    page = console(stranger)
    assert "hidden_floor" not in page.get("/admin/robots/floormap/").content.decode()
    assert page.get(f"/admin/robots/floormap/{floor.pk}/change/").status_code == 302


def test_a_viewer_has_no_console(console, viewer, robot):
    assert console(viewer).get("/admin/robots/robot/").status_code in {302, 403}


def test_the_buttons_of_a_form_are_sentences_in_korean(console, admin, floor):
    browser = console(admin)
    browser.cookies["django_language"] = "ko"
    page = browser.get(f"/admin/robots/floormap/{floor.pk}/change/").content.decode()
    assert "층 지도 삭제" in page
    assert "저장하고 하나 더 추가" in page
