"""The console: who may enter, and that nobody sees or changes rows of workspaces that are not his."""

import pytest
from django.contrib import admin as django_admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import services, tokens
from accounts.admin_base import ScopedAdmin
from accounts.audit_words import deed_words, target_words
from accounts.models import AuditRow, Device, LoginSession, User, Workspace
from accounts.roles import PlatformRole
from accounts.selectors import actor_from
from conftest import PASSWORD
from fleet_platform.telemetry.models import Latest, RetentionRule, Sample

from .console import inside, url

MODELS = sorted(django_admin.site._registry, key=lambda model: model._meta.label)


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


def test_samples_are_shown_for_a_chosen_device_without_counting(admin, rows):
    here, there = rows
    browser = inside(admin)
    assert not browser.get(url(Sample, "changelist")).context["cl"].result_list.exists()
    for device, seen in ((here, 1), (there, 0)):
        asked = {"device__id__exact": device.pk}
        assert len(browser.get(url(Sample, "changelist"), asked).context["cl"].result_list) == seen
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


def test_a_session_is_ended_in_the_console(platform_admin, viewer):
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


def test_names_are_written_as_they_are_above_a_form(admin, make_device):
    device = make_device(name="robot_cubrick")
    page = inside(admin).get(url(Device, "change", device.pk)).content.decode()
    assert "robot_cubrick (Robot)" in page
    assert "Robot_cubrick" not in page


def test_the_audit_tells_deeds_in_words_with_their_codes_beside(admin, workspace):
    row = AuditRow.objects.create(
        workspace=workspace, actor="user:3", verb="device.change", target="device:12"
    )
    listed = inside(admin).get(url(AuditRow, "changelist")).content.decode()
    assert "Device · edited" in listed
    assert "Device 12" in listed
    assert "device.change" not in listed
    assert "device.change" in inside(admin).get(url(AuditRow, "change", row.pk)).content.decode()


def test_a_code_without_words_stands_for_itself():
    assert deed_words("robot.polish") == "Robot · polish"
    assert deed_words("login") == "Login"
    assert target_words("planet:3") == "Planet 3"


def test_the_index_and_the_sidebar_have_the_same_names(platform_owner):
    page = inside(platform_owner).get("/admin/")
    listed = {model["name"] for app in page.context["app_list"] for model in app["models"]}
    groups = page.context["sidebar_navigation"]
    named = {str(item["title"]) for group in groups for item in group["items"]}
    assert named - listed == {"Live map"}


def test_a_new_device_is_asked_for_what_is_entered_alone(admin):
    page = inside(admin).get(url(Device, "add")).content.decode()
    assert "Serial number" in page
    assert "Created at" not in page
