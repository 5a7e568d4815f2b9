"""Hour by hour: people who passed robots and who stopped at them, and where robots were.

`hour_us` is the start of the hour, microseconds since 1970 UTC. Nobody edits these rows: services/drives derives them.
"""

from datetime import datetime

from django.contrib import admin
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Device
from fleet_platform.shared import clock

from ..readings import LONGEST_NAME


class Hourly(models.Model):
    device = models.ForeignKey(
        Device, models.CASCADE, related_name="+", verbose_name=_("device"), db_index=False
    )
    map_id = models.CharField(_("map id"), max_length=LONGEST_NAME, blank=True)
    hour_us = models.BigIntegerField(_("hour"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.map_id} {self.hour:%Y-%m-%d %H:00}"

    @property
    @admin.display(description=_("hour"), ordering="hour_us")
    def hour(self) -> datetime:
        return clock.to_datetime(self.hour_us)


def _once(name: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=["device", "map_id", "hour_us"], name=name)


def _by_map(name: str) -> models.Index:
    return models.Index(fields=["map_id", "hour_us"], name=name)


class HourlyTraffic(Hourly):
    """People who passed: those that came into the robot's sight, or its own count where it sent one.

    `told` is what the robot's stream was last told of this hour.
    """

    seen = models.BigIntegerField(_("seen"), default=0)
    reported = models.BigIntegerField(_("counted by the robot"), null=True)
    told = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("people who passed, by hour")
        verbose_name_plural = _("people who passed, by hour")
        constraints = [_once("hourly_traffic_once")]
        indexes = [_by_map("hourly_traffic_of_map")]

    @property
    @admin.display(description=_("people"))
    def people(self) -> int:
        return self.seen if self.reported is None else self.reported


class TrafficReport(Hourly):
    """One count that a robot sent of an hour; key "count" is all of them so far, any other an amount to add."""

    key = models.CharField(max_length=100)
    value = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device", "map_id", "hour_us", "key"], name="traffic_report_once"
            )
        ]


class Visit(models.Model):
    """People who stopped at a robot, as it said last. `told_us`, `told_seq`: the first sample that said so."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=100)
    told_us = models.BigIntegerField()
    told_seq = models.BigIntegerField()
    map_id = models.CharField(max_length=LONGEST_NAME, blank=True)
    start_us = models.BigIntegerField()
    people = models.BigIntegerField()
    stay_us = models.BigIntegerField()
    x = models.FloatField(null=True)
    y = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "key"], name="visit_once")]
        indexes = [models.Index(fields=["device", "start_us"], name="visit_of_device")]

    def __str__(self) -> str:
        return f"{self.map_id} {self.key}"


class VisitorHour(Hourly):
    """People who stopped at the robot, by the hour in which they came. `stay_us`: how long, all visits together."""

    visits = models.BigIntegerField(_("visits"))
    people = models.BigIntegerField(_("people"))
    stay_us = models.BigIntegerField(_("stay"))

    class Meta:
        verbose_name = _("visitors, by hour")
        verbose_name_plural = _("visitors, by hour")
        constraints = [_once("visitor_hour_once")]
        indexes = [_by_map("visitor_hour_of_map")]


class HeatHour(Hourly):
    """Where the robot was: the cells of a grid, as robots/heat.py packs them."""

    cells = models.BinaryField()

    class Meta:
        constraints = [_once("heat_hour_once")]
        indexes = [_by_map("heat_hour_of_map")]
