"""Passwords: changing one's own, and temporary ones for who forgot it.

A temporary password lies beside the old one, signs in once within a short time, and is good for nothing but setting a
new one. So nobody can lock somebody else out by knowing an e-mail address. Asking for one is the same work for every
address: a row and a queued task, which finds out later whether there is an account.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fleet_platform.shared.background import send_later
from fleet_platform.shared.errors import Invalid, NotAllowed, NotAuthenticated

from .. import audit, messages, sms, tokens
from ..models import LoginSession, TemporaryPassword, User, Way
from ..principal import Actor
from ..selectors import actor_of_user
from ..sms import NotSent
from ..tokens import SESSION
from .login_throttle import LONGEST_SECRET, counted_try
from .rate_limits import count_message

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another
GROUPS, GROUP_LETTERS = 3, 4  # 59 bits: far beyond guessing while it lives


def password_request(*, email: str, address: str | None) -> None:
    """Send a temporary password to whoever has the account of this address. Raises TooMany, Unavailable."""
    email = email.strip().lower()
    count_message("password", [email], address)
    with transaction.atomic():
        row = TemporaryPassword.objects.create(
            email=email, language=get_language() or "", asked_from=address
        )
        seconds = settings.TEMPORARY_PASSWORD_SECONDS
        send_later("accounts.send_temporary_password", row.pk, expires=seconds)


def temporary_password_send(*, temporary_id: int) -> None:
    """Make the temporary password of a row and send it, if the address has an account. Raises NotSent.

    By SMS to the account's number, as clients expect; by e-mail where it has none or this installation sends no SMS.
    """
    awaited = timezone.now() - timedelta(seconds=settings.TEMPORARY_PASSWORD_SECONDS)
    rows = TemporaryPassword.objects.filter(pk=temporary_id)
    row = rows.filter(sent_at=None, used_at=None, created_at__gt=awaited).first()
    user = row and User.objects.filter(email__iexact=row.email, is_active=True).first()
    if not user:
        return
    message = messages.temporary_password_message(_begin(row, user), user.language or row.language)
    try:
        way = _deliver(user, message)
    except NotSent as error:
        rows.update(failure=error.reason[:200])
        raise
    rows.update(sent_at=timezone.now(), way=way, failure="")


def temporary_password_of(user: User | None, password: str) -> TemporaryPassword | None:
    """The unused temporary password of the user that this is. One query, with a user or without."""
    hash = user.get_session_auth_hash() if user else ""
    rows = TemporaryPassword.objects.filter(
        user_id=user.pk if user else 0,
        secret_hash=_digest(user.pk if user else 0, password),
        auth_hash=hash,
        used_at=None,
        expires_at__gt=timezone.now(),
    )
    return rows.first()


def temporary_password_spend(temporary: TemporaryPassword, *, address: str | None) -> None:
    """Use it up. Raises NotAuthenticated where another sign-in was faster."""
    with transaction.atomic():
        rows = TemporaryPassword.objects.filter(pk=temporary.pk, used_at=None)
        if not rows.update(used_at=timezone.now()):
            raise NotAuthenticated
        actor = actor_of_user(temporary.user, address=address)
        audit.record(actor, "user.temporary_password", f"user:{actor.id}", after={"used": True})


def password_change(*, actor: Actor, old_password: str, new_password: str) -> User:
    """The actor's own password. Ends its other sessions and its temporary passwords. Raises Invalid, TooMany.

    The session that asks goes on, and is a whole one if a temporary password began it.
    """
    user = User.objects.get(pk=actor.id) if actor.kind == "user" else None
    if user is None:
        raise NotAllowed
    try:
        with counted_try("user", user.email, actor.address):
            if not _is_old_password(actor, user, old_password):
                raise NotAuthenticated
    except NotAuthenticated:
        raise Invalid({"old_password": _("This is not your password.")}) from None
    if actor.must_change_password and _same(old_password) == _same(new_password):
        raise Invalid({"new_password": _("This is the temporary password: choose another one.")})
    _set(actor, user, new_password)
    return user


def password_set(*, temporary: TemporaryPassword, new_password: str, address: str | None) -> User:
    """The password of who has just used up a temporary one in the browser. Raises Invalid."""
    user = temporary.user
    if temporary.secret_hash == _digest(user.pk, new_password):
        raise Invalid({"new_password": _("This is the temporary password: choose another one.")})
    _set(actor_of_user(user, address=address), user, new_password)
    return user


def _set(actor: Actor, user: User, new_password: str) -> None:
    """Browser sessions and temporary passwords end by themselves: both are tied to the password of before."""
    if len(new_password) > LONGEST_SECRET:
        raise Invalid({"new_password": _("This password is too long.")})
    try:
        password_validation.validate_password(new_password, user)
    except ValidationError as error:
        raise Invalid({"new_password": error.messages}) from None
    with transaction.atomic():
        user.set_password(new_password)
        user.save(update_fields=["password"])
        kept = actor.source.ref if actor.source and actor.source.kind == SESSION else None
        tokens.end_sessions_of(user, "password changed", but=kept)
        if kept:
            tokens.make_whole(kept, user)
        audit.record(actor, "user.password", f"user:{user.pk}")


def _is_old_password(actor: Actor, user: User, password: str) -> bool:
    """The user's own, or the temporary one that began the session."""
    if len(password) > LONGEST_SECRET:
        return False
    if user.check_password(password):
        return True
    if not actor.must_change_password:
        return False
    session = LoginSession.objects.select_related("temporary_password").get(pk=actor.source.ref)
    return session.temporary_password.secret_hash == _digest(user.pk, password)


def _begin(row: TemporaryPassword, user: User) -> str:
    groups = ("".join(secrets.choice(LETTERS) for _ in range(GROUP_LETTERS)) for _ in range(GROUPS))
    secret, now = "-".join(groups), timezone.now()
    with transaction.atomic():
        TemporaryPassword.objects.filter(pk=row.pk).update(
            user=user,
            secret_hash=_digest(user.pk, secret),
            auth_hash=user.get_session_auth_hash(),
            expires_at=now + timedelta(seconds=settings.TEMPORARY_PASSWORD_SECONDS),
        )
        if row.user_id is None:  # the first try to send it
            asker = Actor(address=row.asked_from)
            audit.record(asker, "user.temporary_password", f"user:{user.pk}")
    return secret


def _deliver(user: User, message: messages.Message) -> str:
    """By which way it went: SMS first, by e-mail where that is not offered or refused. Raises NotSent."""
    if number := _number_of(user):
        try:
            messages.send(Way.SMS, number, message)
        except NotSent as error:
            if error.again:
                raise
        else:
            return Way.SMS
    messages.send(Way.EMAIL, user.email, message)
    return Way.EMAIL


def _number_of(user: User) -> str | None:
    """None too for a number that a console wrote in a form that no provider takes."""
    try:
        return sms.clean_number(user.phone_number) if sms.is_offered() else None
    except ValueError:
        return None


def _same(password: str) -> str:
    """As people type it back: in capitals, without the dashes, with a space behind it."""
    return password.replace("-", "").strip().lower()


def _digest(user_id: int, password: str) -> str:
    said = f"{user_id}:{_same(password)}"
    return salted_hmac("accounts.temporary_password", said, algorithm="sha256").hexdigest()
