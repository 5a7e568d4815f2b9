"""Each person's own notification channels."""

import contextlib
import secrets
from collections.abc import Iterator
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from accounts.principal import Actor
from accounts.selectors import workspace_for
from accounts.services.forms import check_fields
from fleet_platform.shared import throttle
from fleet_platform.shared.clock import from_datetime, rfc3339, to_datetime
from fleet_platform.shared.errors import Conflict, Invalid, NotAllowed
from fleet_platform.shared.sealing import seal

from ..models import Delivery, NotificationChannel
from . import mails
from .addresses import target_of
from .changes import hold_those_who_hear, tell_kinds
from .outcomes import Failed
from .selectors import channel_of
from .sending import drop_waiting, send_webhook

CHANNELS_AT_MOST = 20
EDITABLE = ("workspace_id", "address", "minimum_severity", "on_clear", "active")
CONFIRM_SALT, CONFIRM_SECONDS = "notification channel", 86_400
TRIALS, TRIALS_SECONDS = 10, 600
STRANGERS_MAILS, DAY_SECONDS = 5, 86_400  # to one address that has not agreed
TRIAL_MAILS = 20  # to one address in a day
PURGE_CHUNK = 2000
Kind = NotificationChannel.Kind


def channel_create(*, actor: Actor, kind: str, **facts: Any) -> tuple[NotificationChannel, str]:
    """A channel, and the secret that signs what goes to a webhook, told this once; "" of an e-mail channel.

    `facts`: address, and those of the other EDITABLE that differ from the model's defaults. An e-mail address other
    than the person's own gets a message first, and nothing more until it is confirmed. Raises Invalid by field,
    NotFound, NotAllowed, Conflict where the person has as many as he may, TooMany.
    """
    if actor.kind != "user":
        raise NotAllowed(_("Only people have notification channels."))
    channel = NotificationChannel(user_id=actor.id, kind=kind, **facts)
    _check(channel)
    _check_place(actor, channel)
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=actor.id)
        if person.notification_channels.count() >= CHANNELS_AT_MOST:
            raise Conflict(_("You have %d channels, as many as one may have.") % CHANNELS_AT_MOST)
        channel.user = person
        secret = _new_secret(channel)
        _verify_what_is_known(channel)
        channel.save()
        tell_kinds(channel)
        _audit(actor, "channel.add", channel, None, _told(channel))
    _ask_to_confirm(channel)
    return channel, secret


def channel_update(*, actor: Actor, channel_id: int, **changes: Any) -> NotificationChannel:
    """Change any of EDITABLE. Giving an address, or `active`, makes an invalid channel valid again.

    Raises as channel_create does.
    """
    with transaction.atomic():
        channel = _locked(actor, channel_id)
        before, address = _told(channel), channel.address
        moves = changes.get("workspace_id", channel.workspace_id) != channel.workspace_id
        if moves:
            hold_those_who_hear(channel, [channel.workspace_id, changes["workspace_id"]])
            tell_kinds(channel, removed=True)
        for name, value in changes.items():
            setattr(channel, name, value)
        _check(channel)
        if moves:
            _check_place(actor, channel)
        if channel.address != address:
            channel.verified_at = None
            _verify_what_is_known(channel)
        if "address" in changes or changes.get("active"):
            channel.invalid_at, channel.invalid_reason = None, ""
            channel.failures, channel.paused_until = 0, None
        channel.save()
        if not channel.active:
            drop_waiting(channel.deliveries.all())
        tell_kinds(channel)
        _audit(actor, "channel.change", channel, before, _told(channel))
    if channel.address != address:
        _ask_to_confirm(channel)
    return channel


def channel_remove(*, actor: Actor, channel_id: int) -> None:
    """Raises NotFound."""
    with transaction.atomic():
        channel = _locked(actor, channel_id)
        tell_kinds(channel, removed=True)
        _audit(actor, "channel.remove", channel, _told(channel), None)
        # Whoever is writing it a notice ends first, so that the notice goes as well.
        NotificationChannel.objects.select_for_update().get(pk=channel.pk)
        channel.delete()


def channel_rotate_secret(*, actor: Actor, channel_id: int) -> str:
    """A new secret of a webhook; what is sent from now on is signed with it. Raises NotFound, Conflict."""
    with transaction.atomic():
        channel = _locked(actor, channel_id)
        if channel.kind != Kind.WEBHOOK:
            raise Conflict(_("Only a webhook has a secret."))
        secret = _new_secret(channel)
        channel.save(update_fields=["secret"])
        _audit(actor, "channel.secret", channel, None, None)
    return secret


def channel_confirm(*, actor: Actor, channel_id: int, token: str) -> NotificationChannel:
    """The code that was sent to the address. Raises Invalid on `token`, NotFound."""
    with transaction.atomic():
        channel = _locked(actor, channel_id)
        try:
            told = signing.loads(token, salt=CONFIRM_SALT, max_age=CONFIRM_SECONDS)
        except signing.BadSignature:
            told = None
        if told != [channel.pk, channel.address]:
            raise Invalid({"token": _("is not the code of this address, or too old")})
        if channel.verified_at is None:
            channel.verified_at = timezone.now()
            channel.save(update_fields=["verified_at"])
            _audit(actor, "channel.confirm", channel, None, None)
    return channel


def channel_try(*, actor: Actor, channel_id: int) -> str:
    """Send a message that says it is a test, now; an address that is not confirmed gets its code once more.

    Answers why it failed, "" where it did not. Raises NotFound, TooMany.
    """
    channel = channel_of(actor, channel_id)
    if channel.verified_at:
        throttle.hit("channel-try", str(actor.id), limit=TRIALS, window=TRIALS_SECONDS)
        if channel.kind == Kind.EMAIL:  # an account says whose address it has, and may be wrong
            address = channel.address.casefold()
            throttle.hit("channel-trial", address, limit=TRIAL_MAILS, window=DAY_SECONDS)
    else:
        _count_asking(channel)
    try:
        if channel.kind == Kind.WEBHOOK:
            send_webhook(channel, _trial_body())
        elif channel.verified_at:
            mails.send_trial(channel)
        else:
            mails.send_confirmation(channel, _token(channel))
    except Failed as failure:
        return failure.reason
    rows = NotificationChannel.objects.filter(pk=channel.pk)
    rows.update(last_used_at=timezone.now())
    return ""


def deliveries_purge(workspace_id: int, before_us: int) -> Iterator[int]:
    """Delete a workspace's finished notices written before then, a chunk a transaction; yields how many each had."""
    old = Delivery.objects.filter(workspace_id=workspace_id, created_at__lt=to_datetime(before_us))
    old = old.exclude(state=Delivery.State.WAITING)
    while ids := list(old.values_list("pk", flat=True)[:PURGE_CHUNK]):
        yield Delivery.objects.filter(pk__in=ids).delete()[0]


def _locked(actor: Actor, channel_id: int) -> NotificationChannel:
    channel_of(actor, channel_id)
    rows = NotificationChannel.objects.select_related("user")
    # A stronger lock would stand in the way of notices being written, and those of the alarms that go with them.
    return rows.select_for_update(of=("self",), no_key=True).get(pk=channel_id)


def _check_place(actor: Actor, channel: NotificationChannel) -> None:
    if channel.workspace_id is not None:
        workspace_for(actor, channel.workspace_id, "alarm.view")


def _check(channel: NotificationChannel) -> None:
    check_fields(channel, "kind", "address", "minimum_severity", "on_clear", "active")
    try:
        if channel.kind == Kind.WEBHOOK:
            target_of(channel.address)
        else:
            validate_email(channel.address)
    except ValueError as error:
        raise Invalid({"address": str(error)}) from None
    except ValidationError as error:
        raise Invalid({"address": error.messages}) from None


def _new_secret(channel: NotificationChannel) -> str:
    if channel.kind != Kind.WEBHOOK:
        return ""
    secret = f"whsec_{secrets.token_urlsafe(32)}"
    channel.secret = seal(secret)
    return secret


def _verify_what_is_known(channel: NotificationChannel) -> None:
    own = channel.address.casefold() == channel.user.email.casefold()
    if channel.kind == Kind.WEBHOOK or own:
        channel.verified_at = timezone.now()
    else:
        _count_asking(channel)


def _count_asking(channel: NotificationChannel) -> None:
    """Nobody fills a stranger's letter box with codes. Raises TooMany."""
    throttle.hit("channel-try", str(channel.user_id), limit=TRIALS, window=TRIALS_SECONDS)
    address = channel.address.casefold()
    throttle.hit("channel-confirm", address, limit=STRANGERS_MAILS, window=DAY_SECONDS)


def _token(channel: NotificationChannel) -> str:
    return signing.dumps([channel.pk, channel.address], salt=CONFIRM_SALT)


def _ask_to_confirm(channel: NotificationChannel) -> None:
    """A message that does not go may be asked for again by a trial."""
    if channel.verified_at is None:
        with contextlib.suppress(Failed):
            mails.send_confirmation(channel, _token(channel))


def _trial_body() -> dict:
    now = rfc3339(from_datetime(timezone.now()))
    return {"id": secrets.token_hex(16), "type": "test", "created_at": now, "alarm": None}


def _told(channel: NotificationChannel) -> dict[str, Any]:
    """For the audit: who reads it has no business with the address."""
    facts = {name: getattr(channel, name) for name in EDITABLE if name != "address"}
    return {"kind": channel.kind, **facts}


def _audit(
    actor: Actor, verb: str, channel: NotificationChannel, before: dict | None, after: dict | None
) -> None:
    audit.record(actor, verb, f"channel:{channel.pk}", channel.workspace_id, before, after)
