"""Commands to devices of every kind."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Device, User, Workspace

from ..commands.words import name_of


class Command(models.Model):
    """Something that a device is asked to do. Which state may follow which is told by commands/transitions.py.

    `carrier`: what has the command on its way to the device, while it is sent: one socket, or MQTT. `attempts`: how
    often it was handed over; a claim is won by whoever raises it. `cancel_due`: the device had it and was not told yet
    that it is canceled.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("Asked")
        SENT = "sent", _("Sent")
        ACCEPTED = "accepted", _("Accepted")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        EXPIRED = "expired", _("Expired")
        CANCELED = "canceled", _("Canceled")

    device = models.ForeignKey(
        Device, models.CASCADE, related_name="commands", verbose_name=_("device"), db_index=False
    )
    workspace = models.ForeignKey(
        Workspace,
        models.CASCADE,
        related_name="commands",
        verbose_name=_("workspace"),
        db_index=False,
    )
    name = models.CharField(_("name"), max_length=64)
    params = models.JSONField(_("parameters"), default=dict)
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.ASKED)
    detail = models.CharField(
        _("detail"), max_length=500, blank=True, help_text=_("What the device says of it")
    )
    source = models.CharField(
        _("source"), max_length=40, help_text=_("api, stop-all, or schedule:<id>")
    )
    requested_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("asked by")
    )
    request_id = models.CharField(_("request id"), max_length=64, null=True, blank=True)  # noqa: DJ001
    requested_at = models.DateTimeField(_("asked at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))
    sent_at = models.DateTimeField(_("sent at"), null=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    carrier = models.CharField(max_length=40, blank=True)
    cancel_due = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("command")
        verbose_name_plural = _("commands")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["device", "request_id"],
                condition=Q(request_id__isnull=False),
                name="command_once",
            )
        ]
        indexes = [
            models.Index(F("device"), F("id").desc(), name="command_of_device"),
            models.Index(fields=["device", "state", "id"], name="command_of_device_state"),
            models.Index(fields=["workspace", "state", "id"], name="command_by_state"),
            models.Index(fields=["state", "expires_at"], name="command_expiring"),
            models.Index(
                fields=["device", "id"], name="command_cancel_due", condition=Q(cancel_due=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{name_of(self.name)} ({self.pk})"
