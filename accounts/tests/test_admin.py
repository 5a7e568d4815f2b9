"""The console: who may enter, and that nobody sees or changes rows of workspaces that are not his."""

import pytest
from django.contrib import admin as django_admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services, tokens
from accounts.admin_base import ScopedAdmin
from accounts.models import AuditRow, Device, Membership, User, Workspace
from accounts.roles import PlatformRole
from conftest import PASSWORD
from fleet_platform.telemetry.models import Latest, RetentionRule, Sample

MODELS = sorted(django_admin.site._registry, key=lambda model: model._meta.label)


def url(model, page: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def inside(user) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def rows(make_device, workspace, other_workspace, owner, stranger, actor_of):
    """The same kinds of rows here and in the stranger's workspace."""
    here, there = make_device(name="Ours"), make_device(workspace=other_workspace, name="Theirs")
    now = timezone.now()
    for device in (here, there):
        Sample.objects.create(
            device=device, time_us=1_700_000_000_000_000, seq=1, received_us=0, sections="{}"
        )
        Latest.objects.update_or_create(device=device)
        RetentionRule.objects.create(
            workspace=device.workspace, data_class="telemetry", days=device.pk
        )
        services.device_update(
            actor=actor_of(User.objects.filter(role=PlatformRole.OWNER).first()),
            device_id=device.pk,
            name=f"{device.name} {now:%S}",
        )
    tokens.issue(owner, "user")
    here.refresh_from_db()
    there.refresh_from_db()
    return here, there


def test_every_page_is_scoped():
    for model, page in django_admin.site._registry.items():
        assert isinstance(page, ScopedAdmin), model


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_platform_owner_opens_every_page(model, platform_owner, rows):
    browser = inside(platform_owner)
    assert browser.get(url(model, "changelist")).status_code == 200
    assert browser.get(url(model, "changelist"), {"q": "x"}).status_code in (200, 302)
    page = django_admin.site._registry[model]
    added = browser.get(url(model, "add")).status_code
    writable = type(page).has_add_permission is not None and added == 200
    assert writable or added == 403
    if row := model._default_manager.first():
        assert browser.get(url(model, "change", row.pk)).status_code == 200
        assert browser.get(url(model, "history", row.pk)).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_an_admin_opens_what_his_role_shows_and_no_row_of_a_strangers(
    model, admin, stranger, rows, other_workspace
):
    browser = inside(admin)
    page = django_admin.site._registry[model]
    listed = browser.get(url(model, "changelist"))
    assert listed.status_code in (200, 403)
    path = page.workspace_path
    if path is None:
        assert listed.status_code == 403
        return
    foreign = model._default_manager.filter(**{path: other_workspace.pk})
    if model is User:
        foreign = foreign.exclude(memberships__workspace__memberships__user=admin)
    for row in foreign:
        assert browser.get(url(model, "change", row.pk)).status_code == 302
        assert browser.post(url(model, "change", row.pk), {}).status_code in (302, 403)
        assert browser.post(url(model, "delete", row.pk), {"post": "yes"}).status_code in (
            302,
            403,
        )
    if listed.status_code == 200:
        shown = set(listed.context["cl"].result_list.values_list("pk", flat=True))
        assert not shown & set(foreign.values_list("pk", flat=True))


def test_the_lists_show_our_own_rows(admin, rows):
    here, there = rows
    for model in (Device, Latest, RetentionRule, Workspace, AuditRow):
        page = inside(admin).get(url(model, "changelist"))
        assert page.context["cl"].result_list.exists(), model
    listed = inside(admin).get(url(Device, "changelist")).content.decode()
    assert here.name in listed
    assert there.name not in listed


def test_a_viewer_operator_or_stranger_to_all_may_not_enter(viewer, operator, make_user):
    for user in (viewer, operator, make_user()):
        browser = inside(user)
        answer = browser.get("/admin/", follow=True)
        assert answer.status_code == 403


def test_nobody_is_sent_to_the_one_sign_in_page(db):
    answer = Client().get("/admin/accounts/device/")
    assert answer.status_code == 302
    door = Client().get(answer["Location"])
    assert door["Location"] == "/login/?next=/admin/accounts/device/"


def test_the_consoles_own_sign_in_form_is_gone(owner):
    answer = Client().post("/admin/login/", {"username": owner.email, "password": PASSWORD})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


def test_foreign_keys_offer_own_workspaces_alone(admin, rows, workspace, other_workspace):
    page = inside(admin).get(url(Device, "add"))
    offered = page.context["adminform"].form.fields["workspace"].queryset
    assert list(offered) == [workspace]


def test_a_device_cannot_be_put_into_a_foreign_workspace(admin, other_workspace):
    answer = inside(admin).post(
        url(Device, "add"), {"workspace": other_workspace.pk, "kind": "depot", "name": "Smuggled"}
    )
    assert answer.status_code == 200
    assert "workspace" in answer.context["adminform"].form.errors
    assert not Device.objects.exists()


def test_a_new_device_shows_its_secret_once_and_is_audited(admin, workspace):
    answer = inside(admin).post(
        url(Device, "add"), {"workspace": workspace.pk, "kind": "depot", "name": "Depot"}
    )
    device = Device.objects.get()
    secret = answer.context_data["secret"]
    assert services.device_login(identifier=str(device.pk), secret=secret, address=None)
    assert "no-store" in answer["Cache-Control"]
    assert AuditRow.objects.get(verb="device.add").actor_name == admin.email
    later = inside(admin).get(url(Device, "change", device.pk)).content.decode()
    assert secret not in later


def test_a_rename_reaches_the_readers(admin, device):
    form = {
        "workspace": device.workspace_id,
        "name": "Renamed",
        "serial_number": device.serial_number,
        "factory_code": "",
    }
    answer = inside(admin).post(url(Device, "change", device.pk), form)
    assert answer.status_code == 302
    device.refresh_from_db()
    assert device.name == "Renamed"
    assert Latest.objects.get(device=device).version > 0
    assert AuditRow.objects.get(verb="device.change").after == {"name": "Renamed"}


def test_a_new_secret_is_asked_for_and_then_shown_once(admin, device):
    page = url(Device, "rotate_secret", device.pk)
    browser = inside(admin)
    assert browser.get(page).status_code == 200
    assert services.device_login(identifier=str(device.pk), secret=device.secret, address=None), (
        "looking at the question changes nothing"
    )
    secret = browser.post(page).context_data["secret"]
    assert services.device_login(identifier=str(device.pk), secret=secret, address=None)
    assert secret not in browser.get(page).content.decode()


def test_a_new_secret_needs_the_forms_token(admin, device):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(admin)
    assert browser.post(url(Device, "rotate_secret", device.pk)).status_code == 403


def test_a_stranger_gets_no_secret_and_removes_nothing(stranger, device):
    for deed in ("rotate_secret", "remove"):
        assert inside(stranger).post(url(Device, deed, device.pk)).status_code == 404
    device.refresh_from_db()
    assert device.removed_at is None


def test_a_removed_device_leaves_the_list(admin, device):
    browser = inside(admin)
    assert browser.post(url(Device, "remove", device.pk)).status_code == 302
    assert not browser.get(url(Device, "changelist")).context["cl"].result_list.exists()
    removed = browser.get(url(Device, "changelist"), {"registry": "removed"})
    assert removed.context["cl"].result_list.exists()


def test_samples_are_shown_for_a_chosen_device_without_counting(
    admin, rows, django_assert_num_queries
):
    here, there = rows
    browser = inside(admin)
    assert not browser.get(url(Sample, "changelist")).context["cl"].result_list.exists()
    for device, seen in ((here, 1), (there, 0)):
        asked = {"device__id__exact": device.pk}
        assert len(browser.get(url(Sample, "changelist"), asked).context["cl"].result_list) == seen
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        browser.get(url(Sample, "changelist"), {"device__id__exact": here.pk, "hours": "1"})
    assert not [
        query
        for query in queries
        if "COUNT(" in query["sql"] and "telemetry_sample" in query["sql"]
    ]


def test_samples_states_and_records_are_read_only(platform_owner, rows):
    browser = inside(platform_owner)
    for model in (Sample, Latest, AuditRow):
        row = model.objects.first()
        assert browser.post(url(model, "change", row.pk), {}).status_code == 403
        assert browser.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        assert browser.get(url(model, "add")).status_code == 403


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
    from accounts.selectors import actor_from

    assert actor_from(tokens.verify(pair.access)) is None


def test_a_session_is_ended_in_the_console(platform_admin, viewer):
    from accounts.models import LoginSession
    from accounts.selectors import actor_from

    one, other = tokens.issue(viewer, "user"), tokens.issue(viewer, "user")
    browser = inside(platform_admin)
    page = url(LoginSession, "end", one.session_id)
    browser.get(page)
    assert actor_from(tokens.verify(one.access)) is not None
    assert browser.post(page).status_code == 302
    assert actor_from(tokens.verify(one.access)) is None
    browser.post(
        url(LoginSession, "changelist"),
        {"action": "end_selected", "_selected_action": [other.session_id]},
    )
    assert actor_from(tokens.verify(other.access)) is None


def test_the_sidebar_lists_what_one_may_open(admin, platform_owner):
    ours = inside(admin).get("/admin/").content.decode()
    theirs = inside(platform_owner).get("/admin/").content.decode()
    for path in ("/admin/accounts/device/", "/admin/accounts/auditrow/", 'href="/"'):
        assert path in ours and path in theirs
    for path in ("/admin/accounts/loginsession/", "/admin/django_celery_beat/periodictask/"):
        assert path not in ours
        assert path in theirs


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
