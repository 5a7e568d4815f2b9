"""What people do about alarms: who may, whose name stays, what is told and what is written."""

import json
from contextlib import contextmanager

import pytest
from django.test import TestCase

from accounts.models import AuditRow
from fleet_platform.shared.errors import Invalid, NotAllowed, NotFound
from fleet_platform.telemetry import runtime, store
from fleet_platform.telemetry.alarms import engine
from fleet_platform.telemetry.alarms.selectors import (
    alarms_for,
    open_alarm_documents,
)
from fleet_platform.telemetry.alarms.services import (
    AT_ONCE,
    alarm_acknowledge,
    alarm_clear,
    alarms_acknowledge,
    alarms_purge,
)
from fleet_platform.telemetry.models import Alarm, Latest
from fleet_platform.telemetry.services import device_change, device_leave
from fleet_platform.tests.server import EPOCH_MS

from .batches import checked, status

pytestmark = pytest.mark.django_db


@pytest.fixture
def raised(device):
    """`raised("fault")`: an alarm that the engine has raised."""

    def begin(code="fault", severity="critical", of=device, **facts) -> Alarm:
        facts = {"severity": severity, "data": {}, **facts}
        engine.begin(device_id=of.pk, workspace_id=of.workspace_id, code=code, **facts)
        return Alarm.objects.exclude(state="cleared").get(device=of, code=code)

    return begin


@pytest.fixture
def published(monkeypatch):
    """`with published() as told:` gathers the documents that readers get after the commit."""

    @contextmanager
    def gather():
        told = []

        def keep(events):
            told.extend((event.topic, json.loads(event.document)) for event in events)

        monkeypatch.setattr(runtime, "publish_events", keep)
        with TestCase.captureOnCommitCallbacks(execute=True):
            yield told

    return gather


# --- acknowledging ---


def test_an_acknowledged_alarm_says_who_and_when_and_why(raised, actor_of, operator, published):
    alarm = raised()
    with published() as told:
        alarm_acknowledge(actor=actor_of(operator), alarm_id=alarm.pk, note="on my way")
    alarm.refresh_from_db()
    assert (alarm.state, alarm.acknowledged_by, alarm.note) == (
        "acknowledged",
        operator,
        "on my way",
    )
    [(topic, document)] = told
    assert topic == f"alarms:{alarm.workspace_id}"
    assert (document["state"], document["acknowledged_by"]) == ("acknowledged", operator.email)
    row = AuditRow.objects.get(verb="alarm.acknowledge")
    assert (row.target, row.workspace_id) == (f"alarm:{alarm.pk}", alarm.workspace_id)
    assert row.after == {"state": "acknowledged", "note": "on my way"}


def test_the_first_name_stays(raised, actor_of, operator, admin, published):
    alarm = raised()
    alarm_acknowledge(actor=actor_of(operator), alarm_id=alarm.pk, note="first")
    first = Alarm.objects.get()
    with published() as told:
        answered = alarm_acknowledge(actor=actor_of(admin), alarm_id=alarm.pk, note="second")
    assert (answered.acknowledged_by, answered.note) == (operator, "first")
    assert Alarm.objects.get().acknowledged_at == first.acknowledged_at
    assert told == []
    assert AuditRow.objects.filter(verb="alarm.acknowledge").count() == 1


def test_acknowledging_what_is_over_clears_it(raised, actor_of, operator, device):
    alarm = raised()
    engine.end(device_id=device.pk, code="fault")
    answered = alarm_acknowledge(actor=actor_of(operator), alarm_id=alarm.pk)
    assert (answered.state, answered.acknowledged_by) == ("cleared", operator)
    assert answered.cleared_at == answered.acknowledged_at
    assert answered.cleared_by is None  # it ended by itself


def test_an_acknowledged_alarm_ends_by_itself(raised, actor_of, operator, device):
    alarm = raised()
    alarm_acknowledge(actor=actor_of(operator), alarm_id=alarm.pk)
    engine.end(device_id=device.pk, code="fault")
    assert Alarm.objects.get().state == "cleared"


def test_an_acknowledged_alarm_that_comes_again_wants_to_be_seen_again(
    raised, actor_of, operator, admin
):
    alarm = raised()
    alarm_acknowledge(actor=actor_of(operator), alarm_id=alarm.pk)
    again = raised()
    assert (again.pk, again.state, again.count) == (alarm.pk, "raised", 2)
    assert (again.acknowledged_at, again.acknowledged_by) == (None, None)
    alarm_acknowledge(actor=actor_of(admin), alarm_id=alarm.pk)
    assert Alarm.objects.get().acknowledged_by == admin


def test_a_cleared_alarm_is_not_acknowledged_any_more(raised, actor_of, operator, admin):
    alarm = raised()
    alarm_clear(actor=actor_of(operator), alarm_id=alarm.pk)
    answered = alarm_acknowledge(actor=actor_of(admin), alarm_id=alarm.pk, note="late")
    assert (answered.state, answered.acknowledged_by, answered.note) == ("cleared", None, "")


def test_a_note_has_its_length(raised, actor_of, operator):
    alarm = raised()
    with pytest.raises(Invalid) as refused:
        alarm_acknowledge(actor=actor_of(operator), alarm_id=alarm.pk, note="x" * 1001)
    assert list(refused.value.fields) == ["note"]


# --- clearing ---


def test_a_cleared_alarm_says_who_cleared_it_once(raised, actor_of, operator, admin, published):
    alarm = raised()
    with published() as told:
        alarm_clear(actor=actor_of(operator), alarm_id=alarm.pk)
        answered = alarm_clear(actor=actor_of(admin), alarm_id=alarm.pk)
    assert (answered.state, answered.active, answered.cleared_by) == ("cleared", False, operator)
    assert [document["cleared_by"] for _, document in told] == [operator.email]
    assert AuditRow.objects.filter(verb="alarm.clear").count() == 1


def test_what_was_cleared_by_hand_comes_again_as_a_new_alarm(raised, actor_of, operator):
    alarm = raised()
    alarm_clear(actor=actor_of(operator), alarm_id=alarm.pk)
    assert raised().pk != alarm.pk


# --- several ---


def test_several_are_acknowledged_at_once(raised, actor_of, operator, make_device, published):
    alarms = [raised(), raised("battery_low", "warning"), raised(of=make_device())]
    alarm_acknowledge(actor=actor_of(operator), alarm_id=alarms[0].pk, note="mine")
    with published() as told:
        answered = alarms_acknowledge(
            actor=actor_of(operator), alarm_ids=[alarm.pk for alarm in alarms], note="all"
        )
    assert {alarm.state for alarm in answered} == {"acknowledged"}
    assert sorted(Alarm.objects.values_list("note", flat=True)) == ["all", "all", "mine"]
    assert len(told) == 2


def test_foreign_alarms_are_left_out(raised, actor_of, operator, make_device, other_workspace):
    own, foreign = raised(), raised(of=make_device(other_workspace))
    answered = alarms_acknowledge(actor=actor_of(operator), alarm_ids=[own.pk, foreign.pk, 10**9])
    assert [alarm.pk for alarm in answered] == [own.pk]
    foreign.refresh_from_db()
    assert foreign.state == "raised"


def test_more_than_so_many_are_refused(actor_of, operator):
    with pytest.raises(Invalid):
        alarms_acknowledge(actor=actor_of(operator), alarm_ids=range(1, AT_ONCE + 2))


# --- who ---


def test_a_viewer_may_look_and_a_stranger_finds_nothing(raised, actor_of, viewer, stranger, device):
    alarm = raised()
    for somebody, refusal in ((viewer, NotAllowed), (stranger, NotFound), (device, NotFound)):
        actor = actor_of(somebody)
        with pytest.raises(refusal):
            alarm_acknowledge(actor=actor, alarm_id=alarm.pk)
        with pytest.raises(refusal):
            alarm_clear(actor=actor, alarm_id=alarm.pk)
    with pytest.raises(NotAllowed):
        alarms_acknowledge(actor=actor_of(viewer), alarm_ids=[alarm.pk])
    assert list(alarms_for(actor_of(viewer))) == [alarm]
    assert not alarms_for(actor_of(stranger)).exists()
    assert not alarms_for(actor_of(device)).exists()
    assert Alarm.objects.get().state == "raised"


def test_a_snapshot_takes_one_query_whatever_it_holds(
    raised, make_device, workspace, actor_of, operator, django_assert_num_queries
):
    for number in range(12):
        alarm = raised(of=make_device())
        if number % 2:
            alarm_acknowledge(actor=actor_of(operator), alarm_id=alarm.pk)
    with django_assert_num_queries(1):
        assert len(open_alarm_documents(workspace.pk)) == 12


# --- the device leaves ---


def low(device, number: int) -> None:
    store.commit([checked(device, status(number, battery=5))])


def test_a_removed_device_leaves_no_open_alarm(device, actor_of, owner, published):
    low(device, 1)
    with published() as told:
        device_leave(actor=actor_of(owner), device_id=device.pk)
    alarm = Alarm.objects.get()
    assert (alarm.state, alarm.active, alarm.cleared_by) == ("cleared", False, owner)
    assert [document["state"] for _, document in told] == ["cleared"]


def test_a_device_that_moves_leaves_its_alarms_behind_and_raises_them_anew(
    device, actor_of, platform_owner, other_workspace, workspace
):
    low(device, 1)
    device_change(
        actor=actor_of(platform_owner), device_id=device.pk, workspace_id=other_workspace.pk
    )
    assert Alarm.objects.get().state == "cleared"
    assert Latest.objects.get().conditions == "[]"
    device.refresh_from_db()
    low(device, 2)
    new = Alarm.objects.exclude(state="cleared").get()
    assert new.workspace == other_workspace


def test_a_renamed_device_keeps_its_alarms(device, actor_of, owner):
    low(device, 1)
    device_change(actor=actor_of(owner), device_id=device.pk, name="Other")
    assert Alarm.objects.get().state == "raised"


# --- keeping ---


def test_old_cleared_alarms_go_and_open_ones_stay(raised, actor_of, operator, workspace):
    raised("open")
    alarm_clear(actor=actor_of(operator), alarm_id=raised("over").pk)
    later = (EPOCH_MS + 10**12) * 1000
    assert sum(alarms_purge(workspace.pk, 0)) == 0
    assert sum(alarms_purge(workspace.pk + 1, later)) == 0
    assert sum(alarms_purge(workspace.pk, later)) == 1
    assert Alarm.objects.get().code == "open"
