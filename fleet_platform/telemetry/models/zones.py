"""Zones that devices must not enter, or not leave."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Workspace
from fleet_platform.shared import clock


class Zone(models.Model):
    """A polygon in the pixels of one map, or in longitude and latitude.

    Entering a red one raises an alarm; so does leaving a fence. `updated_us` rises with every change: the engine
    knows by it that its zones are stale.
    """

    most = 1000  # of a workspace

    class Kind(models.TextChoices):
        RED = "red", _("Red zone")
        FENCE = "fence", _("Fence")

    class Crs(models.TextChoices):
        MAP = "map", _("Map pixels")
        WGS84 = "wgs84", _("Longitude and latitude")

    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="zones", verbose_name=_("workspace")
    )
    name = models.CharField(_("name"), max_length=150)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.RED)
    crs = models.CharField(_("coordinates"), max_length=16, choices=Crs, default=Crs.MAP)
    map_id = models.CharField(_("map id"), max_length=100, blank=True)
    polygon = models.JSONField(_("polygon"), help_text=_("Corners as [[x, y], ...]"))
    color = models.CharField(
        _("color"),
        max_length=9,
        default="#B3261E",
        validators=[RegexValidator(r"\A#[0-9A-Fa-f]{6}\Z", _("must be #RRGGBB"))],
        help_text=_("#RRGGBB"),
    )
    active = models.BooleanField(_("active"), default=True)
    created_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
        editable=False,
    )
    updated_us = models.BigIntegerField(_("changed"), default=clock.now_us, editable=False)

    class Meta:
        verbose_name = _("zone")
        verbose_name_plural = _("zones")
        ordering = ["id"]
        indexes = [models.Index(fields=["updated_us"], name="zone_changed")]

    def __str__(self) -> str:
        return self.name
