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

from .models import Credential, LoginSession, RefreshToken, User
from .principal import Source

SESSION = "session"
CREDENTIAL = "credential"
BROWSER = "browser"


@dataclass(frozen=True)
class TokenPair:
    access: str
    refresh: str
    session_id: str


def issue(user: User, role: str, *, address: str | None = None, user_agent: str = "") -> TokenPair:
    """Begin a login session. `role` is the text that the caller's dialect wants in the claims."""
    session = LoginSession.objects.create(
        user=user,
        address=address,
        user_agent=user_agent[:200],
        auth_hash=user.get_session_auth_hash(),
        expires_at=timezone.now() + timedelta(seconds=settings.REFRESH_TOKEN_SECONDS),
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
    LoginSession.objects.filter(pk=session.pk).update(
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


def end_sessions_of(user: User, reason: str) -> None:
    LoginSession.objects.filter(user=user, ended_at=None).update(
        ended_at=timezone.now(), end_reason=reason[:32]
    )


def _pair(session: LoginSession, email: str, role: str) -> TokenPair:
    sid = f"{SESSION}:{session.pk}"
    refresh, access = RefreshJwt(), AccessToken()
    for token in (refresh, access):
        _claim(token, email, role, sid)
    RefreshToken.objects.create(session=session, jti_hash=_digest(refresh["jti"]))
    return TokenPair(str(access), str(refresh), str(session.pk))


def _claim(token, subject: str, role: str, sid: str) -> None:
    token["sub"] = subject
    token["role"] = role
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
