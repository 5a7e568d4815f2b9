"""Deriving from stored samples: whatever the order in which they come, and wherever the work was cut off."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from robots.models import Lap, RouteRun
from robots.readings import Reading
from robots.services.drives import history, steps, worker

from . import by_definition, deriving
from .journeys import START_US, S, find_route, journeys
from .test_drives import by_time

pytestmark = pytest.mark.django_db

any_delivery = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def small_steps(monkeypatch):
    """So that a journey of a few minutes meets what others meet in weeks."""
    monkeypatch.setattr(steps, "SAMPLES_A_STEP", 5)
    monkeypatch.setattr(steps, "PAGE", 3)
    monkeypatch.setattr(history, "DENSE_US", 120 * 1_000_000)
    monkeypatch.setattr(worker._Routes, "_find", lambda self, *key: find_route(*key))


def check(robot, readings) -> None:
    wanted = by_definition.logs(readings, find_route)
    for kind, logs in deriving.logs(robot).items():
        assert logs == sorted(wanted[kind], key=by_time)
    assert deriving.people(robot) == by_definition.people(readings)
    assert deriving.cells(robot) == by_definition.cells(readings)
    assert deriving.totals(robot) == deriving.sums(deriving.logs(robot)[deriving.DriveLog])


@any_delivery
@given(readings=journeys, data=st.data())
def test_what_is_derived_does_not_depend_on_how_samples_come(robot, small_steps, readings, data):
    order = data.draw(st.permutations(readings), "order")
    again = data.draw(st.lists(st.sampled_from(readings), max_size=5), "again") if readings else []
    order = [*order, *again]
    cuts = sorted(data.draw(st.sets(st.integers(0, len(order)), max_size=6), "batches"))
    with transaction.atomic():
        for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True):
            deriving.deliver(robot.device_id, order[start:end])
            if data.draw(st.booleans(), "derive now"):
                deriving.derive(once=data.draw(st.booleans(), "one step"))
        deriving.derive()
        check(robot, readings)
        transaction.set_rollback(True)


@any_delivery
@given(readings=journeys, data=st.data())
def test_a_few_late_samples_change_what_they_change(robot, small_steps, readings, data):
    late = data.draw(st.sets(st.integers(0, max(0, len(readings) - 1)), max_size=4), "late")
    with transaction.atomic():
        for number, reading in enumerate(readings):
            if number not in late:
                deriving.deliver(robot.device_id, [reading])
                deriving.derive(once=data.draw(st.booleans(), "one step"))
        for number in sorted(late & set(range(len(readings)))):
            deriving.deliver(robot.device_id, [readings[number]])
            if data.draw(st.booleans(), "derive now"):
                deriving.derive()
        deriving.derive()
        check(robot, readings)
        transaction.set_rollback(True)


def second_by_second(places, *, way_point_id: str) -> list[Reading]:
    return [
        Reading(START_US + number * S, number, "a", x, y, None, None, way_point_id)
        for number, (x, y) in enumerate(places)
    ]


def test_a_turn_that_late_samples_tell_of_moves_all_later_laps(robot, small_steps):
    """Without it the robot is thought to turn later, in another slot, so the second lap begins there."""
    there, back = range(0, 120, 4), range(120, 0, -4)
    readings = second_by_second([(x, 0) for x in [*there, *back] * 2], way_point_id="line")
    late = readings[16:53]
    for some in (readings[:16] + readings[53:], late):
        deriving.deliver(robot.device_id, some)
        deriving.derive()
    check(robot, readings)
    assert Lap.objects.get(device_id=robot.device_id, number=2).start_us < late[-1].time_us


def test_a_run_that_never_went_anywhere_makes_room_for_the_one_after_it(robot, small_steps):
    """The robot is on another map when it sets off, as only a late sample tells."""
    begun = Reading(START_US, 1, "b", None, None, None, 0.394, "square")
    told = Reading(START_US + 59 * S, 3, "a")
    readings = [
        begun,
        told,
        Reading(START_US + 59 * S, 6, None, None, None, None, 0.394),
        Reading(START_US + 59 * S + S // 10, 7, None),
    ]
    for some in ([r for r in readings if r is not told], [told]):
        deriving.deliver(robot.device_id, some)
        deriving.derive()
    check(robot, readings)
    assert RouteRun.objects.get(device_id=robot.device_id).start_us == told.time_us
