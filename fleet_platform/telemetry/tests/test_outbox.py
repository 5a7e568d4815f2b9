"""Notices are written with the alarm: to whom, how often, and none where there is no alarm."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership
from fleet_platform.telemetry import store
from fleet_platform.telemetry.alarms import engine
from fleet_platform.telemetry.alarms.services import alarm_acknowledge, alarm_clear
from fleet_platform.telemetry.models import Alarm, Delivery, NotificationChannel

from .batches import checked, status

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def repeat(settings):
    settings.NOTIFY_REPEAT_MINUTES = 10


@pytest.fixture
def make_channel(viewer):
    """`make_channel(on_clear=True)`: a confirmed e-mail channel of the viewer, for all of his workspaces."""

    def make(user=viewer, **facts) -> NotificationChannel:
        facts = {
            "kind": "email",
            "address": user.email,
            "verified_at": timezone.now(),
            "minimum_severity": "info",
            **facts,
        }
        return NotificationChannel.objects.create(user=user, **facts)

    return make


@pytest.fixture
def begin(device):
    def raise_alarm(code="fault", severity="critical", of=device):
        engine.begin(
            device_id=of.pk, workspace_id=of.workspace_id, code=code, severity=severity, data={}
        )
        return Alarm.objects.exclude(state="cleared").get(device=of, code=code)

    return raise_alarm


@pytest.fixture
def end(device):
    return lambda code="fault", of=device: engine.end(device_id=of.pk, code=code)


def told() -> list[tuple]:
    return list(Delivery.objects.order_by("pk").values_list("happening", "state", "only_if_open"))


def pass_time(minutes: float) -> None:
    """As if everything had been written that much earlier."""
    for notice in Delivery.objects.all():
        notice.created_at -= timedelta(minutes=minutes)
        notice.due_at -= timedelta(minutes=minutes)
        notice.save()


def all_sent() -> None:
    Delivery.objects.filter(due_at__lte=timezone.now()).update(state="sent")


# --- to whom ---


def test_a_notice_has_the_alarm_as_it_was_raised(make_channel, begin):
    channel = make_channel()
    alarm = begin()
    notice = Delivery.objects.get()
    assert (notice.channel, notice.alarm, notice.workspace) == (channel, alarm, alarm.workspace)
    assert (notice.document["id"], notice.document["state"]) == (alarm.pk, "raised")
    assert notice.due_at <= timezone.now()


def test_a_low_battery_in_a_batch_of_samples_is_told_in_the_same_transaction(make_channel, device):
    make_channel()
    store.commit([checked(device, status(1, battery=5))])
    assert Delivery.objects.get().document["code"] == "battery_low"


def test_no_notice_where_the_commit_fails(make_channel, device, monkeypatch):
    make_channel()

    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr(engine, "event_of", fail)
    with pytest.raises(RuntimeError):
        store.commit([checked(device, status(1, battery=5))])
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("least", "severity", "wanted"),
    [
        ("info", "info", True),
        ("warning", "info", False),
        ("warning", "warning", True),
        ("warning", "critical", True),
        ("critical", "warning", False),
    ],
)
def test_a_channel_hears_of_what_is_severe_enough(make_channel, begin, least, severity, wanted):
    make_channel(minimum_severity=least)
    begin(severity=severity)
    assert Delivery.objects.exists() == wanted


def test_a_channel_of_one_workspace_hears_of_that_one_alone(
    make_channel, begin, viewer, workspace, other_workspace, make_device
):
    Membership.objects.create(user=viewer, workspace=other_workspace, role="viewer")
    here, all_of_them = make_channel(workspace=workspace), make_channel()
    begin(of=make_device(other_workspace))
    assert [one.channel for one in Delivery.objects.all()] == [all_of_them]
    begin()
    assert Delivery.objects.filter(channel=here).count() == 1


def test_a_strangers_channel_hears_nothing(make_channel, begin, stranger):
    make_channel(user=stranger)
    begin()
    assert not Delivery.objects.exists()


def test_several_roles_are_one_notice(make_channel, begin, viewer, workspace):
    Membership.objects.create(user=viewer, workspace=workspace, role="operator")
    make_channel()
    begin()
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    "facts", [{"active": False}, {"verified_at": None}, {"invalid_at": timezone.now()}]
)
def test_a_channel_out_of_use_gets_none(make_channel, begin, facts):
    make_channel(**facts)
    begin()
    assert not Delivery.objects.exists()


def test_a_closed_account_gets_none(make_channel, begin, viewer):
    make_channel()
    viewer.is_active = False
    viewer.save()
    begin()
    assert not Delivery.objects.exists()


# --- how often ---


def test_what_comes_and_goes_a_thousand_times_is_told_once(make_channel, device):
    make_channel()
    for number in range(1, 100):
        battery = 5 if number % 2 else 50
        store.commit([checked(device, status(number, battery=battery))])
    assert told() == [("raised", "waiting", False)]
    assert Alarm.objects.count() == 50


def test_after_a_while_it_is_told_again(make_channel, begin, end):
    make_channel()
    begin()
    all_sent()
    pass_time(9)
    end(), begin()
    assert len(told()) == 1
    pass_time(2)
    end(), begin()
    assert told() == [("raised", "sent", False), ("raised", "waiting", False)]


def test_another_alarm_is_told_at_once(make_channel, begin, make_device):
    make_channel()
    begin("fault"), begin("silent", "warning"), begin("fault", of=make_device())
    assert len(told()) == 3


def test_each_channel_has_its_own_pace(make_channel, begin, end):
    make_channel()
    begin("fault", "warning"), end("fault")
    make_channel()
    begin("fault", "warning")
    assert Delivery.objects.values("channel").distinct().count() == 2


# --- also when it is over ---


def test_only_who_asked_hears_of_the_end(make_channel, begin, end):
    asked, _ = make_channel(on_clear=True), make_channel()
    begin("fault", "warning"), end("fault")
    assert list(Delivery.objects.filter(happening="cleared").values_list("channel", flat=True)) == [
        asked.pk
    ]
    assert Delivery.objects.get(happening="cleared").document["state"] == "cleared"


def test_clearing_by_hand_is_an_end_and_acknowledging_is_none(
    make_channel, begin, actor_of, operator
):
    make_channel(on_clear=True)
    alarm = begin()
    alarm_acknowledge(actor=actor_of(operator), alarm_id=alarm.pk)
    assert len(told()) == 1
    alarm_clear(actor=actor_of(operator), alarm_id=alarm.pk)
    assert [happening for happening, *_ in told()] == ["raised", "cleared"]


def test_the_end_of_what_was_never_told_is_not_told(make_channel, begin, end):
    begin("fault", "warning")
    make_channel(on_clear=True)
    end("fault")
    assert told() == []


def test_what_begins_again_after_its_end_was_told_is_put_off_and_told_if_it_lasts(
    make_channel, begin, end
):
    make_channel(on_clear=True)
    begin("fault", "warning"), end("fault"), all_sent()
    begin("fault", "warning")
    last = Delivery.objects.order_by("pk").last()
    assert (last.happening, last.only_if_open) == ("raised", True)
    assert timedelta(minutes=9) < last.due_at - timezone.now() <= timedelta(minutes=10)
    end("fault"), begin("fault", "warning"), end("fault")
    assert len(told()) == 3


def test_a_flapping_condition_tells_two_things_a_period(make_channel, begin, end):
    make_channel(on_clear=True)
    for _ in range(60):
        begin("fault", "warning"), all_sent(), end("fault"), all_sent()
        pass_time(0.5)
    assert Delivery.objects.filter(state="sent").count() <= 2 * 4


# --- what it costs ---


def test_an_alarm_that_nobody_wants_to_hear_of_costs_one_question(begin):
    begin("a")
    with CaptureQueriesContext(connection) as asked:
        begin("b")
    about = [one for one in asked.captured_queries if "notificationchannel" in one["sql"]]
    assert len(about) == 1
    assert not any("delivery" in one["sql"] for one in asked.captured_queries)


def test_many_alarms_at_once_are_told_in_a_few_questions(make_channel, make_device, viewer):
    for _ in range(3):
        make_channel()
    batches = [checked(make_device(), status(1, battery=5)) for _ in range(12)]
    with CaptureQueriesContext(connection) as asked:
        store.commit(batches)
    assert Delivery.objects.count() == 36
    about = [one for one in asked.captured_queries if "delivery" in one["sql"]]
    assert len(about) <= 3
