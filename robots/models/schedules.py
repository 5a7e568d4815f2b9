"""When robots drive by themselves: schedules with their timers, and what came of each due time.

Due times come from the timers: a timer's own cron entry, or its hour and minute on the schedule's week days, or else
the schedule's cron entry; in the schedule's time zone, by the rule of due.py.
"""

from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import validate_time_zone

from .. import due
from .floors import FloorMap
from .places import ANY_ID
from .registry import Robot, zone_named

DAY_SECONDS = 86_400


def check_cron(entry: str) -> None:
    try:
        due.parse(entry)
    except ValueError as error:
        raise ValidationError(str(error)) from None


class Schedule(models.Model):
    """`week_days`: numbers as in cron, 0 is Sunday; none are all. Without `robots` it is for all that are on the floor
    when it comes due. `grace_seconds`: so late a due time may still be begun.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")

    editable: ClassVar[tuple[str, ...]] = (
        "title",
        "state",
        "week_days",
        "robots",
        "cron_format",
        "time_zone",
        "grace_seconds",
    )
    most: ClassVar[int] = 100  # a floor may have

    floor = models.ForeignKey(
        FloorMap, models.CASCADE, related_name="schedules", verbose_name=_("floor map")
    )
    title = models.CharField(_("title"), max_length=150, validators=[ANY_ID])
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.ACTIVE)
    week_days = models.JSONField(_("week days"), default=list, blank=True)
    robots = models.ManyToManyField(
        Robot,
        related_name="schedules",
        verbose_name=_("robots"),
        blank=True,
        help_text=_("None: all that are on the floor when it comes due"),
    )
    cron_format = models.CharField(
        _("cron entry"),
        max_length=due.LONGEST_ENTRY,
        blank=True,
        validators=[check_cron],
        help_text=_("For timers without a time of their own, e.g. */30 9-18 * * MON-FRI"),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text=_("IANA name; empty: the workspace's"),
    )
    grace_seconds = models.PositiveIntegerField(
        _("grace in seconds"),
        default=600,
        validators=[MinValueValidator(60), MaxValueValidator(DAY_SECONDS)],
        help_text=_("So late it may still begin; later it counts as missed"),
    )
    updated_us = models.BigIntegerField(_("changed"), default=0, editable=False)

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        ordering = ["floor", "id"]

    def __str__(self) -> str:
        return self.title

    @property
    def workspace_id(self) -> int:
        return self.floor.workspace_id

    @property
    def zone(self) -> ZoneInfo:
        return zone_named(self.time_zone)

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE

    def clean(self) -> None:
        days = self.week_days
        fit = isinstance(days, list) and all(type(day) is int and 0 <= day <= 7 for day in days)
        if not fit:
            raise ValidationError({"week_days": _("Numbers from 0 (Sunday) to 6 (Saturday).")})
        self.week_days = sorted({day % 7 for day in days})


class ScheduleTimer(models.Model):
    """One drive of a schedule. `swept_at`: everything due until then has been dealt with; `next_due_at` is what
    follows, empty while nothing does.
    """

    editable: ClassVar[tuple[str, ...]] = (
        "order_weight",
        "hours",
        "minutes",
        "repeats",
        "way_point_id",
        "go_charger",
        "cron_format",
    )
    most: ClassVar[int] = 20  # a schedule may have

    schedule = models.ForeignKey(
        Schedule, models.CASCADE, related_name="timers", verbose_name=_("schedule")
    )
    order_weight = models.IntegerField(
        _("order"),
        default=0,
        validators=[MinValueValidator(-1000), MaxValueValidator(1000)],
        help_text=_("Of timers that are due together the lower one comes first"),
    )
    hours = models.PositiveSmallIntegerField(
        _("hour"), null=True, blank=True, validators=[MaxValueValidator(23)]
    )
    minutes = models.PositiveSmallIntegerField(
        _("minute"), null=True, blank=True, validators=[MaxValueValidator(59)]
    )
    repeats = models.PositiveSmallIntegerField(
        _("repeats"), default=1, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    way_point_id = models.CharField(
        _("way point id"),
        max_length=100,
        blank=True,
        validators=[ANY_ID],
        help_text=_("Of a way point list of the floor"),
    )
    go_charger = models.BooleanField(_("return to the charger"), default=False)
    cron_format = models.CharField(
        _("cron entry"),
        max_length=due.LONGEST_ENTRY,
        blank=True,
        validators=[check_cron],
        help_text=_("Instead of hour and minute"),
    )
    updated_us = models.BigIntegerField(_("changed"), default=0, editable=False)
    swept_at = models.DateTimeField(default=timezone.now, editable=False)
    next_due_at = models.DateTimeField(_("next"), null=True, editable=False, db_index=True)

    class Meta:
        verbose_name = _("timer")
        verbose_name_plural = _("timers")
        ordering = ["order_weight", "id"]

    def __str__(self) -> str:
        return self.way_point_id or str(_("Return to the charger"))

    @property
    def cron(self) -> str:
        """The entry that its due times come from; empty where there is none."""
        if self.cron_format:
            return self.cron_format
        if self.hours is None or self.minutes is None:
            return self.schedule.cron_format
        days = ",".join(map(str, self.schedule.week_days)) or "*"
        return f"{self.minutes} {self.hours} * * {days}"

    def following(self, after: datetime, count: int = 1) -> list[datetime]:
        """The next due times after an instant, as long as the schedule is active."""
        if not self.cron or not self.schedule.is_active:
            return []
        return due.following(due.parse(self.cron), self.schedule.zone, after, count)

    def clean(self) -> None:
        if (self.hours is None) != (self.minutes is None):
            name = "hours" if self.hours is None else "minutes"
            raise ValidationError({name: _("Hour and minute go together.")})
        if not self.cron:
            raise ValidationError(
                {
                    "cron_format": _(
                        "Give an hour and a minute, or an entry here or of the schedule."
                    )
                }
            )
        if not self.way_point_id and not self.go_charger:
            raise ValidationError(
                {"way_point_id": _("Choose a way point list, or the return to the charger.")}
            )


class ScheduleRun(models.Model):
    """What came of one due time. The row is what claims it: there is one, in the transaction of its commands."""

    class State(models.TextChoices):
        FIRED = "fired", _("Fired")
        MISSED = "missed", _("Missed")
        FAILED = "failed", _("Failed")

    schedule = models.ForeignKey(
        Schedule,
        models.CASCADE,
        related_name="runs",
        verbose_name=_("schedule"),
        db_index=False,
    )
    timer = models.ForeignKey(
        ScheduleTimer,
        models.SET_NULL,
        null=True,
        related_name="runs",
        verbose_name=_("timer"),
        db_index=False,
    )
    due_at = models.DateTimeField(_("due at"))
    state = models.CharField(_("state"), max_length=16, choices=State)
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    by_hand = models.BooleanField(_("by hand"), default=False)
    command_ids = models.JSONField(_("commands"), default=list)
    request_id = models.CharField(_("request id"), max_length=64, null=True, blank=True)  # noqa: DJ001
    created_at = models.DateTimeField(_("made at"), default=timezone.now)

    class Meta:
        verbose_name = _("schedule run")
        verbose_name_plural = _("schedule runs")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["timer", "due_at"], name="schedule_run_once"),
            models.UniqueConstraint(
                fields=["schedule", "request_id", "timer"],
                condition=Q(request_id__isnull=False),
                name="schedule_request_once",
            ),
        ]
        indexes = [models.Index(fields=["schedule", "-id"], name="runs_of_schedule")]

    def __str__(self) -> str:
        return f"{self.schedule_id} at {self.due_at:%Y-%m-%d %H:%M}"
