"""The fleet overview in a browser: live, filtered, by keyboard, and through trouble."""

import re

from playwright.sync_api import Page, expect

from .conftest import Fleet


def rows(page: Page):
    return page.locator("#list").get_by_role("option")


def fact(page: Page, name: str):
    return page.locator(f"#card [data-fact={name}] dd")


def changes(locator, page: Page) -> None:
    """Waits until the text is another one."""
    before = locator.inner_text()
    expect(locator).not_to_have_text(before)


def test_signing_in_shows_devices_that_move(sign_in, fleet):
    page = sign_in("operator")
    expect(page.locator("#live")).to_contain_text("Live")
    expect(rows(page)).to_have_count(5)
    driving = rows(page).filter(has_text="bot-1")
    expect(driving).to_contain_text("Driving")
    expect(driving).to_contain_text("64")
    expect(rows(page).filter(has_text="drone-1")).to_contain_text("62")
    expect(rows(page).filter(has_text="bot-4")).to_contain_text("Offline")
    driving.click()
    expect(fact(page, "battery")).to_have_text(re.compile("64"))
    changes(fact(page, "place"), page)


def test_chips_count_and_filter(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(server.url)
    expect(rows(page)).to_have_count(5)
    offline = page.get_by_role("button", name="Offline")
    expect(offline.locator(".count")).to_have_text("1")
    offline.click()
    expect(rows(page)).to_have_count(1)
    expect(offline).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("status=offline"))
    page.reload()
    expect(rows(page)).to_have_count(1)


def test_the_address_of_a_robot_leads_to_its_floor(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(f"{server.url}/?selected={fleet.robots[0]['id']}")
    expect(page.get_by_role("button", name="Indoor")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Selected device")).to_contain_text("bot-1")


def test_a_filter_that_hides_all_says_so_and_is_cleared(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(f"{server.url}/?q=nothing+like+it")
    expect(page.get_by_text("0 of 5 devices match.")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    expect(rows(page)).to_have_count(5)
    expect(page.locator("#no-match")).to_be_hidden()


def test_matches_on_the_other_map_are_told_and_shown(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(f"{server.url}/?view=outdoor&q=bot-1")
    expect(page.get_by_text("1 match is indoors.")).to_be_visible()
    page.get_by_role("button", name="Show indoors").click()
    expect(page.get_by_role("button", name="Indoor", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.get_by_text("1 match is indoors.")).to_be_hidden()


def test_who_may_watch_nothing_is_told_so_instead_of_being_kept_waiting(signed_in, server, fleet):
    name, _id = server.new_person("guardian")
    page = signed_in(name)
    page.goto(server.url)
    expect(page.get_by_text("No fleet to watch")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_text("No fleet to watch")).to_be_visible()
    expect(page.locator("#live")).to_have_count(0)
    expect(page.locator("#stage")).to_be_hidden()
    expect(page.get_by_role("group", name="Status")).to_be_hidden()


def test_the_kind_narrows_list_and_counts(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(server.url)
    page.get_by_label("Kind of device").select_option("drone")
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("button", name="All", exact=False).locator(".count")).to_have_text("1")


def test_the_keyboard_searches_walks_opens_and_helps(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(server.url)
    expect(rows(page)).to_have_count(5)
    page.keyboard.press("/")
    page.keyboard.type("bot-2")
    expect(rows(page)).to_have_count(1)
    page.keyboard.press("Enter")
    expect(rows(page).first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="bot-2")).to_be_visible()


def test_the_keyboard_walks_the_list(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(server.url)
    expect(rows(page)).to_have_count(5)
    chosen = page.locator('#list [aria-selected="true"]')
    for key, name in [("j", "bot-1"), ("j", "bot-2"), ("ArrowDown", "bot-3"), ("k", "bot-2")]:
        page.locator("#list").focus()
        page.keyboard.press(key)
        expect(chosen).to_contain_text(name)


def test_single_keys_can_be_turned_off(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(server.url)
    expect(rows(page)).to_have_count(5)
    page.keyboard.press("?")
    page.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator('#list [aria-selected="true"]')).to_have_count(0)


def test_floors_are_learned_from_robots_and_counted(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(f"{server.url}/?view=indoor")
    floor = page.locator("#floors button")
    expect(floor).to_have_text(re.compile(r"hall_1f\s*3"))
    expect(page.get_by_text("No floor image for map hall_1f.")).to_be_visible()


def test_half_a_turn_has_one_name(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(server.url)
    told = page.evaluate(
        """async () => {
          const { facts } = await import("fleet/kinds");
          const place = { kind: "indoor", map: "m", x: 1, y: 2, rotate: -180 };
          return facts({ sections: {} }, { place }).find(([key]) => key === "heading")[2];
        }"""
    )
    assert told == "180°"


def test_the_selection_survives_a_reload(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(server.url)
    rows(page).filter(has_text="drone-1").click()
    expect(page.locator("#card h2")).to_have_text("drone-1")
    page.reload()
    expect(page.locator("#card h2")).to_have_text("drone-1")
    page.locator("#card").get_by_role("button", name="Close").click()
    expect(page.locator("#card")).to_be_hidden()


def test_a_stranger_sees_none_of_it(signed_in, server, fleet):
    page = signed_in("stranger")
    page.goto(server.url)
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_have_text(re.compile("bot-elsewhere"))
    page.goto(f"{server.url}/robots/{fleet.robots[0]['id']}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing at this address")


def test_an_ended_session_asks_to_sign_in_again(signed_in, server, fleet, context):
    page = signed_in("viewer")
    page.goto(f"{server.url}/?q=bot")
    expect(page.locator("#live")).to_contain_text("Live")
    key = next(row["value"] for row in context.cookies() if row["name"] == "sessionid")
    server.aide.end_browser_session(key)
    dialog = page.get_by_role("dialog", name="You are signed out")
    expect(dialog).to_be_visible()
    dialog.get_by_role("link", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/login/\?next=%2F%3F"))


def test_the_page_lives_on_after_the_server_came_back(server_maker, page, context):
    server = server_maker()
    fleet = Fleet(server).start()
    try:
        key = server.aide.browser_session("viewer@test.example")
        context.add_cookies([{"name": "sessionid", "value": key, "url": server.url}])
        page.goto(server.url)
        rows(page).filter(has_text="bot-1").click()
        changes(fact(page, "place"), page)
        server.stop()
        expect(page.locator("#live")).to_contain_text("Reconnecting")
        expect(page.locator("body")).to_have_class(re.compile("frozen"))
        server.start()
        expect(page.locator("#live")).to_contain_text("Live")
        changes(fact(page, "place"), page)
        expect(page.locator("body")).not_to_have_class(re.compile("frozen"))
    finally:
        fleet.stop()
        server.stop()
