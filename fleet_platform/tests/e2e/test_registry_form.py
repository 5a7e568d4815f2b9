"""A robot's form in the console, as a manager's hands and eyes meet it."""

import re

import pytest
from playwright.sync_api import Page, expect

from fleet_platform.tests.drawings import drawn

SECTIONS = "() => document.querySelectorAll('details').forEach((part) => (part.open = true))"


@pytest.fixture
def form(signed_in, server) -> Page:
    """The form of one robot, all of it unfolded."""
    page = signed_in("owner")
    page.goto(f"{server.url}/admin/robots/robot/?q={server.robots[0]['name']}")
    page.locator("#result_list a", has_text=server.robots[0]["name"]).first.click()
    page.wait_for_load_state()
    page.evaluate(SECTIONS)
    return page


def saved(page: Page) -> Page:
    page.locator("[name=_continue]").first.click()
    page.wait_for_load_state()
    page.evaluate(SECTIONS)
    return page


def test_a_chosen_picture_is_shown_at_once_and_after_it_is_saved(form):
    picture = {"name": "robot.png", "mimeType": "image/png", "buffer": drawn("PNG", (60, 40))}
    form.locator("input[name=custom_image_on_file]").set_input_files(picture)
    part = form.locator("[data-picture]", has=form.locator("[name=custom_image_on_file]"))
    expect(part.locator("img")).to_be_visible()
    expect(part.locator("img")).to_have_attribute("src", re.compile("^blob:"))
    saved(form)
    shown = part.locator("img")
    expect(shown).to_have_attribute("src", re.compile("^/uploads/"))
    assert shown.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 60


def test_functions_are_added_and_removed_in_rows(form):
    rows = form.locator("[data-function]")
    before = rows.count()
    form.get_by_role("button", name="Add a function").click()
    expect(rows).to_have_count(before + 1)
    expect(rows.last.locator("input[type=text]")).to_be_focused()
    form.keyboard.type("spcfunc-guide")
    rows.last.locator("select").select_option("1")
    saved(form)
    added = form.locator("[data-function]:has(input[value='spcfunc-guide'])")
    expect(added.locator("select")).to_have_value("1")
    added.get_by_label("Remove").check()
    saved(form)
    expect(form.locator("[data-function]:has(input[value='spcfunc-guide'])")).to_have_count(0)


def test_a_row_that_is_wrong_is_told_beside_it(form):
    for _ in range(2):
        form.get_by_role("button", name="Add a function").click()
        form.keyboard.type("spcfunc-twice")
    saved(form)
    expect(form.get_by_text("has spcfunc-twice twice").first).to_be_visible()
    expect(form.locator("input[value='spcfunc-twice']")).to_have_count(2)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_form_fits_the_screen(form, width, theme):
    form.set_viewport_size({"width": width, "height": 900})
    form.evaluate("(theme) => localStorage.setItem('adminTheme', JSON.stringify(theme))", theme)
    form.reload()
    form.evaluate(SECTIONS)
    over = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert form.evaluate(over) <= 0
