"""Silence of devices of every kind: raised once a silence, ended by being heard, and never for those that cannot."""

import json

import pytest

from accounts.models import Device
from fleet_platform.shared import clock
from fleet_platform.telemetry import runtime, store, tasks
from fleet_platform.telemetry.alarms.services import alarm_clear, silent_alarms_raise
from fleet_platform.telemetry.models import Alarm, Latest
from fleet_platform.telemetry.services import (
    device_change,
    device_leave,
    devices_touch,
    silent_devices_mark_offline,
)
from fleet_platform.tests.server import sample

from .batches import checked

pytestmark = pytest.mark.django_db
LIMIT = 60
numbers = iter(range(1, 10_000))


@pytest.fixture(autouse=True)
def limits(settings):
    settings.SILENCE_ALARM_SECONDS, settings.OFFLINE_AFTER_SECONDS = LIMIT, 20


@pytest.fixture
def published(monkeypatch):
    told = []
    monkeypatch.setattr(
        runtime,
        "publish_events",
        lambda events: told.extend(json.loads(event.document) for event in events),
    )
    return told


def hear(device) -> store.Commit:
    return store.commit([checked(device, sample(next(numbers)))])


def silent_for(device, seconds: float) -> None:
    """As if it had been heard that long ago."""
    moment = clock.now_us() - round(seconds * clock.SECOND)
    Latest.objects.filter(device=device).update(received_us=moment)


def alarms() -> list[tuple]:
    return list(Alarm.objects.order_by("pk").values_list("code", "state", "count"))


def test_a_device_silent_beyond_the_limit_raises_one_warning(device, published):
    hear(device)
    silent_for(device, LIMIT - 5)
    assert silent_alarms_raise() == 0
    silent_for(device, LIMIT + 1)
    assert silent_alarms_raise() == 1
    assert silent_alarms_raise() == 0
    alarm = Alarm.objects.get()
    assert (alarm.code, alarm.severity, alarm.state, alarm.active) == (
        "silent",
        "warning",
        "raised",
        True,
    )
    assert alarm.data["limit_seconds"] == LIMIT
    heard_us = Latest.objects.get().received_us
    assert alarm.data["last_heard_at"] == clock.rfc3339(heard_us)
    assert [told["code"] for told in published] == ["silent"]


def test_being_heard_ends_it_and_the_next_silence_is_another_one(device):
    hear(device)
    silent_for(device, LIMIT + 1)
    silent_alarms_raise()
    (event,) = hear(device).events
    assert json.loads(event.document)["state"] == "cleared"
    silent_for(device, LIMIT + 1)
    silent_alarms_raise()
    assert alarms() == [("silent", "cleared", 1), ("silent", "raised", 1)]


def test_a_ping_without_a_sample_ends_it_too(device):
    hear(device)
    silent_for(device, LIMIT + 1)
    silent_alarms_raise()
    assert len(store.heard(device.pk).events) == 1
    assert alarms() == [("silent", "cleared", 1)]


def test_a_limit_below_the_offline_limit_works_both_ways(device, actor_of, operator):
    device_change(actor=actor_of(operator), device_id=device.pk, silence_limit_seconds=5)
    hear(device)
    silent_for(device, 6)
    assert silent_alarms_raise() == 1
    assert silent_devices_mark_offline() == 0
    device.refresh_from_db()
    assert device.online
    hear(device)
    assert alarms() == [("silent", "cleared", 1)]


def test_a_devices_own_limit_goes_before_the_default(make_device, actor_of, operator):
    patient, never = make_device(), make_device()
    for device, limit in ((patient, 3600), (never, 0)):
        device_change(actor=actor_of(operator), device_id=device.pk, silence_limit_seconds=limit)
        hear(device)
        silent_for(device, 1800)
    assert silent_alarms_raise() == 0
    silent_for(patient, 3601)
    silent_for(never, 10**8)
    assert silent_alarms_raise() == 1
    assert Alarm.objects.get().device == patient


def test_a_default_of_nothing_raises_nothing(device, settings):
    settings.SILENCE_ALARM_SECONDS = 0
    hear(device)
    silent_for(device, 10**6)
    assert silent_alarms_raise() == 0


def test_a_limit_of_a_month_fits(device, actor_of, operator):
    device_change(actor=actor_of(operator), device_id=device.pk, silence_limit_seconds=2_592_000)
    hear(device)
    silent_for(device, 2_591_000)
    assert silent_alarms_raise() == 0
    silent_for(device, 2_592_001)
    assert silent_alarms_raise() == 1


def test_cleared_by_hand_it_stays_cleared_while_the_silence_lasts(device, actor_of, operator):
    hear(device)
    silent_for(device, LIMIT + 1)
    silent_alarms_raise()
    alarm_clear(actor=actor_of(operator), alarm_id=Alarm.objects.get().pk)
    silent_for(device, 10 * LIMIT)
    assert silent_alarms_raise() == 0
    hear(device)
    silent_for(device, LIMIT + 1)
    assert silent_alarms_raise() == 1


def test_an_edit_in_the_registry_is_no_sign_of_life(device):
    hear(device)
    silent_for(device, LIMIT + 1)
    silent_alarms_raise()
    devices_touch(device_ids=[device.pk])
    store.add_facts({device.pk: {"robot_info": {"idx": 1}}})
    silent_devices_mark_offline()
    assert alarms() == [("silent", "raised", 1)]


def test_a_device_that_was_never_heard_raises_none(device):
    devices_touch(device_ids=[device.pk])
    store.add_facts({device.pk: {"robot_info": {"idx": 1}}})
    assert silent_alarms_raise() == 0


def test_a_removed_device_raises_none(device, actor_of, owner):
    hear(device)
    silent_for(device, LIMIT + 1)
    device_leave(actor=actor_of(owner), device_id=device.pk)
    assert silent_alarms_raise() == 0


def test_a_base_station_that_falls_silent_raises_the_same_alarm(make_device):
    station = make_device(kind=Device.Kind.BASE_STATION)
    room = {"environment": {"temperature": 21.5, "humidity": 40}}
    store.commit([checked(station, {"time": 1767225600, "sections": room})])
    silent_for(station, LIMIT + 1)
    assert silent_alarms_raise() == 1
    assert Alarm.objects.get().device == station
    store.commit([checked(station, {"time": 1767225601, "sections": room})])
    assert alarms() == [("silent", "cleared", 1)]


def test_many_fall_silent_in_a_few_queries_each(make_device, django_assert_max_num_queries):
    for device in [make_device() for _ in range(20)]:
        hear(device)
        silent_for(device, LIMIT + 1)
    with django_assert_max_num_queries(10 + 20 * 4):
        assert silent_alarms_raise() == 20


def test_right_after_a_start_nobody_is_called_silent(device, monkeypatch):
    hear(device)
    silent_for(device, LIMIT + 1)
    monkeypatch.setattr(tasks, "STARTED", tasks.time.monotonic())
    assert tasks.raise_silent_alarms() == 0
    monkeypatch.setattr(tasks, "STARTED", tasks.time.monotonic() - tasks.RECONNECT_SECONDS - 1)
    assert tasks.raise_silent_alarms() == 1


# --- the limit on the fleet API and in the console ---


@pytest.mark.parametrize("limit", [0, 5, None])
def test_the_limit_is_set_by_patch_and_shown_from_then_on(client_of, operator, device, limit):
    path = f"/api/fleet/devices/{device.pk}"
    answer = client_of(operator).patch(path, {"silence_limit_seconds": limit})
    assert answer.status_code == 200
    device.refresh_from_db()
    assert device.silence_limit_seconds == limit
    assert answer.json()["silence_limit_seconds"] == limit
    assert client_of(operator).get(path).json()["silence_limit_seconds"] == limit


def test_readers_hear_of_a_changed_limit(
    actor_of, operator, device, monkeypatch, django_capture_on_commit_callbacks
):
    told = []
    monkeypatch.setattr(runtime, "publish", lambda changes, events=(): told.extend(changes))
    with django_capture_on_commit_callbacks(execute=True):
        device_change(actor=actor_of(operator), device_id=device.pk, silence_limit_seconds=7)
    assert [json.loads(one.document)["silence_limit_seconds"] for one in told] == [7]


@pytest.mark.parametrize("limit", [-1, 2_592_001, "soon", 1.5])
def test_a_bad_limit_is_named(client_of, operator, device, limit):
    path = f"/api/fleet/devices/{device.pk}"
    answer = client_of(operator).patch(path, {"silence_limit_seconds": limit})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/silence_limit_seconds"


def test_the_limit_is_set_in_the_console(client, admin, device, workspace):
    client.force_login(admin)
    form = {"workspace": workspace.pk, "name": "New", "kind": "drone", "silence_limit_seconds": 7}
    assert client.post("/admin/accounts/device/add/", form).status_code == 200
    assert Device.objects.get(name="New").silence_limit_seconds == 7
    form = {"workspace": workspace.pk, "name": device.name, "silence_limit_seconds": 9}
    page = f"/admin/accounts/device/{device.pk}/change/"
    assert client.post(page, form).status_code == 302
    device.refresh_from_db()
    assert device.silence_limit_seconds == 9


def test_a_whole_fleet_falls_silent_some_devices_a_transaction(
    workspace, make_device, monkeypatch, published
):
    monkeypatch.setattr(store.silence, "DEVICES_AT_ONCE", 2)
    fleet = [make_device(workspace) for _ in range(5)]
    for device in fleet:
        hear(device)
        silent_for(device, LIMIT + 1)
    parts = [len(events) for events in store.raise_silence_alarms(LIMIT)]
    assert parts == [2, 2, 1]
    assert sorted(Alarm.objects.values_list("device_id", flat=True)) == [one.pk for one in fleet]


def test_one_that_is_heard_while_others_are_marked_raises_nothing(
    workspace, make_device, monkeypatch
):
    monkeypatch.setattr(store.silence, "DEVICES_AT_ONCE", 1)
    first, second = make_device(workspace), make_device(workspace)
    for device in (first, second):
        hear(device)
        silent_for(device, LIMIT + 1)
    parts = store.raise_silence_alarms(LIMIT)
    next(parts)
    hear(second)
    assert list(parts) == [[]]
    assert Alarm.objects.get().device_id == first.pk


def test_the_alarm_tells_the_device_s_own_limit(device):
    Device.objects.filter(pk=device.pk).update(silence_limit_seconds=7)
    hear(device)
    silent_for(device, 8)
    assert silent_alarms_raise() == 1
    assert Alarm.objects.get().data["limit_seconds"] == 7
