"""What is derived from robots' samples: drives and what they consist of, people by the hour, where robots were.

Nobody edits these rows: services/drives computes them from the samples, and again when samples come late. Times are
microseconds since 1970 UTC, lengths thousandths of a map pixel. What each means: docs/flyinglet.md, "Derived facts".
"""

from datetime import datetime

from django.contrib import admin
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Device
from fleet_platform.shared import clock

from ..readings import LONGEST_NAME


class Derivation(models.Model):
    """How far a robot's samples are worked through: (`time_us`, `seq`) is the last one, `state` what to know after it.

    `revision` rises with each step, so that of two workers at the same robot one gives way. `ends_us`, `hour_ends_us`:
    when the drive under way, the hour under way are over unless the robot says more.
    """

    device = models.OneToOneField(
        Device, models.CASCADE, primary_key=True, related_name="+", verbose_name=_("device")
    )
    revision = models.BigIntegerField(default=0)
    time_us = models.BigIntegerField(null=True)
    seq = models.BigIntegerField(default=0)
    state = models.TextField(default="{}")
    own_sections = models.JSONField(default=list)
    ends_us = models.BigIntegerField(null=True, db_index=True)
    hour_ends_us = models.BigIntegerField(null=True, db_index=True)

    def __str__(self) -> str:
        return f"device {self.device_id}"


class Checkpoint(models.Model):
    """What was known before the first sample of `slot_us` or later, and what the samples up to the next one added.

    `samples`: how many these were; -1 where they are to be worked through anew.
    """

    device = models.ForeignKey(Device, models.CASCADE, related_name="+", db_index=False)
    slot_us = models.BigIntegerField()
    state = models.TextField()
    samples = models.BigIntegerField()
    counts = models.TextField(default="{}")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "slot_us"], name="checkpoint_once")
        ]

    def __str__(self) -> str:
        return f"device {self.device_id} at {self.slot_us}"


class Log(models.Model):
    """A stretch of driving. `time_us`: of driving in it, stops left out. `open`: it is still going on."""

    device = models.ForeignKey(
        Device, models.CASCADE, related_name="+", verbose_name=_("device"), db_index=False
    )
    start_us = models.BigIntegerField(_("start"))
    end_us = models.BigIntegerField(_("end"))
    time_us = models.BigIntegerField(_("driving time"))
    distance = models.BigIntegerField(_("distance"))
    open = models.BooleanField(_("under way"), default=False)
    changed_us = models.BigIntegerField(_("changed"))

    class Meta:
        abstract = True

    @property
    @admin.display(description=_("start"), ordering="start_us")
    def start(self) -> datetime:
        return clock.to_datetime(self.start_us)

    @property
    @admin.display(description=_("end"), ordering="end_us")
    def end(self) -> datetime:
        return clock.to_datetime(self.end_us)

    @property
    @admin.display(description=_("driving time (s)"), ordering="time_us")
    def seconds(self) -> float:
        return round(self.time_us / clock.SECOND, 1)


class Drive(Log):
    """From setting off to the last move before a long stop, a silence or another map.

    Speeds are metres a second where the robot `told` them, else pixels a second from its poses.
    """

    map_id = models.CharField(_("map id"), max_length=LONGEST_NAME, blank=True)
    average_speed = models.FloatField(_("average speed"), null=True)
    max_speed = models.FloatField(_("highest speed"), null=True)
    min_speed = models.FloatField(_("lowest speed"), null=True)
    told = models.BooleanField(_("speeds told by the robot"))

    class Meta:
        verbose_name = _("drive")
        verbose_name_plural = _("drives")
        constraints = [models.UniqueConstraint(fields=["device", "start_us"], name="drive_once")]

    def __str__(self) -> str:
        return f"{self.map_id} {self.start:%Y-%m-%d %H:%M:%S}"


class RouteRun(Log):
    """Following one list of way points, within one drive. `laps`: how many were begun."""

    drive = models.ForeignKey(
        Drive, models.CASCADE, related_name="route_runs", verbose_name=_("drive")
    )
    way_point_id = models.CharField(_("way point id"), max_length=LONGEST_NAME)
    laps = models.PositiveIntegerField(_("laps"))

    class Meta:
        verbose_name = _("route run")
        verbose_name_plural = _("route runs")
        constraints = [
            models.UniqueConstraint(fields=["device", "start_us"], name="route_run_once")
        ]

    def __str__(self) -> str:
        return f"{self.way_point_id} {self.start:%Y-%m-%d %H:%M:%S}"


class Lap(Log):
    """One time round the list; `complete` from its first way point to its last."""

    route_run = models.ForeignKey(
        RouteRun,
        models.CASCADE,
        related_name="lap_set",
        verbose_name=_("route run"),
        db_index=False,
    )
    number = models.PositiveIntegerField(_("number"))
    complete = models.BooleanField(_("complete"))

    class Meta:
        verbose_name = _("lap")
        verbose_name_plural = _("laps")
        constraints = [models.UniqueConstraint(fields=["route_run", "number"], name="lap_once")]
        indexes = [models.Index(fields=["device", "start_us"], name="lap_of_device")]

    def __str__(self) -> str:
        return f"{self.number}"


class SectionRun(Log):
    """From one way point of the list to the next, `index` to `to_index`, both counted from 0."""

    lap = models.ForeignKey(
        Lap, models.CASCADE, related_name="sections", verbose_name=_("lap"), db_index=False
    )
    index = models.PositiveIntegerField(_("from way point"))
    to_index = models.PositiveIntegerField(_("to way point"))

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        constraints = [models.UniqueConstraint(fields=["lap", "index"], name="section_run_once")]
        indexes = [models.Index(fields=["device", "start_us"], name="section_run_of_device")]

    def __str__(self) -> str:
        return f"{self.index} - {self.to_index}"


class DriveTotal(models.Model):
    """All drives of a robot on one map, those too that are no longer kept."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="+", db_index=False)
    map_id = models.CharField(max_length=LONGEST_NAME, blank=True)
    drives = models.BigIntegerField(default=0)
    time_us = models.BigIntegerField(default=0)
    distance = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "map_id"], name="drive_total_once")
        ]

    def __str__(self) -> str:
        return f"device {self.device_id} {self.map_id}"
