"""The page of one device: live, back in time, and back to live."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from .test_overview import changes

REPLAY = "not live"


@pytest.fixture
def robot_page(signed_in, server, fleet) -> Page:
    page = signed_in("viewer")
    page.goto(f"{server.url}/robots/{fleet.robots[0]['id']}/")
    expect(page.locator("#state")).to_contain_text("Driving")
    return page


def kpi(page: Page, name: str):
    return page.locator(f"#kpis [data-fact={name}] dd")


def seek(page: Page, seconds_back: float) -> None:
    """Moves the slider as a person's hand does."""
    page.locator("[data-part=slider]").evaluate(
        "(slider, back) => { slider.value = Number(slider.max) - back * 1000;"
        " slider.dispatchEvent(new Event('input', {bubbles: true}));"
        " slider.dispatchEvent(new Event('change', {bubbles: true})); }",
        seconds_back,
    )


def x_of(page: Page) -> int:
    return int(re.search(r"x\s*([\d,]+)", kpi(page, "place").inner_text())[1].replace(",", ""))


def test_the_key_figures_are_live(robot_page):
    expect(kpi(robot_page, "speed")).to_have_text(re.compile(r"0\.5"))
    expect(robot_page.locator("#replay")).to_be_hidden()
    changes(kpi(robot_page, "place"), robot_page)


def test_the_slider_goes_back_and_live_comes_back(robot_page):
    live_x = x_of(robot_page)
    seek(robot_page, 120)
    strip = robot_page.locator("#replay")
    expect(strip).to_contain_text(REPLAY)
    expect(robot_page.locator("#stamp")).to_have_text("")
    robot_page.wait_for_function(
        "most => Number(/x\\s*([\\d,]+)/.exec(document.querySelector('#kpis [data-fact=place] dd')"
        ".textContent)?.[1].replace(',', '')) < most",
        arg=live_x - 60,
    )
    assert live_x - 140 < x_of(robot_page) < live_x - 90
    expect(robot_page).to_have_url(re.compile(r"[?&]t="))
    strip.get_by_role("button", name="Back to live").click()
    expect(strip).to_be_hidden()
    changes(kpi(robot_page, "place"), robot_page)
    assert x_of(robot_page) >= live_x


def test_the_past_can_be_played_faster_until_it_meets_the_present(robot_page):
    seek(robot_page, 100)
    expect(robot_page.locator("#replay")).to_be_visible()
    robot_page.get_by_label("Speed of the replay").select_option("60")
    robot_page.get_by_role("button", name="Play", exact=True).click()
    expect(robot_page.locator("#replay")).to_be_hidden()


def test_the_keyboard_steps_pauses_and_returns(robot_page):
    robot_page.keyboard.press("Shift+ArrowLeft")
    expect(robot_page.locator("#replay")).to_be_visible()
    stands = robot_page.locator("#replay-time").inner_text()
    robot_page.keyboard.press("ArrowLeft")
    expect(robot_page.locator("#replay-time")).not_to_have_text(stands)
    robot_page.keyboard.press("Space")
    expect(robot_page.get_by_role("button", name="Pause")).to_be_visible()
    robot_page.keyboard.press("l")
    expect(robot_page.locator("#replay")).to_be_hidden()


def test_where_nothing_was_received_nothing_is_shown(robot_page):
    seek(robot_page, 3000)
    expect(robot_page.get_by_text("No data at this time.").first).to_be_visible()
    expect(kpi(robot_page, "speed")).to_have_text("–")


def test_a_moment_has_an_address(signed_in, server, fleet):
    page = signed_in("viewer")
    moment = datetime.fromtimestamp(fleet.began + 100, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    page.goto(f"{server.url}/robots/{fleet.robots[0]['id']}/?t={moment}&tab=raw")
    expect(page.locator("#replay")).to_contain_text(REPLAY)
    expect(page.locator("#raw pre")).to_contain_text('"robot_base_status"')
    expect(kpi(page, "place")).to_have_text(re.compile(r"x\s*(9\d|100)\b"))


def test_values_and_raw_show_the_document(robot_page, fleet):
    expect(robot_page.locator("#values")).to_contain_text("robot_base_status")
    robot_page.get_by_role("tab", name="Raw").click()
    expect(robot_page.locator("#raw pre")).to_contain_text(f'"device_id": {fleet.robots[0]["id"]}')


def test_the_span_is_downloaded_as_csv(robot_page):
    with robot_page.expect_download() as download:
        robot_page.get_by_role("link", name="CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0].startswith("device_id,time,seq")
    assert len(lines) > 100


def test_charts_have_words_and_a_table(robot_page):
    plot = robot_page.get_by_role("img").first
    expect(plot).to_have_attribute("aria-label", re.compile("Speed: least 0.50"))
    robot_page.get_by_role("button", name="Show as table").click()
    expect(robot_page.get_by_role("columnheader", name="Battery, %")).to_be_visible()
    expect(robot_page.get_by_role("row")).to_have_count(13)


@pytest.mark.parametrize("window", ["10 min", "1 h", "24 h"])
def test_longer_windows_come_from_the_black_box(robot_page, window):
    chart = robot_page.get_by_role("group", name="Window of the charts")
    with robot_page.expect_response(lambda answer: "resolution=" in answer.url) as response:
        chart.get_by_role("button", name=window).click()
    assert response.value.status == 200
    expect(robot_page.locator(".chart-range").first).to_have_text(re.compile(r"0\.50"))


def test_a_drone_has_an_outdoor_map(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(f"{server.url}/devices/{fleet.drone['id']}/")
    expect(page.locator("#state")).to_contain_text("On its route")
    expect(page.locator("#outdoor")).to_be_visible()
    expect(kpi(page, "height")).to_have_text(re.compile("62"))
    changes(kpi(page, "place"), page)


def test_a_device_that_never_spoke_says_so(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(f"{server.url}/robots/{fleet.robots[3]['id']}/")
    expect(page.locator("#state")).to_contain_text("Offline")
    expect(page.get_by_text("Nothing has been received yet.")).to_be_visible()
    expect(page.get_by_text("This device has not said where it is.")).to_be_visible()
