"""The writer: batches that queue up share a commit, each is answered by itself, and a bad one fails alone."""

import asyncio
import sqlite3
from concurrent.futures import Future, wait

import pytest
from django.db import connection, connections

from fleet_platform.shared.errors import NotAuthenticated, Unavailable
from fleet_platform.telemetry import store
from fleet_platform.telemetry import writer as writer_module
from fleet_platform.telemetry.models import Sample
from fleet_platform.telemetry.writer import Writer

from .batches import rows

pytestmark = pytest.mark.django_db(transaction=True)
WAIT = 60


class Published(list):
    """What the writer published, commit by commit."""

    def __call__(self, changes, events) -> None:
        self.append(changes)


@pytest.fixture
def published() -> Published:
    return Published()


@pytest.fixture
def writer(published):
    """A writer that was not started: what is submitted queues up, and one start takes it all."""
    writer = Writer(published)
    yield writer
    writer.stop(WAIT)


@pytest.fixture
def commits(monkeypatch) -> list[int]:
    """How many batches each transaction had."""
    sizes = []
    commit = store.commit

    def counted(batches):
        sizes.append(len(batches))
        return commit(batches)

    monkeypatch.setattr(store, "commit", counted)
    return sizes


def stored(device) -> list[int]:
    return list(Sample.objects.filter(device=device).order_by("seq").values_list("seq", flat=True))


def test_an_answer_means_that_it_is_committed(writer, device):
    writer.start()
    assert writer.submit(rows(device, 1, 2)).result(WAIT) == (2, 0)
    assert stored(device) == [1, 2]


def test_what_queued_up_goes_into_one_transaction(writer, device, commits):
    answers = [writer.submit(rows(device, number)) for number in range(1, 21)]
    writer.start()
    assert [answer.result(WAIT) for answer in answers] == [(1, 0)] * 20
    assert commits == [20]


def test_a_transaction_has_a_bounded_size(writer, device, commits, monkeypatch):
    monkeypatch.setattr(writer_module, "GROUP_SAMPLES", 10)
    answers = [writer.submit(rows(device, *range(start, start + 4))) for start in range(1, 41, 4)]
    writer.start()
    wait(answers, WAIT)
    assert commits == [3, 3, 3, 1]
    assert stored(device) == list(range(1, 41))


def test_each_batch_has_its_own_count_of_duplicates(writer, device, make_device):
    other = make_device()
    batches = [rows(device, 1, 2), rows(device, 2, 3), rows(other, 2), rows(device, 1, 2, 3)]
    answers = [writer.submit(batch) for batch in batches]
    writer.start()
    assert [answer.result(WAIT) for answer in answers] == [(2, 0), (1, 1), (1, 0), (0, 3)]
    assert (stored(device), stored(other)) == ([1, 2, 3], [2])


def test_a_commit_is_published_once_with_each_device_that_changed(
    writer, published, device, make_device
):
    other = make_device()
    for batch in (rows(device, 1), rows(other, 1), rows(device, 2)):
        writer.submit(batch)
    writer.start()
    writer.stop(WAIT)
    assert [[change.device_id for change in changes] for changes in published] == [
        [device.pk, other.pk]
    ]
    assert b'"x":2' in published[0][0].document


def test_a_full_queue_refuses_at_once(writer, device, settings):
    settings.TELEMETRY_QUEUE_SAMPLES = 5
    first = writer.submit(rows(device, 1, 2, 3))
    with pytest.raises(Unavailable):
        writer.submit(rows(device, 4, 5, 6))
    second = writer.submit(rows(device, 4, 5))
    writer.start()
    wait([first, second], WAIT)
    assert writer.submit(rows(device, 6, 7, 8)).result(WAIT) == (3, 0)
    assert stored(device) == list(range(1, 9))


def test_a_row_that_the_database_refuses_fails_its_own_batch_alone(writer, device):
    good = [writer.submit(rows(device, number)) for number in (1, 2)]
    bad = writer.submit([rows(device, 3)[0], rows(device, 4)[0]._replace(sections=None)])
    good.append(writer.submit(rows(device, 5)))
    writer.start()
    assert isinstance(bad.exception(WAIT), Unavailable)
    assert [answer.result(WAIT) for answer in good] == [(1, 0)] * 3
    assert stored(device) == [1, 2, 5]


def test_after_a_failure_it_goes_on(writer, device):
    writer.start()
    bad = writer.submit([rows(device, 1)[0]._replace(sections=None)])
    assert isinstance(bad.exception(WAIT), Unavailable)
    assert writer.submit(rows(device, 1)).result(WAIT) == (1, 0)


def test_a_locked_database_is_told_and_nothing_is_half_written(writer, device, monkeypatch):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite locks as a whole")
    options = {**connections.settings["default"]["OPTIONS"], "timeout": 0.1}
    monkeypatch.setitem(connections.settings["default"], "OPTIONS", options)
    lock = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    writer.start()
    answers = [writer.submit(rows(device, number)) for number in (1, 2)]
    assert [type(answer.exception(WAIT)) for answer in answers] == [Unavailable, Unavailable]
    lock.execute("ROLLBACK")
    lock.close()
    assert stored(device) == []
    assert [writer.submit(rows(device, number)).result(WAIT) for number in (1, 2)] == [(1, 0)] * 2


def test_a_removed_device_is_no_longer_known_and_others_are_stored(writer, device, make_device):
    gone = make_device()
    type(gone).objects.filter(pk=gone.pk).update(removed_at=gone.created_at)
    refused = writer.submit(rows(gone, 1))
    taken = writer.submit(rows(device, 1))
    writer.start()
    assert isinstance(refused.exception(WAIT), NotAuthenticated)
    assert taken.result(WAIT) == (1, 0)
    assert (stored(gone), stored(device)) == ([], [1])


def test_stopping_writes_what_is_queued_and_takes_no_more(writer, device):
    answers = [writer.submit(rows(device, number)) for number in range(1, 11)]
    writer.start()
    writer.stop(WAIT)
    assert all(answer.done() for answer in answers)
    assert stored(device) == list(range(1, 11))
    with pytest.raises(Unavailable):
        writer.submit(rows(device, 11))


async def stop_waiting(answer: "Future[store.Written]") -> None:
    waiting = asyncio.ensure_future(asyncio.wrap_future(answer))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0)


def test_who_stops_waiting_does_not_stop_the_writer(writer, device):
    left = writer.submit(rows(device, 1))
    asyncio.run(stop_waiting(left))
    writer.start()
    assert writer.submit(rows(device, 2)).result(WAIT) == (1, 0)
    assert stored(device) == [1, 2]


def test_a_publisher_that_fails_does_not_stop_the_writer(device):
    def fail(changes, events) -> None:
        raise RuntimeError("nobody listens")

    writer = Writer(fail)
    writer.start()
    assert writer.submit(rows(device, 1)).result(WAIT) == (1, 0)
    assert writer.submit(rows(device, 2)).result(WAIT) == (1, 0)
    writer.stop(WAIT)
