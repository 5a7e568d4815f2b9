"""Who did what."""

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..audit_words import deed_words, target_words
from .workspaces import Workspace


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
        return f"{deed_words(self.verb)}: {target_words(self.target)}"
