"""The console's page of zones: corners as lines, the service's checks beside the fields, and its writes."""

import pytest

from accounts.models import AuditRow
from accounts.tests.console import inside, url
from fleet_platform.telemetry import store
from fleet_platform.telemetry.models import Alarm, Zone
from fleet_platform.tests.server import sample

from .batches import checked

pytestmark = pytest.mark.django_db
SQUARE = [[100, 100], [200, 100], [200, 200.5]]
LINES = "100, 100\r\n200 100\r\n\r\n200.0,200.5\r\n"


def form(workspace, **changes) -> dict:
    return {
        "workspace": workspace.pk,
        "name": "Stairs",
        "kind": "red",
        "crs": "map",
        "map_id": "floor",
        "polygon": LINES,
        "color": "#B3261E",
        "active": "on",
        **changes,
    }


@pytest.fixture
def zone(workspace) -> Zone:
    return Zone.objects.create(workspace=workspace, name="Hall", map_id="floor", polygon=SQUARE)


def test_a_manager_draws_a_zone_by_its_corners(admin, workspace):
    answer = inside(admin).post(url(Zone, "add"), form(workspace))
    assert answer.status_code == 302, answer.content.decode()
    zone = Zone.objects.get()
    assert (zone.polygon, zone.created_by) == (SQUARE, admin)
    assert AuditRow.objects.filter(verb="zone.add", target=f"zone:{zone.pk}").exists()


def test_the_corners_stand_one_a_line(admin, zone):
    page = inside(admin).get(url(Zone, "change", zone.pk)).content.decode()
    assert "100, 100\n200, 100\n200, 200.5" in page


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"polygon": "100, 100\nhere, there"}, "here, there"),
        ({"polygon": "1, 2\n3, inf\n9, 9"}, "pixels of the map"),
        ({"polygon": "0,0\n5,5\n9,9"}, "enclose an area"),
        ({"polygon": ""}, "This field is required"),
        ({"map_id": ""}, "pixels of a map"),
        ({"color": "red"}, "#RRGGBB"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(admin, workspace, changes, told):
    answer = inside(admin).post(url(Zone, "add"), form(workspace, **changes))
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert not Zone.objects.exists()


def test_a_change_in_the_console_ends_alarms(admin, workspace, zone, device):
    store.commit([checked(device, sample(1, x=190, y=110))])
    assert Alarm.objects.get().active
    answer = inside(admin).post(
        url(Zone, "change", zone.pk), form(workspace, polygon="0,0\n9,0\n9,9")
    )
    assert answer.status_code == 302, answer.content.decode()
    assert not Alarm.objects.get().active
    assert AuditRow.objects.filter(verb="zone.change").exists()


def test_zones_are_deleted_with_their_alarms_alone_and_together(admin, workspace, zone, device):
    store.commit([checked(device, sample(1, x=190, y=110))])
    page = inside(admin)
    page.post(url(Zone, "delete", zone.pk), {"post": "yes"})
    assert not Alarm.objects.get().active
    other = Zone.objects.create(workspace=workspace, name="B", map_id="floor", polygon=SQUARE)
    said = {"action": "delete_selected", "_selected_action": [other.pk], "post": "yes"}
    page.post(url(Zone, "changelist"), said)
    assert not Zone.objects.exists()
    assert AuditRow.objects.filter(verb="zone.remove").count() == 2


def test_a_zone_is_put_into_no_foreign_workspace(admin, other_workspace):
    answer = inside(admin).post(url(Zone, "add"), form(other_workspace))
    assert answer.status_code == 200
    assert not Zone.objects.exists()


def test_a_zone_too_many_is_told_beside_its_workspace(admin, workspace, zone, monkeypatch):
    monkeypatch.setattr(Zone, "most", 1)
    answer = inside(admin).post(url(Zone, "add"), form(workspace))
    assert answer.status_code == 200
    assert "This workspace can hold no more zones: 1." in answer.content.decode()
    assert Zone.objects.count() == 1
    assert inside(admin).post(url(Zone, "change", zone.pk), form(workspace)).status_code == 302
