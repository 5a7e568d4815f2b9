"""People and devices at one alarm, side by side as several processes bring them together."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import AuditRow
from fleet_platform.telemetry import store
from fleet_platform.telemetry.alarms.services import (
    alarm_acknowledge,
    alarm_clear,
    alarms_acknowledge,
    silent_alarms_raise,
)
from fleet_platform.telemetry.models import Alarm, Delivery, Latest, NotificationChannel, Zone
from fleet_platform.telemetry.notices import outbox
from fleet_platform.telemetry.notices.sending import channel_send
from fleet_platform.telemetry.notices.services import channel_remove
from fleet_platform.telemetry.tests.batches import checked, status
from fleet_platform.telemetry.zones.services import zone_create, zone_update
from fleet_platform.tests.server import sample, until
from robots.models import Region
from robots.services import floor_map_create, floor_map_update, place_create, place_update

from .locks import somebody_waits

pytestmark = [
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="DATABASE_URL does not name a PostgreSQL server"
    ),
    pytest.mark.django_db(transaction=True),
]
CROWD = 8


def side_by_side(*work) -> list:
    """Each on a connection of its own, all at once."""

    def alone(one):
        try:
            return one()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(alone, work))


@pytest.fixture
def alarm(device) -> Alarm:
    return Alarm.objects.create(
        device=device, workspace=device.workspace, code="fault", severity="critical"
    )


@pytest.fixture
def crowd(make_user, workspace, actor_of) -> list:
    return [actor_of(make_user(workspace, ["operator"])) for _ in range(CROWD)]


def test_of_many_who_acknowledge_one_name_stays(alarm, crowd):
    told = side_by_side(
        *(lambda one=actor: alarm_acknowledge(actor=one, alarm_id=alarm.pk) for actor in crowd)
    )
    assert len({one.acknowledged_by_id for one in told}) == 1
    assert AuditRow.objects.filter(verb="alarm.acknowledge").count() == 1


def test_of_acknowledging_and_clearing_each_happens_once_at_most(alarm, crowd):
    deeds = [
        lambda one=actor, deed=deed: deed(actor=one, alarm_id=alarm.pk)
        for actor, deed in zip(crowd, [alarm_acknowledge, alarm_clear] * (CROWD // 2), strict=True)
    ]
    side_by_side(*deeds)
    assert Alarm.objects.get().state == "cleared"
    verbs = list(AuditRow.objects.filter(verb__startswith="alarm.").values_list("verb", flat=True))
    assert verbs.count("alarm.clear") == 1
    assert verbs.count("alarm.acknowledge") <= 1


def test_devices_and_people_at_the_same_alarms_do_not_lock_each_other_out(make_device, crowd):
    """Batches that turn alarms of many devices, and people who acknowledge all of them in the opposite order."""
    devices = [make_device() for _ in range(10)]
    store.commit([checked(one, status(1, battery=5)) for one in devices])
    ids = list(Alarm.objects.values_list("pk", flat=True))

    def drive(first: int) -> None:
        for turn in range(first, first + 10):
            batches = [checked(one, status(turn, battery=5 + 40 * (turn % 2))) for one in devices]
            store.commit(batches[:: 1 if first % 2 else -1])

    def look(actor, order: int) -> None:
        for _ in range(10):
            alarms_acknowledge(actor=actor, alarm_ids=ids[::order])

    side_by_side(
        lambda: drive(2),
        lambda: drive(13),
        *(lambda one=actor, order=order: look(one, order) for actor, order in zip(crowd[:4], [1, -1] * 2, strict=True)),
    )  # fmt: skip
    for device in devices:
        assert Alarm.objects.filter(device=device).exclude(state="cleared").count() <= 1


def test_two_sweeps_raise_each_silence_once(make_device, settings):
    settings.SILENCE_ALARM_SECONDS = 60
    for _ in range(10):
        store.commit([checked(make_device(), sample(1))])
    Latest.objects.update(received_us=1_000_000)
    told = side_by_side(*[silent_alarms_raise] * 4)
    assert sum(told) == 10
    assert Alarm.objects.count() == 10
    assert set(Alarm.objects.values_list("count", flat=True)) == {1}


def test_a_zone_that_changes_while_robots_drive_leaves_no_alarm_that_nobody_ends(
    make_device, crowd, workspace
):
    square = [[100, 100], [200, 100], [200, 200], [100, 200]]
    facts = {"workspace_id": workspace.pk, "name": "Z", "map_id": "floor", "polygon": square}
    zone = zone_create(actor=crowd[0], **facts)
    devices = [make_device() for _ in range(4)]

    def drive(device) -> None:
        for number in range(1, 15):
            at = 150 if number % 2 else 50
            store.commit([checked(device, sample(number, x=at, y=at))])

    def draw(actor) -> None:
        for turn in range(10):
            zone_update(actor=actor, zone_id=zone.pk, active=bool(turn % 2), name=f"{turn}")

    side_by_side(
        *(lambda one=device: drive(one) for device in devices), lambda: draw(crowd[0]), lambda: draw(crowd[1])
    )  # fmt: skip
    zone_update(actor=crowd[0], zone_id=zone.pk, active=False, name="off")
    assert not Alarm.objects.filter(active=True).exists()


def test_a_floor_is_renamed_while_its_places_and_zones_change_and_robots_drive(
    make_device, crowd, workspace
):
    floor = floor_map_create(actor=crowd[0], workspace_id=workspace.pk, map_id="floor")
    square = [[100, 100], [200, 100], [200, 200], [100, 200]]
    facts = {"workspace_id": workspace.pk, "map_id": "floor", "polygon": square}
    zones = [zone_create(actor=crowd[0], name="Z", **facts) for _ in range(3)]
    region = {"region_id": "1", "x": 1, "y": 1, "width": 9, "height": 9}
    place = place_create(actor=crowd[0], model=Region, floor_id=floor.pk, **region)
    devices = [make_device() for _ in range(3)]

    def drive(device) -> None:
        for number in range(1, 15):
            at = 150 if number % 2 else 50
            store.commit([checked(device, sample(number, x=at, y=at))])

    def rename() -> None:
        for turn in range(6):
            map_id = "floor" if turn % 2 else "hall"
            floor_map_update(actor=crowd[0], floor_id=floor.pk, map_id=map_id)

    def draw() -> None:
        for turn in range(10):
            zone_update(actor=crowd[1], zone_id=zones[turn % 3].pk, name=f"{turn}")
            place_update(actor=crowd[1], model=Region, id=place.pk, x=turn)

    side_by_side(*(lambda one=device: drive(one) for device in devices), rename, draw)
    assert set(Zone.objects.values_list("map_id", flat=True)) == {"floor"}
    floor_map_update(actor=crowd[0], floor_id=floor.pk, map_id="hall")
    assert not Alarm.objects.filter(active=True).exists()


def test_the_moment_of_change_rises_in_the_order_of_the_commits(crowd, workspace):
    def draw(actor) -> list[int]:
        facts = {"workspace_id": workspace.pk, "map_id": "1f", "polygon": [[0, 0], [9, 0], [0, 9]]}
        return [zone_create(actor=actor, name="Z", **facts).updated_us for _ in range(5)]

    told = side_by_side(*(lambda one=actor: draw(one) for actor in crowd))
    moments = [moment for some in told for moment in some]
    assert len(set(moments)) == len(moments)


@pytest.fixture
def letter_box(viewer) -> NotificationChannel:
    return NotificationChannel.objects.create(
        user=viewer, kind="email", address=viewer.email, verified_at=timezone.now()
    )


def removal_of(channel, actor) -> threading.Thread:
    """Begun, and ended or waiting for somebody."""

    def remove() -> None:
        try:
            channel_remove(actor=actor, channel_id=channel.pk)
        finally:
            connection.close()

    thread = threading.Thread(target=remove)
    thread.start()
    until(lambda: not thread.is_alive() or somebody_waits())
    return thread


def test_a_channel_that_goes_before_its_notice_is_written_costs_no_sample(
    device, letter_box, viewer, actor_of, monkeypatch
):
    told = outbox._told

    def tell(*args):
        removal_of(letter_box, actor_of(viewer)).join()
        return told(*args)

    monkeypatch.setattr(outbox, "_told", tell)
    # Of a robot the removal would wait until the samples are stored: it is told of its channels.
    monkeypatch.setattr(
        "fleet_platform.telemetry.notices.services.tell_kinds", lambda *_, **__: None
    )
    store.commit([checked(device, status(1, battery=3))])
    assert Alarm.objects.get().device == device
    assert not Delivery.objects.exists()


def test_a_channel_that_goes_after_its_notice_is_written_takes_it_along(
    device, letter_box, viewer, actor_of, monkeypatch
):
    monkeypatch.setattr(
        "fleet_platform.telemetry.notices.services.tell_kinds", lambda *_, **__: None
    )
    with transaction.atomic():
        store.commit([checked(device, status(1, battery=3))])
        removal = removal_of(letter_box, actor_of(viewer))
    removal.join()
    assert Alarm.objects.get().device == device
    assert not NotificationChannel.objects.exists() and not Delivery.objects.exists()


def test_a_notice_goes_to_one_of_many_senders(alarm, viewer, workspace, mailoutbox):
    channel = NotificationChannel.objects.create(
        user=viewer, kind="email", address=viewer.email, verified_at=timezone.now()
    )
    for number in range(3):
        Delivery.objects.create(
            channel=channel,
            workspace=workspace,
            alarm=alarm,
            about=f"{number}",
            happening="raised",
            document={
                **{"id": 1, "severity": "critical", "device_name": "R", "code": "fault"},
                **{"last_raised_at": "2026-01-01T00:00:00.000Z", "data": {}, "count": 1},
                "device_id": alarm.device_id,
            },
        )
    told = side_by_side(*[lambda: channel_send(channel.pk)] * 6)
    assert sum(told) == 3
    assert len(mailoutbox) == 1
