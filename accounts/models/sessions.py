"""What a sign-in leaves behind: sessions, refresh tokens, one-time passes to the live socket."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from .codes import TemporaryPassword
from .people import User


class LoginSession(models.Model):
    """One sign-in by token: the family of its refresh tokens. Ending it ends every token that came from it.

    One that a temporary password began is good for nothing but setting a new password.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        User, models.CASCADE, related_name="login_sessions", verbose_name=_("user")
    )
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    user_agent = models.CharField(_("user agent"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires at"), db_index=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    end_reason = models.CharField(_("reason"), max_length=32, blank=True)
    auth_hash = models.CharField(max_length=64, blank=True, editable=False)
    temporary_password = models.ForeignKey(
        TemporaryPassword,
        models.CASCADE,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("begun with a temporary password"),
    )

    class Meta:
        verbose_name = _("login session")
        verbose_name_plural = _("login sessions")

    def __str__(self) -> str:
        return f"session of {self.user_id} since {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def in_force(self) -> bool:
        """Django's rule for browser sessions holds here too: a password changed in whatever way ends them."""
        return (
            self.ended_at is None
            and self.expires_at > timezone.now()
            and self.user.is_active
            and constant_time_compare(self.auth_hash, self.user.get_session_auth_hash())
        )


class RefreshToken(models.Model):
    """One refresh token of a session, by the hash of its id. `used_at` is set once, by a conditional update."""

    session = models.ForeignKey(LoginSession, models.CASCADE, related_name="refresh_tokens")
    jti_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"refresh token {self.pk}"


class LiveTicket(models.Model):
    """A one-time pass to the live socket, by the hash of its text; it stands for the credential that asked for it."""

    ticket_hash = models.CharField(max_length=64, unique=True)
    source = models.JSONField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"live ticket {self.pk}"
