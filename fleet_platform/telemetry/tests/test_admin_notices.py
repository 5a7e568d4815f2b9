"""The console's pages of channels and notices: to look at, without a webhook's path or any secret."""

import pytest
from django.utils import timezone

from accounts.tests.console import inside, url
from fleet_platform.shared.sealing import seal
from fleet_platform.telemetry.models import Alarm, Delivery, NotificationChannel

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(viewer, workspace) -> NotificationChannel:
    return NotificationChannel.objects.create(
        user=viewer,
        workspace=workspace,
        kind="webhook",
        address="https://hooks.example/T0/key-in-the-path",
        secret=seal("whsec_x"),
        verified_at=timezone.now(),
    )


@pytest.fixture
def notice(channel, device) -> Delivery:
    alarm = Alarm.objects.create(
        device=device, workspace=device.workspace, code="fault", severity="critical"
    )
    return Delivery.objects.create(
        channel=channel,
        workspace=device.workspace,
        alarm=alarm,
        about="x",
        happening="raised",
        document={"code": "fault"},
    )


def test_a_manager_sees_the_host_alone(admin, channel):
    page = inside(admin)
    for path in (url(NotificationChannel, "changelist"), url(NotificationChannel, "change", 1)):
        told = page.get(path.replace("/1/", f"/{channel.pk}/")).content.decode()
        assert "https://hooks.example/…" in told
        assert "key-in-the-path" not in told
        assert channel.secret not in told


def test_a_manager_sees_what_was_sent(admin, notice):
    page = inside(admin)
    assert page.get(url(Delivery, "changelist")).status_code == 200
    assert "fault" in page.get(url(Delivery, "change", notice.pk)).content.decode()


@pytest.mark.parametrize("model", [NotificationChannel, Delivery])
def test_nobody_changes_them_here(admin, notice, model):
    page, row = inside(admin), model.objects.get()
    assert page.get(url(model, "add")).status_code == 403
    assert page.post(url(model, "change", row.pk), {}).status_code == 403
    assert page.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model.objects.filter(pk=row.pk).exists()
