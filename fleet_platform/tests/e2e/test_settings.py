"""What people choose for themselves, and where they are told of alarms."""

import re
from email import message_from_string
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from fleet_platform.tests.hooks import listening_hook
from fleet_platform.tests.server import until

HELD_MS = 1200


@pytest.fixture(scope="module")
def mail(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("mail")


@pytest.fixture(scope="module")
def server(server_maker, mail):
    made = server_maker(
        EMAIL_BACKEND="django.core.mail.backends.filebased.EmailBackend",
        EMAIL_FILE_PATH=str(mail),
        NOTIFY_PRIVATE_ADDRESSES="1",
    )
    yield made
    made.stop()


@pytest.fixture
def settings(signed_in, server) -> Page:
    page = signed_in("operator")
    page.goto(f"{server.url}/settings/")
    expect(page.get_by_role("heading", level=1, name="Settings")).to_be_visible()
    return page


def channels(page: Page):
    return page.get_by_role("list", name="Notifications").get_by_role("listitem")


def add(page: Page, address: str, kind: str = "email") -> None:
    page.get_by_label("Kind of channel").select_option(kind)
    page.get_by_label("E-mail address or URL").fill(address)
    page.get_by_role("button", name="Add", exact=True).click()


def remove(page: Page, address: str) -> None:
    page.get_by_role("button", name=f"Hold to delete {address}").hover()
    page.mouse.down()
    page.wait_for_timeout(HELD_MS)
    page.mouse.up()
    expect(channels(page).filter(has_text=address)).to_have_count(0)


def code_for(mail: Path, address: str) -> str:
    """The code in the newest letter to that address."""

    def newest() -> str | None:
        letters = [message_from_string(path.read_text()) for path in sorted(mail.iterdir())]
        bodies = [one.get_payload(decode=True).decode() for one in letters if one["To"] == address]
        return bodies[-1] if bodies else None

    return re.search(r"^\S{30,}$", until(newest), re.MULTILINE)[0]


def test_ones_own_address_is_told_at_once(settings):
    expect(settings.get_by_text("Nowhere yet.")).to_be_visible()
    add(settings, "operator@test.example")
    row = channels(settings)
    expect(row).to_contain_text("operator@test.example")
    expect(row.locator(".pill")).to_have_text("On")
    row.get_by_label("Alarms of operator@test.example").select_option("critical")
    row.get_by_label("Also when cleared").check()
    settings.reload()
    expect(row.get_by_label("Alarms of operator@test.example")).to_have_value("critical")
    expect(row.get_by_label("Also when cleared")).to_be_checked()
    row.get_by_label("On", exact=True).uncheck()
    expect(row.locator(".pill")).to_have_text("Off")
    remove(settings, "operator@test.example")
    expect(settings.get_by_text("Nowhere yet.")).to_be_visible()


def test_another_address_has_to_agree_first(settings, mail):
    add(settings, "night-shift@test.example")
    row = channels(settings)
    expect(row.locator(".pill")).to_have_text("Not confirmed")
    code = row.get_by_label("Code sent to night-shift@test.example")
    code.fill("a guess")
    row.get_by_role("button", name="Confirm").click()
    expect(row).to_contain_text("is not the code of this address, or too old")
    code.fill(code_for(mail, "night-shift@test.example"))
    row.get_by_role("button", name="Confirm").click()
    expect(row.locator(".pill")).to_have_text("On")
    expect(code).to_be_hidden()
    remove(settings, "night-shift@test.example")


def test_a_webhook_tells_its_secret_once_and_is_tried(settings):
    with listening_hook() as far:
        add(settings, far.url, "webhook")
        secret = settings.locator("[data-part=secretText]")
        expect(secret).to_have_text(re.compile("^whsec_"))
        settings.get_by_role("button", name="Done").click()
        channels(settings).get_by_role("button", name="Test").click()
        expect(settings.get_by_text("A test went to")).to_be_visible()
        assert b'"test"' in until(lambda: far.calls)[0].body
    channels(settings).get_by_role("button", name="New secret").click()
    expect(secret).to_be_visible()
    settings.reload()
    expect(channels(settings)).to_have_count(1)
    expect(secret).to_be_hidden()
    remove(settings, far.url)


def test_what_is_wrong_stands_beside_its_field(settings):
    add(settings, "not an address")
    alert = settings.get_by_role("alert")
    expect(alert).to_be_focused()
    expect(alert).to_contain_text("It was not added.")
    address = settings.get_by_label("E-mail address or URL")
    expect(address).to_have_attribute("aria-invalid", "true")
    expect(settings.locator("#channel-address-error")).not_to_be_empty()
    expect(address).to_have_value("not an address")


def test_the_language_is_kept_with_the_account(settings, server):
    settings.get_by_label("Language of pages and messages").select_option("ko")
    settings.get_by_role("button", name="Apply").click()
    expect(settings.locator("html")).to_have_attribute("lang", "ko")
    expect(settings).to_have_url(f"{server.url}/settings/")
    settings.locator("#language").select_option("en")
    settings.locator("#language + button").click()
    expect(settings.locator("html")).to_have_attribute("lang", "en")


def test_the_theme_is_chosen_here_too(settings):
    choice = settings.get_by_role("group", name="Appearance")
    choice.get_by_role("button", name="Dark").click()
    expect(settings.locator("html")).to_have_attribute("data-theme", "dark")
    expect(choice.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")


def test_single_keys_and_the_tone_are_of_this_device(settings, server):
    settings.get_by_label("Tone for critical alarms").check()
    settings.get_by_label("Single-key shortcuts").first.uncheck()
    settings.keyboard.press("?")
    expect(settings.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()
    settings.goto(f"{server.url}/alerts/")
    expect(settings.get_by_label("Tone for critical alarms")).to_be_checked()
    settings.goto(f"{server.url}/settings/")
    settings.get_by_label("Single-key shortcuts").first.check()


def test_the_password_page_is_one_step_away(settings):
    settings.get_by_role("link", name="Change password").click()
    expect(settings.get_by_role("heading", level=1, name="Change password")).to_be_visible()
