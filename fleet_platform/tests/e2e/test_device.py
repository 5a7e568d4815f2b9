"""The page of one device: live, back in time, and back to live."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from .test_overview import changes

REPLAY = "not live"
SEOUL = ZoneInfo("Asia/Seoul")
DAY = 86_400


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


def test_charts_of_the_past_hold_all_that_was_sent(robot_page):
    """Also of a stretch that live samples did not reach while an older one was looked at."""
    robot_page.get_by_role("button", name="Show as table").click()
    cells = robot_page.locator("#chart-table tbody td:nth-child(2)")
    seek(robot_page, 100)
    expect(robot_page.locator("#replay")).to_contain_text(REPLAY)
    expect(cells.filter(has_text="0.50")).to_have_count(12)
    now_x = robot_page.evaluate("Date.now()")
    robot_page.wait_for_function("begun => Date.now() - begun > 1500", arg=now_x)
    seek(robot_page, 20)
    expect(cells.filter(has_text="0.50")).to_have_count(12)


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
    page.goto(f"{server.url}/robots/{fleet.robots[0]['id']}/?t={moment}&tab=raw&raw=json")
    expect(page.locator("#replay")).to_contain_text(REPLAY)
    expect(page.locator("#raw pre")).to_contain_text('"robot_base_status"')
    expect(kpi(page, "place")).to_have_text(re.compile(r"x\s*(9\d|100)\b"))


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def test_values_samples_and_the_document_itself_are_shown(robot_page, fleet):
    open_tab(robot_page, "Raw")
    expect(robot_page.locator("#values")).to_contain_text("robot_base_status")
    robot_page.get_by_role("button", name="Samples").click()
    rows = robot_page.get_by_role("table", name="The newest 50 samples").get_by_role("row")
    expect(rows.first).to_contain_text("robot_base_status.drive_status")
    expect(rows.nth(1)).to_contain_text("Driving")
    robot_page.get_by_role("button", name="JSON").click()
    expect(robot_page.locator("#raw pre")).to_contain_text(f'"device_id": {fleet.robots[0]["id"]}')
    expect(robot_page).to_have_url(re.compile("tab=raw&raw=json"))


def test_tabs_are_walked_with_the_arrows(robot_page):
    events = robot_page.get_by_role("tab", name="Events")
    events.focus()
    for name in ("Drives", "Commands", "Photos", "Raw", "Events"):
        robot_page.keyboard.press("ArrowRight")
        tab = robot_page.get_by_role("tab", name=name)
        expect(tab).to_be_focused()
        expect(tab).to_have_attribute("aria-selected", "true")
    robot_page.keyboard.press("End")
    expect(robot_page.get_by_role("tab", name="Raw")).to_be_focused()


@pytest.mark.parametrize(
    ("name", "beginning"),
    [("CSV", "device_id,"), ("NDJSON", '{"device_id":'), ("GeoJSON", '{"type":')],
)
def test_the_span_shown_is_downloaded(robot_page, name, beginning):
    open_tab(robot_page, "Raw")
    with robot_page.expect_download() as download:
        robot_page.get_by_role("link", name=name, exact=True).click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert text.replace(": ", ":").startswith(beginning)
    assert text.count("hall_1f") > 100


def test_only_the_selected_span_is_downloaded(robot_page):
    seek(robot_page, 100)
    robot_page.keyboard.press("b")
    expect(robot_page.get_by_role("button", name="End the span here")).to_be_visible()
    seek(robot_page, 90)
    robot_page.get_by_role("button", name="End the span here").click()
    expect(robot_page).to_have_url(re.compile(r"from=[^&]+Z&to=[^&]+Z"))
    open_tab(robot_page, "Raw")
    with robot_page.expect_download() as download:
        robot_page.get_by_role("link", name="NDJSON").click()
    lines = download.value.path().read_text().splitlines()
    times = [datetime.fromisoformat(json.loads(line)["time"]) for line in lines]
    assert len(times) > 5
    assert max(times) - min(times) < timedelta(seconds=12)
    robot_page.get_by_role("button", name="Drop the selection").click()
    expect(robot_page).not_to_have_url(re.compile("from="))


def field_time(moment: float) -> str:
    """As a field of date and time has it, where these browsers are."""
    return datetime.fromtimestamp(moment, SEOUL).strftime("%Y-%m-%dT%H:%M:%S")


def test_any_span_up_to_the_limit_is_exported(robot_page, fleet):
    open_tab(robot_page, "Raw")
    panel = robot_page.get_by_role("group", name="Export")
    first, last = panel.get_by_label("From"), panel.get_by_label("To")
    expect(first).not_to_have_value("")
    first.fill(field_time(fleet.began - 30 * DAY))
    last.fill(field_time(fleet.began + 20))
    expect(robot_page).to_have_url(re.compile(r"from=[^&]+Z&to=[^&]+Z"))
    with robot_page.expect_download() as download:
        panel.get_by_role("link", name="NDJSON").click()
    assert 15 < len(download.value.path().read_text().splitlines()) < 25
    robot_page.reload()
    expect(first).to_have_value(field_time(fleet.began - 30 * DAY))
    first.fill(field_time(fleet.began - 400 * DAY))
    expect(panel.get_by_role("status")).to_have_text(re.compile("at most 366 days"))
    expect(panel.get_by_role("link")).to_have_count(0)
    first.fill(field_time(fleet.began - 300 * DAY))
    expect(panel.get_by_role("status")).to_have_text("")
    expect(panel.get_by_role("link", name="CSV", exact=True)).to_be_visible()


def test_a_moment_is_sought_by_date_and_time(robot_page, fleet):
    moment = robot_page.get_by_label("Day and time shown")
    moment.fill(field_time(fleet.began + 120)[:16])
    expect(robot_page.locator("#replay")).to_contain_text(REPLAY)
    expect(robot_page).to_have_url(re.compile(r"[?&]t="))
    moment.fill("0026-01-01T00:00")
    expect(robot_page.locator("#replay-time")).not_to_contain_text("0026")


def test_the_strip_goes_a_day_back_and_returns(robot_page):
    slider = robot_page.locator("[data-part=slider]")
    days = robot_page.get_by_role("group", name="Day and time")
    expect(days.get_by_role("button", name="Next day")).to_be_disabled()
    before = int(slider.get_attribute("max"))
    days.get_by_role("button", name="Previous day").click()
    expect(robot_page.locator("#replay")).to_contain_text(REPLAY)
    robot_page.wait_for_function(
        "before => document.querySelector('[data-part=slider]').max < before - 80_000_000",
        arg=before,
    )
    days.get_by_role("button", name="Previous day").click()
    days.get_by_role("button", name="Next day").click()
    days.get_by_role("button", name="Next day").click()
    robot_page.wait_for_function(
        "before => document.querySelector('[data-part=slider]').max > before - 80_000_000",
        arg=before,
    )


def test_charging_is_told_on_the_strip(signed_in, server, fleet):
    robot = server.new_robot()
    samples = [fleet.robot_sample(time.time() - 300 + 5 * at) for at in range(60)]
    for sample in samples:
        sample["sections"]["robot_base_status"]["drive_status"] = "Charging"
    server.send(server.device_token(robot), *samples)
    page = signed_in("owner")
    page.goto(f"{server.url}/robots/{robot['id']}/?span=10m")
    page.wait_for_function(
        "() => { const canvas = document.querySelector('[data-part=band]');"
        " const context = canvas.getContext('2d');"
        " const y = canvas.height * (52 / 72) - 4;"
        " const { data } = context.getImageData(0, y, canvas.width, 1);"
        " const pixels = {};"
        " for (let at = 0; at < data.length; at += 4) {"
        "   const color = [...data.slice(at, at + 3)].join(); pixels[color] = (pixels[color] ?? 0) + 1; }"
        " return pixels['26,95,180'] > canvas.width / 10; }"
    )


def test_visitors_are_told_by_hour_as_bars_as_a_table_and_as_a_file(signed_in, server, fleet):
    robot = server.new_robot()
    yesterday = time.time() - DAY
    sample = {
        "time": datetime.fromtimestamp(yesterday, UTC).isoformat(),
        "seq": 0,
        "sections": {"visitor_count": {"id": 1, "count": 3, "duration": 10}},
    }
    server.send(server.device_token(robot), sample)
    server.aide.derive()
    page = signed_in("viewer")
    page.goto(f"{server.url}/robots/{robot['id']}/")
    people = page.get_by_role("region", name="People by hour")
    expect(people).to_contain_text("Nobody stopped at the robot on this day.")
    expect(people.get_by_role("button", name="Next day")).to_be_disabled()
    people.get_by_role("button", name="Previous day").click()
    expect(people.get_by_role("status")).to_have_text("3 people")
    expect(people.get_by_role("img")).to_have_attribute("aria-label", re.compile("3 in all"))
    people.get_by_role("button", name="Show people as table").click()
    row = people.get_by_role("row").nth(1)
    expect(row).to_contain_text(re.compile(r"\d\d:00 – \d\d:00\s*3\s*1\s*10"))
    with page.expect_download() as download:
        people.get_by_role("link", name="People by hour as CSV").click()
    assert ",3," in download.value.path().read_text()
    expect(page).to_have_url(re.compile(rf"day={field_time(yesterday)[:10]}"))
    page.reload()
    expect(people.get_by_role("status")).to_have_text("3 people")
    people.get_by_label("Who is counted").select_option("floor")
    expect(people).to_contain_text("The robot is on no floor that is known here.")
    expect(page).to_have_url(re.compile("people=floor"))


def test_people_on_the_floor_are_told_by_hour(signed_in, server, fleet):
    floor = server.aide.floor_map(server.home, "hall_of_people")
    robot = server.new_robot()
    samples = [fleet.robot_sample(time.time() - 60 + at) for at in range(50)]
    for at, sample in enumerate(samples):
        sample["sections"]["pose"] |= {"map_id": "hall_of_people", "traffic": at // 10}
    server.send(server.device_token(robot), *samples)
    server.aide.derive()
    page = signed_in("viewer")
    with page.expect_response(lambda answer: f"/floors/{floor}/traffic?by=hour" in answer.url):
        page.goto(f"{server.url}/robots/{robot['id']}/?people=floor")
    people = page.get_by_role("region", name="People by hour")
    expect(people.get_by_role("status")).to_have_text("4 people")


@pytest.mark.parametrize(
    ("tab", "link", "column"),
    [("Events", "Alarms of this device as CSV", "severity"), ("Drives", "Drives as CSV", "unit")],
)
def test_events_and_drives_are_downloaded(robot_page, tab, link, column):
    open_tab(robot_page, tab)
    with robot_page.expect_download() as download:
        robot_page.get_by_role("link", name=link).click()
    assert column in download.value.path().read_text().splitlines()[0]


def test_shift_and_a_drag_select_a_span_without_leaving_the_present(robot_page):
    box = robot_page.locator("[data-part=slider]").bounding_box()
    middle = box["y"] + box["height"] / 2
    robot_page.keyboard.down("Shift")
    robot_page.mouse.move(box["x"] + 0.7 * box["width"], middle)
    robot_page.mouse.down()
    robot_page.mouse.move(box["x"] + 0.9 * box["width"], middle, steps=4)
    robot_page.mouse.up()
    robot_page.keyboard.up("Shift")
    expect(robot_page.locator("[data-part=brush]")).to_be_visible()
    expect(robot_page.locator("#replay")).to_be_hidden()


def test_a_change_of_the_status_is_an_event_that_leads_to_its_moment(signed_in, server, fleet):
    robot = server.foreign
    token, now = server.device_token(robot), time.time()
    words = ["Driving", "Stop", "Charging"]
    samples = [fleet.robot_sample(now - 60 + 10 * at) for at in range(3)]
    for word, sample in zip(words, samples, strict=True):
        sample["sections"]["robot_base_status"]["drive_status"] = word
    server.send(token, *samples)
    page = signed_in("stranger")
    page.goto(f"{server.url}/robots/{robot['id']}/")
    rows = page.get_by_role("list", name="Events, newest first").locator("> li")
    expect(rows).to_have_text([re.compile("Stopped→Charging"), re.compile("Driving→Stopped")])
    rows.nth(1).get_by_role("button", name="Jump to").click()
    expect(page.locator("#replay")).to_contain_text(REPLAY)
    expect(page.locator("#state")).to_contain_text("Stopped")


def test_drives_are_told_and_lead_to_their_moment(robot_page, server, fleet):
    server.aide.derive()
    open_tab(robot_page, "Drives")
    expect(robot_page.locator("[data-part=totals]")).to_contain_text("1 drive")
    drive = robot_page.get_by_role("list", name="Drives, newest first").locator("> li")
    expect(drive).to_contain_text("under way")
    expect(drive).to_contain_text("hall_1f")
    drive.locator("summary").click()
    drive.get_by_role("button", name="Select the span").click()
    expect(robot_page.locator("[data-part=brush]")).to_be_visible()
    drive.get_by_role("button", name="Jump to").first.click()
    expect(robot_page.locator("#replay")).to_contain_text(REPLAY)
    robot_page.wait_for_function(
        "() => /x\\s*\\d\\b/.test(document.querySelector('#kpis [data-fact=place] dd').textContent)"
    )


def test_pictures_are_listed_with_their_pose(signed_in, server, fleet):
    robot = fleet.robots[2]
    token = server.device_token(robot)
    made = server.call("POST", "/photolog", {"robot_id": robot["name"]}, token)
    assert made.status_code == 201, made.text
    page = signed_in("viewer")
    page.goto(f"{server.url}/robots/{robot['id']}/?tab=photos")
    row = page.get_by_role("list", name="Where pictures were taken").get_by_role("listitem")
    expect(row).to_have_text(re.compile(r"hall_1f · x [\d,]+ · y 300"))
    row.get_by_role("button").first.click()
    expect(page.locator(".pose-ring")).to_have_count(1)
    page.get_by_role("tab", name="Raw").click()
    expect(page.locator(".pose-ring")).to_have_count(0)


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
    open_tab(page, "Raw")
    expect(page.get_by_text("Nothing has been received yet.")).to_be_visible()
    expect(page.get_by_text("This device has not said where it is.")).to_be_visible()
