"""What lies on a floor: stores, regions in which people are counted, and lists of way points.

Their points are pixels of the floor's plan. Ids in texts (`store_id`, `region_id`, `way_point_id`) are those that
robots and their makers use; each is given once a floor. `updated_us`: microseconds since 1970 UTC.
"""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import points
from .floors import FloorMap

ANY_ID = RegexValidator(r"\A[^\x00-\x1f\x7f]*\Z", _("One line of text."))
COLOUR = RegexValidator(r"\A#[0-9a-fA-F]{6}\Z", _("A colour as #rrggbb."))


class Place(models.Model):
    """`editable`: the columns that people give. `most`: how many a floor may have."""

    editable: ClassVar[tuple[str, ...]]
    most: ClassVar[int]

    floor = models.ForeignKey(FloorMap, models.CASCADE, verbose_name=_("floor map"))
    updated_us = models.BigIntegerField(_("changed"), default=0, editable=False)

    class Meta:
        abstract = True

    @property
    def workspace_id(self) -> int:
        return self.floor.workspace_id

    def is_incomplete(self, *names: str) -> bool:
        """Whether one of them, or the floor, is missing: each is told by its own name already."""
        return self.floor_id is None or any(getattr(self, name) is None for name in names)

    def edited(self, now_us: int) -> None:
        self.updated_us = now_us


class Store(Place):
    """A shop with its outline, [[x, y], ...]; its centre follows from that."""

    editable = ("store_id", "name", "polygon")
    most = 300

    store_id = models.CharField(
        _("store id"),
        max_length=100,
        validators=[ANY_ID],
        help_text=_("As robots name it, e.g. 3"),
    )
    name = models.CharField(_("name"), max_length=150, validators=[ANY_ID])
    polygon = models.JSONField(_("outline"))
    center_x = models.FloatField(editable=False)
    center_y = models.FloatField(editable=False)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        ordering = ["floor", "id"]
        default_related_name = "stores"
        constraints = [
            models.UniqueConstraint(
                fields=["floor", "store_id"],
                name="store_once_a_floor",
                violation_error_message=_("This floor has a store of this id."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.is_incomplete("polygon"):
            return
        try:
            self.polygon = points.check_outline(self.polygon, self.floor.size)
        except points.UnfitPoint as error:
            raise ValidationError({"polygon": str(error)}) from None
        self.center_x, self.center_y = points.centre(self.polygon)


class Region(Place):
    """A rectangle in which robots count people: its corner at the upper left, and its extent."""

    editable = ("region_id", "name", "x", "y", "width", "height")
    most = 200

    region_id = models.CharField(
        _("region id"),
        max_length=100,
        validators=[ANY_ID],
        help_text=_("As robots name it, e.g. 7"),
    )
    name = models.CharField(_("name"), max_length=150, blank=True, validators=[ANY_ID])
    x = models.FloatField(_("x"))
    y = models.FloatField(_("y"))
    width = models.FloatField(_("width"), validators=[MinValueValidator(1)])
    height = models.FloatField(_("height"), validators=[MinValueValidator(1)])

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ["floor", "id"]
        default_related_name = "regions"
        constraints = [
            models.UniqueConstraint(
                fields=["floor", "region_id"],
                name="region_once_a_floor",
                violation_error_message=_("This floor has a region of this id."),
            )
        ]

    def __str__(self) -> str:
        return self.name or self.region_id

    def clean(self) -> None:
        """Both corners lie on the plan."""
        if self.is_incomplete("x", "y", "width", "height"):
            return
        for names, x, y in (
            (("x", "y"), self.x, self.y),
            (("width", "height"), self.x + self.width, self.y + self.height),
        ):
            if wrong := points.outside(x, y, self.floor.size):
                name = names[wrong == "y"]
                raise ValidationError({name: _("The region reaches beyond the plan.")})


class WayPointList(Place):
    """A way that robots drive, stop by stop: see points.WayPoint. `version` counts its edits."""

    editable = ("way_point_id", "name", "points", "color", "available")
    most = 100

    way_point_id = models.CharField(
        _("way point id"),
        max_length=100,
        validators=[ANY_ID],
        help_text=_("As robots name it, e.g. thehyundai_1f_tour"),
    )
    name = models.CharField(_("name"), max_length=150, validators=[ANY_ID])
    points = models.JSONField(_("way points"))
    color = models.CharField(_("colour"), max_length=7, default="#2d6a9e", validators=[COLOUR])
    available = models.BooleanField(
        _("available"), default=True, help_text=_("Robots may be sent on it")
    )
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)

    class Meta:
        verbose_name = _("way point list")
        verbose_name_plural = _("way point lists")
        ordering = ["floor", "id"]
        default_related_name = "way_point_lists"
        constraints = [
            models.UniqueConstraint(
                fields=["floor", "way_point_id"],
                name="way_point_list_once_a_floor",
                violation_error_message=_("This floor has a way point list of this id."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.is_incomplete("points"):
            return
        try:
            self.points = points.check_way_points(self.points, self.floor.size)
        except points.UnfitPoint as error:
            raise ValidationError({"points": str(error)}) from None

    def edited(self, now_us: int) -> None:
        super().edited(now_us)
        self.version += 1

    @property
    def drive_distance(self) -> float | None:
        """Metres from the first stop to the last; None while the floor has no scale."""
        return self.floor.metres(points.length(self.points))

    @property
    def drive_time(self) -> float | None:
        """Seconds, an estimate; None while the floor has no scale."""
        metres = self.drive_distance
        return None if metres is None else points.seconds(self.points, metres)
