"""Sign and verify. The only file that touches simplejwt.

Access and refresh tokens are JWTs with FlyingLet's claims (sub = e-mail, role, type, fresh, iat, nbf, exp, jti) and
one of ours, `sid`: the login session or the credential that they came from. A token counts only while that row is
in force, so ending a session ends its tokens at once. A refresh token works once, also under concurrency:
`used_at` is set by a conditional update, and a second use ends the whole session.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken
from rest_framework_simplejwt.tokens import RefreshToken as RefreshJwt

from fleet_platform.shared.errors import NotAuthenticated

from .models import Credential, LoginSession, RefreshToken, TemporaryPassword, User
from .principal import Source
from .roles import PlatformRole

SESSION = "session"
CREDENTIAL = "credential"
BROWSER = "browser"
CHANGE_SECONDS = 15 * 60  # to set a new password, once a temporary one has signed in


@dataclass(frozen=True)
class TokenPair:
    """`must_change_password`: a temporary password began the session, which is good for nothing else."""

    access: str
    refresh: str
    session_id: str
    must_change_password: bool = False


def issue(
    user: User,
    role: str,
    *,
    address: str | None = None,
    user_agent: str = "",
    temporary: TemporaryPassword | None = None,
) -> TokenPair:
    """Begin a login session. `role` is the text that the caller's dialect wants in the claims.

    One that a temporary password begins is short, and its tokens claim no role.
    """
    seconds = CHANGE_SECONDS if temporary else settings.REFRESH_TOKEN_SECONDS
    session = LoginSession.objects.create(
        user=user,
        address=address,
        user_agent=user_agent[:200],
        auth_hash=user.get_session_auth_hash(),
        temporary_password=temporary,
        expires_at=timezone.now() + timedelta(seconds=seconds),
    )
    return _pair(session, user.email, role)


def issue_for_device(credential: Credential) -> str:
    """A device's access token. It ends with its credential."""
    token = AccessToken()
    token.set_exp(lifetime=timedelta(seconds=settings.DEVICE_TOKEN_SECONDS))
    _claim(token, f"device:{credential.device_id}", "device", f"{CREDENTIAL}:{credential.pk}")
    return str(token)


def rotate(refresh: str, role_of: Callable[[User], str]) -> TokenPair:
    """Spend a refresh token for a new pair. `role_of(user)` gives the role text for the claims.

    Raises NotAuthenticated for any token that is not a fresh one of a session in force; a token that was spent
    before also ends its session.
    """
    digest = _digest(_decode(RefreshJwt, refresh)["jti"])
    with transaction.atomic():
        pair = _spend(digest, role_of)
    if (
        pair is None
    ):  # raised out here, so that the end of a session that was used twice is committed
        raise NotAuthenticated
    return pair


def _spend(digest: str, role_of: Callable[[User], str]) -> TokenPair | None:
    """The database lets one of several conditional updates win; the others find the token used."""
    now = timezone.now()
    won = RefreshToken.objects.filter(jti_hash=digest, used_at=None).update(used_at=now)
    row = RefreshToken.objects.select_related("session__user").filter(jti_hash=digest).first()
    if row is None:
        return None
    if not won:
        end_session(row.session_id, "refresh token used twice")
        return None
    session = row.session
    if not session.in_force:
        return None
    LoginSession.objects.filter(pk=session.pk, temporary_password=None).update(
        expires_at=now + timedelta(seconds=settings.REFRESH_TOKEN_SECONDS)
    )
    return _pair(session, session.user.email, role_of(session.user))


def verify(access: str) -> Source:
    """Where an access token's rights come from. Checks form, signature and time; the row is the caller's to check."""
    token = _decode(AccessToken, access)
    kind, _, ref = str(token.get("sid", "")).partition(":")
    if kind not in {SESSION, CREDENTIAL} or not ref:
        raise NotAuthenticated
    return Source(kind, ref, float(token["exp"]))


def end_session(session_id, reason: str) -> None:
    LoginSession.objects.filter(pk=session_id, ended_at=None).update(
        ended_at=timezone.now(), end_reason=reason[:32]
    )


def end_sessions_of(user: User, reason: str, *, but: str | None = None) -> None:
    """`but`: the one that goes on."""
    LoginSession.objects.filter(user=user, ended_at=None).exclude(pk=but).update(
        ended_at=timezone.now(), end_reason=reason[:32]
    )


def make_whole(session_id: str, user: User) -> None:
    """A session goes on although the user's password has just changed, whatever password began it."""
    LoginSession.objects.filter(pk=session_id, user=user, ended_at=None).update(
        auth_hash=user.get_session_auth_hash(),
        temporary_password=None,
        expires_at=timezone.now() + timedelta(seconds=settings.REFRESH_TOKEN_SECONDS),
    )


def _pair(session: LoginSession, email: str, role: str) -> TokenPair:
    sid, limited = f"{SESSION}:{session.pk}", session.temporary_password_id is not None
    refresh, access = RefreshJwt(), AccessToken()
    for token in (refresh, access):
        _claim(token, email, PlatformRole.USER if limited else role, sid)
    RefreshToken.objects.create(session=session, jti_hash=_digest(refresh["jti"]))
    return TokenPair(str(access), str(refresh), str(session.pk), limited)


def _claim(token, subject: str, role: str, sid: str) -> None:
    token["sub"] = subject
    token["role"] = str(role)
    token["fresh"] = False
    token["nbf"] = token["iat"]
    token["sid"] = sid


def _decode(kind, text: str):
    try:
        return kind(text)
    except TokenError as error:
        raise NotAuthenticated from error


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
