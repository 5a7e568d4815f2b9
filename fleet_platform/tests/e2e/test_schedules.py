"""The page of schedules: planned, changed, run and dropped by operators; looked at by the others."""

import re

import pytest
from playwright.sync_api import Page, expect

from fleet_platform.tests.server import until

from .conftest import MAP_ID
from .obeying import Robot

TIMERS = [{"hours": 9, "minutes": 30, "way_point_id": "tour", "repeats": 2, "go_charger": True}]
NEXT_TIME = re.compile(r"^\w{3}, \d\d/\d\d/\d{4} 09:30 \+09:00$")


@pytest.fixture(scope="module")
def floor(server) -> int:
    return server.aide.way(server.home, MAP_ID, [{"x": 1, "y": 1}, {"x": 9, "y": 1}])


@pytest.fixture
def schedules(server):
    """`schedules()`: all of them as the API tells them. They are gone after the test."""
    token = server.login("owner")

    def read() -> list[dict]:
        return server.call("GET", "/api/fleet/schedules", token=token).json()["results"]

    yield read
    for schedule in read():
        server.call("DELETE", f"/api/fleet/schedules/{schedule['id']}", token=token)


@pytest.fixture
def make_schedule(server, floor, schedules):
    token = server.login("owner")

    def make(title="Morning round", **facts) -> dict:
        body = {"floor_id": floor, "title": title, "robots": ["bot-1"], "timers": TIMERS, **facts}
        answer = server.call("POST", "/api/fleet/schedules", body, token)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return make


@pytest.fixture
def open_page(signed_in, server):
    """`open_page("viewer", "?schedule=3", language="ko")`: once the list is there."""

    def go(who: str, query: str = "", **look) -> Page:
        page = signed_in(who, **look)
        page.goto(f"{server.url}/schedules/{query}")
        expect(page.locator("#schedules")).not_to_have_class(re.compile("loading"))
        return page

    return go


def card(page: Page, title: str):
    return page.locator(".schedule").filter(has=page.get_by_role("button", name=title, exact=True))


def hold(page: Page, button) -> None:
    """Until it counts, however slow the machine is: then it is no longer being held."""
    button.scroll_into_view_if_needed()
    button.hover()
    page.mouse.down()
    page.wait_for_function("() => !document.querySelector('.hold.holding')")
    page.mouse.up()


def test_a_schedule_is_planned_by_the_form(open_page, schedules, floor):
    page = open_page("operator", f"?floor={floor}")
    expect(page.get_by_text("No schedule matches")).to_be_visible()
    page.get_by_role("button", name="New schedule").click()
    expect(page).to_have_url(re.compile("form=new"))
    form = page.get_by_role("region", name="New schedule")
    expect(form.get_by_label("Title")).to_be_focused()
    expect(form.get_by_label("Time zone")).to_have_value("Asia/Seoul")
    form.get_by_label("Title").fill("Morning round")
    form.get_by_label("bot-1").check()
    form.get_by_label("Monday").check()
    form.get_by_label("Wednesday").check()
    form.get_by_label("Time", exact=True).fill("09:30")
    form.get_by_label("Drive the route").select_option("Tour")
    form.get_by_label("Repeats", exact=True).fill("2")
    form.get_by_label("Then to the charger").check()
    expect(form.get_by_text("09:30 on Monday, Wednesday")).to_be_visible()
    expect(form.get_by_role("region", name="Next times").get_by_role("listitem")).to_have_text(
        [NEXT_TIME] * 5
    )
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    made = card(page, "Morning round")
    expect(made).to_contain_text("bot-1")
    expect(made).to_contain_text("tour ×2, then return to the charger")
    expect(made.get_by_role("button", name="Morning round", exact=True)).to_be_focused()
    [told] = schedules()
    [timer] = told["timers"]
    assert (told["robots"], told["week_days"], told["floor_id"]) == (["bot-1"], [1, 3], floor)
    assert {name: timer[name] for name in TIMERS[0]} == TIMERS[0]
    assert re.search(rf"schedule={told['id']}", page.url) and "form=" not in page.url


def test_what_is_wrong_is_said_beside_its_field(open_page, schedules, floor):
    page = open_page("operator", "?form=new")
    form = page.get_by_role("region", name="New schedule")
    form.get_by_label("When").select_option("By a cron entry")
    entry = form.get_by_label("Cron entry: minute hour day month weekday")
    entry.fill("99 9 * * *")
    expect(entry).to_have_accessible_description("has no minute '99': it is 0 to 59")
    entry.fill("*/30 9-18 * * MON-FRI")
    expect(form.get_by_text("20 times a day from 09:00 to 18:30")).to_be_visible()
    expect(entry).to_have_accessible_description("")
    form.get_by_label("Time zone").fill("Nowhere")
    form.get_by_role("button", name="Save").click()
    summary = form.get_by_role("alert")
    expect(summary).to_contain_text("It was not saved. Mend what is marked below.")
    expect(summary).to_be_focused()
    expect(form.get_by_label("Title")).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_label("Title")).to_have_accessible_description(re.compile("blank"))
    form.get_by_label("Title").fill("Rounds")
    form.get_by_label("Time zone").fill("Europe/Paris")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_label("Drive the route")).to_have_accessible_description(
        "Choose a way point list, or the return to the charger."
    )
    form.get_by_label("Then to the charger").check()
    form.get_by_role("button", name="Save").click()
    expect(card(page, "Rounds")).to_contain_text("Europe/Paris")
    assert [one["title"] for one in schedules()] == ["Rounds"]


def test_a_schedule_is_changed_and_keeps_its_timer(open_page, make_schedule, schedules):
    made = make_schedule()
    page = open_page("operator", f"?schedule={made['id']}")
    page.get_by_role("button", name="Edit “Morning round”").click()
    form = page.get_by_role("region", name="Edit “Morning round”")
    expect(form.get_by_label("Drive the route")).to_have_value("tour")
    expect(form.get_by_label("Floor")).to_be_disabled()
    form.get_by_label("Title").fill("Evening round")
    form.get_by_label("Time", exact=True).fill("18:00")
    form.get_by_role("button", name="Add a timer").click()
    second = form.get_by_role("group", name="Timer 2")
    second.get_by_label("Then to the charger").check()
    second.get_by_label("Time", exact=True).fill("20:15")
    expect(second.get_by_text("20:15")).to_be_visible()
    form.get_by_role("button", name="Save").click()
    expect(card(page, "Evening round")).to_contain_text("20:15")
    [told] = schedules()
    first, added = told["timers"]
    assert (first["id"], first["hours"], first["minutes"]) == (made["timers"][0]["id"], 18, 0)
    assert (added["hours"], added["way_point_id"], added["go_charger"]) == (20, "", True)


def test_a_change_of_somebody_else_is_told_in_the_form(open_page, server, make_schedule):
    made = make_schedule()
    page = open_page("operator", f"?schedule={made['id']}&form={made['id']}")
    form = page.get_by_role("region", name="Edit “Morning round”")
    path, token = f"/api/fleet/schedules/{made['id']}", server.login("admin")
    assert server.call("PATCH", path, {"title": "Theirs"}, token).status_code == 200
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(form.get_by_text("Somebody else has changed this meanwhile.")).to_be_visible()
    form.get_by_role("button", name="Take theirs").click()
    expect(page.get_by_label("Title")).to_have_value("Theirs")


def test_it_is_switched_off_and_on_as_the_server_says(open_page, make_schedule, schedules):
    made = make_schedule()
    page = open_page("operator", f"?schedule={made['id']}")
    switch = page.get_by_role("switch", name="“Morning round” is on")
    row = card(page, "Morning round")
    expect(row.get_by_role("listitem").filter(has_text="+09:00")).to_have_text([NEXT_TIME] * 5)
    switch.click()
    expect(row).to_contain_text("It is off: nothing is due.")
    assert schedules()[0]["state"] == "paused"
    page.get_by_role("button", name="On", exact=True).click()
    expect(page).to_have_url(re.compile("state=active"))
    page.get_by_role("button", name="Off", exact=True).click()
    switch.click()
    expect(row.get_by_role("listitem").filter(has_text="+09:00")).to_have_count(5)
    assert schedules()[0]["state"] == "active"


def test_what_the_server_refuses_is_not_shown_as_done(open_page, make_schedule):
    page = open_page("operator", f"?schedule={make_schedule()['id']}")
    problem = {"status": 503, "json": {"detail": "The database is busy."}}
    page.route(
        "**/api/fleet/schedules/*",
        lambda route: (
            route.fulfill(**problem) if route.request.method == "PATCH" else route.continue_()
        ),
    )
    switch = page.get_by_role("switch", name="“Morning round” is on")
    switch.click()
    expect(
        page.get_by_text("“Morning round” was not changed. The database is busy.")
    ).to_be_visible()
    expect(switch).to_be_checked()


def test_run_now_reaches_the_robot_and_tells_how_far_it_has_come(
    open_page, server, fleet, make_schedule
):
    made = make_schedule()
    with Robot(server, fleet.robots[0]) as robot:
        page = open_page("operator", f"?schedule={made['id']}")
        row = card(page, "Morning round")
        expect(row).to_contain_text("It has not run yet.")
        hold(page, row.get_by_role("button", name="Hold to run “Morning round” now"))
        assert robot.hears("drive_route")["params"] == {"way_point_id": "tour", "repeats": 2}
        robot.hears("return_to_charger")
        expect(
            row.get_by_role("status").filter(has_text="2 commands were sent off.")
        ).to_be_visible()
        runs = row.get_by_role("list", name="Last runs").locator("> li")
        expect(runs).to_have_count(1)
        expect(runs).to_contain_text("Fired")
        expect(runs).to_contain_text("by hand")
        expect(runs).to_contain_text("Drive the route DoneReturn to the charger Done")
        runs.get_by_role("link", name="bot-1").click()
    # The robot's page tells where its commands come from, and leads back.
    newest = page.get_by_role("list", name="Commands, newest first").locator("> li").first
    expect(newest).to_contain_text("operator@test.example · Morning round")
    newest.get_by_role("link", name="Morning round").click()
    expect(page).to_have_url(re.compile(rf"/schedules/\?schedule={made['id']}$"))
    expect(card(page, "Morning round")).to_contain_text("Fired")


def test_a_run_by_the_scheduler_shows_by_itself(open_page, server, fleet, make_schedule):
    made = make_schedule()
    page = open_page("viewer", f"?schedule={made['id']}")
    row = card(page, "Morning round")
    expect(row).to_contain_text("It has not run yet.")
    expect(page.locator("#live")).to_contain_text("Live")
    path, token = f"/api/fleet/schedules/{made['id']}/run", server.login("owner")
    assert server.call("POST", path, {}, token).status_code == 201
    expect(row.get_by_role("list", name="Last runs")).to_contain_text("bot-1")


def test_a_run_that_failed_says_why(open_page, server, make_schedule):
    empty = server.aide.floor_map(server.home, "empty_9f")
    timers = [{"hours": 9, "minutes": 30, "go_charger": True}]
    made = make_schedule(robots=["bot-4"], floor_id=empty, timers=timers)
    page = open_page("operator", f"?schedule={made['id']}")
    row = card(page, "Morning round")
    row.get_by_role("button", name="Edit").click()
    page.get_by_label("bot-4").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("All on the floor")
    hold(page, row.get_by_role("button", name="Hold to run “Morning round” now"))
    expect(row.get_by_role("status")).to_contain_text("Nothing was sent off. No robot is on")
    expect(row.get_by_role("list", name="Last runs")).to_contain_text("Failed")


def test_it_is_deleted_by_a_hold_not_by_a_click(open_page, make_schedule, schedules):
    page = open_page("operator", f"?schedule={make_schedule()['id']}")
    button = page.get_by_role("button", name="Hold to delete “Morning round”")
    button.click()
    expect(page.get_by_text("Nothing was sent: hold for one second.")).to_be_visible()
    assert len(schedules()) == 1
    hold(page, button)
    expect(page.get_by_text("“Morning round” was deleted.")).to_be_visible()
    expect(page.get_by_text("No schedules yet")).to_be_visible()
    until(lambda: schedules() == [])
    expect(page).not_to_have_url(re.compile("schedule="))


def test_the_keyboard_is_enough(open_page, make_schedule, schedules):
    make_schedule("First")
    make_schedule("Second")
    page = open_page("operator")
    page.keyboard.press("j")
    page.keyboard.press("j")
    opener = page.get_by_role("button", name="Second", exact=True)
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    remove = page.get_by_role("button", name="Hold to delete “Second”")
    remove.focus()
    page.keyboard.down("Enter")
    expect(page.get_by_text("“Second” was deleted.")).to_be_visible()
    page.keyboard.up("Enter")
    assert [one["title"] for one in schedules()] == ["First"]
    page.keyboard.press("n")
    expect(page.get_by_role("region", name="New schedule")).to_be_visible()


def test_a_viewer_looks_and_changes_nothing(open_page, make_schedule):
    page = open_page("viewer", f"?schedule={make_schedule()['id']}")
    row = card(page, "Morning round")
    expect(row).to_contain_text("09:30")
    expect(row.locator(".pill").first).to_have_text("On")
    names = re.compile("New schedule|Edit|Hold to")
    expect(page.get_by_role("button", name=names)).to_have_count(0)
    expect(page.get_by_role("switch")).to_have_count(0)
    page.goto(page.url.split("?")[0] + "?form=new")
    expect(row).to_be_visible()
    expect(page.locator("#schedule-form")).to_have_count(0)


def test_a_stranger_sees_none(open_page, make_schedule):
    made = make_schedule()
    page = open_page("stranger")
    expect(page.get_by_text("No schedules yet")).to_be_visible()
    expect(page.locator(".schedule")).to_have_count(0)
    page = open_page("stranger", f"?schedule={made['id']}")
    expect(
        page.get_by_text(f"There is no schedule {made['id']}, or you may not see it.")
    ).to_be_visible()
    expect(page.locator(".schedule")).to_have_count(0)


def test_a_list_that_cannot_be_read_says_so_and_is_tried_again(signed_in, server, make_schedule):
    make_schedule()
    page = signed_in("viewer")
    page.route("**/api/fleet/schedules?*", lambda route: route.abort())
    page.goto(f"{server.url}/schedules/")
    expect(page.get_by_role("alert")).to_contain_text("The schedules could not be read")
    page.unroute("**/api/fleet/schedules?*")
    page.get_by_role("button", name="Try again").click()
    expect(card(page, "Morning round")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_the_list_is_filtered_by_floor_and_by_robot(open_page, server, fleet, make_schedule, floor):
    other = server.aide.floor_map(server.home, f"other_{floor}_{len(server.robots)}")
    make_schedule("Here")
    make_schedule("There", floor_id=other, robots=["bot-2"], timers=[])
    page = open_page("viewer", f"?floor={other}")
    expect(card(page, "There")).to_be_visible()
    expect(page.locator(".schedule")).to_have_count(1)
    page.get_by_label("Floor").select_option("Every floor")
    expect(page.locator(".schedule")).to_have_count(2)
    page.goto(f"{server.url}/robots/{fleet.robots[0]['id']}/?tab=commands")
    page.get_by_role("link", name="Schedules of this robot").click()
    expect(page.locator(".schedule")).to_have_count(1)
    expect(card(page, "Here")).to_be_visible()
    page.get_by_role("button", name="All robots").click()
    expect(page.locator(".schedule")).to_have_count(2)
    page.goto(f"{server.url}/sites/{server.home}/floors/{MAP_ID}/")
    page.locator(".floor-head").get_by_role("link", name="Schedules").click()
    expect(page).to_have_url(re.compile(rf"floor={floor}$"))
    expect(page.locator(".schedule")).to_have_count(1)


def test_in_korean_on_a_telephone(open_page, make_schedule):
    made = make_schedule(week_days=[1])
    page = open_page("operator", f"?schedule={made['id']}", language="ko", theme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    row = card(page, "Morning round")
    expect(row).to_contain_text("월요일 09:30")
    expect(row).to_contain_text("tour ×2 후 충전기로 복귀")
    expect(row.get_by_role("listitem").filter(has_text="+09:00").first).to_have_text(
        re.compile(r"^\d{4}\. \d\d\. \d\d\. \(월\) 09:30 \+09:00$")
    )
    page.get_by_role("button", name="“Morning round” 편집").click()
    form = page.get_by_role("region", name="“Morning round” 편집")
    form.get_by_label("시각", exact=True).fill("08:05")
    expect(form.get_by_text("월요일 08:05")).to_be_visible()
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(over) == 0
    form.get_by_role("button", name="저장").click()
    expect(row).to_contain_text("월요일 08:05")
