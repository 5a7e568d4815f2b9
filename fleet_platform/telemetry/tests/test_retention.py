"""What the workspaces no longer keep is deleted, in small transactions, and nothing else is."""

import pytest

from fleet_platform.shared.clock import now_us
from fleet_platform.telemetry import services, store
from fleet_platform.telemetry.ingest import Row
from fleet_platform.telemetry.models import RetentionRule, Sample
from fleet_platform.telemetry.retention import DAY_US

pytestmark = pytest.mark.django_db


def keep(device, *ages_in_days):
    now = now_us()
    rows = [
        Row(device.pk, now - age * DAY_US, index, now, "{}", "null", ())
        for index, age in enumerate(ages_in_days)
    ]
    store.commit([rows])


def ages_left(device) -> list[int]:
    now = now_us()
    times = Sample.objects.filter(device=device).values_list("time_us", flat=True)
    return sorted(round((now - time) / DAY_US) for time in times)


def test_samples_older_than_the_default_go(device):
    keep(device, 1, 364, 366, 1000)
    assert services.expired_data_purge() == {"telemetry": 2}
    assert ages_left(device) == [1, 364]


def test_a_workspace_may_keep_for_less_time_and_others_are_not_touched(
    make_device, other_workspace
):
    mine, other = make_device(), make_device(workspace=other_workspace)
    RetentionRule.objects.create(workspace=mine.workspace, data_class="telemetry", days=7)
    for device in (mine, other):
        keep(device, 1, 6, 8, 30)
    services.expired_data_purge()
    assert ages_left(mine) == [1, 6]
    assert ages_left(other) == [1, 6, 8, 30]


def test_nought_days_keep_for_ever(device):
    RetentionRule.objects.create(workspace=device.workspace, data_class="telemetry", days=0)
    keep(device, 5000)
    services.expired_data_purge()
    assert ages_left(device) == [5000]


def test_many_go_in_chunks(device, monkeypatch):
    monkeypatch.setattr(store.history, "PURGE_CHUNK", 10)
    keep(device, *[400] * 25)
    assert list(store.delete_before(device.pk, now_us())) == [10, 10, 5]
