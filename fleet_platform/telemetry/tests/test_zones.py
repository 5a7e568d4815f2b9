"""Zones are drawn, changed and removed: who may, what is written, and what it means for devices and other apps."""

import dataclasses
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditRow
from fleet_platform.shared.errors import Conflict, Invalid, NotAllowed, NotFound
from fleet_platform.telemetry import kinds, runtime, store
from fleet_platform.telemetry.models import Alarm, Latest, Zone
from fleet_platform.telemetry.zones import index
from fleet_platform.telemetry.zones.services import zone_create, zone_remove, zone_update
from fleet_platform.tests.server import sample

from .batches import checked

pytestmark = pytest.mark.django_db
SQUARE = [[100, 100], [200, 100], [200, 200], [100, 200]]
AFAR = [[500, 500], [600, 500], [600, 600]]
OUTSIDE, INSIDE = 50, 150


@pytest.fixture
def draw(actor_of, operator, workspace):
    """`draw(kind="fence")`: a zone of the home workspace."""

    def make(**facts) -> Zone:
        facts = {"name": "Stairs", "map_id": "floor", "polygon": SQUARE, **facts}
        return zone_create(actor=actor_of(operator), workspace_id=workspace.pk, **facts)

    return make


@pytest.fixture
def change(actor_of, operator):
    return lambda zone, **changes: zone_update(actor=actor_of(operator), zone_id=zone.pk, **changes)


@pytest.fixture
def drive(device):
    numbers = iter(range(1, 1000))

    def move(*places, map_id="floor"):
        samples = [sample(next(numbers), x=at, y=at, map_id=map_id) for at in places]
        return store.commit([checked(device, *samples)])

    return move


@pytest.fixture
def published(monkeypatch):
    """The alarm documents told to readers."""
    told = []
    monkeypatch.setattr(
        runtime,
        "publish_events",
        lambda events: told.extend(json.loads(event.document) for event in events),
    )
    return told


def alarms() -> list[tuple]:
    return [(one.code, one.state, one.active) for one in Alarm.objects.order_by("pk")]


# --- who, and what is written ---


def test_a_zone_has_its_author_and_an_audit_row(draw, operator, workspace):
    zone = draw()
    zone.refresh_from_db()
    assert (zone.workspace, zone.created_by, zone.polygon) == (workspace, operator, SQUARE)
    row = AuditRow.objects.get(verb="zone.add")
    assert (row.target, row.actor_name) == (f"zone:{zone.pk}", operator.email)
    assert row.after["polygon"] == SQUARE


def test_only_what_changed_is_audited(draw, change):
    change(draw(), name="Steps", color="#B3261E")
    row = AuditRow.objects.get(verb="zone.change")
    assert (row.before, row.after) == ({"name": "Stairs"}, {"name": "Steps"})


def test_a_change_that_changes_nothing_writes_nothing(draw, change):
    zone = draw()
    before = Zone.objects.get().updated_us
    change(zone, name=zone.name, polygon=SQUARE)
    assert Zone.objects.get().updated_us == before
    assert not AuditRow.objects.filter(verb="zone.change").exists()


def test_a_viewer_may_not_and_a_stranger_finds_nothing(draw, actor_of, viewer, stranger, workspace):
    zone = draw()
    for somebody, refusal in ((viewer, NotAllowed), (stranger, NotFound)):
        actor = actor_of(somebody)
        with pytest.raises(refusal):
            zone_create(
                actor=actor, workspace_id=workspace.pk, name="x", map_id="1f", polygon=SQUARE
            )
        with pytest.raises(refusal):
            zone_update(actor=actor, zone_id=zone.pk, name="x")
        with pytest.raises(refusal):
            zone_remove(actor=actor, zone_id=zone.pk)
    assert Zone.objects.get().name == "Stairs"


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 151}, "name"),
        ({"kind": "blue"}, "kind"),
        ({"crs": "mars"}, "crs"),
        ({"map_id": ""}, "map_id"),
        ({"color": "red"}, "color"),
        ({"color": "#12345"}, "color"),
        ({"color": None}, "color"),
        ({"polygon": [[0, 0], [1, 1]]}, "polygon"),
    ],
)
def test_bad_facts_are_named(draw, change, facts, name):
    with pytest.raises(Invalid) as refused:
        draw(**facts)
    assert list(refused.value.fields) == [name]
    zone = draw()
    with pytest.raises(Invalid):
        change(zone, **facts)


def test_a_zone_in_degrees_has_no_map(draw):
    zone = draw(crs="wgs84", map_id="floor", polygon=[[126, 37], [127, 37], [127, 38]])
    assert zone.map_id == ""


def test_a_field_that_is_no_zones_is_a_mistake_of_ours(draw, change):
    with pytest.raises(TypeError):
        change(draw(), workspace_id=7)


def test_a_workspace_holds_so_many_and_no_more(draw, make_user, monkeypatch, client_of, operator):
    monkeypatch.setattr(Zone, "most", 2)
    draw(), draw()
    with pytest.raises(Conflict):
        draw()
    body = {"workspace_id": Zone.objects.first().workspace_id, "map_id": "floor", "name": "Third"}
    answer = client_of(operator).post(
        "/api/fleet/zones", {**body, "polygon": [[0, 0], [9, 0], [9, 9]]}
    )
    assert answer.status_code == 409
    assert Zone.objects.count() == 2


# --- the engine's zones are never stale ---


def names_of(areas: index.Areas) -> list[str]:
    return [area.name for area in areas.by_id.values()]


def test_each_change_is_seen_by_the_next_look(draw, change, workspace):
    zone = draw()
    assert names_of(index.areas()[workspace.pk]) == ["Stairs"]
    change(zone, name="Steps")
    assert names_of(index.areas()[workspace.pk]) == ["Steps"]
    change(zone, active=False)
    assert workspace.pk not in index.areas()


def test_the_moment_of_change_rises_though_the_clock_stands_still(draw, change, monkeypatch):
    monkeypatch.setattr("fleet_platform.shared.clock.now_us", lambda: 1_700_000_000_000_000)
    zone = draw()
    other = draw()
    told = [zone.updated_us, other.updated_us]
    told += [change(zone, name=f"{number}").updated_us for number in range(3)]
    assert told == sorted(set(told))


# --- what it means for devices ---


def test_a_removed_zone_ends_its_alarms(draw, drive, actor_of, operator, published):
    zone = draw()
    drive(OUTSIDE, INSIDE)
    with_callbacks(lambda: zone_remove(actor=actor_of(operator), zone_id=zone.pk))
    assert alarms() == [("red_zone", "raised", False)]  # critical, and nobody has seen it
    assert [told["active"] for told in published] == [False]
    assert Latest.objects.get().conditions == "[]"
    assert not Zone.objects.exists()


def test_an_acknowledged_alarm_of_a_removed_zone_is_cleared(draw, drive, actor_of, operator):
    zone = draw()
    drive(INSIDE)
    Alarm.objects.update(state="acknowledged")
    zone_remove(actor=actor_of(operator), zone_id=zone.pk)
    assert alarms() == [("red_zone", "cleared", False)]


@pytest.mark.parametrize(
    "changes",
    [
        {"active": False},
        {"polygon": AFAR},
        {"map_id": "roof"},
        {"kind": "fence"},
        {"crs": "wgs84", "polygon": [[1, 1], [2, 1], [2, 2]]},
    ],
)
def test_a_red_zone_that_no_longer_holds_the_device_ends_its_alarm(draw, change, drive, changes):
    zone = draw()
    drive(INSIDE)
    change(zone, **changes)
    assert alarms() == [("red_zone", "raised", False)]


@pytest.mark.parametrize(
    "changes", [{"name": "Steps"}, {"polygon": SQUARE[:3]}, {"color": "#000000"}]
)
def test_a_zone_that_still_holds_the_device_keeps_its_alarm(
    draw, change, drive, changes, published
):
    zone = draw()
    drive(INSIDE)
    with_callbacks(lambda: change(zone, **changes))
    assert alarms() == [("red_zone", "raised", True)]
    assert published == []


def test_a_zone_switched_off_and_on_is_entered_anew(draw, change, drive):
    zone = draw()
    drive(INSIDE)
    change(zone, active=False)
    change(zone, active=True)
    assert alarms() == [("red_zone", "raised", False)]
    drive(INSIDE)
    assert alarms() == [("red_zone", "raised", True)]
    assert Alarm.objects.get().count == 2


def test_a_polygon_moved_away_and_back_is_entered_anew(draw, change, drive):
    zone = draw()
    drive(INSIDE)
    change(zone, polygon=AFAR)
    change(zone, polygon=SQUARE)
    drive(INSIDE)
    assert Alarm.objects.get().count == 2


def test_a_fence_drawn_wider_takes_the_device_in(draw, change, drive):
    zone = draw(kind="fence")
    drive(INSIDE, OUTSIDE)
    assert alarms() == [("fence", "raised", True)]
    change(zone, polygon=[[0, 0], [900, 0], [900, 900], [0, 900]])
    assert alarms() == [("fence", "raised", False)]
    drive(950)
    assert Alarm.objects.get().count == 2


def test_a_fence_drawn_closer_is_left_with_the_next_position(draw, change, drive):
    zone = draw(kind="fence")
    drive(INSIDE)
    change(zone, polygon=AFAR)
    assert alarms() == []
    drive(INSIDE)
    assert alarms() == [("fence", "raised", True)]


def test_a_fence_of_another_floor_says_nothing_about_the_device(draw, change, drive):
    zone = draw(kind="fence")
    drive(INSIDE, OUTSIDE)
    drive(OUTSIDE, map_id="roof")
    change(zone, polygon=AFAR)
    assert alarms() == [("fence", "raised", True)]


def test_devices_of_another_workspace_are_left_alone(draw, change, make_device, other_workspace):
    draw()
    foreign = make_device(other_workspace)
    store.commit([checked(foreign, sample(1, x=INSIDE, y=INSIDE))])
    Latest.objects.filter(device=foreign).update(conditions='["in:1"]')
    change(Zone.objects.get(), active=False)
    assert Latest.objects.get(device=foreign).conditions == '["in:1"]'


def test_each_alarm_that_ends_costs_one_write_and_nothing_more(draw, change, make_device):
    zone = draw()

    def cost_of_ending(count: int, away: list) -> int:
        for device in [make_device() for _ in range(count)]:
            store.commit([checked(device, sample(1, x=150, y=150))])
        assert Alarm.objects.filter(active=True).count() == count
        with CaptureQueriesContext(connection) as asked:
            change(zone, polygon=away)
        assert not Alarm.objects.filter(active=True).exists()
        return len(asked)

    one = cost_of_ending(1, AFAR)
    change(zone, polygon=SQUARE)
    assert cost_of_ending(11, AFAR) == one + 10


# --- what other apps hear ---


def test_every_kind_hears_of_each_change(draw, change, actor_of, operator, monkeypatch):
    heard = []
    robot = kinds.get("robot")
    monkeypatch.setitem(
        kinds._kinds,
        "robot",
        dataclasses.replace(
            robot, zone_changed=lambda zone, removed: heard.append((zone.name, removed))
        ),
    )
    zone = draw()
    change(zone, name="Steps")
    zone_remove(actor=actor_of(operator), zone_id=zone.pk)
    assert heard == [("Stairs", False), ("Steps", False), ("Steps", True)]


def test_what_a_kind_refuses_undoes_the_whole_change(draw, change, monkeypatch):
    zone = draw()

    def refuse(zone, removed):
        raise Invalid({"name": "not that one"})

    robot = kinds.get("robot")
    monkeypatch.setitem(kinds._kinds, "robot", dataclasses.replace(robot, zone_changed=refuse))
    with pytest.raises(Invalid):
        change(zone, name="Steps")
    assert Zone.objects.get().name == "Stairs"
    assert not AuditRow.objects.filter(verb="zone.change").exists()


def with_callbacks(call):
    from django.test import TestCase

    with TestCase.captureOnCommitCallbacks(execute=True):
        call()
