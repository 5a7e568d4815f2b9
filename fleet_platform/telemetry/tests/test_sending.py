"""What is due goes out: signed, once where all goes well, again where it does not, and never to who may not see it."""

import hmac
import json
import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone, translation

from accounts.models import Membership
from fleet_platform.shared.lease import lease
from fleet_platform.shared.sealing import seal
from fleet_platform.telemetry import kinds
from fleet_platform.telemetry.alarms import engine
from fleet_platform.telemetry.models import Alarm, Delivery, NotificationChannel
from fleet_platform.telemetry.notices import sending
from fleet_platform.telemetry.notices.outcomes import Failed
from fleet_platform.telemetry.notices.sending import TRIES, channel_send, notices_send
from fleet_platform.tests.hooks import drip, listening_hook, redirect

pytestmark = pytest.mark.django_db
SECRET = "whsec_of_the_test"
STAIRS = {
    "zone": {"id": 3, "name": "Stairs"},
    "position": {"map_id": "1f", "x": 1, "y": 2, "rotate": 0},
}


@pytest.fixture(autouse=True)
def own_network(settings):
    settings.NOTIFY_PRIVATE_ADDRESSES = True
    settings.NOTIFY_REPEAT_MINUTES = 10
    settings.PUBLIC_URL = "https://fleet.example"


@pytest.fixture
def hook():
    with listening_hook() as hook:
        yield hook


@pytest.fixture
def webhook(viewer, hook) -> NotificationChannel:
    return NotificationChannel.objects.create(
        user=viewer,
        kind="webhook",
        address=hook.url,
        secret=seal(SECRET),
        verified_at=timezone.now(),
    )


@pytest.fixture
def letter_box(viewer) -> NotificationChannel:
    return NotificationChannel.objects.create(
        user=viewer, kind="email", address=viewer.email, verified_at=timezone.now()
    )


@pytest.fixture
def begin(device):
    def raise_alarm(code="red_zone", severity="critical", data=STAIRS, of=device):
        facts = {"device_id": of.pk, "workspace_id": of.workspace_id}
        with transaction.atomic():
            engine.begin(**facts, code=code, severity=severity, data=data)

    return raise_alarm


def later() -> None:
    """As if the pause after a failure were over."""
    NotificationChannel.objects.update(paused_until=timezone.now() - timedelta(seconds=1))


def states() -> list[tuple]:
    return list(Delivery.objects.order_by("pk").values_list("state", "tries"))


# --- webhooks ---


def test_a_webhook_gets_the_alarm_signed(webhook, hook, begin, device):
    begin()
    assert notices_send() == 1
    (call,) = hook.calls
    notice = Delivery.objects.get()
    body = json.loads(call.body)
    assert (body["id"], body["type"]) == (str(notice.key), "alarm.raised")
    assert body["alarm"]["code"] == "red_zone"
    assert body["alarm"]["device_id"] == device.pk
    assert call.headers["Idempotency-Key"] == body["id"]
    moment, told = [part.split("=")[1] for part in call.headers["Fleet-Signature"].split(",")]
    made = hmac.digest(SECRET.encode(), moment.encode() + b"." + call.body, "sha256").hex()
    assert made == told
    assert abs(int(moment) - timezone.now().timestamp()) < 60
    assert (notice.state, notice.tries) == ("sent", 1)
    webhook.refresh_from_db()
    assert webhook.last_used_at is not None
    assert notices_send() == 0


def test_what_failed_is_sent_again_with_the_same_key_after_a_pause(webhook, hook, begin):
    hook.answers = [500, 503, 200]
    begin()
    assert notices_send() == 0
    assert states() == [("waiting", 1)]
    assert notices_send() == 0  # it is paused
    assert len(hook.calls) == 1
    later()
    notices_send()
    later()
    assert notices_send() == 1
    assert states() == [("sent", 3)]
    keys = {call.headers["Idempotency-Key"] for call in hook.calls}
    assert len(hook.calls) == 3 and len(keys) == 1
    assert [call.headers["Fleet-Attempt"] for call in hook.calls] == ["1", "2", "3"]


def test_the_pause_grows(webhook, hook, begin, monkeypatch):
    monkeypatch.setattr(sending.random, "uniform", lambda low, high: 1.0)
    hook.answers = [500]
    begin()
    pauses = []
    for _ in range(4):
        later()
        notices_send()
        webhook.refresh_from_db()
        pauses.append(round((webhook.paused_until - timezone.now()).total_seconds() / 15))
    assert pauses == [1, 2, 4, 8]


def test_after_so_many_tries_it_has_failed(webhook, hook, begin):
    hook.answers = [500]
    begin()
    for _ in range(TRIES + 2):
        later()
        notices_send()
    assert states() == [("failed", TRIES)]
    assert len(hook.calls) == TRIES
    assert "500" in Delivery.objects.get().error


def test_failures_in_a_row_end_the_channel(webhook, hook, begin):
    hook.answers = [redirect]
    for code in ("a", "b", "c", "d"):
        begin(code)
    for _ in range(6):
        later()
        notices_send()
    webhook.refresh_from_db()
    assert "redirect" in webhook.invalid_reason
    assert [state for state, _ in states()] == ["failed"] * 3 + ["dropped"]
    begin("e")
    assert Delivery.objects.count() == 4


def test_one_success_in_between_keeps_the_channel(webhook, hook, begin):
    hook.answers = [redirect, redirect, 200, redirect, redirect, 200]
    for code in "abcdef":
        begin(code)
        later()
        notices_send()
    webhook.refresh_from_db()
    assert webhook.invalid_at is None


def test_410_ends_the_channel_at_once(webhook, hook, begin):
    hook.answers = [410]
    begin("a"), begin("b")
    notices_send()
    webhook.refresh_from_db()
    assert webhook.invalid_at is not None
    assert states() == [("failed", 1), ("dropped", 0)]
    assert len(hook.calls) == 1


@pytest.mark.parametrize(
    "mended", [{"address": "https://new.example/hook"}, {"secret": seal("whsec_new")}]
)
def test_a_failure_of_the_old_address_does_not_end_a_channel_mended_meanwhile(
    webhook, begin, monkeypatch, mended
):
    def gone(*_):
        NotificationChannel.objects.update(**mended)
        raise Failed("the server answered 410: gone", gone=True)

    monkeypatch.setattr(sending.webhooks, "post", gone)
    begin()
    channel_send(webhook.pk)
    webhook.refresh_from_db()
    assert (webhook.invalid_at, webhook.failures, webhook.paused_until) == (None, 0, None)
    went = []
    monkeypatch.setattr(sending.webhooks, "post", lambda address, *_: went.append(address))
    assert notices_send() == 1
    assert went == [webhook.address]


def test_what_comes_after_a_failure_waits_for_its_turn(webhook, hook, begin):
    hook.answers = [500, 200]
    begin("first"), begin("second")
    notices_send()
    assert len(hook.calls) == 1
    begin("third")
    assert notices_send() == 0
    later()
    assert notices_send() == 3
    sent = [json.loads(call.body)["alarm"]["code"] for call in hook.calls]
    assert sent == ["first", "first", "second", "third"]


def test_a_slow_server_costs_its_own_channel_alone(webhook, hook, begin, letter_box, monkeypatch):
    monkeypatch.setattr(sending.webhooks, "PATIENCE_SECONDS", 0.3)
    hook.answers = [drip]
    begin()
    assert channel_send(webhook.pk) == 0
    assert channel_send(letter_box.pk) == 1
    assert "in time" in Delivery.objects.get(channel=webhook).error


def test_a_private_address_is_refused_without_a_call(webhook, hook, begin, settings):
    settings.NOTIFY_PRIVATE_ADDRESSES = False
    settings.NOTIFY_PORTS = [str(hook.port)]
    begin()
    notices_send()
    assert hook.calls == []
    assert states() == [("failed", 1)]


def test_a_secret_that_no_key_opens_asks_for_a_new_one(webhook, hook, begin, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, []
    begin()
    notices_send()
    assert "new one" in Delivery.objects.get().error
    assert hook.calls == []


# --- who is sending ---


def test_a_channel_that_somebody_is_sending_to_is_left_to_him(webhook, hook, begin):
    begin()
    webhook.paused_until = timezone.now() + timedelta(seconds=100)
    webhook.save()
    assert channel_send(webhook.pk) == 0
    assert hook.calls == []


def test_who_died_while_sending_leaves_it_to_the_next(webhook, hook, begin, monkeypatch):
    begin()

    def die(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(sending, "_fit", die)
    with pytest.raises(KeyboardInterrupt):
        channel_send(webhook.pk)
    monkeypatch.undo()
    own = Delivery.objects.get()
    later()
    with pytest.MonkeyPatch.context():
        assert channel_send(webhook.pk) == 1
    assert hook.calls[0].headers["Idempotency-Key"] == str(own.key)


def test_one_sends_at_a_time_and_looks_again_before_he_ends(
    webhook, letter_box, begin, monkeypatch
):
    NotificationChannel.objects.filter(pk=letter_box.pk).update(minimum_severity="critical")
    meanwhile = []

    def post(*_):
        if not meanwhile:
            begin("another", "critical")
            meanwhile.append(notices_send())

    monkeypatch.setattr(sending.webhooks, "post", post)
    begin("first", "warning")
    assert notices_send() == 3
    assert meanwhile == [0]


def test_a_sender_who_died_keeps_nobody_from_sending_for_ever(webhook, begin, monkeypatch):
    monkeypatch.setattr(sending.webhooks, "post", lambda *_: None)
    monkeypatch.setattr(sending, "SENDER_LEASE_SECONDS", 0)
    begin()
    with lease("notices", 0):
        assert notices_send() == 1


def test_channels_that_fail_go_after_the_others(webhook, letter_box, begin):
    begin()
    Delivery.objects.filter(channel=webhook).update(
        tries=3, due_at=timezone.now() - timedelta(hours=1)
    )
    assert sending._channels_due() == [letter_box.pk, webhook.pk]


@pytest.mark.django_db(transaction=True)
def test_no_connection_to_the_database_is_held_while_a_server_is_waited_for(
    webhook, begin, monkeypatch
):
    held = []
    monkeypatch.setattr(
        sending.webhooks, "post", lambda *_: held.append(connection.connection is not None)
    )
    begin()
    assert notices_send() == 1
    assert held == [False]


# --- rights when it is sent ---


def test_who_left_the_workspace_gets_nothing(webhook, hook, begin, viewer):
    begin()
    Membership.objects.filter(user=viewer).delete()
    assert notices_send() == 0
    assert states() == [("dropped", 0)]
    assert hook.calls == []


def test_a_role_that_sees_no_alarms_gets_nothing(webhook, hook, begin, viewer):
    begin()
    Membership.objects.filter(user=viewer).update(role="guardian")
    notices_send()
    assert states() == [("dropped", 0)]


@pytest.mark.parametrize("change", [{"active": False}, {"verified_at": None}])
def test_a_channel_switched_off_meanwhile_gets_nothing(webhook, hook, begin, change):
    begin()
    NotificationChannel.objects.update(**change)
    notices_send()
    assert states() == [("dropped", 0)]


def test_a_closed_account_gets_nothing(webhook, hook, begin, viewer):
    begin()
    viewer.is_active = False
    viewer.save()
    notices_send()
    assert hook.calls == []


# --- put off ---


def put_off(begin, device) -> Delivery:
    NotificationChannel.objects.update(on_clear=True)
    begin("low", "warning")
    engine.end(device_id=device.pk, code="low")
    notices_send()
    begin("low", "warning")
    notice = Delivery.objects.order_by("pk").last()
    assert notice.only_if_open
    assert notices_send() == 0
    return notice


def test_what_was_put_off_tells_how_it_is_by_then(webhook, hook, begin, device):
    notice = put_off(begin, device)
    engine.end(device_id=device.pk, code="low")
    begin("low", "warning")
    Delivery.objects.filter(pk=notice.pk).update(due_at=timezone.now())
    assert notices_send() == 1
    body = json.loads(hook.calls[-1].body)
    assert body["alarm"]["id"] == Alarm.objects.exclude(state="cleared").get().pk


def test_what_was_put_off_and_is_over_is_not_told(webhook, hook, begin, device):
    notice = put_off(begin, device)
    engine.end(device_id=device.pk, code="low")
    Delivery.objects.filter(pk=notice.pk).update(due_at=timezone.now())
    told = len(hook.calls)
    assert notices_send() == 0
    assert len(hook.calls) == told
    notice.refresh_from_db()
    assert notice.state == "dropped"


# --- e-mail ---


def test_a_mail_says_what_happened_where_and_leads_to_the_device(letter_box, begin, device):
    begin()
    assert notices_send() == 1
    (letter,) = mail.outbox
    assert letter.to == [letter_box.address]
    assert letter.subject == f"[Critical] {device.name}: Entered a red zone"
    assert "Home, 1f, Stairs" in letter.body
    assert "(Asia/Seoul)" in letter.body
    assert f"https://fleet.example/devices/{device.pk}/" in letter.body
    key = str(Delivery.objects.get().key)
    assert letter.message()["Message-ID"].startswith(f"<{key}@")
    assert letter.message()["Auto-Submitted"] == "auto-generated"


def test_a_mail_is_in_the_persons_language(letter_box, begin, viewer):
    viewer.language = "ko"
    viewer.save()
    begin()
    with translation.override("en"):
        notices_send()
    with translation.override("ko"):
        title = str(sending.mails.title_of("red_zone"))
    assert title in mail.outbox[0].subject


def test_many_alarms_are_one_mail(letter_box, begin, make_device):
    devices = [make_device() for _ in range(12)]
    for device in devices:
        begin("silent", "warning", {}, of=device)
    assert notices_send() == 12
    (letter,) = mail.outbox
    assert letter.subject.endswith("and 11 more")
    assert all(device.name in letter.body for device in devices)


def test_a_mail_that_goes_again_with_one_more_notice_is_another_mail(
    letter_box, begin, monkeypatch
):
    tried = []

    def refuse(_, letters):
        tried.extend(letter.message()["Message-ID"] for letter in letters)
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    begin("first")
    notices_send()
    later()
    notices_send()
    begin("second")
    later()
    notices_send()
    first, again, with_second = tried
    assert first == again != with_second


def test_the_order_of_notices_does_not_make_another_mail(letter_box, begin):
    begin("first"), begin("second")
    notices = list(Delivery.objects.select_related("workspace"))
    sending.mails.send_notices(letter_box, notices)
    sending.mails.send_notices(letter_box, notices[::-1])
    one, other = (letter.message()["Message-ID"] for letter in mail.outbox)
    assert one == other


def test_a_name_with_a_line_end_makes_no_header(letter_box, begin, device):
    device.name = "Robot\r\nBcc: everybody@test.example"
    device.save()
    begin()
    assert notices_send() == 1
    assert "\n" not in mail.outbox[0].subject


def test_an_end_is_told_as_one(letter_box, begin, device):
    NotificationChannel.objects.update(on_clear=True)
    begin("silent", "warning", {})
    engine.end(device_id=device.pk, code="silent")
    notices_send()
    assert "[Cleared]" in mail.outbox[0].body


@pytest.mark.parametrize(
    ("error", "state", "counted"),
    [
        (smtplib.SMTPRecipientsRefused({"x": (550, b"no such user")}), "failed", 1),
        (smtplib.SMTPRecipientsRefused({"x": (450, b"busy")}), "waiting", 0),
        (smtplib.SMTPDataError(554, b"spam"), "waiting", 0),
        (ConnectionRefusedError(), "waiting", 0),
    ],
)
def test_what_a_mail_server_may_say(letter_box, begin, monkeypatch, error, state, counted):
    def refuse(*_):
        raise error

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    begin()
    notices_send()
    letter_box.refresh_from_db()
    assert Delivery.objects.get().state == state
    assert letter_box.failures == counted


def test_a_mail_server_that_is_away_ends_no_channel(letter_box, begin, monkeypatch):
    def refuse(*_):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    for code in "abcd":
        begin(code)
        for _ in range(TRIES):
            later()
            notices_send()
    letter_box.refresh_from_db()
    assert letter_box.invalid_at is None
    assert {state for state, _ in states()} == {"failed"}


# --- who else hears ---


def test_a_kind_hears_that_a_channel_has_ended(webhook, hook, begin, monkeypatch):
    import dataclasses

    heard = []
    robot = dataclasses.replace(
        kinds.get("robot"),
        channel_changed=lambda channel, removed: heard.append((channel.invalid_reason, removed)),
    )
    monkeypatch.setitem(kinds._kinds, "robot", robot)
    hook.answers = [410]
    begin()
    notices_send()
    assert heard == [("the server answered 410: gone", False)]


@pytest.mark.django_db(transaction=True)
def test_several_channels_are_served_side_by_side(webhook, hook, begin, operator):
    for number in range(3):
        NotificationChannel.objects.create(
            user=operator,
            kind="email",
            address=f"box{number}@test.example",
            verified_at=timezone.now(),
        )
    begin()
    assert notices_send() == 4
    assert len(mail.outbox) == 3
    assert len(hook.calls) == 1
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
