"""The pages: who may open them, what they are given, and how they refuse."""

import json
import re

import pytest
from django.core.files.base import ContentFile

from accounts.models import Device, Membership, Workspace
from robots.models import FloorMap, Robot

DATA = re.compile(r'<script id="page-data" type="application/json">(.*?)</script>', re.DOTALL)
TINY_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63f8cfc0f01f0005000201a2e8c9f10000000049454e44ae426082"
)


@pytest.fixture
def open_as(client):
    """`open_as(user or None, path)`: the page."""

    def get(somebody, path):
        client.logout()
        if somebody is not None:
            client.force_login(somebody)
        return client.get(path)

    return get


@pytest.fixture
def drone(make_device):
    return make_device(kind=Device.Kind.DRONE, name="Drone 7")


@pytest.fixture
def floor(workspace, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return FloorMap.objects.create(
        workspace=workspace,
        map_id="hall_1f",
        site="Hall",
        name="1F",
        image=ContentFile(TINY_PNG, "plan.png"),
    )


def data_of(answer) -> dict:
    return json.loads(DATA.search(answer.content.decode())[1])


def test_a_member_gets_the_overview_of_own_workspaces(open_as, viewer, workspace, floor):
    data = data_of(open_as(viewer, "/"))
    assert data["workspaces"] == [{"id": workspace.pk, "name": "Home"}]
    assert [(row["map_id"], row["site"], row["width"]) for row in data["floors"]] == [
        ("hall_1f", "Hall", 1)
    ]


def test_a_stranger_gets_the_overview_of_other_workspaces(
    open_as, stranger, other_workspace, floor
):
    data = data_of(open_as(stranger, "/"))
    assert [row["id"] for row in data["workspaces"]] == [other_workspace.pk]
    assert data["floors"] == []


def test_who_may_see_no_device_is_told_so(open_as, make_user, workspace):
    guardian = make_user(workspace, ["guardian"])
    answer = open_as(guardian, "/")
    assert data_of(answer)["workspaces"] == []
    assert b"No fleet to watch" in answer.content


@pytest.mark.parametrize(
    "path",
    ["/", "/robots/1/", "/devices/1/", "/alerts/", "/schedules/", "/sites/1/floors/m/"],
)
def test_nobody_is_sent_to_sign_in(open_as, db, path):
    answer = open_as(None, path)
    assert (answer.status_code, answer["Location"]) == (302, f"/login/?next={path}")


def test_a_device_token_opens_no_page(client, device, device_token):
    answer = client.get("/", headers={"authorization": f"Bearer {device_token(device)}"})
    assert answer.status_code == 302


@pytest.mark.parametrize("somebody", ["owner", "admin", "operator", "viewer"])
def test_every_rank_of_the_crew_opens_a_robot(open_as, device, request, somebody):
    answer = open_as(request.getfixturevalue(somebody), f"/robots/{device.pk}/")
    assert answer.status_code == 200
    assert data_of(answer)["device"] == {
        "id": device.pk,
        "kind": "robot",
        "name": device.name,
        "workspace_id": device.workspace_id,
    }


@pytest.mark.parametrize(("somebody", "may"), [("operator", True), ("viewer", False)])
def test_only_who_may_send_commands_is_shown_how(open_as, device, request, somebody, may):
    page = open_as(request.getfixturevalue(somebody), f"/robots/{device.pk}/").content.decode()
    assert ('id="stop"' in page) is may
    assert ('data-command="resume"' in page) is may


@pytest.mark.parametrize(("kind", "moves"), [("drone", True), ("depot", False)])
def test_only_what_moves_is_told_to_stop(open_as, operator, make_device, kind, moves):
    device = make_device(kind=kind)
    page = open_as(operator, f"/devices/{device.pk}/").content.decode()
    assert ('id="stop"' in page) is moves
    assert ('data-command="resume"' in page) is moves
    assert 'data-command="locate"' in page


@pytest.mark.parametrize(("kind", "shown"), [("robot", True), ("drone", False)])
def test_photos_are_a_tab_of_robots_alone(open_as, viewer, make_device, kind, shown):
    device = make_device(kind=kind)
    folder = "robots" if kind == "robot" else "devices"
    page = open_as(viewer, f"/{folder}/{device.pk}/").content.decode()
    tabs = re.findall(r'role="tab" type="button" id="tab-(\w+)"', page)
    assert ("photos" in tabs) is shown
    assert {"events", "commands", "raw"} <= set(tabs)


def test_a_stranger_gets_404_for_robots_and_devices(open_as, stranger, device, drone):
    for path in (
        f"/robots/{device.pk}/",
        f"/devices/{drone.pk}/",
        "/robots/999999/",
    ):
        answer = open_as(stranger, path)
        assert answer.status_code == 404, path
        assert b"There is nothing at this address" in answer.content


def test_a_guardian_of_the_workspace_gets_no_robot(open_as, make_user, workspace, device):
    assert open_as(make_user(workspace, ["guardian"]), f"/robots/{device.pk}/").status_code == 404


def test_a_removed_robot_has_no_page(open_as, viewer, device):
    Device.objects.filter(pk=device.pk).update(removed_at=device.created_at)
    assert open_as(viewer, f"/robots/{device.pk}/").status_code == 404


def test_each_kind_has_its_own_address(open_as, viewer, device, drone):
    assert open_as(viewer, f"/devices/{drone.pk}/").status_code == 200
    assert open_as(viewer, f"/robots/{drone.pk}/").status_code == 404
    assert open_as(viewer, f"/devices/{device.pk}/")["Location"] == f"/robots/{device.pk}/"


def test_a_member_gets_the_plan_itself(open_as, viewer, floor):
    answer = open_as(viewer, floor.image_url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer.content == TINY_PNG
    assert "private" in answer["Cache-Control"]


def test_a_floor_has_a_page_with_what_its_scripts_need(open_as, viewer, workspace, floor):
    data = data_of(open_as(viewer, f"/sites/{workspace.pk}/floors/hall_1f/"))
    assert data["may_edit"] is False
    assert (data["floor"]["id"], data["floor"]["map_id"]) == (floor.pk, "hall_1f")
    assert (data["floor"]["width"], data["floor"]["height"]) == (1, 1)


def test_an_operator_may_draw_on_the_floor(open_as, operator, workspace, floor):
    assert data_of(open_as(operator, f"/sites/{workspace.pk}/floors/hall_1f/"))["may_edit"] is True


@pytest.mark.parametrize("map_id", ["never/heard", "이름 없는 층"])
def test_a_floor_that_nobody_entered_is_a_grid(open_as, operator, workspace, map_id):
    answer = open_as(operator, f"/sites/{workspace.pk}/floors/{map_id}/")
    assert answer.status_code == 200
    assert data_of(answer)["floor"] == {
        "workspace_id": workspace.pk,
        "map_id": map_id,
        "site": "",
        "name": map_id,
    }
    assert b"No floor image for map" in answer.content


def test_a_floor_page_offers_the_other_floors_of_the_workspace_alone(
    open_as, viewer, workspace, other_workspace, floor
):
    FloorMap.objects.create(workspace=workspace, map_id="hall_2f", site="Hall", name="2F")
    FloorMap.objects.create(workspace=other_workspace, map_id="secret", name="Elsewhere")
    page = open_as(viewer, f"/sites/{workspace.pk}/floors/hall_1f/").content.decode()
    offered = re.findall(r'<option value="(/sites/[^"]+)"( selected)?>([^<]+)<', page)
    assert offered == [
        (f"/sites/{workspace.pk}/floors/hall_1f/", " selected", "Hall · 1F"),
        (f"/sites/{workspace.pk}/floors/hall_2f/", "", "Hall · 2F"),
    ]


def test_a_stranger_gets_404_for_floors(open_as, stranger, workspace, floor):
    assert open_as(stranger, f"/sites/{workspace.pk}/floors/hall_1f/").status_code == 404
    assert open_as(stranger, "/sites/999999/floors/hall_1f/").status_code == 404


def test_the_shell_tells_scripts_who_is_looking(open_as, viewer, operator, workspace):
    def told(somebody) -> list[dict]:
        page = open_as(somebody, "/alerts/").content.decode()
        return json.loads(re.search(r'<script id="shell-data"[^>]*>(.*?)</script>', page)[1])

    viewing = {"alarm.view", "command.view"}
    managing = {*viewing, "alarm.manage", "command.send", "map.manage"}
    for somebody, verbs in [(viewer, viewing), (operator, managing)]:
        [place] = told(somebody)
        assert (place["id"], place["name"], set(place["may"])) == (workspace.pk, "Home", verbs)


def test_the_alarms_page_offers_workspaces_to_filter_by(
    open_as, make_user, viewer, workspace, other_workspace
):
    assert b"alerts-workspace" not in open_as(viewer, "/alerts/").content
    Membership.objects.create(user=viewer, workspace=other_workspace, role="viewer")
    Membership.objects.create(
        user=viewer, workspace=Workspace.objects.create(name="Care"), role="guardian"
    )
    page = open_as(viewer, "/alerts/").content.decode()
    assert re.findall(r'<option value="\d+">([^<]+)<', page) == ["Home", "Elsewhere"]


@pytest.mark.parametrize(("somebody", "may"), [("operator", True), ("viewer", False)])
def test_only_who_may_plan_is_shown_how(open_as, workspace, floor, request, somebody, may):
    answer = open_as(request.getfixturevalue(somebody), "/schedules/")
    data = data_of(answer)
    assert data["workspaces"] == [
        {"id": workspace.pk, "name": "Home", "time_zone": "Asia/Seoul", "may_manage": may}
    ]
    assert [(row["id"], row["title"]) for row in data["floors"]] == [(floor.pk, "Hall · 1F")]
    assert (b'id="schedule-form"' in answer.content) is may
    assert (b'data-part="add"' in answer.content) is may


def test_schedules_are_planned_with_robots_of_workspaces_that_one_sees(
    open_as, viewer, stranger, floor, device, other_workspace
):
    Robot.objects.create(device=device, robot_id="robot_1")
    [robot] = data_of(open_as(viewer, "/schedules/"))["robots"]
    assert (robot["id"], robot["robot_id"], robot["name"]) == (device.pk, "robot_1", device.name)
    data = data_of(open_as(stranger, "/schedules/"))
    assert [place["id"] for place in data["workspaces"]] == [other_workspace.pk]
    assert (data["floors"], data["robots"]) == ([], [])


def test_schedules_are_in_the_navigation_of_who_may_see_them(
    open_as, make_user, viewer, workspace, floor, device
):
    link = re.compile(rb'<a href="/schedules/"')
    assert len(link.findall(open_as(viewer, "/alerts/").content)) == 2
    guardian = make_user(workspace, ["guardian"])
    assert not link.findall(open_as(guardian, "/alerts/").content)
    answer = open_as(guardian, "/schedules/")
    assert answer.status_code == 200
    assert b"No schedules to see" in answer.content
    assert b"page-data" not in answer.content


def test_a_floor_and_a_robot_lead_to_their_schedules(open_as, viewer, workspace, floor, device):
    page = open_as(viewer, f"/sites/{workspace.pk}/floors/hall_1f/").content.decode()
    assert f'href="/schedules/?floor={floor.pk}"' in page
    page = open_as(viewer, f"/robots/{device.pk}/").content.decode()
    assert f'href="/schedules/?robot={device.pk}"' in page


def test_a_plan_whose_file_is_gone_is_a_404(open_as, viewer, floor):
    floor.image.storage.delete(floor.image.name)
    assert open_as(viewer, floor.image_url).status_code == 404


def test_names_cannot_break_out_of_the_page(open_as, viewer, make_device):
    device = make_device(name="</script><script>alert(1)</script>")
    page = open_as(viewer, f"/robots/{device.pk}/").content.decode()
    assert "<script>alert(1)" not in page
    assert data_of(open_as(viewer, f"/robots/{device.pk}/"))["device"]["name"] == device.name


def test_scripts_run_by_nonce_only(open_as, viewer):
    answer = open_as(viewer, "/")
    policy = answer["Content-Security-Policy"]
    nonce = re.search(r"script-src 'self' 'nonce-([^']+)'", policy)[1]
    scripts = re.findall(r"<script\b[^>]*>", answer.content.decode())
    assert len(scripts) > 3
    for script in scripts:
        assert f'nonce="{nonce}"' in script or 'type="application/json"' in script
    assert not re.search(r"\son\w+=", answer.content.decode())


def test_pages_are_not_kept_by_caches(open_as, viewer):
    assert "no-store" in open_as(viewer, "/")["Cache-Control"]


def test_every_module_of_the_import_map_exists(open_as, viewer):
    from django.contrib.staticfiles import finders

    page = open_as(viewer, "/").content.decode()
    modules = json.loads(re.search(r'type="importmap">(.*?)</script>', page, re.DOTALL)[1])
    for path in modules["imports"].values():
        assert finders.find(path.removeprefix("/static/")), path


def test_every_import_of_a_script_is_in_the_import_map(open_as, viewer, settings):
    page = open_as(viewer, "/").content.decode()
    modules = json.loads(re.search(r'type="importmap">(.*?)</script>', page, re.DOTALL)[1])
    for path in (settings.BASE_DIR / "static" / "js").rglob("*.js"):
        wanted = set(re.findall(r'from "([^"]+)"|import "([^"]+)"', path.read_text()))
        names = {one or other for one, other in wanted}
        assert names <= set(modules["imports"]), path


def test_a_crash_page_needs_nothing_but_itself(client, db, settings, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("accounts.pages.safe_next", lambda request: 1 / 0)
    answer = client.get("/login/")
    assert answer.status_code == 500
    assert b"Something went wrong on our side" in answer.content
    assert f"<code>{answer['X-Request-ID']}</code>" in answer.content.decode()


def test_an_unknown_host_gets_a_page_that_explains(client, db):
    answer = client.get("/login/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert b"The request was not understood" in answer.content


def test_the_overview_asks_the_database_little(
    client, viewer, make_device, django_assert_max_num_queries
):
    client.force_login(viewer)
    for _ in range(5):
        make_device()
    with django_assert_max_num_queries(10):
        client.get("/")
