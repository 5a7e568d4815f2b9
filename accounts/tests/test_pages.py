"""Signing in and out by the browser, and the shell around every page."""

import pytest

from conftest import PASSWORD


@pytest.fixture
def sign_in(client):
    """`sign_in(user, next="/x/")`: what the form answers."""

    def post(email, password=PASSWORD, **fields):
        return client.post("/login/", {"email": email, "password": password, **fields})

    return post


def test_a_person_signs_in_and_lands_on_the_fleet(sign_in, client, viewer):
    answer = sign_in(viewer.email)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/").status_code == 200


def test_the_page_asked_for_is_opened_after_signing_in(sign_in, client, viewer):
    asked = client.get("/devices/7/?tab=raw")
    assert asked["Location"] == "/login/?next=/devices/7/%3Ftab%3Draw"
    assert sign_in(viewer.email, next="/devices/7/?tab=raw")["Location"] == "/devices/7/?tab=raw"


@pytest.mark.parametrize(
    "evil", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"]
)
def test_a_foreign_address_is_not_followed(sign_in, viewer, evil):
    assert sign_in(viewer.email, next=evil)["Location"] == "/"


@pytest.mark.parametrize("email", ["viewer@test.example", "nobody@test.example"])
def test_a_wrong_password_and_an_unknown_account_look_alike(sign_in, client, viewer, email):
    answer = sign_in(email, "not the password")
    assert answer.status_code == 401
    assert b"The e-mail address or the password is wrong." in answer.content
    assert client.get("/").status_code == 302


def test_guessing_ends_with_the_time_to_wait(sign_in, viewer, settings):
    settings.LOGIN_TRIES_PER_ACCOUNT = 2
    for _ in range(2):
        assert sign_in(viewer.email, "not the password").status_code == 401
    answer = sign_in(viewer.email)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert b"Too many tries" in answer.content


def test_an_inactive_person_stays_outside(sign_in, make_user):
    user = make_user(is_active=False)
    assert sign_in(user.email).status_code == 401


def test_signing_in_needs_the_form_of_this_site(viewer):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/login/", {"email": viewer.email, "password": PASSWORD})
    assert answer.status_code == 403
    assert b"The form is out of date" in answer.content


def test_who_is_signed_in_does_not_see_the_form_again(client, viewer):
    client.force_login(viewer)
    assert client.get("/login/")["Location"] == "/"


def test_signing_out_ends_the_session_and_needs_a_post(client, viewer):
    client.force_login(viewer)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"
    assert client.get("/").status_code == 302


def test_the_language_of_a_person_is_kept_at_the_first_sign_in(sign_in, client, make_user):
    user = make_user(language="ko")
    sign_in(user.email)
    assert b'lang="ko"' in client.get("/").content


@pytest.mark.parametrize(("language", "word"), [("ko", "로그인"), ("en", "Sign in")])
def test_the_form_speaks_the_language_of_the_browser(client, db, language, word):
    page = client.get("/login/", headers={"accept-language": language}).content.decode()
    assert f'lang="{language}"' in page
    assert word in page


def test_the_theme_is_written_into_the_page_by_the_server(client, viewer):
    client.force_login(viewer)
    assert b'data-theme="auto"' in client.get("/").content
    answer = client.post("/settings/theme", {"theme": "dark", "next": "/"})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert b'data-theme="dark"' in client.get("/").content


def test_a_script_sets_the_theme_without_a_new_page(client, db):
    answer = client.post(
        "/settings/theme", {"theme": "light"}, headers={"accept": "application/json"}
    )
    assert answer.status_code == 204
    assert answer.cookies["theme"].value == "light"


def test_an_unknown_theme_is_refused_and_a_forged_cookie_ignored(client, db):
    assert client.post("/settings/theme", {"theme": "pink"}).status_code == 400
    client.cookies["theme"] = '"><script>'
    assert b'data-theme="auto"' in client.get("/login/").content


def test_the_shell_shows_the_workspaces_of_the_person_alone(client, viewer, other_workspace):
    client.force_login(viewer)
    page = client.get("/").content.decode()
    assert "Home" in page
    assert other_workspace.name not in page


def test_only_who_manages_something_is_shown_the_way_to_the_console(client, viewer, admin):
    client.force_login(viewer)
    assert b'href="/admin/"' not in client.get("/").content
    client.force_login(admin)
    assert b'href="/admin/"' in client.get("/").content
