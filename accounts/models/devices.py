"""Devices and their secrets. A device signs in by an identifier and its secret."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .workspaces import Workspace

SILENCE_LONGEST = 30 * 86_400  # seconds


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
    silence_limit_seconds = models.PositiveIntegerField(
        _("silence limit"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(SILENCE_LONGEST)],
        help_text=_(
            "Seconds. Silent for longer, it raises an alarm. 0: never; empty: the platform's default."
        ),
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
