"""Changing one's password in the browser, and coming in with a temporary one."""

import pytest
from playwright.sync_api import Page, expect

from fleet_platform.tests.aide import PASSWORD

from .test_every_page import FAULTS

NEW = "a longer and better one"


def sign_in(page: Page, url: str, email: str, password: str) -> None:
    page.goto(f"{url}/login/")
    page.locator("#email").fill(email)
    page.locator("#password").fill(password)
    page.keyboard.press("Enter")


@pytest.fixture
def forgetful(server) -> str:
    name, _ = server.new_person("viewer")
    return f"{name}@test.example"


def test_from_the_menu_to_a_new_password_by_keyboard(page, server, forgetful):
    sign_in(page, server.url, forgetful, PASSWORD)
    page.locator("#user-menu summary").click()
    page.get_by_role("link", name="Change password").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Change password")
    expect(page.locator("#old_password")).to_be_focused()
    page.keyboard.type("not my password")
    page.locator("#new_password").fill(NEW)
    page.locator("#again").fill(NEW)
    page.keyboard.press("Enter")
    expect(page.locator("#old-error")).to_have_text("This is not your password.")
    expect(page.locator("#old_password")).to_be_focused()
    assert page.evaluate(FAULTS) == []
    page.locator("#old_password").fill(PASSWORD)
    page.locator("#new_password").fill(NEW)
    page.locator("#again").fill(NEW)
    page.keyboard.press("Enter")
    expect(page.locator("#notices")).to_contain_text("Your new password is set.")


@pytest.mark.parametrize("width", [1440, 390])
def test_a_temporary_password_leads_to_a_new_one_and_in(page, server, forgetful, width):
    page.set_viewport_size({"width": width, "height": 844})
    secret = server.aide.temporary_password_for(forgetful)
    sign_in(page, server.url, forgetful, secret)
    expect(page.get_by_role("heading", level=1)).to_have_text("Set a new password")
    assert page.evaluate(FAULTS) == []
    page.goto(server.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Set a new password")
    page.locator("#new_password").fill(NEW)
    page.locator("#again").fill("another")
    page.keyboard.press("Enter")
    expect(page.locator("#again-error")).to_have_text("The two passwords differ.")
    page.locator("#new_password").fill(NEW)
    page.locator("#again").fill(NEW)
    page.keyboard.press("Enter")
    expect(page.locator("#user-menu")).to_be_visible() if width > 900 else None
    expect(page).to_have_url(f"{server.url}/")
