"""The form of schedules, on the fleet API."""

import heapq
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rest_framework import serializers

from fleet_platform.shared.clock import from_datetime, rfc3339
from fleet_platform.telemetry.commands.transitions import STATES
from fleet_platform.telemetry.models import Command

from ...cron_words import words
from ...due import LONGEST_ENTRY, parse
from ...models import Schedule, ScheduleRun, ScheduleTimer
from ...services.schedules import ROBOTS_AT_MOST

NEXT_TIMES = 5
COMMANDS_TOLD = 40  # of a run


class TimerRequest(serializers.Serializer):
    id = serializers.IntegerField(
        required=False, min_value=1, help_text="In a change: the timer to change; else a new one."
    )
    order_weight = serializers.IntegerField(required=False, min_value=-1000, max_value=1000)
    hours = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=23)
    minutes = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=59)
    repeats = serializers.IntegerField(required=False, min_value=1, max_value=100)
    way_point_id = serializers.CharField(
        required=False, allow_blank=True, max_length=100, help_text="Of a list of the floor."
    )
    go_charger = serializers.BooleanField(required=False)
    cron_format = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_ENTRY,
        help_text="Instead of hours and minutes. Without any the schedule's.",
    )


class SchedulePatch(serializers.Serializer):
    title = serializers.CharField(required=False, max_length=150)
    state = serializers.ChoiceField(Schedule.State.choices, required=False)
    week_days = serializers.ListField(
        required=False,
        max_length=8,
        child=serializers.IntegerField(min_value=0, max_value=7),
        help_text="0 is Sunday; none are all.",
    )
    robots = serializers.ListField(
        required=False,
        max_length=ROBOTS_AT_MOST,
        child=serializers.CharField(max_length=100),
        help_text="Robot ids; none: all that are on the floor when it comes due.",
    )
    cron_format = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_ENTRY,
        help_text="Five fields: minute hour day month weekday.",
    )
    time_zone = serializers.CharField(
        required=False, allow_blank=True, max_length=64, help_text="IANA; empty: the workspace's."
    )
    grace_seconds = serializers.IntegerField(required=False, min_value=60, max_value=86_400)
    timers = TimerRequest(many=True, required=False, max_length=ScheduleTimer.most)


class NewTimerRequest(TimerRequest):
    id = None


class ScheduleRequest(SchedulePatch):
    floor_id = serializers.IntegerField(min_value=1)
    title = serializers.CharField(max_length=150)
    timers = NewTimerRequest(many=True, required=False, max_length=ScheduleTimer.most)


class PreviewTimerRequest(serializers.Serializer):
    hours = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=23)
    minutes = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=59)
    cron_format = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_ENTRY)


class PreviewRequest(serializers.Serializer):
    time_zone = serializers.CharField(max_length=64, help_text="IANA.")
    week_days = serializers.ListField(
        required=False, max_length=8, child=serializers.IntegerField(min_value=0, max_value=7)
    )
    cron_format = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_ENTRY)
    timers = PreviewTimerRequest(many=True, max_length=ScheduleTimer.most)


class PreviewTimerResponse(serializers.Serializer):
    cron = serializers.CharField()
    words = serializers.CharField(help_text="The entry in the reader's language.")


class PreviewDueResponse(serializers.Serializer):
    at = serializers.DateTimeField()
    timer = serializers.IntegerField(help_text="Its place among the timers, from 0.")


class PreviewResponse(serializers.Serializer):
    timers = PreviewTimerResponse(many=True)
    next = PreviewDueResponse(many=True)


class RunRequest(serializers.Serializer):
    timer_id = serializers.IntegerField(required=False, min_value=1)
    request_id = serializers.CharField(
        max_length=64,
        required=False,
        help_text="Your own name of this request: the same again answers the first runs.",
    )


class TimerResponse(serializers.Serializer):
    id = serializers.IntegerField()
    order_weight = serializers.IntegerField()
    hours = serializers.IntegerField(allow_null=True)
    minutes = serializers.IntegerField(allow_null=True)
    repeats = serializers.IntegerField()
    way_point_id = serializers.CharField()
    go_charger = serializers.BooleanField()
    cron_format = serializers.CharField()
    cron = serializers.CharField(help_text="The entry that its due times come from.")
    words = serializers.CharField(help_text="That entry in the reader's language.")
    next_due_at = serializers.DateTimeField(allow_null=True)


class DueResponse(serializers.Serializer):
    at = serializers.DateTimeField()
    timer_id = serializers.IntegerField()


class RunCommandResponse(serializers.Serializer):
    id = serializers.IntegerField()
    device_id = serializers.IntegerField()
    device_name = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    detail = serializers.CharField(help_text="What the device says of it.")


class RunResponse(serializers.Serializer):
    id = serializers.IntegerField()
    schedule_id = serializers.IntegerField()
    timer_id = serializers.IntegerField(allow_null=True)
    due_at = serializers.DateTimeField()
    state = serializers.ChoiceField(ScheduleRun.State.choices)
    detail = serializers.CharField()
    by_hand = serializers.BooleanField()
    command_ids = serializers.ListField(child=serializers.IntegerField())
    commands = RunCommandResponse(
        many=True, help_text=f"What became of the first {COMMANDS_TOLD} of them."
    )


class ScheduleResponse(serializers.Serializer):
    id = serializers.IntegerField()
    workspace_id = serializers.IntegerField()
    floor_id = serializers.IntegerField()
    map_id = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(Schedule.State.choices)
    week_days = serializers.ListField(child=serializers.IntegerField())
    robots = serializers.ListField(child=serializers.CharField())
    cron_format = serializers.CharField()
    time_zone = serializers.CharField()
    grace_seconds = serializers.IntegerField()
    updated_at = serializers.DateTimeField()
    timers = TimerResponse(many=True)
    next = DueResponse(many=True, help_text=f"The next {NEXT_TIMES} due times of all timers.")
    last_run = RunResponse(allow_null=True)


class SchedulePage(serializers.Serializer):
    results = ScheduleResponse(many=True)
    next = serializers.CharField(allow_null=True)


class RunPage(serializers.Serializer):
    results = RunResponse(many=True)
    next = serializers.CharField(allow_null=True)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(from_datetime(moment))


def schedule_body(schedule: Schedule, now: datetime, last: dict[str, Any] | None) -> dict[str, Any]:
    """`last`: its newest run as `run_bodies` tells it."""
    timers = list(schedule.timers.all())
    for timer in timers:
        timer.schedule = schedule
    return {
        "id": schedule.pk,
        "workspace_id": schedule.workspace_id,
        "floor_id": schedule.floor_id,
        "map_id": schedule.floor.map_id,
        "title": schedule.title,
        "state": schedule.state,
        "week_days": schedule.week_days,
        "robots": [robot.robot_id for robot in schedule.robots.all()],
        "cron_format": schedule.cron_format,
        "time_zone": schedule.time_zone,
        "grace_seconds": schedule.grace_seconds,
        "updated_at": rfc3339(schedule.updated_us),
        "timers": [timer_body(timer) for timer in timers],
        "next": [{"at": at, "timer_id": timers[place].pk} for at, place in _next(timers, now)],
        "last_run": last,
    }


def timer_body(timer: ScheduleTimer) -> dict[str, Any]:
    told = {name: getattr(timer, name) for name in ("id", *timer.editable, "cron")}
    return told | {"words": _words(timer), "next_due_at": _time(timer.next_due_at)}


def _words(timer: ScheduleTimer) -> str:
    return words(parse(timer.cron)) if timer.cron else ""


def _next(timers: list[ScheduleTimer], now: datetime) -> list[tuple[str, int]]:
    """The next due times of all timers, and the place of each one's timer."""
    places = enumerate(timers)
    times = [(at, place) for place, timer in places for at in timer.following(now, NEXT_TIMES)]
    return [(_time(at), place) for at, place in heapq.nsmallest(NEXT_TIMES, times)]


def preview_body(timers: list[ScheduleTimer], now: datetime) -> dict[str, Any]:
    return {
        "timers": [{"cron": timer.cron, "words": _words(timer)} for timer in timers],
        "next": [{"at": at, "timer": place} for at, place in _next(timers, now)],
    }


def commands_told(runs: Iterable[ScheduleRun]) -> list[int]:
    """Ids of the commands that the runs' bodies tell of."""
    return [id for run in runs for id in run.command_ids[:COMMANDS_TOLD]]


def run_body(run: ScheduleRun, commands: Mapping[int, Command]) -> dict[str, Any]:
    """`commands`: those of commands_told that the reader may see, by id."""
    told = [commands[id] for id in run.command_ids[:COMMANDS_TOLD] if id in commands]
    return {
        "id": run.pk,
        "schedule_id": run.schedule_id,
        "timer_id": run.timer_id,
        "due_at": _time(run.due_at),
        "state": run.state,
        "detail": run.detail,
        "by_hand": run.by_hand,
        "command_ids": run.command_ids,
        "commands": [_command_body(command) for command in told],
    }


def _command_body(command: Command) -> dict[str, Any]:
    told = {name: getattr(command, name) for name in ("id", "device_id", "name", "state", "detail")}
    return told | {"device_name": command.device.name}
