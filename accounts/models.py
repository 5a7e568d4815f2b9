"""The rows behind identity. A user signs in by e-mail; a device by an identifier and its secret."""

import uuid
import zoneinfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from .roles import MANAGERS, PlatformRole, Role


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("is not a time zone of the IANA list, e.g. Asia/Seoul"))


class UserManager(BaseUserManager):
    def get_by_natural_key(self, username: str):
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields):
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields):
        return self.create_user(email, password, role=PlatformRole.OWNER, **fields)


class User(AbstractBaseUser):
    """A person. Rights come from `role` on the whole platform and from memberships in workspaces."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    phone_number = models.CharField(_("phone number"), max_length=32, blank=True)
    role = models.CharField(
        _("platform role"), max_length=16, choices=PlatformRole, default=PlatformRole.USER
    )
    language = models.CharField(
        _("language"), max_length=8, blank=True, choices=[("ko", "한국어"), ("en", "English")]
    )
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("date joined"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        return self.email

    @property
    def is_superuser(self) -> bool:
        return self.role == PlatformRole.OWNER

    @property
    def is_staff(self) -> bool:
        """Whether the admin console opens at all; its pages are scoped to the workspaces that the user manages."""
        if self.role != PlatformRole.USER:
            return True
        if not hasattr(self, "_manages"):
            self._manages = self.memberships.filter(role__in=MANAGERS).exists()
        return self._manages

    def has_perm(self, perm: str, obj=None) -> bool:
        return self.is_active and self.is_superuser

    def has_perms(self, perms, obj=None) -> bool:
        return self.is_active and self.is_superuser

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff

    def get_short_name(self) -> str:
        return self.name or self.email.split("@")[0]


class Workspace(models.Model):
    """The tenant: devices, maps and people belong to one, and nothing is seen across."""

    name = models.CharField(_("name"), max_length=150)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text=_("IANA name, e.g. Asia/Seoul"),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    members = models.ManyToManyField(User, through="Membership", related_name="workspaces")

    class Meta:
        verbose_name = _("workspace")
        verbose_name_plural = _("workspaces")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One role of one user in one workspace."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="memberships", verbose_name=_("workspace")
    )
    role = models.CharField(_("role"), max_length=16, choices=Role)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["user", "workspace", "role"], name="membership_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} @ {self.workspace_id}"


class Device(models.Model):
    """Anything that sends telemetry. Live topics, MQTT rights, alarms and the black box are keyed by its id.

    `online` is a stored fact: set by the writer when a message is committed, cleared when the device stays silent.
    """

    class Kind(models.TextChoices):
        ROBOT = "robot", _("Robot")
        DRONE = "drone", _("Drone")
        REMOTE_CONTROLLER = "remote_controller", _("Remote controller")
        DEPOT = "depot", _("Depot")
        BASE_STATION = "base_station", _("Base station")

    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="devices", verbose_name=_("workspace")
    )
    kind = models.CharField(_("kind"), max_length=24, choices=Kind)
    name = models.CharField(_("name"), max_length=150)
    serial_number = models.CharField(
        _("serial number"), max_length=100, unique=True, null=True, blank=True
    )
    factory_code = models.CharField(
        _("factory code"), max_length=100, unique=True, null=True, blank=True
    )
    online = models.BooleanField(_("online"), default=False, editable=False)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["workspace", "id"], name="device_of_workspace"),
            models.Index(fields=["last_seen_at"], name="device_online", condition=Q(online=True)),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_kind_display()})"


class Credential(models.Model):
    """A device's secret, hashed. At most one is in force; a token lives only as long as the credential it came from."""

    device = models.ForeignKey(
        Device, models.CASCADE, related_name="credentials", verbose_name=_("device")
    )
    secret_hash = models.CharField(max_length=200, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
        constraints = [
            models.UniqueConstraint(
                fields=["device"], condition=Q(revoked_at=None), name="credential_in_force_once"
            )
        ]

    def __str__(self) -> str:
        return f"credential {self.pk} of device {self.device_id}"


class LoginSession(models.Model):
    """One sign-in by token: the family of its refresh tokens. Ending it ends every token that came from it."""

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


class AuditRow(models.Model):
    """Who did what to which object, when, from where. Written in the transaction of the deed; never edited."""

    at = models.DateTimeField(_("at"), default=timezone.now, editable=False)
    workspace = models.ForeignKey(
        Workspace,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="audit_rows",
        verbose_name=_("workspace"),
    )
    actor = models.CharField(_("actor"), max_length=80, help_text=_("kind:id, e.g. user:3"))
    actor_name = models.CharField(_("name"), max_length=254, blank=True)
    verb = models.CharField(_("verb"), max_length=64)
    target = models.CharField(
        _("target"), max_length=120, blank=True, help_text=_("kind:id, e.g. device:12")
    )
    before = models.JSONField(_("before"), null=True, blank=True)
    after = models.JSONField(_("after"), null=True, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)

    class Meta:
        verbose_name = _("audit row")
        verbose_name_plural = _("audit rows")
        ordering = ["-id"]
        indexes = [models.Index(F("workspace"), F("id").desc(), name="audit_of_workspace")]

    def __str__(self) -> str:
        return f"{self.actor} {self.verb} {self.target}"
