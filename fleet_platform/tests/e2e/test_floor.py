"""The page of a floor: drawn by hand and by numbers, told to others, and what it sets off."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from fleet_platform.tests.server import until

from .conftest import MAP_ID

HELD_MS = 1200
UPSTAIRS = "hall_2f"
SQUARE = [[10, 10], [60, 10], [60, 60], [10, 60]]


@pytest.fixture
def zones(server):
    """`zones()`: those of the floor as the API tells them. They are gone after the test."""
    token = server.login("owner")
    path = f"/api/fleet/zones?workspace={server.home}&map_id={MAP_ID}"

    def read() -> list[dict]:
        return server.call("GET", path, token=token).json()["results"]

    yield read
    for zone in read():
        server.call("DELETE", f"/api/fleet/zones/{zone['id']}", token=token)


@pytest.fixture
def make_zone(server, zones):
    token = server.login("owner")

    def make(name="Kitchen", polygon=SQUARE, **facts) -> dict:
        body = {
            "workspace_id": server.home,
            "map_id": MAP_ID,
            "name": name,
            "polygon": polygon,
            **facts,
        }
        answer = server.call("POST", "/api/fleet/zones", body, token)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return make


@pytest.fixture
def floor(signed_in, server, fleet):
    """`floor("operator")`: the page, with its robots on it."""

    def open_as(who: str) -> Page:
        page = signed_in(who)
        page.goto(f"{server.url}/sites/{server.home}/floors/{MAP_ID}/")
        expect(robots_here(page)).to_have_count(3)
        return page

    return open_as


def robots_here(page: Page):
    return page.get_by_role("list", name="Robots here").get_by_role("listitem")


def zone_rows(page: Page):
    return page.get_by_role("list", name="Zones").get_by_role("listitem")


def corner(page: Page, number: int, axis: str):
    return page.get_by_label(f"Corner {number}, {axis}", exact=True)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()


def test_a_zone_is_drawn_on_the_map_a_robot_enters_and_the_alarm_is_acknowledged_by_keyboard(
    floor, server, fleet, zones
):
    page = floor("operator")
    page.get_by_role("button", name="New zone").click()
    plan = page.locator("#plan")
    box = plan.bounding_box()
    corners = [(0.03, 0.03), (0.9, 0.03), (0.9, 0.95), (0.03, 0.95)]
    for x, y in corners:
        plan.click(position={"x": x * box["width"], "y": y * box["height"]})
    expect(page.locator(".corners li")).to_have_count(4)
    page.get_by_label("Name").fill("No entry")
    save(page)
    expect(zone_rows(page)).to_have_text(re.compile("No entry.*Red zone"))
    [zone] = zones()
    assert (zone["kind"], zone["map_id"], len(zone["polygon"])) == ("red", MAP_ID, 4)

    page.goto(f"{server.url}/?alarms=open")
    alarms = page.locator("#alarms-list > li")
    expect(alarms.filter(has_text="bot-1")).to_contain_text("In the red zone “No entry”")
    expect(page.locator("#alarm-banner")).to_contain_text("In the red zone “No entry”")
    expect(alarms).to_have_count(3)
    page.keyboard.press("a")
    first = page.locator("#alarms-list > li:focus-within")
    expect(first).to_contain_text("Critical")
    device = first.get_by_role("link").first.inner_text()
    page.keyboard.press("a")
    answered = alarms.filter(has=page.get_by_role("link", name=device, exact=True))
    expect(answered).to_contain_text("Acknowledged by operator@test.example")
    expect(page.locator("#bell")).to_have_attribute("aria-label", "Alarms: 3 open")


def test_a_zone_is_drawn_by_numbers_alone(floor, zones):
    page = floor("operator")
    page.keyboard.press("n")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("By numbers")
    page.get_by_label("Kind").select_option("fence")
    for number, (x, y) in enumerate([(1, 2), (301, 2), (301, 202)], 1):
        page.get_by_role("button", name="Add a point").press("Enter")
        corner(page, number, "x").fill(str(x))
        corner(page, number, "y").fill(str(y))
    corner(page, 3, "y").press("Tab")
    page.get_by_role("button", name="Save").press("Enter")
    expect(zone_rows(page)).to_have_text(re.compile("By numbers.*Fence"))
    expect(page.get_by_role("button", name="Edit By numbers")).to_be_focused()
    [zone] = zones()
    assert zone["polygon"] == [[1, 2], [301, 2], [301, 202]]
    assert zone["kind"] == "fence"


def test_corners_are_inserted_taken_away_and_every_step_undone(floor, make_zone, zones):
    make_zone()
    page = floor("operator")
    page.get_by_role("button", name="Edit Kitchen").click()
    page.get_by_role("button", name="New corner after 1", exact=True).click()
    expect(corner(page, 2, "x")).to_have_value("35")
    page.get_by_role("button", name="Take corner 4 away").click()
    expect(page.locator(".corners li")).to_have_count(4)
    undo, redo = page.get_by_role("button", name="Undo"), page.get_by_role("button", name="Redo")
    undo.click()
    undo.click()
    expect(undo).to_be_disabled()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    redo.click()
    save(page)
    until(lambda: zones()[0]["polygon"] == [[10, 10], [35, 10], [60, 10], [60, 60], [10, 60]])


def test_a_corner_is_dragged(floor, make_zone, zones):
    make_zone(polygon=[[0, 0], [200, 0], [200, 200], [0, 200]])
    page = floor("operator")
    page.get_by_role("button", name="Edit Kitchen").click()
    handle = page.locator(".handle:not(.between)").nth(2).bounding_box()
    page.mouse.move(handle["x"] + 11, handle["y"] + 11)
    page.mouse.down()
    page.mouse.move(handle["x"] + 61, handle["y"] + 31, steps=5)
    page.mouse.up()
    expect(corner(page, 3, "x")).not_to_have_value("200")
    moved = [float(corner(page, 3, axis).input_value()) for axis in "xy"]
    assert moved[0] > 200 and moved[1] > 200
    save(page)
    until(lambda: zones()[0]["polygon"][2] == moved)


def test_what_is_wrong_stands_beside_its_field(floor, make_zone, zones):
    make_zone()
    page = floor("operator")
    page.get_by_role("button", name="Edit Kitchen").click()
    page.get_by_label("Name").fill(" ")
    save(page)
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("It was not saved.")
    expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#shape-name-error")).to_be_visible()
    page.get_by_label("Name").fill("Kitchen")
    corner(page, 2, "y").fill("60")
    corner(page, 3, "y").fill("20")
    corner(page, 3, "y").press("Tab")
    save(page)
    expect(page.locator("[data-part=pointsError]")).to_have_text("must not cross itself")
    assert zones()[0]["polygon"] == SQUARE


def test_leaving_with_changes_needs_a_second_press(floor, make_zone):
    make_zone()
    page = floor("operator")
    page.get_by_role("button", name="Edit Kitchen").click()
    page.get_by_label("Name").fill("Pantry")
    cancel = page.get_by_role("button", name="Cancel")
    cancel.click()
    expect(page.get_by_text("Your changes are not saved.")).to_be_visible()
    cancel.click()
    expect(page.locator("#shape")).to_be_hidden()
    expect(zone_rows(page)).to_contain_text("Kitchen")


def test_a_zone_is_deleted_by_holding(floor, make_zone, zones):
    make_zone()
    page = floor("operator")
    page.get_by_role("button", name="Edit Kitchen").click()
    remove = page.get_by_role("button", name="Hold to delete")
    remove.click()
    expect(page.get_by_text("Nothing was sent: hold for one second.")).to_be_visible()
    remove.hover()
    page.mouse.down()
    page.wait_for_timeout(HELD_MS)
    page.mouse.up()
    expect(zone_rows(page)).to_have_count(0)
    assert zones() == []


def test_a_viewer_sees_what_is_drawn_and_draws_nothing(floor, make_zone):
    make_zone()
    page = floor("viewer")
    expect(zone_rows(page)).to_contain_text("Kitchen")
    expect(page.get_by_role("button", name=re.compile("New|Edit"))).to_have_count(0)
    page.keyboard.press("n")
    expect(page.locator("#shape")).to_be_hidden()


def test_changes_by_others_show_up(floor, make_zone, server):
    zone = make_zone()
    page = floor("viewer")
    expect(zone_rows(page)).to_contain_text("Kitchen")
    path = f"/api/fleet/zones/{zone['id']}"
    server.call("PATCH", path, {"name": "Pantry"}, server.login("owner"))
    expect(zone_rows(page)).to_contain_text("Pantry")


def test_somebody_elses_change_is_not_written_over_unasked(floor, make_zone, server):
    zone = make_zone()
    page = floor("operator")
    page.get_by_role("button", name="Edit Kitchen").click()
    page.get_by_label("Name").fill("Mine")
    path = f"/api/fleet/zones/{zone['id']}"
    server.call("PATCH", path, {"name": "Theirs"}, server.login("owner"))
    expect(page.get_by_text("Somebody else has changed this meanwhile.")).to_be_visible()
    page.get_by_role("button", name="Take theirs").click()
    expect(page.get_by_label("Name")).to_have_value("Theirs")


def test_points_of_a_route_at_one_place_share_their_numbers(floor):
    page = floor("viewer")
    points = [{"x": x, "y": 10} for x in (0, 50, 100, 50.5, 0, 0, 0)]
    stops = page.evaluate(
        "async (points) => (await import('fleet/floor/drawing')).stopsOf(points)", points
    )
    assert [stop["text"] for stop in stops] == ["1·5·6…", "2·4", "3"]


def test_layers_and_selection_live_in_the_address(floor, make_zone):
    make_zone()
    page = floor("viewer")
    zone_rows(page).get_by_role("button", name="Kitchen").click()
    expect(page).to_have_url(re.compile(r"selected=zone%3A\d+"))
    robots = page.get_by_role("button", name="Robots", exact=True)
    robots.click()
    expect(robots).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(robots).to_have_attribute("aria-pressed", "false")
    expect(zone_rows(page)).to_have_attribute("data-selected", "true")


def test_a_robot_of_the_floor_leads_to_its_page(floor, fleet):
    page = floor("viewer")
    robots_here(page).first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1, name="bot-1")).to_be_visible()


@pytest.fixture(scope="module")
def upstairs(server) -> int:
    return server.aide.floor_map(server.home, UPSTAIRS)


@pytest.fixture
def upper_floor(signed_in, server, upstairs) -> Page:
    page = signed_in("operator")
    page.goto(f"{server.url}/sites/{server.home}/floors/{UPSTAIRS}/")
    expect(page.locator(".loading")).to_have_count(0)
    return page


def draw(page: Page, kind: str, points: list[tuple[int, int]]) -> None:
    page.get_by_role("button", name=f"New {kind}").click()
    for number, (x, y) in enumerate(points, 1):
        page.get_by_role("button", name="Add a point").click()
        corner(page, number, "x").fill(str(x))
        corner(page, number, "y").fill(str(y))
        corner(page, number, "y").press("Tab")
    page.get_by_label("Name", exact=True).first.fill(f"My {kind}")


def test_routes_stores_and_regions_are_drawn_as_zones_are(upper_floor, server, upstairs):
    page = upper_floor
    draw(page, "route", [(10, 10), (90, 10), (90, 60)])
    page.get_by_label("Way point id").fill("tour")
    page.get_by_label("Stay, s · 2").fill("15")
    page.get_by_label("Stay, s · 2").press("Tab")
    save(page)
    expect(page.get_by_role("list", name="Routes")).to_contain_text("My route3 points · 7 m")
    draw(page, "store", [(0, 0), (50, 0), (50, 40), (0, 40)])
    page.get_by_label("Store id").fill("3")
    save(page)
    expect(page.get_by_role("list", name="Stores")).to_contain_text("My store")
    draw(page, "region", [(60, 70), (20, 30)])
    expect(page.get_by_role("button", name="Add a point")).to_be_hidden()
    page.get_by_label("Region id").fill("7")
    save(page)
    expect(page.get_by_role("list", name="Regions")).to_contain_text("My region")
    told = server.call("GET", f"/api/fleet/floors/{upstairs}", token=server.login("viewer")).json()
    assert told["way_points"][0]["points"][1] == {"x": 90, "y": 10, "stay": 15}
    assert told["stores"][0]["polygon"] == [[0, 0], [50, 0], [50, 40], [0, 40]]
    region = told["regions"][0]
    assert [region[name] for name in ("x", "y", "width", "height")] == [20, 30, 40, 40]


def test_an_id_that_the_floor_has_is_refused_and_nothing_is_lost(upper_floor, server, upstairs):
    body = {"store_id": "twice", "name": "First", "polygon": SQUARE}
    path = f"/api/fleet/floors/{upstairs}/stores"
    assert server.call("POST", path, body, server.login("owner")).status_code == 201
    draw(upper_floor, "store", [(0, 0), (50, 0), (50, 40)])
    upper_floor.get_by_label("Store id").fill("twice")
    save(upper_floor)
    expect(upper_floor.get_by_role("alert")).to_be_focused()
    expect(upper_floor.get_by_label("Store id")).to_have_value("twice")
    expect(corner(upper_floor, 3, "y")).to_have_value("40")


def tinted(page: Page, told: str) -> None:
    """Waits until the pixels of the heat that have any tint are as `told`: an expression of their count."""
    page.wait_for_function(
        "() => { const canvas = document.querySelector('.leaflet-heat-pane canvas');"
        " const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);"
        " let count = 0;"
        " for (let at = 3; at < data.length; at += 4) count += data[at] > 0;"
        f" return {told}; }}"
    )


def test_heat_shows_where_robots_were_and_when_people_came(upper_floor, server, fleet):
    now = time.time()
    samples = [fleet.robot_sample(now - 120 + at) for at in range(100)]
    for at, sample in enumerate(samples):
        sample["sections"]["pose"] |= {"map_id": UPSTAIRS, "x": 50, "y": 50, "traffic": at // 20}
    robot = server.new_robot()
    server.send(server.device_token(robot), *samples)
    server.aide.derive()
    heat = upper_floor.get_by_role("region", name="Heat")
    expect(heat).to_be_hidden()
    tinted(upper_floor, "count === 0")
    upper_floor.get_by_role("button", name="Heat").click()
    expect(heat.get_by_role("status")).to_have_text("darkest: 1 min in one place")
    tinted(upper_floor, "count > 100")
    expect(heat.get_by_role("button", name="7 days")).to_have_attribute("aria-pressed", "true")
    heat.get_by_label("What is shown").select_option("people")
    expect(heat.get_by_role("status")).to_have_text("darkest: 4 people in one place")
    tinted(upper_floor, "count > 100")
    expect(heat.locator("[data-known=true]").first).to_have_attribute(
        "title", re.compile("people an hour")
    )
    expect(upper_floor).to_have_url(re.compile("heat=people"))
    expect(upper_floor).to_have_url(re.compile(r"from=\d{4}-\d\d-\d\d"))
    heat.get_by_label("To", exact=True).fill("2020-01-02")
    heat.get_by_label("From", exact=True).fill("2020-01-01")
    expect(heat.get_by_role("status")).to_have_text("Nothing was counted in these days.")
    tinted(upper_floor, "count === 0")
    expect(heat.get_by_role("button", name="7 days")).to_have_attribute("aria-pressed", "false")
    upper_floor.reload()
    expect(heat.get_by_label("From", exact=True)).to_have_value("2020-01-01")


def test_the_floor_is_used_on_a_telephone(signed_in, server, fleet, make_zone, zones):
    make_zone()
    page = signed_in("operator")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server.url}/sites/{server.home}/floors/{MAP_ID}/")
    page.get_by_role("button", name="Edit Kitchen").click()
    page.get_by_label("Name").fill("Small screen")
    save(page)
    expect(zone_rows(page)).to_contain_text("Small screen")
    assert zones()[0]["name"] == "Small screen"
