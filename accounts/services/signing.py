"""People sign in and out. A wrong password and an unknown account get the same answer in the same time."""

from collections.abc import Callable

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from fleet_platform.shared.errors import Invalid, NotAllowed, NotAuthenticated, NotFound

from .. import audit, tokens
from ..models import LiveTicket, LoginSession, User
from ..principal import Actor, Source
from ..roles import PlatformRole
from ..tokens import SESSION, TokenPair
from .guessing import LONGEST_SECRET, counted_try

CHUNK = 500


def user_check(*, email: str, password: str, address: str | None) -> User:
    """The active user of this e-mail address and password.

    Raises NotAuthenticated, or TooMany once the account or the address has used up its wrong tries.
    """
    with counted_try("user", email, address):
        if "\0" in email or len(password) > LONGEST_SECRET:
            raise NotAuthenticated
        user = User.objects.filter(email__iexact=email.strip()).first()
        if user is None:
            make_password(password)  # as much work as for an account that exists
            raise NotAuthenticated
        if not user.check_password(password) or not user.is_active:
            raise NotAuthenticated
        return user


def user_login(
    *,
    email: str,
    password: str,
    address: str | None,
    user_agent: str = "",
    role_of: Callable[[User], str],
) -> TokenPair:
    """Begin a login session. `role_of(user)` gives the role's text in the caller's dialect. Raises as `user_check`."""
    user = user_check(email=email, password=password, address=address)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(last_login=timezone.now())
        return tokens.issue(user, role_of(user), address=address, user_agent=user_agent)


def user_logout(*, source: Source | None) -> None:
    """End the login session that a token came from; its access and refresh tokens stop at once."""
    if source is not None and source.kind == SESSION:
        tokens.end_session(source.ref, "signed out")


def session_end(*, actor: Actor, session_id: str) -> None:
    """End one login session: the user's own, or anybody's for who manages users."""
    session = LoginSession.objects.select_related("user").filter(pk=session_id).first()
    if session is None:
        raise NotFound
    with transaction.atomic():
        _require_hold_over(actor, session.user)
        tokens.end_session(session.pk, "ended by hand")
        audit.record(actor, "session.end", f"user:{session.user_id}")


def sessions_end(*, actor: Actor, user: User, reason: str) -> None:
    """End every login session of a user."""
    with transaction.atomic():
        _require_hold_over(actor, user)
        tokens.end_sessions_of(user, reason)
        audit.record(actor, "session.end", f"user:{user.pk}", after={"reason": reason})


def password_change(*, actor: Actor, old_password: str, new_password: str) -> User:
    """The actor's own password. Ends all its sessions, browser ones too. Raises Invalid, TooMany."""
    user = User.objects.get(pk=actor.id) if actor.kind == "user" else None
    if user is None:
        raise NotAllowed
    try:
        user_check(email=user.email, password=old_password, address=actor.address)
    except NotAuthenticated:
        raise Invalid({"old_password": "is not your password"}) from None
    try:
        password_validation.validate_password(new_password, user)
    except ValidationError as error:
        raise Invalid({"new_password": error.messages}) from None
    with transaction.atomic():
        user.set_password(new_password)
        user.save(update_fields=["password"])
        tokens.end_sessions_of(user, "password changed")
        audit.record(actor, "user.password", f"user:{user.pk}")
    return user


def sessions_forget(*, before) -> int:
    """Delete login sessions that ended or expired before the time, and stale tickets, in chunks. How many rows went."""
    call_command("clearsessions")
    ended = LoginSession.objects.filter(ended_at__lt=before)
    expired = LoginSession.objects.filter(expires_at__lt=before)
    stale = LiveTicket.objects.filter(expires_at__lt=before)
    return sum(_delete_in_chunks(rows) for rows in (ended, expired, stale))


def _delete_in_chunks(rows) -> int:
    """Short transactions, so that whoever else writes to SQLite waits for a chunk and not for all of it."""
    gone = 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        rows.model.objects.filter(pk__in=ids).delete()
        gone += len(ids)
    return gone


def _require_hold_over(actor: Actor, user: User) -> None:
    """Over oneself; else platform roles, and over a platform owner only another one."""
    if actor.kind == "user" and actor.id == user.pk:
        return
    if not actor.may("user.manage", None):
        raise NotFound
    if user.role == PlatformRole.OWNER and actor.platform_role != PlatformRole.OWNER:
        raise NotAllowed
