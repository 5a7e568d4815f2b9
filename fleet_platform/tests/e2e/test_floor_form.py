"""A floor's form in the console."""

from playwright.sync_api import expect

from fleet_platform.tests.drawings import drawn


def test_the_chosen_plan_is_named_in_the_form(signed_in, server):
    page = signed_in("owner")
    page.goto(f"{server.url}/admin/robots/floormap/add/")
    plan = {"name": "second-floor.png", "mimeType": "image/png", "buffer": drawn("PNG", (60, 40))}
    page.locator("input[name=image]").set_input_files(plan)
    expect(page.get_by_label("Choose file to upload")).to_have_value("second-floor.png")
