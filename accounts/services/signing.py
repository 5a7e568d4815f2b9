"""People sign in and out. A wrong password and an unknown account get the same answer in the same time."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.hashers import check_password
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from fleet_platform.shared.errors import NotAllowed, NotAuthenticated, NotFound

from .. import audit, tokens
from ..models import LiveTicket, LoginSession, OneTimeCode, TemporaryPassword, User
from ..principal import Actor, Source
from ..roles import PlatformRole
from ..tokens import SESSION, TokenPair
from .login_throttle import LONGEST_SECRET, counted_try, dummy_hash
from .passwords import temporary_password_of, temporary_password_spend

CHUNK = 500


@dataclass(frozen=True)
class Proof:
    """Who has proven to be whom; `temporary` where it was by a temporary password."""

    user: User
    temporary: TemporaryPassword | None = None


def user_check(*, email: str, password: str, address: str | None) -> User:
    """The active user of this e-mail address and password; a temporary password is none.

    Raises NotAuthenticated, or TooMany once the account or the address has used up its wrong tries.
    """
    with counted_try("user", email, address):
        user, is_own = _tried(email, password)
        if not is_own:
            raise NotAuthenticated
        return user


def sign_in_check(*, email: str, password: str, address: str | None) -> Proof:
    """Like `user_check`, by a temporary password too. It is not used up: what begins a session does that."""
    with counted_try("user", email, address):
        user, is_own = _tried(email, password)
        if is_own:
            return Proof(user)
        temporary = temporary_password_of(user, password)
        if temporary is None or not user.is_active:
            raise NotAuthenticated
        return Proof(user, temporary)


def _tried(email: str, password: str) -> tuple[User | None, bool]:
    """The account of the address, and whether this is its password. As much work for one that does not exist."""
    if "\0" in email or len(password) > LONGEST_SECRET:
        raise NotAuthenticated
    nobody = dummy_hash()
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None:
        check_password(password, nobody)
        return None, False
    return user, user.check_password(password) and user.is_active


def user_login(
    *,
    email: str,
    password: str,
    address: str | None,
    user_agent: str = "",
    role_of: Callable[[User], str],
) -> TokenPair:
    """Begin a login session. `role_of(user)` gives the role's text in the caller's dialect. Raises as `user_check`.

    A temporary password is used up, and its session is good for setting a new one alone.
    """
    proof = sign_in_check(email=email, password=password, address=address)
    user, temporary = proof.user, proof.temporary
    with transaction.atomic():
        if temporary:
            temporary_password_spend(temporary, address=address)
        User.objects.filter(pk=user.pk).update(last_login=timezone.now())
        return tokens.issue(
            user, role_of(user), address=address, user_agent=user_agent, temporary=temporary
        )


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


def sessions_forget(*, before) -> int:
    """Delete login sessions that ended or expired before the time, and stale tickets, codes and temporary passwords,
    in chunks. How many rows went."""
    call_command("clearsessions")
    ended = LoginSession.objects.filter(ended_at__lt=before)
    expired = LoginSession.objects.filter(expires_at__lt=before)
    stale = LiveTicket.objects.filter(expires_at__lt=before)
    codes = OneTimeCode.objects.filter(created_at__lt=before)
    temporary = TemporaryPassword.objects.filter(created_at__lt=before)
    gone = (ended, expired, stale, codes, temporary)
    return sum(_delete_in_chunks(rows) for rows in gone)


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
