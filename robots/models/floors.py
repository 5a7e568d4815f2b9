"""The floors that robots drive on."""

import hashlib
import secrets
from pathlib import PurePath

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from fleet_platform.shared.media import JPEG, PNG, WEBP

FLOOR_FORMATS = (PNG, JPEG, WEBP)

PLAN_FOLDER = "floors"  # a folder of the storage

SCALE_LEAST, SCALE_MOST = 0.0001, 100  # metres per pixel


def floor_image_name(floor_map: "FloorMap", filename: str) -> str:
    """A name that cannot be guessed, since media may be served by a bare file server or bucket."""
    return f"{PLAN_FOLDER}/{secrets.token_urlsafe(16)}{PurePath(filename).suffix.lower()[:8]}"


class FloorMap(models.Model):
    """One floor's plan. Positions on it are pixels of the image, x to the right and y down."""

    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="floor_maps", verbose_name=_("workspace")
    )
    map_id = models.CharField(
        _("map id"), max_length=100, help_text=_("As robots name it, e.g. thehyundai_1f")
    )
    site = models.CharField(_("site"), max_length=150, blank=True, help_text=_("The building"))
    name = models.CharField(_("name"), max_length=150, blank=True)
    floor_order = models.IntegerField(
        _("floor"), default=1, help_text=_("Sorts floors; basements are negative")
    )
    image = models.ImageField(
        _("image"),
        upload_to=floor_image_name,
        width_field="width",
        height_field="height",
        blank=True,
    )
    width = models.PositiveIntegerField(_("width"), null=True, editable=False)
    height = models.PositiveIntegerField(_("height"), null=True, editable=False)
    metres_per_pixel = models.FloatField(
        _("metres per pixel"),
        null=True,
        blank=True,
        validators=[MinValueValidator(SCALE_LEAST), MaxValueValidator(SCALE_MOST)],
        help_text=_(
            "The plan's scale: 0.04 where 25 pixels are one metre. Without it no distance is told."
        ),
    )
    invert_in_dark = models.BooleanField(
        _("invert on dark pages"), default=False, help_text=_("For plans of black lines on white")
    )

    class Meta:
        verbose_name = _("floor map")
        verbose_name_plural = _("floor maps")
        ordering = ["workspace", "site", "floor_order", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "map_id"],
                name="floor_map_once",
                violation_error_message=_("This workspace has a map of this id."),
            )
        ]

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height of the plan; None while there is none."""
        return (self.width, self.height) if self.width and self.height else None

    @property
    def image_url(self) -> str:
        """Where members get the plan; another address for another picture, since readers keep it. "" without one."""
        if not self.image:
            return ""
        version = hashlib.sha256(self.image.name.encode()).hexdigest()[:12]  # the name is a secret
        return f"{reverse('fleet-floor-image', args=[self.pk])}?v={version}"

    def metres(self, pixels: float) -> float | None:
        """A length on the plan, to the centimetre; None while the scale is not known."""
        scale = self.metres_per_pixel
        return None if scale is None else round(pixels * scale, 2)

    def __str__(self) -> str:
        return self.name or self.map_id
