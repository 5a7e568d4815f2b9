"""Samples once, the newest state forward only, versions that rise by one: on whatever database is set."""

import json

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Device
from fleet_platform.shared import clock
from fleet_platform.telemetry import selectors, store
from fleet_platform.telemetry.models import Latest, Sample
from fleet_platform.tests.server import EPOCH_MS, sample, time_of

from .batches import checked, rows, status

pytestmark = pytest.mark.django_db


def document(device) -> dict:
    return json.loads(selectors.latest_documents([device.pk])[device.pk])


def numbers(device) -> list[int]:
    return [row[1] for row in store.samples(device.pk)]


def version(device) -> int:
    return Latest.objects.filter(device=device).values_list("version", flat=True).first() or 0


def us(number: int) -> int:
    return (EPOCH_MS + 100 * number) * 1000


# --- once ---


def test_it_works(device):
    commit = store.commit([rows(device, 1, 2)])
    assert commit.written == [(2, 0)]
    assert numbers(device) == [1, 2]
    (change,) = commit.changes
    assert (change.device_id, change.workspace_id) == (device.pk, device.workspace_id)
    assert json.loads(change.document) == document(device)
    assert document(device)["time"] == time_of(2)


def test_the_same_sample_again_is_a_duplicate_and_is_counted_where_it_came(device, make_device):
    other = make_device()
    batches = [rows(device, 1, 2, 2), rows(device, 2, 3), rows(other, 2), rows(device, 1)]
    assert store.commit(batches).written == [(2, 1), (1, 1), (1, 0), (0, 1)]
    assert store.commit([rows(device, 1, 2, 3, 4)]).written == [(1, 3)]
    assert (numbers(device), numbers(other)) == ([1, 2, 3, 4], [2])


def test_the_first_of_two_samples_with_one_name_stays(device):
    store.commit([rows(device, 1, y=1)])
    store.commit([rows(device, 1, y=2)])
    (row,) = store.samples(device.pk)
    assert json.loads(row[3])["pose"]["y"] == 1
    assert document(device)["sections"]["pose"]["y"] == 1


def test_one_time_may_have_several_sequence_numbers(device):
    same = [{**sample(1, y=seq), "seq": seq} for seq in (3, 1, 2)]
    assert store.commit([checked(device, *same)]).written == [(3, 0)]
    assert numbers(device) == [1, 2, 3]
    assert document(device)["sections"]["pose"]["y"] == 3


# --- forward only ---


def test_samples_out_of_order_are_stored_in_order_and_the_newest_counts(device):
    store.commit([rows(device, 5, 1, 9, 3)])
    assert numbers(device) == [1, 3, 5, 9]
    assert document(device)["time"] == time_of(9)
    assert document(device)["position"]["x"] == 9


def test_a_late_sample_is_stored_and_moves_nothing_back(device):
    store.commit([rows(device, 10)])
    before = document(device), version(device)
    commit = store.commit([rows(device, 4, 5)])
    assert commit.written == [(2, 0)]
    assert commit.changes == []
    after = document(device), version(device)
    before[0].pop("received_at"), after[0].pop("received_at")
    assert after == before
    assert numbers(device) == [4, 5, 10]


def test_each_section_has_its_own_newest(device):
    store.commit([checked(device, status(5, battery=80), sample(10))])
    store.commit([checked(device, {**sample(7), **merged(7, battery=70)})])
    told = document(device)
    assert told["sections"]["robot_base_status"]["battery"] == 70
    assert told["sections"]["pose"]["x"] == 10
    assert told["position"]["x"] == 10
    assert told["time"] == time_of(10)


def merged(number: int, battery: int) -> dict:
    """Sections of a sample with a place and a status."""
    sections = {**sample(number)["sections"], **status(number, battery)["sections"]}
    return {"sections": sections}


def test_a_sample_without_a_place_keeps_the_last_place(device):
    store.commit([rows(device, 1), checked(device, status(2, battery=50))])
    told = document(device)
    assert told["position"]["x"] == 1
    assert told["time"] == time_of(2)


def test_the_version_rises_by_one_with_each_commit_that_changes(device):
    start = version(device)
    assert [store.commit([rows(device, n)]).changes[0].version for n in (1, 2, 3)] == [
        start + 1,
        start + 2,
        start + 3,
    ]
    many = store.commit([rows(device, 4), rows(device, 5), rows(device, 6, 7)])
    assert [change.version for change in many.changes] == [start + 4]
    assert store.commit([rows(device, 7)]).changes == []
    assert version(device) == start + 4


def test_a_change_that_is_rolled_back_leaves_nothing(device):
    before = version(device)
    with pytest.raises(RuntimeError), transaction.atomic():
        store.commit([rows(device, 1)])
        raise RuntimeError
    assert numbers(device) == []
    assert version(device) == before
    assert store.commit([rows(device, 1)]).written == [(1, 0)]


# --- devices that come and go ---


def test_a_removed_device_gets_no_answer_and_others_are_stored(device, make_device):
    gone = make_device()
    Device.objects.filter(pk=gone.pk).update(removed_at=timezone.now())
    commit = store.commit([rows(gone, 1), rows(device, 1), rows(gone, 2)])
    assert commit.written == [None, (1, 0), None]
    assert (numbers(gone), numbers(device)) == ([], [1])
    assert [change.device_id for change in commit.changes] == [device.pk]


def test_a_device_that_was_never_there_gets_no_answer(device):
    stranger = [row._replace(device_id=device.pk + 1000) for row in rows(device, 1)]
    assert store.commit([stranger, rows(device, 1)]).written == [None, (1, 0)]


def test_one_batch_may_be_of_several_devices(device, make_device):
    other = make_device()
    commit = store.commit([rows(device, 1, 2) + rows(other, 1)])
    assert commit.written == [(3, 0)]
    assert sorted(change.device_id for change in commit.changes) == sorted([device.pk, other.pk])


def test_a_sample_brings_its_device_online(device):
    assert document(device)["online"] is False
    store.commit([rows(device, 1)])
    device.refresh_from_db()
    assert (document(device)["online"], device.online) == (True, True)
    assert device.last_seen_at is not None


def test_a_sign_of_life_brings_online_without_a_sample(device):
    (change,) = store.heard(device.pk).changes
    assert json.loads(change.document)["online"] is True
    assert store.heard(device.pk).changes == []
    assert numbers(device) == []


def test_who_is_silent_goes_offline_once(device, make_device):
    talking = make_device()
    store.commit([rows(device, 1)])
    border = clock.now_us() + 1
    later = [row._replace(received_us=border + 1) for row in rows(talking, 1)]
    store.commit([later])
    assert store.unheard_devices(border) == [device.pk]
    (change,) = store.mark_offline([device.pk, talking.pk], border)
    assert (change.device_id, json.loads(change.document)["online"]) == (device.pk, False)
    assert document(talking)["online"] is True
    assert store.unheard_devices(border) == []
    assert store.mark_offline([device.pk], border) == []


def test_who_spoke_in_between_stays_online(device):
    store.commit([rows(device, 1)])
    border = clock.now_us() + 1
    assert store.unheard_devices(border) == [device.pk]
    store.commit([[row._replace(received_us=border + 1) for row in rows(device, 2)]])
    assert store.mark_offline([device.pk], border) == []
    assert document(device)["online"] is True


def test_a_new_name_is_a_new_version(device):
    before = version(device)
    Device.objects.filter(pk=device.pk).update(name="Cubrick")
    (change,) = store.touch([device.pk])
    assert change.version == before + 1
    assert json.loads(change.document)["name"] == "Cubrick"


# --- reading and deleting ---


def test_a_period_has_both_its_ends(device):
    store.commit([rows(device, *range(1, 11))])
    assert [row[1] for row in store.samples(device.pk, us(3), us(6))] == [3, 4, 5, 6]
    assert store.samples(device.pk, us(3) + 1, us(4) - 1) == []


def test_pages_follow_each_other_without_gap_or_overlap(device):
    same_time = [{**sample(5), "seq": seq} for seq in range(100, 107)]
    store.commit([checked(device, *same_time), rows(device, 1, 2, 9)])
    found, after = [], None
    while page := store.samples(device.pk, after=after, limit=3):
        found += page
        after = page[-1][:2]
    assert [row[1] for row in found] == [1, 2, *range(100, 107), 9]


def test_the_newest_sample_is_by_time_not_by_arrival(device):
    assert store.newest_sample(device.pk) is None
    store.commit([rows(device, 9)])
    store.commit([rows(device, 3)])
    assert store.newest_sample(device.pk)[1] == 9


def test_old_samples_go_in_chunks_and_newer_ones_stay(device, make_device, monkeypatch):
    monkeypatch.setattr(store.history, "PURGE_CHUNK", 10)
    other = make_device()
    store.commit([rows(device, *range(1, 41)), rows(other, 1)])
    assert list(store.delete_before(device.pk, us(36))) == [10, 10, 10, 5]
    assert numbers(device) == [36, 37, 38, 39, 40]
    assert numbers(other) == [1]
    assert document(device)["time"] == time_of(40)
    assert Sample.objects.count() == 6
