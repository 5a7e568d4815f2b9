"""Alarms as a person meets them: bell, banner, drawer, the page of all, and the events of a device."""

import re

import pytest
from playwright.sync_api import Page, expect

from fleet_platform.tests.server import until

from .conftest import MAP_ID

EVERYWHERE = [[-1000, -1000], [100_000, -1000], [100_000, 1000], [-1000, 1000]]


@pytest.fixture(scope="module")
def token(server) -> str:
    return server.login("owner")


@pytest.fixture
def alarms(server, fleet, token):
    """`alarms(state="raised")`: three critical ones, by a red zone that three robots drive into. Gone after the test."""
    body = {"workspace_id": server.home, "map_id": MAP_ID, "name": "No entry"}
    made = server.call("POST", "/api/fleet/zones", {**body, "polygon": EVERYWHERE}, token)
    assert made.status_code == 201, made.text

    def read(**query) -> list[dict]:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return server.call("GET", f"/api/fleet/alarms?{asked}", token=token).json()["results"]

    until(lambda: len(read(state="raised")) == 3)
    yield read
    server.call("DELETE", f"/api/fleet/zones/{made.json()['id']}", token=token)
    for alarm in read(state="raised,acknowledged"):
        server.call("POST", f"/api/fleet/alarms/{alarm['id']}/clear", {}, token)


@pytest.fixture
def alerts(signed_in, server, alarms) -> Page:
    """The page of all alarms, as an operator sees it."""
    page = signed_in("operator")
    page.goto(f"{server.url}/alerts/")
    expect(rows(page)).to_have_count(3)
    return page


def rows(page: Page):
    return page.get_by_role("table").locator("tbody tr")


def test_the_bell_counts_and_the_banner_names_the_worst(signed_in, server, alarms):
    page = signed_in("operator")
    page.goto(f"{server.url}/settings/")
    expect(page.locator("#bell")).to_have_attribute("aria-label", "Alarms: 3 open")
    banner = page.get_by_role("complementary", name="Critical alarms")
    expect(banner).to_contain_text("In the red zone “No entry”")
    expect(banner).to_contain_text("and 2 more")
    first = banner.get_by_role("link").first.inner_text()
    banner.get_by_role("button", name="Acknowledge").click()
    expect(banner).to_contain_text("and 1 more")
    expect(banner.get_by_role("link").first).not_to_have_text(first)
    assert [one["device_name"] for one in alarms(state="acknowledged")] == [first]


def test_an_alarm_comes_to_an_open_page_and_is_spoken_once(signed_in, server, fleet, token):
    page = signed_in("operator")
    page.goto(server.url)
    expect(page.locator("#bell")).to_have_attribute("aria-label", "Alarms: none open")
    expect(page.get_by_role("complementary", name="Critical alarms")).to_be_hidden()
    body = {"workspace_id": server.home, "map_id": MAP_ID, "name": "New", "polygon": EVERYWHERE}
    zone = server.call("POST", "/api/fleet/zones", body, token).json()
    expect(page.locator("#bell")).to_have_attribute("aria-label", "Alarms: 3 open")
    expect(page.locator("#announcer")).to_have_text(
        re.compile(r"Alarm: bot-\d: In the red zone “New”")
    )
    server.call("DELETE", f"/api/fleet/zones/{zone['id']}", token=token)
    ids = [
        one["id"] for one in server.call("GET", "/api/fleet/alarms", token=token).json()["results"]
    ]
    for id in ids:
        server.call("POST", f"/api/fleet/alarms/{id}/clear", {}, token)
    expect(page.locator("#bell")).to_have_attribute("aria-label", "Alarms: none open")


def test_the_drawer_opens_and_the_address_knows(signed_in, server, alarms):
    page = signed_in("viewer")
    page.goto(server.url)
    drawer = page.get_by_role("region", name="Alarms")
    expect(drawer.get_by_role("listitem")).to_have_count(1)
    expect(drawer).to_contain_text("3 open, 3 unanswered")
    drawer.get_by_role("button", name="Alarms").click()
    expect(drawer.get_by_role("listitem")).to_have_count(3)
    expect(page).to_have_url(re.compile("alarms=open"))
    expect(drawer.get_by_role("button", name=re.compile("Acknowledge"))).to_have_count(0)


def test_devices_in_alarm_stand_first_and_have_a_chip_of_their_own(signed_in, server, alarms):
    page = signed_in("viewer")
    page.goto(server.url)
    devices = page.locator("#list").get_by_role("option")
    expect(devices).to_have_count(5)
    chip = page.get_by_role("group", name="Status").get_by_role("button", name="Alarm")
    expect(chip.locator(".count")).to_have_text("3")
    for number in range(3):
        expect(devices.nth(number)).to_contain_text("In the red zone “No entry”")
    expect(devices.nth(3)).not_to_contain_text("red zone")
    chip.click()
    expect(devices).to_have_count(3)
    expect(page).to_have_url(re.compile("status=alarm"))


def test_the_banner_tells_that_what_it_says_is_over(signed_in, server, alarms, token):
    page = signed_in("operator")
    page.goto(f"{server.url}/settings/")
    banner = page.get_by_role("complementary", name="Critical alarms")
    expect(banner).to_contain_text("In the red zone “No entry”")
    expect(banner).not_to_contain_text("Over")
    zones = server.call("GET", "/api/fleet/zones", token=token).json()["results"]
    for zone in zones:
        server.call("DELETE", f"/api/fleet/zones/{zone['id']}", token=token)
    expect(banner).to_contain_text("In the red zone “No entry” · Over")


def test_an_opened_drawer_without_alarms_says_so(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(f"{server.url}/?alarms=open")
    expect(page.get_by_role("region", name="Alarms")).to_contain_text("No alarm is open.")


@pytest.mark.parametrize("width", [390, 1440])
def test_the_banner_and_the_filter_of_alarms_fit_the_screen(signed_in, server, alarms, width):
    page = signed_in("operator")
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{server.url}/alerts/")
    banner = page.get_by_role("complementary", name="Critical alarms")
    expect(banner).to_contain_text("In the red zone")
    assert banner.locator("p").bounding_box()["height"] <= 42
    states = page.get_by_role("group", name="State")
    assert states.evaluate("(box) => box.scrollWidth <= box.clientWidth")


def test_the_alarm_leads_to_its_moment_in_the_replay(signed_in, server, alarms):
    page = signed_in("viewer")
    page.goto(f"{server.url}/?alarms=open")
    row = page.locator("#alarms-list > li").filter(has_text="bot-2")
    row.get_by_role("link", name="Jump to").click()
    expect(page.get_by_role("heading", level=1, name="bot-2")).to_be_visible()
    expect(page.locator("#replay")).to_contain_text("not live")


def test_several_are_acknowledged_at_once_with_a_note(alerts, alarms):
    alerts.get_by_label("Choose all").check()
    expect(alerts.get_by_text("3 chosen")).to_be_visible()
    alerts.get_by_label("Note").fill("a cleaner moved the fence")
    chosen = alerts.get_by_role("region", name="Chosen alarms")
    chosen.get_by_role("button", name="Acknowledge").click()
    expect(alerts.get_by_text("3 alarms answered")).to_be_visible()
    for number in range(3):
        expect(rows(alerts).nth(number)).to_contain_text("Acknowledged by operator@test.example")
        expect(rows(alerts).nth(number)).to_contain_text("a cleaner moved the fence")
    assert {one["note"] for one in alarms(state="acknowledged")} == {"a cleaner moved the fence"}


def test_the_keyboard_walks_chooses_and_acknowledges(alerts, alarms):
    for key in ("j", "j", "x", "k", "x"):
        alerts.keyboard.press(key)
    expect(alerts.get_by_text("2 chosen")).to_be_visible()
    alerts.keyboard.press("a")
    expect(alerts.get_by_text("2 alarms answered")).to_be_visible()
    assert len(alarms(state="acknowledged")) == 2
    alerts.keyboard.press("j")
    alerts.keyboard.press("j")
    alerts.keyboard.press("a")
    until(lambda: len(alarms(state="acknowledged")) == 3)


def test_an_acknowledged_alarm_is_cleared(alerts, alarms):
    row = rows(alerts).first
    row.get_by_role("button", name="Acknowledge").click()
    row.get_by_role("button", name="Clear").click()
    expect(row).to_contain_text("Cleared by operator@test.example")
    expect(row.get_by_role("button")).to_have_count(0)
    assert len(alarms(state="raised,acknowledged")) == 2


def test_filters_live_in_the_address(alerts, server):
    alerts.get_by_role("button", name="Acknowledged").click()
    expect(alerts).to_have_url(re.compile("state=acknowledged"))
    expect(alerts.get_by_text("No alarms")).to_be_visible()
    alerts.goto(f"{server.url}/alerts/?severity=info")
    expect(alerts.get_by_text("No alarm matches")).to_be_visible()
    alerts.get_by_role("button", name="Clear filters").click()
    expect(rows(alerts)).to_have_count(3)
    expect(alerts).not_to_have_url(re.compile("severity"))


def test_the_alarms_that_match_are_downloaded(alerts):
    alerts.get_by_label("Severity", exact=True).select_option("critical")
    link = alerts.get_by_role("link", name="The alarms that match as CSV")
    expect(link).to_have_attribute("href", re.compile("severity=critical"))
    with alerts.expect_download() as download:
        link.click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0].startswith("id,device_id,device_name")
    assert len(lines) > 1 and all(",critical," in line for line in lines[1:])


def test_one_devices_alarms_are_named_and_the_filter_dropped(alerts, server, fleet):
    alerts.goto(f"{server.url}/alerts/?state=all&device={fleet.robots[1]['id']}")
    expect(alerts.locator(".filter-chip")).to_contain_text("bot-2")
    expect(rows(alerts).filter(has_text="bot-1")).to_have_count(0)
    alerts.get_by_role("button", name="All devices").click()
    expect(rows(alerts).filter(has_text="bot-1").first).to_be_visible()


def test_what_somebody_else_answers_changes_on_screen(alerts, alarms, server, token):
    [first, *_] = alarms(state="raised")
    server.call("POST", f"/api/fleet/alarms/{first['id']}/acknowledge", {"note": "mine"}, token)
    row = alerts.locator(f"tr[data-alarm='{first['id']}']")
    expect(row).to_contain_text("Acknowledged by owner@test.example")
    expect(row).to_contain_text("“mine”")


def test_a_viewer_reads_and_cannot_answer(signed_in, server, alarms):
    page = signed_in("viewer")
    page.goto(f"{server.url}/alerts/")
    expect(rows(page)).to_have_count(3)
    expect(page.get_by_role("button", name=re.compile("^(Acknowledge|Clear)$"))).to_have_count(0)
    expect(page.get_by_label("Choose all")).to_be_disabled()
    page.keyboard.press("j")
    page.keyboard.press("a")
    assert len(alarms(state="raised")) == 3


def test_a_stranger_sees_none(signed_in, server, alarms):
    page = signed_in("stranger")
    page.goto(f"{server.url}/alerts/")
    expect(page.get_by_text("No open alarms")).to_be_visible()
    expect(page.locator("#bell")).to_have_attribute("aria-label", "Alarms: none open")


def test_a_devices_events_hold_its_alarms(signed_in, server, fleet, alarms):
    page = signed_in("operator")
    page.goto(f"{server.url}/robots/{fleet.robots[0]['id']}/")
    events = page.get_by_role("list", name="Events, newest first")
    mine = events.locator("> li").filter(has_text="In the red zone “No entry”").first
    mine.get_by_role("button", name=re.compile("Acknowledge")).click()
    expect(mine).to_contain_text("Acknowledged by operator@test.example")
    mine.get_by_role("link", name="Jump to").click()
    expect(page.locator("#replay")).to_contain_text("not live")


def test_an_alarm_of_this_very_second_leads_to_its_replay(signed_in, server, fleet, request):
    page = signed_in("viewer")
    page.goto(f"{server.url}/robots/{fleet.robots[1]['id']}/")
    expect(page.locator("#live")).to_contain_text("Live")
    request.getfixturevalue("alarms")
    events = page.get_by_role("list", name="Events, newest first")
    mine = events.locator("> li").filter(has_text="In the red zone “No entry”").first
    mine.get_by_role("link", name="Jump to").click()
    expect(page.locator("#replay")).to_contain_text("not live")


def test_two_keys_lead_to_the_alarms_and_back(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(server.url)
    expect(page.locator("#live")).to_contain_text("Live")
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page.get_by_role("heading", level=1, name="Alarms")).to_be_visible()
    expect(page.locator("#live")).to_contain_text("Live")  # its scripts listen to keys by now
    page.keyboard.press("g")
    page.keyboard.press("f")
    expect(page.get_by_role("heading", level=1, name="Fleet overview")).to_be_attached()
