"""Deriving from stored samples: whatever the order in which they come, and wherever the work was cut off."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from robots.services.drives import history, steps, turns

from . import by_definition, deriving
from .journeys import find_route, journeys
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
    monkeypatch.setattr(turns._Routes, "_find", lambda self, *key: find_route(*key))


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
