"""What was derived is kept as long as the workspace says, and no longer. A robot's totals stay."""

from collections.abc import Iterator

from django.db.models import Model, Q, QuerySet

from accounts.models import Device

from ...models import (
    Checkpoint,
    Derivation,
    Drive,
    HeatHour,
    HourlyTraffic,
    TrafficReport,
    Visit,
    VisitorHour,
)
from .steps import slot_of

PURGE_CHUNK = 1000
HOURLY = (HourlyTraffic, TrafficReport, VisitorHour, HeatHour)


def drives_purge(workspace_id: int, before_us: int) -> Iterator[int]:
    """Delete a workspace's older rows, a chunk a transaction; yields how many each chunk had."""
    for device_id in Device.objects.filter(workspace_id=workspace_id).values_list("pk", flat=True):
        for rows in _old(device_id, before_us):
            yield from _delete(rows)


def _old(device_id: int, before_us: int) -> Iterator[QuerySet[Model]]:
    newest_us = Derivation.objects.filter(pk=device_id).values_list("time_us", flat=True).first()
    yield Drive.objects.filter(device_id=device_id, end_us__lt=before_us)
    for model in HOURLY:
        yield model.objects.filter(device_id=device_id, hour_us__lt=before_us)
    yield Visit.objects.filter(device_id=device_id, start_us__lt=before_us)
    if newest_us is not None:  # the last one is where work goes on
        kept = Q(slot_us__gte=slot_of(newest_us))
        yield Checkpoint.objects.filter(device_id=device_id, slot_us__lt=before_us).exclude(kept)


def _delete(rows: QuerySet[Model]) -> Iterator[int]:
    while ids := list(rows.values_list("pk", flat=True)[:PURGE_CHUNK]):
        yield rows.model.objects.filter(pk__in=ids).delete()[0]
