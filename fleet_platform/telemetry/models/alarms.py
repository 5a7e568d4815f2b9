"""Alarms of every kind of device."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Device, User, Workspace

from ..alarms.titles import title_of


class Severity(models.TextChoices):
    INFO = "info", _("Info")
    WARNING = "warning", _("Warning")
    CRITICAL = "critical", _("Critical")


class Alarm(models.Model):
    """Something about a device that somebody should know of. The same again, while it is open, counts up.

    `active`: what it is about still holds. `subject` tells several alarms of one code apart, e.g. the zone's id.
    """

    class State(models.TextChoices):
        RAISED = "raised", _("Raised")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        CLEARED = "cleared", _("Cleared")

    device = models.ForeignKey(
        Device, models.CASCADE, related_name="alarms", verbose_name=_("device")
    )
    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="alarms", verbose_name=_("workspace")
    )
    code = models.CharField(_("code"), max_length=64)
    subject = models.CharField(_("subject"), max_length=64, blank=True)
    severity = models.CharField(_("severity"), max_length=16, choices=Severity)
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.RAISED)
    active = models.BooleanField(_("still so"), default=True)
    count = models.PositiveIntegerField(_("times"), default=1)
    raised_at = models.DateTimeField(_("raised at"), default=timezone.now)
    last_raised_at = models.DateTimeField(_("last raised at"), default=timezone.now)
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True)
    acknowledged_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("acknowledged by"),
    )
    cleared_at = models.DateTimeField(_("cleared at"), null=True)
    cleared_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("cleared by"),
        help_text=_("Nobody where it ended by itself"),
    )
    note = models.CharField(_("note"), max_length=1000, blank=True)
    data = models.JSONField(_("data"), default=dict)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["device", "code", "subject"],
                condition=~Q(state="cleared"),
                name="alarm_open_once",
            )
        ]
        indexes = [
            models.Index(F("workspace"), F("id").desc(), name="alarm_of_workspace"),
            models.Index(F("device"), F("id").desc(), name="alarm_of_device"),
            models.Index(fields=["workspace"], name="alarm_open", condition=~Q(state="cleared")),
        ]

    def __str__(self) -> str:
        return f"{title_of(self.code)} ({self.pk})"
