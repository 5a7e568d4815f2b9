"""What holds for every page, in both languages and themes, wide and narrow."""

import re

import pytest
from playwright.sync_api import Page, expect

PAGES = [
    "/",
    "/?view=indoor",
    "/?alarms=open",
    "/alerts/?state=all",
    "/schedules/?schedule={schedule}",
    "/schedules/?form=new",
    "/robots/{robot}/",
    "/robots/{robot}/?tab=commands",
    "/robots/{robot}/?tab=raw&raw=samples",
    "/devices/{drone}/",
    "/sites/{home}/floors/hall_1f/",
    "/settings/",
    "/settings/password",
    "/nothing-here",
]

FAULTS = """() => {
  const faults = [];
  const shown = (node) => node.getClientRects().length > 0;
  const named = (node) =>
    node.getAttribute("aria-label")?.trim() ||
    (node.getAttribute("aria-labelledby") && document.getElementById(node.getAttribute("aria-labelledby"))?.textContent.trim()) ||
    node.labels?.length || node.title ||
    [...node.childNodes].some((part) => part.nodeType === 3 ? part.data.trim() : part.getAttribute?.("aria-hidden") !== "true" && part.textContent?.trim());
  const told = (node) => node.outerHTML.slice(0, 120);
  if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
  if (document.querySelectorAll("main").length !== 1) faults.push("not one main");
  if (!document.title.trim()) faults.push("no title");
  for (const node of document.querySelectorAll("button, a[href], input:not([type=hidden]), select, summary, [role=tab]"))
    if (shown(node) && !named(node)) faults.push("without a name: " + told(node));
  for (const node of document.querySelectorAll("img:not([alt])")) faults.push("without alt: " + told(node));
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  for (const id of new Set(ids.filter((one, at) => ids.indexOf(one) !== at))) faults.push("id twice: " + id);
  for (const name of ["aria-controls", "aria-labelledby", "aria-activedescendant"])
    for (const node of document.querySelectorAll(`[${name}]`))
      if (!document.getElementById(node.getAttribute(name))) faults.push(`${name} to nothing: ` + told(node));
  let level = 1;
  for (const heading of [...document.querySelectorAll("h1, h2, h3, h4")].filter(shown)) {
    const now = Number(heading.tagName[1]);
    if (now > level + 1) faults.push("heading skips a level: " + told(heading));
    level = now;
  }
  const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (over > 0) faults.push(`scrolls sideways by ${over}`);
  for (const node of document.querySelectorAll("button, a[href], select, summary")) {
    const box = node.getBoundingClientRect();
    if (shown(node) && !node.matches(".skip, .leaflet-control-attribution a, p a") && (box.width < 24 || box.height < 24))
      faults.push(`smaller than 24 px: ${told(node)}`);
  }
  return faults;
}"""


def settled(page: Page) -> None:
    """Live pages are looked at once their data is there."""
    if page.locator("#live").count():
        expect(page.locator("#live")).to_contain_text(["Live", "실시간"][page_is_korean(page)])
        expect(page.locator(".loading")).to_have_count(0)


def page_is_korean(page: Page) -> bool:
    return page.locator("html").get_attribute("lang") == "ko"


@pytest.fixture(scope="module")
def schedule(server) -> int:
    """One on a floor with a route, run once."""
    token = server.login("owner")
    floor = server.aide.way(server.home, "hall_9f", [{"x": 1, "y": 1}, {"x": 9, "y": 1}])
    timers = [{"hours": 9, "minutes": 30, "way_point_id": "tour", "go_charger": True}]
    body = {"floor_id": floor, "title": "Round", "robots": ["bot-4"], "timers": timers}
    made = server.call("POST", "/api/fleet/schedules", body, token)
    assert made.status_code == 201, made.text
    id = made.json()["id"]
    assert server.call("POST", f"/api/fleet/schedules/{id}/run", {}, token).status_code == 201
    return id


@pytest.mark.parametrize("width", [1440, 390, 320])
@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("ko", "dark")])
@pytest.mark.parametrize("path", PAGES)
def test_the_page_is_sound(signed_in, server, fleet, schedule, path, language, theme, width):
    page = signed_in("owner", language=language, theme=theme)
    page.set_viewport_size({"width": width, "height": 844})
    names = {
        "robot": fleet.robots[0]["id"],
        "drone": fleet.drone["id"],
        "home": server.home,
        "schedule": schedule,
    }
    page.goto(server.url + path.format(**names))
    settled(page)
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("html").get_attribute("data-theme") == theme
    assert page.evaluate(FAULTS) == []


@pytest.mark.parametrize("width", [1440, 390, 320])
@pytest.mark.parametrize("path", ["/login/", "/login/forgotten"])
def test_the_page_before_signing_in_is_sound(page, server, path, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(server.url + path)
    assert page.evaluate(FAULTS) == []


def test_a_wrong_password_is_said_and_focused(page, server):
    page.goto(f"{server.url}/login/")
    page.get_by_label("E-mail").fill("viewer@test.example")
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    alert = page.get_by_role("alert")
    expect(alert).to_have_text("errorThe e-mail address or the password is wrong.")
    expect(alert).to_be_focused()
    expect(page.get_by_label("E-mail")).to_have_value("viewer@test.example")


def test_the_theme_is_chosen_kept_and_shared_with_the_console(signed_in, server, fleet):
    page = signed_in("owner")
    page.goto(server.url)
    page.locator(".menu.theme summary").click()
    with page.expect_response("**/settings/theme") as response:
        page.locator(".menu.theme").get_by_role("button", name="Dark").click()
    assert response.value.status == 204
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("localStorage.adminTheme") == '"dark"'
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(f"{server.url}/admin/")
    expect(page.locator("html")).to_have_class("dark")


def test_the_language_is_switched_in_place(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(server.url)
    page.get_by_label("Kind of device").select_option("robot")
    expect(page).to_have_url(re.compile("kind=robot"))
    page.get_by_role("button", name="한국어").click()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    expect(page).to_have_url(re.compile("kind=robot"))
    expect(page.locator("#list")).to_contain_text("주행 중")


def test_the_skip_link_leads_past_the_header(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(server.url)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_signing_out_ends_at_the_form(signed_in, server, fleet):
    page = signed_in("viewer")
    page.goto(server.url)
    page.locator("#user-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
