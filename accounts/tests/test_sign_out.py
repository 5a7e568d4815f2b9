"""Signing out of the pages or of the console leaves nothing behind in the browser."""

import pytest
from django.test import Client

from accounts import tokens
from accounts.authentication import ACCESS_COOKIE, REFRESH_COOKIE, REFRESH_PATH
from accounts.selectors import actor_from
from conftest import PASSWORD


@pytest.fixture
def browser(viewer) -> Client:
    """Signed in by the pages, and by the API with cookies."""
    client = Client()
    client.post("/login/", {"email": viewer.email, "password": PASSWORD})
    body = {"email": viewer.email, "password": PASSWORD}
    assert client.post("/login", body, content_type="application/json").status_code == 200
    return client


@pytest.mark.parametrize("path", ["/logout/", "/admin/logout/"])
def test_signing_out_ends_session_and_tokens(browser, path):
    access = browser.cookies[ACCESS_COOKIE].value
    assert browser.get("/api/fleet/me").status_code == 200
    answer = browser.post(path)
    assert answer.status_code == 302
    assert answer.cookies[ACCESS_COOKIE].value == ""
    assert answer.cookies[REFRESH_COOKIE].value == ""
    assert answer.cookies[REFRESH_COOKIE]["path"] == REFRESH_PATH
    assert browser.get("/api/fleet/me").status_code == 401
    assert actor_from(tokens.verify(access)) is None


def test_signing_in_by_the_page_silences_the_token_of_whoever_was_here(browser, operator):
    browser.post("/logout/")
    browser.cookies[ACCESS_COOKIE] = "somebody's"
    answer = browser.post("/login/", {"email": operator.email, "password": PASSWORD})
    assert answer.status_code == 302
    assert browser.get("/api/fleet/me").json()["email"] == operator.email


def test_signing_out_without_any_cookie_is_no_crash(db):
    assert Client().post("/logout/").status_code == 302
