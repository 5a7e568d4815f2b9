"""Samples and the newest state. Times are whole microseconds since 1970 UTC (`_us`): one integer column, no parsing.

Rows here are written by store/ alone, past the ORM; the models serve migrations, the admin and small reads.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Device, Workspace

from ..clocked import Clocked


class Sample(Clocked, models.Model):
    """One message of a device: (device, time, seq) names it, so the same one again is a duplicate."""

    device = models.ForeignKey(
        Device, models.CASCADE, related_name="+", verbose_name=_("device"), db_index=False
    )
    time_us = models.BigIntegerField(_("time"))
    seq = models.BigIntegerField(_("sequence"))
    received_us = models.BigIntegerField(_("received"))
    sections = models.TextField(_("sections"), help_text=_("JSON as the device sent it"))
    position = models.TextField(_("position"), default="null")

    class Meta:
        verbose_name = _("sample")
        verbose_name_plural = _("samples")
        constraints = [
            models.UniqueConstraint(fields=["device", "time_us", "seq"], name="sample_once")
        ]

    def __str__(self) -> str:
        return f"device {self.device_id} at {self.time:%Y-%m-%d %H:%M:%S.%f}"


class Latest(Clocked, models.Model):
    """The newest of each section of one device, and `version`: the sequence number of its live topic."""

    device = models.OneToOneField(
        Device, models.CASCADE, primary_key=True, related_name="latest", verbose_name=_("device")
    )
    version = models.BigIntegerField(_("version"), default=0)
    time_us = models.BigIntegerField(_("time"), null=True)
    seq = models.BigIntegerField(_("sequence"), default=0)
    received_us = models.BigIntegerField(_("received"), null=True)
    sections = models.TextField(_("sections"), default="{}")
    marks = models.TextField(default="{}", help_text=_("(time, sequence) of each section"))
    position = models.TextField(_("position"), default="null")
    conditions = models.TextField(default="[]", help_text=_("Keys of what holds now"))
    derive_from_us = models.BigIntegerField(null=True)
    deriving_from_us = models.BigIntegerField(null=True)
    deriving_until_us = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("latest state")
        verbose_name_plural = _("latest states")

    def __str__(self) -> str:
        return f"device {self.device_id} version {self.version}"


class RetentionRule(models.Model):
    """How long a workspace keeps a class of data. Without a rule the class's own default holds."""

    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="retention_rules", verbose_name=_("workspace")
    )
    data_class = models.CharField(_("class of data"), max_length=40)
    days = models.PositiveIntegerField(_("days"), help_text=_("0 keeps for ever"))

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        constraints = [
            models.UniqueConstraint(fields=["workspace", "data_class"], name="retention_once")
        ]

    def __str__(self) -> str:
        return f"{self.data_class}: {self.days} d"
