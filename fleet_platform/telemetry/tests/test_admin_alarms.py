"""The console's page of alarms: to look at, with two deeds that ask before."""

from datetime import UTC, datetime

import pytest

from accounts.models import Workspace
from accounts.tests.console import inside, url
from fleet_platform.telemetry.models import Alarm

pytestmark = pytest.mark.django_db


@pytest.fixture
def alarm(device) -> Alarm:
    return Alarm.objects.create(
        device=device,
        workspace=device.workspace,
        code="fault",
        severity="critical",
        data={"drive_status": "Motor Error"},
    )


def test_a_manager_reads_an_alarm_and_changes_nothing_by_hand(admin, alarm):
    page = inside(admin)
    assert "Fault" in page.get(url(Alarm, "changelist")).content.decode()
    told = page.get(url(Alarm, "change", alarm.pk)).content.decode()
    assert "Motor Error" in told
    assert page.get(url(Alarm, "add")).status_code == 403
    assert page.post(url(Alarm, "change", alarm.pk), {"state": "cleared"}).status_code == 403


def test_the_last_raised_stands_first_and_its_condition_is_worded(admin, alarm, device):
    newer = Alarm.objects.create(
        device=device, workspace=device.workspace, code="red_zone", severity="warning", active=False
    )
    Alarm.objects.filter(pk=newer.pk).update(last_raised_at=datetime(2026, 1, 1, tzinfo=UTC))
    page = inside(admin).get(url(Alarm, "changelist"))
    assert list(page.context["cl"].result_list) == [alarm, newer]
    shown = page.content.decode()
    assert "Still so" in shown
    assert "Over" in shown
    assert (
        "Entered a red zone" in inside(admin).get(url(Alarm, "change", newer.pk)).content.decode()
    )


def test_moments_are_told_in_the_zone_of_the_readers_workspaces(admin, alarm):
    Alarm.objects.update(last_raised_at=datetime(2026, 11, 21, 12, 5, tzinfo=UTC))
    page = inside(admin)
    assert "21/11/2026 21:05 KST" in page.get(url(Alarm, "changelist")).content.decode()
    page.cookies["django_language"] = "ko"
    assert "2026. 11. 21. 21:05 KST" in page.get(url(Alarm, "changelist")).content.decode()


def test_who_has_workspaces_in_several_zones_is_told_the_servers(admin, alarm):
    abroad = Workspace.objects.create(name="Abroad", time_zone="Europe/Berlin")
    abroad.memberships.create(user=admin, role="admin")
    Alarm.objects.update(last_raised_at=datetime(2026, 11, 21, 12, 5, tzinfo=UTC))
    page = inside(admin).get(url(Alarm, "changelist")).content.decode()
    assert "21/11/2026 12:05 UTC" in page


@pytest.mark.parametrize(("deed", "state"), [("acknowledge", "acknowledged"), ("clear", "cleared")])
def test_a_deed_asks_before_it_does(admin, alarm, deed, state):
    page = inside(admin)
    path = url(Alarm, deed, alarm.pk)
    assert page.get(path).status_code == 200
    assert Alarm.objects.get().state == "raised"
    assert page.post(path).status_code == 302
    assert Alarm.objects.get().state == state


def test_several_are_acknowledged_together(admin, alarm, device):
    other = Alarm.objects.create(
        device=device, workspace=device.workspace, code="battery_low", severity="warning"
    )
    said = {"action": "acknowledge_chosen", "_selected_action": [alarm.pk, other.pk]}
    inside(admin).post(url(Alarm, "changelist"), said)
    assert set(Alarm.objects.values_list("state", flat=True)) == {"acknowledged"}


@pytest.mark.parametrize("deed", ["acknowledge", "clear"])
def test_a_stranger_finds_no_deed(stranger, alarm, deed):
    answer = inside(stranger).post(url(Alarm, deed, alarm.pk))
    assert answer.status_code == 404
    assert Alarm.objects.get().state == "raised"
