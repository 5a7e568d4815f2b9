"""Devices and their secrets. A secret is random, stored as an Argon2 hash, and shown once: by the call that made it."""

import secrets
from dataclasses import dataclass

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from fleet_platform.shared.errors import Conflict, Gone, NotAuthenticated
from fleet_platform.shared.paging import LARGEST_ID

from .. import audit, tokens
from ..models import Credential, Device, Workspace
from ..principal import Actor
from ..selectors import device_for
from .forms import check_fields
from .login_throttle import LONGEST_SECRET, counted_try, dummy_hash

EDITABLE = ("name", "serial_number", "factory_code", "silence_limit_seconds", "workspace_id")
IN_FORCE = Q(revoked_at=None, device__removed_at=None)
ENDED_BY_REMOVAL = Q(revoked_at=F("device__removed_at"))


@dataclass(frozen=True)
class DeviceGrant:
    token: str
    device_id: int


def device_create(
    *,
    actor: Actor,
    workspace_id: int,
    kind: str,
    name: str,
    serial_number: str | None = None,
    factory_code: str | None = None,
) -> tuple[Device, str]:
    """A device and its secret. Raises Invalid, or Conflict where a serial number or factory code is in use."""
    actor.require("device.manage", workspace_id)
    device = Device(
        workspace_id=workspace_id,
        kind=kind,
        name=name,
        serial_number=serial_number or None,
        factory_code=factory_code or None,
    )
    check_fields(device, "workspace", "kind", "name", "serial_number", "factory_code")
    with transaction.atomic():
        _save(device)
        secret = _new_credential(device)
        after = {"kind": kind, "name": name, "serial_number": serial_number}
        audit.record(actor, "device.add", f"device:{device.pk}", workspace_id, None, after)
    return device, secret


def device_update(*, actor: Actor, device_id: int, **changes) -> Device:
    """Change any of EDITABLE; moving to another workspace needs the right in both."""
    unknown = set(changes) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not a device's editable fields: {sorted(unknown)}")
    with transaction.atomic():
        device_for(actor, device_id, "device.manage")
        device = Device.objects.select_for_update().get(pk=device_id)
        if changes.get("workspace_id", device.workspace_id) != device.workspace_id:
            actor.require("device.manage", changes["workspace_id"])
        before = {name: getattr(device, name) for name in changes}
        for name, value in changes.items():
            setattr(device, name, value or None if name in EDITABLE[1:3] else value)
        check_fields(
            device, "workspace", "name", "serial_number", "factory_code", "silence_limit_seconds"
        )
        _save(device, update_fields=list(changes))
        target = f"device:{device.pk}"
        audit.record(actor, "device.change", target, device.workspace_id, before, changes)
    return device


def device_remove(*, actor: Actor, device_id: int) -> Device:
    """Take a device out of the registry. Its history stays, its credential and tokens end at once."""
    device = device_for(actor, device_id, "device.remove")
    now = timezone.now()
    with transaction.atomic():
        Device.objects.filter(pk=device.pk).update(removed_at=now, online=False)
        Credential.objects.filter(device=device, revoked_at=None).update(revoked_at=now)
        target = f"device:{device.pk}"
        audit.record(actor, "device.remove", target, device.workspace_id, {"name": device.name})
    device.removed_at, device.online = now, False
    return device


def credential_rotate(*, actor: Actor, device_id: int) -> str:
    """A new secret. The old one and every token that came from it end at once."""
    device = device_for(actor, device_id, "device.secret")
    with transaction.atomic():
        Device.objects.select_for_update().get(pk=device.pk)
        secret = _new_credential(device)
        target = f"device:{device.pk}"
        audit.record(actor, "device.secret", target, device.workspace_id)
    return secret


def device_login(*, identifier: str, secret: str, address: str | None) -> DeviceGrant:
    """An access token for a device, by serial number, factory code or device id, and its secret.

    Raises NotAuthenticated alike for a wrong secret and an unknown device, TooMany after many wrong tries, Gone for the
    last secret of a removed device.
    """
    credential = _proven(identifier, secret, address)
    return DeviceGrant(tokens.issue_for_device(credential), credential.device_id)


def device_prove(*, identifier: str, secret: str, address: str | None) -> Device:
    """The device that knows the secret. Raises as `device_login`."""
    return _proven(identifier, secret, address).device


def _proven(identifier: str, secret: str, address: str | None) -> Credential:
    with counted_try("device", identifier, address):
        credential = _credential_of(identifier, secret)
        if credential.revoked_at is not None:
            raise Gone
        return credential


def _credential_of(identifier: str, secret: str) -> Credential:
    """Two devices may match, one by its id and one whose serial number is that number: the secret decides."""
    if "\0" in identifier or len(secret) > LONGEST_SECRET:
        raise NotAuthenticated
    nobody = dummy_hash()
    names = Q(device__serial_number=identifier) | Q(device__factory_code=identifier)
    if identifier.isascii() and identifier.isdigit() and int(identifier) <= LARGEST_ID:
        names |= Q(device_id=int(identifier))
    known = Credential.objects.filter(names, IN_FORCE | ENDED_BY_REMOVAL).select_related("device")
    found = list(known.order_by("pk")[:3])
    if not found:
        check_password(secret, nobody)  # as much work as for a device that exists
    for credential in found:
        if check_password(secret, credential.secret_hash):
            return credential
    raise NotAuthenticated


def _new_credential(device: Device) -> str:
    secret = secrets.token_urlsafe(32)
    Credential.objects.filter(device=device, revoked_at=None).update(revoked_at=timezone.now())
    Credential.objects.create(device=device, secret_hash=make_password(secret))
    return secret


def _save(device: Device, **options) -> None:
    try:
        with transaction.atomic():
            device.save(**options)
    except IntegrityError:
        if not Workspace.objects.filter(pk=device.workspace_id).exists():
            raise
        raise Conflict(_("A device with this serial number or factory code exists.")) from None
