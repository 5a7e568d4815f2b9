"""People in the console: members and their roles, accounts and their rank."""

import pytest
from django.urls import reverse

from accounts import tokens
from accounts.models import AuditRow, Membership, User, Workspace
from accounts.selectors import actor_from
from conftest import PASSWORD

from .console import inside, url


def members_form(workspace, *rows, **more) -> dict:
    """The inline's POST: rows of (membership or None, email, role, deleted)."""
    held = sum(1 for row in rows if row[0])
    form = {
        "name": workspace.name,
        "time_zone": workspace.time_zone,
        "memberships-TOTAL_FORMS": len(rows),
        "memberships-INITIAL_FORMS": held,
    }
    for number, (row, email, role, deleted) in enumerate(rows):
        name = f"memberships-{number}"
        form |= {f"{name}-email": email, f"{name}-role": role, f"{name}-workspace": workspace.pk}
        form[f"{name}-id"] = row.pk if row else ""
        if deleted:
            form[f"{name}-DELETE"] = "on"
    return form | more


def change_members(user, workspace, *rows):
    return inside(user).post(url(Workspace, "change", workspace.pk), members_form(workspace, *rows))


def rows_of(workspace) -> list[tuple]:
    rows = Membership.objects.filter(workspace=workspace).order_by("user_id", "role")
    return [(row, row.user.email, row.role, False) for row in rows.select_related("user")]


def test_an_admin_adds_a_member_by_address(admin, stranger, workspace):
    new = (None, stranger.email, "viewer", False)
    assert change_members(admin, workspace, *rows_of(workspace), new).status_code == 302
    assert Membership.objects.filter(user=stranger, workspace=workspace, role="viewer").exists()
    row = AuditRow.objects.get(verb="member.roles")
    assert (row.target, row.after) == (f"user:{stranger.pk}", {"roles": ["viewer"]})


def test_an_unknown_address_is_refused(admin, workspace):
    new = (None, "nobody@test.example", "viewer", False)
    answer = change_members(admin, workspace, *rows_of(workspace), new)
    assert "No account with this address can be added." in answer.content.decode()
    assert "People without one sign up in the app" in answer.content.decode()


def test_a_new_row_presets_no_role(admin, workspace):
    page = inside(admin).get(url(Workspace, "change", workspace.pk))
    formset = page.context["inline_admin_formsets"][0].formset
    role = formset.empty_form.fields["role"]
    assert (role.choices[0][0], role.initial) == ("", None)


def test_an_admin_makes_no_owner_in_the_console_either(admin, viewer, stranger, workspace):
    changed = [
        (row, email, "owner" if email == viewer.email else role, deleted)
        for row, email, role, deleted in rows_of(workspace)
    ]
    for rows in (changed, [*rows_of(workspace), (None, stranger.email, "owner", False)]):
        answer = change_members(admin, workspace, *rows)
        assert answer.status_code == 200
    assert not Membership.objects.filter(role="owner", workspace=workspace).exists()


def test_the_last_owner_stays_in_the_console_too(owner, workspace):
    row = Membership.objects.get(user=owner)
    for fate in ((row, owner.email, "viewer", False), (row, owner.email, "owner", True)):
        answer = change_members(owner, workspace, fate)
        assert answer.status_code == 200, fate
        assert "A workspace keeps at least one owner." in answer.content.decode()
    assert Membership.objects.get(user=owner).role == "owner"


def test_a_bad_time_zone_is_named(admin, workspace):
    form = members_form(workspace, *rows_of(workspace), time_zone="Mars")
    answer = inside(admin).post(url(Workspace, "change", workspace.pk), form)
    assert "time_zone" in answer.context["adminform"].form.errors


def test_a_workspace_made_in_the_console_is_owned_by_its_maker(platform_admin, admin):
    form = members_form(Workspace(name="New", time_zone="Asia/Seoul"))
    assert inside(platform_admin).post(url(Workspace, "add"), form).status_code == 302
    place = Workspace.objects.get(name="New")
    assert Membership.objects.get(workspace=place).user == platform_admin
    assert inside(admin).post(url(Workspace, "add"), form).status_code == 403


def person_form(user, **changes) -> dict:
    return {
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "is_active": "on",
        "profile-TOTAL_FORMS": 0,
        "profile-INITIAL_FORMS": 0,
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
    } | changes


def test_a_workspace_admin_sees_people_and_edits_none(admin, viewer, stranger):
    browser = inside(admin)
    assert browser.get(url(User, "change", viewer.pk)).status_code == 200
    assert browser.get(url(User, "change", stranger.pk)).status_code == 302
    answer = browser.post(url(User, "change", viewer.pk), person_form(viewer, name="Changed"))
    assert answer.status_code == 403
    assert browser.get(url(User, "add")).status_code == 403
    password = reverse("admin:auth_user_password_change", args=[viewer.pk])
    assert browser.get(password).status_code == 403
    page = browser.get(url(User, "change", viewer.pk)).content.decode()
    assert viewer.password not in page


def test_only_platform_owners_grant_platform_roles(platform_admin, platform_owner, viewer):
    form = person_form(viewer, role="admin")
    inside(platform_admin).post(url(User, "change", viewer.pk), form)
    viewer.refresh_from_db()
    assert viewer.role == "user"
    inside(platform_owner).post(url(User, "change", viewer.pk), form)
    viewer.refresh_from_db()
    assert viewer.role == "admin"


def test_a_platform_admin_does_not_touch_a_platform_owner(platform_admin, platform_owner):
    browser = inside(platform_admin)
    answer = browser.post(
        url(User, "change", platform_owner.pk), person_form(platform_owner, email="x@x.example")
    )
    assert answer.status_code == 403
    password = reverse("admin:auth_user_password_change", args=[platform_owner.pk])
    assert browser.get(password).status_code == 403


def test_nobody_demotes_or_locks_out_himself(platform_owner):
    form = person_form(platform_owner, role="user")
    del form["is_active"]
    inside(platform_owner).post(url(User, "change", platform_owner.pk), form)
    platform_owner.refresh_from_db()
    assert (platform_owner.role, platform_owner.is_active) == ("owner", True)


def test_a_platform_admin_makes_an_account(platform_admin):
    answer = inside(platform_admin).post(
        url(User, "add"),
        {
            "email": "New.Person@test.example",
            "name": "New",
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
    )
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    user = User.objects.get(email__iexact="new.person@test.example")
    assert user.check_password(PASSWORD)
    assert user.role == "user"
    row = AuditRow.objects.get(verb="user.add")
    assert "password1" not in row.after


def test_a_password_set_in_the_console_ends_the_users_sessions(platform_admin, viewer):
    pair = tokens.issue(viewer, "user")
    new = "an entirely new password"
    answer = inside(platform_admin).post(
        reverse("admin:auth_user_password_change", args=[viewer.pk]),
        {"password1": new, "password2": new, "usable_password": "true"},
    )
    assert answer.status_code == 302
    viewer.refresh_from_db()
    assert viewer.check_password(new)
    assert actor_from(tokens.verify(pair.access)) is None


def test_the_members_are_shown_changed_and_removed(admin, viewer, operator, workspace):
    page = inside(admin).get(url(Workspace, "change", workspace.pk)).content.decode()
    assert viewer.email in page and operator.email in page
    rows = [
        (row, email, {viewer.email: "kiosk"}.get(email, role), email == operator.email)
        for row, email, role, deleted in rows_of(workspace)
    ]
    assert change_members(admin, workspace, *rows).status_code == 302
    assert {email: role for _, email, role, _ in rows_of(workspace)} == {
        admin.email: "admin",
        viewer.email: "kiosk",
    }
    assert AuditRow.objects.filter(verb="member.roles").count() == 2


@pytest.mark.parametrize(("role", "status"), [("viewer", 302), ("owner", 200)])
def test_platform_admins_give_roles_on_a_persons_page(
    platform_admin, stranger, workspace, role, status
):
    row = Membership.objects.get(user=stranger)
    form = person_form(
        stranger,
        **{
            "memberships-TOTAL_FORMS": 2,
            "memberships-INITIAL_FORMS": 1,
            "memberships-0-id": row.pk,
            "memberships-0-user": stranger.pk,
            "memberships-0-role": "owner",
            "memberships-1-user": stranger.pk,
            "memberships-1-workspace": workspace.pk,
            "memberships-1-role": role,
        },
    )
    answer = inside(platform_admin).post(url(User, "change", stranger.pk), form)
    assert answer.status_code == status
    given = Membership.objects.filter(user=stranger, workspace=workspace).exists()
    assert given is (status == 302)
