"""One row a file."""

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Device, User, Workspace

FOLDER = "uploads"  # of the storage


class Upload(models.Model):
    """A file that somebody sent, by a user or a device. Without a workspace it is its user's alone."""

    class Purpose(models.TextChoices):
        SENT = "sent", _("Sent by a client")
        REGISTRY = "registry", _("Picture of the registry")

    name = models.CharField(_("name"), max_length=64, unique=True, editable=False)
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose)
    workspace = models.ForeignKey(
        Workspace,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="uploads",
        verbose_name=_("workspace"),
    )
    user = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("user")
    )
    device = models.ForeignKey(
        Device, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("device")
    )
    file_name = models.CharField(_("file name"), max_length=200, blank=True)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size"), help_text=_("Bytes"))
    width = models.PositiveIntegerField(_("width"), null=True)
    height = models.PositiveIntegerField(_("height"), null=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["workspace", "created_at"], name="upload_of_workspace"),
        ]

    def __str__(self) -> str:
        return self.file_name or self.name

    @property
    def address(self) -> str:
        """The path that serves it; shared.media.absolute puts the public name before it."""
        return reverse("upload", args=[self.name])

    @property
    def stored_as(self) -> str:
        """Its name in the storage."""
        return f"{FOLDER}/{self.name}"
