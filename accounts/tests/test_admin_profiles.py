"""What the console shows of profiles, codes and temporary passwords."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import services
from accounts.models import AuditRow, OneTimeCode, Profile, TemporaryPassword, User, Way

from .console import inside, url

ASKED = "the role that was asked for"


@pytest.fixture
def signed_up(workspace, make_user) -> User:
    user = make_user(workspace, ["viewer"], name="Uram")
    Profile.objects.create(user=user, asked_role=ASKED, company_name="Integrit")
    return user


def profile_form(user, **changes) -> dict:
    return {
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "is_active": "on",
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
        "profile-TOTAL_FORMS": 1,
        "profile-INITIAL_FORMS": 1,
        "profile-0-id": user.profile.pk,
        "profile-0-user": user.pk,
        "profile-0-company_name": "Integrit",
        **changes,
    }


@pytest.mark.parametrize("who", ["platform_admin", "platform_owner"])
def test_who_manages_people_sees_what_role_was_asked_for(request, signed_up, who):
    browser = inside(request.getfixturevalue(who))
    assert ASKED in browser.get(url(User, "changelist")).content.decode()
    page = browser.get(url(User, "change", signed_up.pk)).content.decode()
    assert ASKED in page and "Integrit" in page


def test_who_manages_a_workspace_does_not(admin, signed_up):
    browser = inside(admin)
    for page in (url(User, "changelist"), url(User, "change", signed_up.pk)):
        answer = browser.get(page)
        assert answer.status_code == 200
        assert "Uram" in answer.content.decode()
        assert ASKED not in answer.content.decode()


def test_a_change_is_in_the_audit(platform_admin, signed_up):
    form = profile_form(signed_up, **{"profile-0-job": "research", "profile-0-asked_role": "owner"})
    answer = inside(platform_admin).post(url(User, "change", signed_up.pk), form)
    assert answer.status_code == 302
    signed_up.profile.refresh_from_db()
    assert (signed_up.profile.job, signed_up.profile.asked_role) == ("research", ASKED)
    row = AuditRow.objects.get(verb="profile.change")
    assert (row.target, row.before, row.after) == (
        f"user:{signed_up.pk}",
        {"job": ""},
        {"job": "research"},
    )


def test_the_list_of_people_asks_as_much_for_many(platform_admin, make_user):

    browser, counts = inside(platform_admin), []
    for more in (1, 4):
        for _ in range(more):
            Profile.objects.create(user=make_user(), asked_role=ASKED)
        with CaptureQueriesContext(connection) as queries:
            browser.get(url(User, "changelist"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.fixture
def sent(viewer, post_office):
    """A code and a temporary password that went out."""
    with post_office():
        services.code_request(email=viewer.email, way=Way.EMAIL, address="10.0.0.1")
        services.password_request(email=viewer.email, address="10.0.0.1")
    return post_office


@pytest.mark.parametrize("model", [OneTimeCode, TemporaryPassword])
def test_codes_are_listed_and_never_shown(platform_owner, viewer, sent, model):
    browser, row = inside(platform_owner), model.objects.get()
    secrets = [sent.code, sent.temporary_password, row.pk and getattr(row, "code_hash", None)]
    secrets += [getattr(row, "secret_hash", None), getattr(row, "auth_hash", None)]
    for page in (url(model, "changelist"), url(model, "change", row.pk)):
        text = browser.get(page).content.decode()
        assert viewer.email in text
        assert [secret for secret in secrets if secret and secret in text] == []


@pytest.mark.parametrize("model", [OneTimeCode, TemporaryPassword])
def test_they_are_nothing_to_edit_and_not_for_workspaces(platform_owner, owner, sent, model):
    row = model.objects.get()
    assert inside(platform_owner).get(url(model, "add")).status_code == 403
    assert inside(platform_owner).post(url(model, "delete", row.pk)).status_code == 403
    assert inside(owner).get(url(model, "changelist")).status_code == 403
