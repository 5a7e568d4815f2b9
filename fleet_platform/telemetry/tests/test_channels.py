"""A person's own notification channels on the fleet API: made, confirmed, tried, changed, and nobody else's business."""

import json
import re

import pytest
from django.core import mail

from accounts.models import AuditRow, Membership
from fleet_platform.shared.sealing import unseal
from fleet_platform.telemetry.alarms import engine
from fleet_platform.telemetry.models import Delivery, NotificationChannel
from fleet_platform.telemetry.notices.sending import notices_send
from fleet_platform.telemetry.notices.services import CHANNELS_AT_MOST, deliveries_purge
from fleet_platform.tests.hooks import listening_hook

pytestmark = pytest.mark.django_db
URL = "/api/fleet/me/channels"
KEYS = {
    *("id", "workspace_id", "kind", "address", "minimum_severity", "on_clear", "active"),
    *("verified", "invalid", "invalid_reason", "last_used_at", "created_at"),
}


@pytest.fixture(autouse=True)
def own_network(settings):
    settings.NOTIFY_PRIVATE_ADDRESSES = True


@pytest.fixture
def hook():
    with listening_hook() as hook:
        yield hook


@pytest.fixture
def client(client_of, viewer):
    return client_of(viewer)


@pytest.fixture
def webhook(client, hook) -> dict:
    return client.post(URL, {"kind": "webhook", "address": hook.url}).json()


def code_in(letter) -> str:
    return re.search(r"^[\w.:-]{20,}$", letter.body, re.M)[0]


# --- webhooks ---


def test_a_webhooks_secret_is_told_once_and_kept_sealed(client, webhook, hook):
    assert set(webhook) == KEYS | {"secret"}
    assert webhook["secret"].startswith("whsec_")
    assert (webhook["kind"], webhook["verified"], webhook["workspace_id"]) == (
        "webhook",
        True,
        None,
    )
    again = client.get(f"{URL}/{webhook['id']}").json()
    assert set(again) == KEYS
    channel = NotificationChannel.objects.get()
    assert webhook["secret"] not in channel.secret
    assert unseal(channel.secret) == webhook["secret"]


def test_a_new_secret_takes_the_place_of_the_old_one(client, webhook):
    answer = client.post(f"{URL}/{webhook['id']}/rotate-secret")
    assert answer["Cache-Control"] == "no-store"
    told = answer.json()
    assert told["secret"] != webhook["secret"]
    assert unseal(NotificationChannel.objects.get().secret) == told["secret"]


def test_an_email_channel_has_no_secret(client, viewer):
    made = client.post(URL, {"kind": "email", "address": viewer.email}).json()
    assert "secret" not in made
    assert client.post(f"{URL}/{made['id']}/rotate-secret").status_code == 409


def test_a_webhook_is_tried(client, webhook, hook):
    assert client.post(f"{URL}/{webhook['id']}/test").json() == {"ok": True, "detail": ""}
    (call,) = hook.calls
    body = json.loads(call.body)
    assert (body["type"], body["alarm"]) == ("test", None)
    assert call.headers["Fleet-Signature"].startswith("t=")
    assert client.get(f"{URL}/{webhook['id']}").json()["last_used_at"] is not None


def test_a_trial_says_why_it_failed(client, webhook, hook):
    hook.answers = [500]
    told = client.post(f"{URL}/{webhook['id']}/test").json()
    assert told == {"ok": False, "detail": "the server answered 500"}


def test_trials_are_counted(client, webhook):
    told = [client.post(f"{URL}/{webhook['id']}/test").status_code for _ in range(11)]
    assert told == [200] * 10 + [429]


def test_a_private_address_is_refused(client, settings):
    settings.NOTIFY_PRIVATE_ADDRESSES = False
    for address in ("http://127.0.0.1/", "http://169.254.169.254/", "https://x.example:22/"):
        answer = client.post(URL, {"kind": "webhook", "address": address})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/address"


# --- e-mail ---


def test_ones_own_address_needs_no_confirmation(client, viewer):
    made = client.post(URL, {"kind": "email", "address": viewer.email.upper()}).json()
    assert made["verified"]
    assert mail.outbox == []
    assert client.post(f"{URL}/{made['id']}/test").json()["ok"]
    assert len(mail.outbox) == 1


def test_another_address_hears_nothing_before_it_has_agreed(client, device):
    made = client.post(URL, {"kind": "email", "address": "team@test.example"}).json()
    assert not made["verified"]
    (letter,) = mail.outbox
    assert letter.to == ["team@test.example"]
    alarm = {"code": "fault", "severity": "critical", "data": {}}
    engine.begin(device_id=device.pk, workspace_id=device.workspace_id, **alarm)
    assert notices_send() == 0
    path = f"{URL}/{made['id']}/verify"
    assert client.post(path, {"token": code_in(letter)}).json()["verified"]
    engine.begin(device_id=device.pk, workspace_id=device.workspace_id, **alarm)
    assert notices_send() == 1


def test_a_wrong_code_confirms_nothing(client, client_of, operator):
    made = client.post(URL, {"kind": "email", "address": "team@test.example"}).json()
    other = client_of(operator).post(URL, {"kind": "email", "address": "team@test.example"}).json()
    foreign = code_in(mail.outbox[1])
    for token in ("x", foreign):
        answer = client.post(f"{URL}/{made['id']}/verify", {"token": token})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/token"
    assert client.post(f"{URL}/{other['id']}/verify", {"token": foreign}).status_code == 404


def test_an_old_code_confirms_nothing(client, monkeypatch):
    made = client.post(URL, {"kind": "email", "address": "team@test.example"}).json()
    token = code_in(mail.outbox[0])
    monkeypatch.setattr("fleet_platform.telemetry.notices.services.CONFIRM_SECONDS", -1)
    assert client.post(f"{URL}/{made['id']}/verify", {"token": token}).status_code == 400


def test_a_changed_address_must_agree_anew(client, viewer):
    made = client.post(URL, {"kind": "email", "address": viewer.email}).json()
    changed = client.patch(f"{URL}/{made['id']}", {"address": "team@test.example"}).json()
    assert not changed["verified"]
    stale = code_in(mail.outbox[0])
    client.patch(f"{URL}/{made['id']}", {"address": "other@test.example"})
    assert client.post(f"{URL}/{made['id']}/verify", {"token": stale}).status_code == 400


def test_a_trial_of_an_address_that_has_not_agreed_asks_it_again(client):
    made = client.post(URL, {"kind": "email", "address": "team@test.example"}).json()
    client.post(f"{URL}/{made['id']}/test")
    assert len(mail.outbox) == 2
    assert code_in(mail.outbox[1])
    assert "Test" not in mail.outbox[1].subject


def test_nobody_fills_a_strangers_letter_box(client, client_of, operator, owner):
    for person in (client, client_of(operator), client_of(owner)):
        for _ in range(4):
            person.post(URL, {"kind": "email", "address": "victim@test.example"})
    assert len(mail.outbox) == 5
    assert NotificationChannel.objects.count() == 5


# --- whose, and how many ---


def test_channels_are_ones_own_whatever_the_rank(client, client_of, webhook, owner, platform_owner):
    for somebody in (owner, platform_owner):
        other = client_of(somebody)
        assert other.get(URL).json()["results"] == []
        for call, path in (
            (other.get, f"{URL}/{webhook['id']}"),
            (other.patch, f"{URL}/{webhook['id']}"),
            (other.delete, f"{URL}/{webhook['id']}"),
            (other.post, f"{URL}/{webhook['id']}/test"),
            (other.post, f"{URL}/{webhook['id']}/rotate-secret"),
        ):
            assert call(path).status_code == 404
    assert [one["id"] for one in client.get(URL).json()["results"]] == [webhook["id"]]


def test_a_person_has_so_many_at_most(client, viewer):
    body = {"kind": "email", "address": viewer.email}
    told = [client.post(URL, body).status_code for _ in range(CHANNELS_AT_MOST + 1)]
    assert told == [201] * CHANNELS_AT_MOST + [409]
    first = client.get(f"{URL}?limit=15").json()
    second = client.get(f"{URL}?limit=15&cursor={first['next']}").json()
    ids = [one["id"] for one in first["results"] + second["results"]]
    assert len(set(ids)) == CHANNELS_AT_MOST
    assert second["next"] is None


def test_a_channel_is_for_a_workspace_that_one_may_watch(
    client, client_of, make_user, workspace, other_workspace, viewer
):
    body = {"kind": "email", "address": viewer.email}
    assert client.post(URL, body | {"workspace_id": workspace.pk}).status_code == 201
    assert client.post(URL, body | {"workspace_id": other_workspace.pk}).status_code == 404
    guardian = make_user(workspace, ["guardian"])
    mine = {"kind": "email", "address": guardian.email, "workspace_id": workspace.pk}
    assert client_of(guardian).post(URL, mine).status_code == 403


def test_who_left_the_workspace_may_still_switch_the_channel_off(client, viewer, workspace):
    body = {"kind": "email", "address": viewer.email, "workspace_id": workspace.pk}
    made = client.post(URL, body).json()
    Membership.objects.filter(user=viewer).delete()
    assert client.patch(f"{URL}/{made['id']}", {"active": False}).status_code == 200
    assert client.delete(f"{URL}/{made['id']}").status_code == 204


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"kind": "pigeon"}, "/kind"),
        ({"address": "nobody"}, "/address"),
        ({"address": "https://hooks.example/"}, "/address"),
        ({"address": "a@b.example\r\nBcc: c@d.example"}, "/address"),
        ({"kind": "webhook", "address": "viewer@test.example"}, "/address"),
        ({"minimum_severity": "loud"}, "/minimum_severity"),
        ({"on_clear": "perhaps"}, "/on_clear"),
        ({"workspace_id": "here"}, "/workspace_id"),
    ],
)
def test_bad_input_is_named(client, viewer, changes, pointer):
    answer = client.post(URL, {"kind": "email", "address": viewer.email, **changes})
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


# --- changes ---


def end(id: int) -> None:
    NotificationChannel.objects.filter(pk=id).update(
        invalid_at="2026-01-01T00:00:00Z", invalid_reason="gone", failures=3
    )


@pytest.mark.parametrize("change", [{"active": True}, {"address": "http://127.0.0.1:9/new"}])
def test_an_ended_channel_is_mended(client, webhook, change):
    end(webhook["id"])
    assert client.get(f"{URL}/{webhook['id']}").json()["invalid_reason"] == "gone"
    told = client.patch(f"{URL}/{webhook['id']}", change).json()
    assert (told["invalid"], told["invalid_reason"]) == (False, "")
    assert NotificationChannel.objects.get().failures == 0


def test_another_change_mends_nothing(client, webhook):
    end(webhook["id"])
    assert client.patch(f"{URL}/{webhook['id']}", {"on_clear": True}).json()["invalid"]


def test_switching_off_drops_what_waits(client, webhook, device):
    engine.begin(
        device_id=device.pk,
        workspace_id=device.workspace_id,
        code="fault",
        severity="critical",
        data={},
    )
    client.patch(f"{URL}/{webhook['id']}", {"active": False})
    assert Delivery.objects.get().state == "dropped"


def test_changes_are_audited_without_the_address(client, webhook, viewer):
    client.patch(f"{URL}/{webhook['id']}", {"minimum_severity": "critical"})
    client.post(f"{URL}/{webhook['id']}/rotate-secret")
    client.delete(f"{URL}/{webhook['id']}")
    rows = AuditRow.objects.filter(verb__startswith="channel.").order_by("pk")
    assert [row.verb for row in rows] == [
        "channel.add",
        "channel.change",
        "channel.secret",
        "channel.remove",
    ]
    assert {row.actor_name for row in rows} == {viewer.email}
    written = "".join(f"{row.before}{row.after}" for row in rows)
    assert "127.0.0.1" not in written and "whsec" not in written


# --- keeping ---


def test_finished_notices_go_after_a_while_and_waiting_ones_stay(client, webhook, device, hook):
    for code in ("a", "b"):
        engine.begin(
            device_id=device.pk,
            workspace_id=device.workspace_id,
            code=code,
            severity="critical",
            data={},
        )
    Delivery.objects.filter(pk=Delivery.objects.first().pk).update(state="sent")
    later = 4_000_000_000_000_000
    assert sum(deliveries_purge(device.workspace_id, 0)) == 0
    assert sum(deliveries_purge(device.workspace_id, later)) == 1
    assert Delivery.objects.get().state == "waiting"


# --- what robots hear ---


def test_robots_hear_of_a_channel_by_its_handle_alone(client, client_of, viewer, device, workspace):
    """FlyingLet's notification_token: opaque, told in /stream, gone when the channel is."""
    body = {"kind": "email", "address": viewer.email, "workspace_id": workspace.pk}
    made = client.post(URL, body).json()

    def told() -> dict:
        path = f"/api/fleet/devices/{device.pk}"
        return client.get(path).json()["sections"]["notification_token"]

    row = told()
    channel = NotificationChannel.objects.get()
    assert row == {
        "id": made["id"],
        "token": channel.handle,
        "group_id": workspace.pk,
        "invalid": 0,
        "user_agent": "email",
        "checked_at": None,
    }
    assert viewer.email not in json.dumps(row)
    client.patch(f"{URL}/{made['id']}", {"active": False})
    assert told()["invalid"] == 1
    client.patch(f"{URL}/{made['id']}", {"active": True})
    client.delete(f"{URL}/{made['id']}")
    assert told()["invalid"] == 1


def test_a_channel_for_everything_is_told_in_each_of_the_persons_workspaces(
    client, viewer, device, make_device, other_workspace, client_of, stranger
):
    foreign = make_device(other_workspace)
    client.post(URL, {"kind": "email", "address": viewer.email})
    path = f"/api/fleet/devices/{foreign.pk}"
    assert "notification_token" not in client_of(stranger).get(path).json()["sections"]
    Membership.objects.create(user=viewer, workspace=other_workspace, role="viewer")
    client.post(URL, {"kind": "email", "address": viewer.email})
    assert "notification_token" in client_of(stranger).get(path).json()["sections"]
