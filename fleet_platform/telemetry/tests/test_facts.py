"""What the platform itself puts into a device's stream, and what is left to be derived from it."""

import json

import pytest

from accounts.models import Device
from fleet_platform.shared import clock
from fleet_platform.telemetry import selectors, services, store
from fleet_platform.telemetry.models import Latest
from fleet_platform.tests.server import EPOCH_MS, sample, time_of

from .batches import checked, rows

pytestmark = pytest.mark.django_db
ROW = {"id": 7, "name": "Stairs"}


def document(device) -> dict:
    return json.loads(selectors.latest_documents([device.pk])[device.pk])


def test_a_fact_is_a_sample_and_a_section_of_the_newest_state(device):
    (change,) = store.add_facts({device.pk: {"red_zone": ROW}})
    assert json.loads(change.document)["sections"] == {"red_zone": ROW}
    ((time_us, seq, _, sections, position),) = store.samples(device.pk)
    assert abs(time_us - clock.now_us()) < 60 * clock.SECOND
    assert (seq, json.loads(sections), position) == (store.FACTS_SEQ, {"red_zone": ROW}, "null")


def test_it_says_nothing_about_when_the_device_was_heard(device):
    store.commit([rows(device, 1)])
    before = document(device)
    Device.objects.update(online=False)
    store.add_facts({device.pk: {"red_zone": ROW}})
    after = document(device)
    assert (after["time"], after["received_at"]) == (before["time"], before["received_at"])
    assert after["online"] is False
    assert after["position"] == before["position"]


def test_it_comes_after_what_the_device_said_of_a_clock_ahead(device):
    ahead = clock.now_us() + 4 * 60 * clock.SECOND
    store.commit([checked(device, {"time": ahead / clock.SECOND, "seq": 1, **pose()})])
    store.add_facts({device.pk: {"red_zone": ROW}})
    store.add_facts({device.pk: {"red_zone": {**ROW, "name": "Lift"}}})
    times = [one[0] for one in store.samples(device.pk)]
    assert len(times) == 3
    assert times == sorted(set(times))
    assert json.loads(store.newest_sample(device.pk)[3])["red_zone"]["name"] == "Lift"


def pose() -> dict:
    return {"sections": {"pose": {"x": 1, "y": 2, "map_id": "floor"}}}


def test_the_device_goes_on_as_before(device):
    store.commit([rows(device, 1)])
    store.add_facts({device.pk: {"red_zone": ROW}})
    assert store.commit([rows(device, 2)]).written == [(1, 0)]
    assert document(device)["time"] == time_of(2)
    assert document(device)["sections"].keys() == {"pose", "red_zone"}


def test_versions_rise_by_one(device):
    versions = [store.add_facts({device.pk: {"red_zone": ROW}})[0].version for _ in range(3)]
    assert versions == [1, 2, 3]


def test_removed_devices_and_empty_facts_are_passed_over(device, make_device, workspace):
    gone = make_device(workspace)
    Device.objects.filter(pk=gone.pk).update(removed_at=clock.to_datetime(clock.now_us()))
    assert store.add_facts({gone.pk: {"red_zone": ROW}, device.pk: {}, 999_999: {"x": ROW}}) == []


def test_readers_hear_of_it_after_the_commit(
    device, monkeypatch, django_capture_on_commit_callbacks
):
    told = []
    monkeypatch.setattr(services.runtime, "publish", told.append)
    with django_capture_on_commit_callbacks() as after:
        services.facts_publish(facts={device.pk: {"red_zone": ROW}})
    assert told == []
    for call in after:
        call()
    assert [change.device_id for change in told[0]] == [device.pk]


# --- what is still to be derived from ---


def waiting(device) -> int | None:
    return Latest.objects.values_list("derive_from_us", flat=True).get(device=device)


def us(number: int) -> int:
    return (EPOCH_MS + 100 * number) * 1000


def test_the_earliest_sample_that_nobody_looked_at_is_kept(device):
    store.commit([rows(device, 5, 6)])
    assert waiting(device) == us(5)
    store.commit([rows(device, 9)])
    assert waiting(device) == us(5)
    store.commit([rows(device, 2)])
    assert waiting(device) == us(2)


def test_kinds_from_which_nothing_is_derived_wait_for_nothing(workspace, make_device):
    station = make_device(workspace, kind=Device.Kind.BASE_STATION)
    reading = {"time": EPOCH_MS, "seq": 1, "sections": {"environment": {"temperature": 20}}}
    store.commit([checked(station, reading)])
    assert waiting(station) is None
    assert store.derivation_take("robot", 10) == []


def test_what_is_taken_is_one_workers_alone_until_it_is_done(device):
    store.commit([rows(device, 3)])
    (taken,) = store.derivation_take("robot", 10)
    assert (taken.device_id, taken.from_us) == (device.pk, us(3))
    assert store.derivation_take("robot", 10) == []
    assert store.derivation_done(taken)
    assert store.derivation_take("robot", 10) == []


def test_what_comes_meanwhile_waits_for_the_next(device):
    store.commit([rows(device, 3)])
    (taken,) = store.derivation_take("robot", 10)
    store.commit([rows(device, 2, 7)])
    assert store.derivation_done(taken)
    (again,) = store.derivation_take("robot", 10)
    assert again.from_us == us(2)


def test_a_worker_that_died_leaves_its_work_to_the_next(device):
    store.commit([rows(device, 3)])
    (dead,) = store.derivation_take("robot", 10)
    store.commit([rows(device, 8)])
    Latest.objects.update(deriving_until_us=clock.now_us() - 1)
    (taken,) = store.derivation_take("robot", 10)
    assert taken.from_us == us(3)
    assert not store.derivation_done(dead)
    assert store.derivation_done(taken)


def test_facts_of_the_platform_are_nothing_to_derive_from(device):
    store.add_facts({device.pk: {"red_zone": ROW}})
    assert waiting(device) is None


def test_it_is_the_device_waiting_longest_that_goes_first(workspace, make_device):
    first, second = make_device(workspace), make_device(workspace)
    store.commit([checked(second, sample(1))])
    store.commit([checked(first, sample(1))])
    assert [one.device_id for one in store.derivation_take("robot", 1)] == [second.pk]


def test_work_left_over_is_put_back_for_whoever_comes_next(device):
    store.commit([rows(device, 3, 4, 5)])
    (taken,) = store.derivation_take("robot", 10)
    assert store.derivation_put_back(taken, us(5))
    (again,) = store.derivation_take("robot", 10)
    assert again.from_us == us(5)
    assert not store.derivation_put_back(taken, us(3))


def test_samples_are_counted_by_slots_of_time_without_the_platforms_own(device):
    store.commit([rows(device, 0, 1, 9, 12, 31)])
    store.add_facts({device.pk: {"red_zone": ROW}})
    last = store.samples(device.pk)[-2]
    slot = 1_000_000
    first = us(0) - us(0) % slot
    assert store.sample_counts(device.pk, us(1), last[:2], slot) == {
        first: 2,
        first + slot: 1,
        first + 3 * slot: 1,
    }
    assert store.sample_counts(device.pk, 0, (us(9), -1), slot) == {first: 2}
