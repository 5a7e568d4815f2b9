"""/settings/password, and the browser that comes in with a temporary password."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import services, tokens
from accounts.models import LoginSession, TemporaryPassword
from conftest import PASSWORD

NEW = "a longer and better one"
PAGE = "/settings/password"


@pytest.fixture
def temporary(post_office):
    """`temporary(user)`: a temporary password that was sent."""

    def made(user) -> str:
        with post_office():
            services.password_request(email=user.email, address="127.0.0.1")
        return post_office.temporary_password

    return made


def sign_in(browser, user, password, **more):
    return browser.post("/login/", {"email": user.email, "password": password, **more})


def new_password(browser, new=NEW, again=None, **more):
    return browser.post(
        PAGE, {"new_password": new, "again": new if again is None else again, **more}
    )


# --- who forgot it ---


def test_who_forgot_the_password_asks_for_a_temporary_one_and_sets_a_new_one(
    client, viewer, post_office
):
    assert 'href="/login/forgotten?next=/alerts/"' in client.get(
        "/login/?next=/alerts/"
    ).content.decode().replace("%2F", "/")
    with post_office():
        answer = client.post("/login/forgotten", {"email": viewer.email})
    assert answer.status_code == 200
    assert sign_in(client, viewer, post_office.temporary_password)["Location"] == PAGE
    assert new_password(client).status_code == 302
    assert sign_in(Client(), viewer, NEW)["Location"] == "/"


def test_an_address_without_an_account_is_answered_alike(client, viewer):
    known, unknown = (
        client.post("/login/forgotten", {"email": email}).content.decode().partition("<main")[2]
        for email in (viewer.email, "nobody@test.example")
    )
    assert "If there is an account of this address" in known
    assert known == unknown


def test_what_is_no_address_is_refused(client, db):
    answer = client.post("/login/forgotten", {"email": "viewer"})
    assert answer.status_code == 400
    assert TemporaryPassword.objects.count() == 0


def test_asking_again_and_again_is_refused_for_a_while(client, viewer, settings):
    settings.CODES_PER_ADDRESS = 1
    form = {"email": viewer.email}
    assert client.post("/login/forgotten", form).status_code == 200
    answer = client.post("/login/forgotten", form)
    assert (answer.status_code, "Retry-After" in answer) == (429, True)


# --- who is signed in ---


def test_the_menu_leads_there(client, viewer):
    client.force_login(viewer)
    assert f'href="{PAGE}"' in client.get("/").content.decode()
    page = client.get(PAGE)
    assert page.status_code == 200
    assert 'autocomplete="current-password"' in page.content.decode()
    assert "no-store" in page["Cache-Control"]


def test_who_is_not_signed_in_is_sent_to_sign_in(client, db):
    assert client.get(PAGE)["Location"] == f"/login/?next={PAGE}"
    assert client.post(PAGE)["Location"] == f"/login/?next={PAGE}"


def test_a_new_password_is_set_and_this_browser_stays(client, viewer):
    other = Client()
    for browser in (client, other):
        browser.force_login(viewer)
    answer = new_password(client, old_password=PASSWORD, next="/")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert b"Your new password is set" in client.get("/").content
    assert other.get("/").status_code == 302
    assert sign_in(Client(), viewer, NEW).status_code == 302


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"old_password": "wrong"}, "This is not your password."),
        ({"old_password": PASSWORD, "again": "another"}, "The two passwords differ."),
        ({"old_password": PASSWORD, "new": "short"}, "too short"),
        ({}, "This is not your password."),
    ],
)
def test_a_fault_is_said_beside_its_field(client, viewer, fields, said):
    client.force_login(viewer)
    answer = new_password(client, **fields)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert said in page
    assert 'aria-invalid="true"' in page
    assert PASSWORD not in page and NEW not in page
    assert sign_in(Client(), viewer, PASSWORD)["Location"] == "/"


def test_guessing_ends_with_the_time_to_wait(client, viewer, settings):
    settings.LOGIN_TRIES_PER_ACCOUNT = 1
    client.force_login(viewer)
    new_password(client, old_password="wrong")
    answer = new_password(client, old_password="wrong")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


def test_it_needs_the_form_of_this_site(viewer):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(viewer)
    assert new_password(strict, old_password=PASSWORD).status_code == 403


def test_a_foreign_address_is_not_followed(client, viewer):
    client.force_login(viewer)
    answer = new_password(client, old_password=PASSWORD, next="https://evil.example/")
    assert answer["Location"] == PAGE


def test_the_console_s_own_form_is_this_one(client, admin):
    client.force_login(admin)
    assert client.get("/admin/password_change/")["Location"] == PAGE


@pytest.mark.parametrize(("language", "name"), [("en", "Change password"), ("ko", "비밀번호")])
def test_it_speaks_the_language_of_the_browser(client, viewer, language, name):
    client.force_login(viewer)
    page = client.get(PAGE, headers={"accept-language": language}).content.decode()
    assert f'lang="{language}"' in page
    assert name in page


# --- who came with a temporary password ---


def test_the_browser_is_led_to_the_page_and_in_at_last(client, viewer, temporary):
    answer = sign_in(client, viewer, temporary(viewer), next="/devices/7/?tab=raw")
    assert answer.status_code == 302
    assert answer["Location"] == f"{PAGE}?next=%2Fdevices%2F7%2F%3Ftab%3Draw"
    page = client.get(answer["Location"]).content.decode()
    assert 'name="old_password"' not in page
    assert 'value="/devices/7/?tab=raw"' in page
    answer = new_password(client, next="/devices/7/?tab=raw")
    assert answer["Location"] == "/devices/7/?tab=raw"
    assert client.get("/").status_code == 200
    assert sign_in(Client(), viewer, NEW)["Location"] == "/"


def test_until_then_nothing_else_opens(client, platform_owner, temporary):
    sign_in(client, platform_owner, temporary(platform_owner))
    for path in ("/", "/admin/", "/devices/1/"):
        answer = client.get(path, follow=True)
        assert answer.redirect_chain[-1][0].partition("?")[0] == PAGE, path
    assert client.get("/api/fleet/me").status_code == 401
    assert client.get("/stream").status_code == 401


def test_the_session_after_it_is_as_long_as_any(client, viewer, temporary, settings):
    sign_in(client, viewer, temporary(viewer))
    assert client.session.get_expiry_age() <= tokens.CHANGE_SECONDS
    new_password(client)
    assert client.session.get_expiry_age() == settings.SESSION_COOKIE_AGE
    assert client.session["_auth_user_id"] == str(viewer.pk)


def test_signing_in_with_the_old_password_after_all_begins_a_whole_session(
    client, viewer, temporary, settings
):
    sign_in(client, viewer, temporary(viewer))
    assert sign_in(client, viewer, PASSWORD)["Location"] == "/"
    assert client.session.get_expiry_age() == settings.SESSION_COOKIE_AGE
    assert client.get("/").status_code == 200


def test_a_fault_leaves_it_open(client, viewer, temporary):
    sign_in(client, viewer, temporary(viewer))
    assert new_password(client, "short").status_code == 400
    assert new_password(client)["Location"] == "/"


def test_the_temporary_one_is_no_new_one(client, viewer, temporary):
    secret = temporary(viewer)
    sign_in(client, viewer, secret)
    answer = new_password(client, secret)
    assert answer.status_code == 400
    assert b"This is the temporary password" in answer.content


def test_it_signs_in_one_browser(client, viewer, temporary):
    secret = temporary(viewer)
    sign_in(client, viewer, secret)
    assert sign_in(Client(), viewer, secret).status_code == 401


@pytest.mark.parametrize("end", ["too late", "dormant", "changed elsewhere"])
def test_it_does_not_stay_open(client, viewer, temporary, end):
    sign_in(client, viewer, temporary(viewer))
    if end == "too late":
        late = timezone.now() - timedelta(seconds=tokens.CHANGE_SECONDS)
        TemporaryPassword.objects.update(used_at=late)
    elif end == "dormant":
        viewer.is_active = False
        viewer.save()
    else:
        viewer.set_password("set in the console")
        viewer.save()
    assert new_password(client)["Location"] == f"/login/?next={PAGE}"


def test_setting_it_ends_every_session_of_before(client, viewer, temporary, token_of):
    token_of(viewer)
    browser = Client()
    browser.force_login(viewer)
    sign_in(client, viewer, temporary(viewer))
    new_password(client)
    assert LoginSession.objects.get().end_reason == "password changed"
    assert browser.get("/").status_code == 302


def test_coming_with_one_signs_out_who_was_there(client, viewer, operator, temporary):
    client.force_login(operator)
    client.cookies["access_token"] = "somebody's"
    sign_in(client, viewer, temporary(viewer))
    assert "_auth_user_id" not in client.session
    assert not client.cookies["access_token"].value
