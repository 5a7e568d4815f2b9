"""How long which data is kept: a registered class of data, a default in days, and a rule per workspace."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from accounts.models import Device, Workspace
from fleet_platform.shared import clock

from . import store
from .models import RetentionRule

DAY_US = 86_400 * clock.SECOND


@dataclass(frozen=True)
class DataClass:
    """`purge(workspace_id, before_us)` deletes in chunks and yields how many rows each had.

    `default_days` 0 keeps for ever.
    """

    name: str
    default_days: int
    purge: Callable[[int, int], Iterator[int]]


_classes: dict[str, DataClass] = {}


def register(data_class: DataClass) -> None:
    _classes[data_class.name] = data_class


def data_classes() -> list[DataClass]:
    return list(_classes.values())


def limits(data_class: DataClass) -> list[tuple[int, int]]:
    """(workspace id, time before which its data of this class goes) of every workspace that does not keep for ever."""
    rules = dict(
        RetentionRule.objects.filter(data_class=data_class.name).values_list("workspace_id", "days")
    )
    now = clock.now_us()
    days_of = {
        id: rules.get(id, data_class.default_days)
        for id in Workspace.objects.values_list("pk", flat=True)
    }
    return [(id, now - days * DAY_US) for id, days in days_of.items() if days]


def _purge_samples(workspace_id: int, before_us: int) -> Iterator[int]:
    for device_id in Device.objects.filter(workspace_id=workspace_id).values_list("pk", flat=True):
        yield from store.delete_before(device_id, before_us)


register(DataClass("telemetry", 365, _purge_samples))
