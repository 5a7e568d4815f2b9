"""Writes of the spine outside the stream of samples: registering devices, telling readers, silence, retention."""

import time
from collections.abc import Iterable, Mapping, Sequence

from django.conf import settings
from django.db import transaction

from accounts.models import Device
from accounts.principal import Actor
from accounts.selectors import device_for
from accounts.services import device_create, device_remove, device_update
from fleet_platform.shared import clock
from fleet_platform.shared.errors import Invalid, NotAuthenticated

from . import ingest, kinds, retention, runtime, store
from .alarms.services import device_alarms_clear


def device_register(
    *,
    actor: Actor,
    workspace_id: int,
    kind: str,
    name: str,
    serial_number: str | None = None,
    factory_code: str | None = None,
    extra: Mapping | None = None,
) -> tuple[Device, str]:
    """A new device with the row of its own kind; answers it and its secret, which is told this once.

    Raises Invalid, Conflict, NotFound or NotAllowed.
    """
    registered = {known.name: known for known in kinds.all_kinds()}
    if kind not in registered:
        raise Invalid({"kind": f"must be one of {', '.join(sorted(registered))}"})
    with transaction.atomic():
        device, secret = device_create(
            actor=actor,
            workspace_id=workspace_id,
            kind=kind,
            name=name,
            serial_number=serial_number,
            factory_code=factory_code,
        )
        if enroll := registered[kind].enroll:
            enroll(device, extra or {})
        devices_touch(device_ids=[device.pk])
    return device, secret


def device_change(*, actor: Actor, device_id: int, **changes) -> Device:
    """As accounts.services.device_update; its kind and its readers hear of it."""
    with transaction.atomic():
        before = device_for(actor, device_id, "device.manage").workspace_id
        device = device_update(actor=actor, device_id=device_id, **changes)
        if device.workspace_id != before:
            device_alarms_clear(actor=actor, device_id=device_id)
        _tell_kind(device, removed=False)
        devices_touch(device_ids=[device_id])
    return device


def device_leave(*, actor: Actor, device_id: int) -> None:
    """As accounts.services.device_remove; its kind hears of it while the device is still there, its readers after."""
    with transaction.atomic():
        _tell_kind(device_for(actor, device_id, "device.remove"), removed=True)
        device_remove(actor=actor, device_id=device_id)
        device_alarms_clear(actor=actor, device_id=device_id)
        devices_touch(device_ids=[device_id])


def _tell_kind(device: Device, *, removed: bool) -> None:
    if tell := kinds.get(device.kind).device_changed:
        tell(device.pk, removed)


def batch_commit(rows: Sequence[ingest.Row]) -> store.Written:
    """One batch on the caller's own connection. Raises NotAuthenticated when the device was removed."""
    commit = store.commit([rows])
    if commit.written[0] is None:
        raise NotAuthenticated("The device was removed.")
    transaction.on_commit(lambda: runtime.publish(commit.changes, commit.events))
    return commit.written[0]


def device_heard(device_id: int) -> None:
    """A sign of life without a sample."""
    commit = store.heard(device_id)
    transaction.on_commit(lambda: runtime.publish(commit.changes, commit.events))


def devices_touch(*, device_ids: Iterable[int]) -> None:
    """Give the documents of devices anew, after something in the registry changed; readers get them after commit."""
    changes = store.touch(device_ids)
    transaction.on_commit(lambda: runtime.publish(changes))


def facts_publish(*, facts: Mapping[int, Mapping[str, Mapping]]) -> None:
    """Put what the platform knows into devices' streams: device id -> section name -> row.

    It is stored as a sample of the platform's own, after all that the device has sent. The device's newest state takes
    the sections; when it was last heard stays as it is. Readers get it after the commit. Who publishes to several sets
    of devices in one transaction takes all of them by `devices_hold` first.
    """
    changes = store.add_facts(facts)
    transaction.on_commit(lambda: runtime.publish(changes))


def devices_hold(device_ids: Iterable[int]) -> None:
    """Lock the devices until the caller's transaction ends, in the order in which ingest does."""
    store.hold_devices(device_ids)


def silent_devices_mark_offline() -> int:
    """Devices not heard for OFFLINE_AFTER_SECONDS are offline from now on. Answers how many."""
    before = clock.now_us() - settings.OFFLINE_AFTER_SECONDS * clock.SECOND
    ids = store.unheard_devices(before)
    if ids:
        runtime.publish(store.mark_offline(ids, before))
    return len(ids)


def expired_data_purge(*, pause_seconds: float = 0.01) -> dict[str, int]:
    """Delete what the workspaces no longer keep, class by class, in small transactions. Answers rows by class."""
    deleted: dict[str, int] = {}
    for data_class in retention.data_classes():
        for workspace_id, before_us in retention.limits(data_class):
            for count in data_class.purge(workspace_id, before_us):
                deleted[data_class.name] = deleted.get(data_class.name, 0) + count
                time.sleep(pause_seconds)  # writers come first
    return deleted
