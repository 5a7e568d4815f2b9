"""Asking devices by the page: held, not clicked; told as it goes; closed during a replay."""

import re

import pytest
from playwright.sync_api import Page, expect

from .obeying import Robot, robots

HELD_MS = 1200


@pytest.fixture
def robot(server, fleet):
    with Robot(server, fleet.robots[0]) as connected:
        yield connected


@pytest.fixture
def robot_page(signed_in, server, robot) -> Page:
    page = signed_in("operator")
    page.goto(f"{server.url}/robots/{robot.row['id']}/?tab=commands")
    expect(page.locator("#live")).to_contain_text("Live")
    return page


def stop_button(page: Page):
    return page.get_by_role("button", name="Hold to stop bot-1")


def hold(page: Page, button) -> None:
    button.hover()
    page.mouse.down()
    page.wait_for_timeout(HELD_MS)
    page.mouse.up()


def command_rows(page: Page):
    return page.get_by_role("list", name="Commands, newest first").locator("> li")


def test_a_held_button_stops_the_robot_and_says_so(robot_page, robot):
    hold(robot_page, stop_button(robot_page))
    robot.hears("stop")
    expect(robot_page.locator("#stop [role=status]")).to_have_text("Stop · Done")
    newest = command_rows(robot_page).first
    expect(newest).to_contain_text("Stop")
    expect(newest).to_contain_text("operator@test.example")
    expect(newest.get_by_role("listitem")).to_have_text(["✓Asked", "✓Sent", "✓Accepted", "✓Done"])


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_key_is_held_as_well(robot_page, robot, key):
    button = stop_button(robot_page)
    expect(button).to_have_attribute("title", re.compile("hold Enter or Space"))
    button.focus()
    robot_page.keyboard.down(key)
    expect(button).to_contain_text("Keep holding")
    robot_page.wait_for_timeout(HELD_MS)
    robot_page.keyboard.up(key)
    robot.hears("stop")
    expect(robot_page.locator("#stop [role=status]")).to_have_text("Stop · Done")


def test_a_short_press_sends_nothing_and_says_why(robot_page, robot):
    stop_button(robot_page).click()
    expect(robot_page.get_by_text("Nothing was sent: hold for one second.")).to_be_visible()
    robot_page.keyboard.press("Enter")
    hint = "Nothing was sent: hold Enter or Space for one second."
    expect(robot_page.get_by_text(hint)).to_be_visible()
    robot_page.wait_for_timeout(HELD_MS)
    assert robot.names() == []
    expect(robot_page.locator("#stop [role=status]")).to_have_text("")


def test_a_refusal_is_told_with_its_reason(robot_page, robot):
    robot.answers = [{"state": "failed", "detail": "the battery is empty"}]
    robot_page.get_by_role("button", name="Resume").click()
    newest = command_rows(robot_page).first
    expect(newest).to_contain_text("Failed")
    expect(newest).to_contain_text("the battery is empty")


def test_what_the_robot_has_not_answered_is_not_shown_as_done(robot_page, robot):
    robot.answers = []
    robot_page.get_by_role("button", name="Show itself").click()
    newest = command_rows(robot_page).first
    expect(newest.locator("[aria-current=step]")).to_have_text("✓Sent")
    newest.get_by_role("button", name="Cancel").click()
    expect(newest).to_contain_text("Canceled")


def test_a_goal_is_pointed_at_on_the_map(robot_page, robot):
    pick = robot_page.get_by_role("button", name="Point on the map")
    pick.click()
    expect(pick).to_have_attribute("aria-pressed", "true")
    robot_page.locator("#indoor").click(position={"x": 300, "y": 120})
    x, y = robot_page.get_by_label("x", exact=True), robot_page.get_by_label("y", exact=True)
    expect(x).to_have_value(re.compile(r"^-?\d+$"))
    wanted = {"x": int(x.input_value()), "y": int(y.input_value()), "map_id": "hall_1f"}
    robot_page.locator("form[data-command=go_to]").get_by_role("button", name="Send").click()
    assert robot.hears("go_to")["params"] == wanted


def test_a_route_of_the_floor_is_driven(signed_in, server, robot):
    token = server.login("owner")
    floor = server.aide.floor_map(server.home, "hall_1f")
    way = {
        "way_point_id": "tour",
        "name": "The tour",
        "points": [{"x": 1, "y": 1}, {"x": 9, "y": 1}],
    }
    made = server.call("POST", f"/api/fleet/floors/{floor}/way-points", way, token)
    assert made.status_code == 201, made.text
    page = signed_in("operator")
    page.goto(f"{server.url}/robots/{robot.row['id']}/?tab=commands")
    page.get_by_label("Drive the route").select_option("The tour")
    page.get_by_label("times").fill("3")
    page.locator("form[data-command=drive_route]").get_by_role("button", name="Send").click()
    assert robot.hears("drive_route")["params"] == {"way_point_id": "tour", "repeats": 3}
    expect(command_rows(page).first).to_contain_text("Drive the route tour ×3")


def test_during_a_replay_nothing_can_be_sent(robot_page, robot):
    robot_page.keyboard.press("Shift+ArrowLeft")
    expect(robot_page.locator("#replay")).to_be_visible()
    expect(stop_button(robot_page)).to_be_disabled()
    expect(robot_page.get_by_role("button", name="Resume")).to_be_disabled()
    expect(robot_page.get_by_text("This is a replay: commands are off.")).to_be_visible()
    robot_page.keyboard.press("l")
    expect(stop_button(robot_page)).to_be_enabled()
    expect(robot_page.get_by_role("button", name="Resume")).to_be_enabled()


def test_who_may_not_send_sees_commands_but_no_buttons(signed_in, server, robot):
    page = signed_in("viewer")
    page.goto(f"{server.url}/robots/{robot.row['id']}/?tab=commands")
    expect(command_rows(page).or_(page.get_by_text("Nothing was asked")).first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Hold to stop|Resume|Send"))).to_have_count(0)


def test_the_card_of_the_overview_stops_the_selected_device(signed_in, server, fleet):
    page = signed_in("operator")
    with robots(server, fleet.robots[:2]) as (first, second):
        page.goto(f"{server.url}/?selected={fleet.robots[1]['id']}")
        button = page.get_by_role("button", name="Hold to stop bot-2")
        hold(page, button)
        second.hears("stop")
        expect(page.locator("#card-stop [role=status]")).to_have_text("Stop · Done")
        assert first.names() == []


def test_everything_of_a_workspace_is_stopped_by_one_hold(signed_in, server, fleet):
    page = signed_in("operator")
    with robots(server, fleet.robots[:3]) as connected:
        page.goto(server.url)
        page.get_by_role("button", name="Stop all").click()
        dialog = page.get_by_role("dialog", name="Stop all")
        expect(dialog).to_contain_text("4 devices in “Home” are online and can move.")
        hold(page, dialog.get_by_role("button", name="Hold to stop all in “Home”"))
        for robot in connected:
            robot.hears("stop")
        expect(dialog.get_by_role("status")).to_contain_text("5 devices were told to stop")
        expect(dialog.get_by_role("listitem").filter(has_text="Done")).to_have_text("Done 3")
        expect(dialog.get_by_role("listitem").filter(has_text="Asked")).to_have_text("Asked 2")


def test_a_viewer_has_no_button_to_stop_all(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(server.url)
    expect(page.locator("#live")).to_contain_text("Live")
    expect(page.get_by_role("button", name="Stop all")).to_be_hidden()
