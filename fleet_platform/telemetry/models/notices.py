"""Who wants to be told of alarms, and what is to be told: the outbox."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace

from .alarms import Alarm, Severity


def new_handle() -> str:
    return uuid.uuid4().hex


class NotificationChannel(models.Model):
    """A way to one person. Without a workspace it is for all that the person is a member of.

    `secret`: signs what goes to a webhook, sealed (shared/sealing.py). `handle` names the channel where neither its
    address nor its secret may be told. `failures`: notices that failed in a row. Before `paused_until` nothing is sent:
    somebody is sending already, or a try failed and the next one is put off.
    """

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail")
        WEBHOOK = "webhook", _("Webhook")

    user = models.ForeignKey(
        User, models.CASCADE, related_name="notification_channels", verbose_name=_("user")
    )
    workspace = models.ForeignKey(
        Workspace,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="notification_channels",
        verbose_name=_("workspace"),
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    address = models.CharField(_("address"), max_length=2000)
    secret = models.TextField(blank=True, editable=False)
    minimum_severity = models.CharField(
        _("least severity"), max_length=16, choices=Severity, default=Severity.WARNING
    )
    on_clear = models.BooleanField(_("also when cleared"), default=False)
    active = models.BooleanField(_("active"), default=True)
    verified_at = models.DateTimeField(_("confirmed at"), null=True)
    invalid_at = models.DateTimeField(_("invalid since"), null=True)
    invalid_reason = models.CharField(_("reason"), max_length=300, blank=True)
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    paused_until = models.DateTimeField(_("paused until"), null=True)
    last_used_at = models.DateTimeField(_("last used"), null=True)
    handle = models.CharField(max_length=32, unique=True, default=new_handle, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("notification channel")
        verbose_name_plural = _("notification channels")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} channel {self.pk} of user {self.user_id}"


class Delivery(models.Model):
    """One notice to one channel, written with the alarm that it tells of. `key`: the same however often it is sent.

    `about`: device, code and subject, so that an alarm which comes and goes is known again. `only_if_open`: it was put
    off, and is told only if it still holds when it is due.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("Dropped")

    class Happening(models.TextChoices):
        RAISED = "raised", _("Raised")
        CLEARED = "cleared", _("Cleared")

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    channel = models.ForeignKey(
        NotificationChannel,
        models.CASCADE,
        related_name="deliveries",
        verbose_name=_("notification channel"),
        db_index=False,
    )
    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="+", verbose_name=_("workspace")
    )
    alarm = models.ForeignKey(
        Alarm, models.CASCADE, related_name="deliveries", verbose_name=_("alarm")
    )
    about = models.CharField(max_length=160)
    happening = models.CharField(_("what happened"), max_length=16, choices=Happening)
    document = models.JSONField(_("document"))
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.WAITING)
    only_if_open = models.BooleanField(default=False)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("due at"), default=timezone.now)
    error = models.CharField(_("error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due_at"], name="delivery_due", condition=Q(state="waiting")),
            models.Index(F("channel"), F("about"), F("id").desc(), name="delivery_about"),
            models.Index(fields=["workspace", "created_at"], name="delivery_of_workspace"),
        ]

    def __str__(self) -> str:
        return f"notice {self.pk} to channel {self.channel_id}"
