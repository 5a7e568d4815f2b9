"""Schedules with their timers, and what came of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from accounts.admin_base import ReadOnlyAdmin, ScopedAdmin
from accounts.principal import Actor
from fleet_platform.shared.errors import DomainError, Invalid

from .. import due, reference_rows, services
from ..cron_words import words
from ..models import FloorMap, Robot, Schedule, ScheduleRun, ScheduleTimer
from ..selectors.schedules import next_timer
from ..services.schedules import check_way, schedule_settle, timers_of

NEXT_TIMES = 5
ROUTES = "way_point_lists"
MONDAY_FIRST = [(number, WEEKDAYS[(number - 1) % 7]) for number in (1, 2, 3, 4, 5, 6, 0)]


class ScheduleForm(forms.ModelForm):
    week_days = forms.TypedMultipleChoiceField(
        label=_("week days"),
        choices=MONDAY_FIRST,
        coerce=int,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("None: every day. For timers with an hour and a minute."),
    )

    class Meta:
        model = Schedule
        fields = ["floor", *Schedule.editable]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = self.fields["week_days"]
        days.label = capfirst(days.label)  # as Django does for the columns' own fields

    def clean(self) -> dict:
        said = super().clean()
        floor = said.get("floor") or (self.instance.floor if self.instance.pk else None)
        if floor is None:
            return said
        if not self.instance.pk and floor.schedules.count() >= Schedule.most:
            told = _("This floor can hold no more schedules: %d.") % Schedule.most
            self.add_error("floor", told)
        strange = [robot for robot in said.get("robots", ()) if _home(robot) != floor.workspace_id]
        if strange:
            self.add_error("robots", _("%s belongs to another workspace.") % strange[0])
        if not said.get("time_zone"):
            said["time_zone"] = floor.workspace.time_zone
        return said


def _home(robot: Robot) -> int:
    return robot.device.workspace_id


class TimerForm(forms.ModelForm):
    """`ways`: the choices of way point lists; what a timer names stays among them."""

    way_point_id = forms.ChoiceField(
        label=_("route"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("A way point list of the floor"),
    )

    class Meta:
        model = ScheduleTimer
        fields = ScheduleTimer.editable

    def __init__(self, *args: Any, ways: Sequence = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        route, held = self.fields["way_point_id"], self.instance.way_point_id
        route.label = capfirst(route.label)
        gone = [(held, held)] if held and held not in dict(ways) else []
        route.choices = [("", "---------"), *ways, *gone]

    def clean(self) -> dict:
        said = super().clean()
        timer = self.instance
        if timer.schedule.floor_id and said.get("way_point_id"):
            timer.way_point_id = said["way_point_id"]
            try:
                check_way(timer)
            except Invalid as error:
                self.add_error("way_point_id", error.fields["way_point_id"])
        return said


class TimerFormSet(forms.BaseInlineFormSet):
    actor: Actor  # set by the inline

    def get_form_kwargs(self, index: int | None) -> dict:
        return {**super().get_form_kwargs(index), "ways": self.ways}

    @cached_property
    def ways(self) -> list[tuple]:
        """Those of the schedule's floor by name; while it has none, of each floor that it may get."""
        if self.instance.floor_id:
            return _routes(self.instance.floor)
        floors = self.actor.scope("schedule.manage", FloorMap.objects.all())
        groups = ((str(floor), _routes(floor)) for floor in floors.prefetch_related(ROUTES))
        return [(name, routes) for name, routes in groups if routes]

    def _construct_form(self, index: int, **kwargs: Any) -> forms.ModelForm:
        """A timer is checked with the schedule as it is being saved, before that has a row."""
        form = super()._construct_form(index, **kwargs)
        form.instance.schedule = self.instance
        return form


def _routes(floor: FloorMap) -> list[tuple[str, str]]:
    return [(way.way_point_id, str(way)) for way in floor.way_point_lists.all()]


class TimerInline(TabularInline):
    model = ScheduleTimer
    form = TimerForm
    formset = TimerFormSet
    extra = 0
    max_num = ScheduleTimer.most
    hide_title = True
    readonly_fields = ("in_words",)
    fields = (
        "order_weight",
        "hours",
        "minutes",
        "cron_format",
        "way_point_id",
        "repeats",
        "go_charger",
        "in_words",
    )

    def get_formset(self, request: HttpRequest, obj: Schedule | None = None, **kwargs: Any):
        formset = super().get_formset(request, obj, **kwargs)
        formset.actor = self._page.actor(request)
        return formset

    @admin.display(description=_("when"))
    def in_words(self, timer: ScheduleTimer) -> str:
        return words(due.parse(timer.cron)) if timer.pk and timer.cron else "-"

    def has_view_permission(self, request: HttpRequest, obj: Schedule | None = None) -> bool:
        return self._page.has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Schedule | None = None) -> bool:
        return self._page.has_change_permission(request, obj)

    has_add_permission = has_delete_permission = has_change_permission

    @property
    def _page(self) -> ScopedAdmin:
        return self.admin_site._registry[Schedule]


@admin.register(Schedule)
class ScheduleAdmin(ScopedAdmin):
    """What is saved here is reckoned anew and told to the robots, as through the API."""

    view_verb = "schedule.view"
    change_verb = "schedule.manage"
    workspace_path = "floor__workspace_id"
    form = ScheduleForm
    inlines = (TimerInline,)
    list_display = ("title", "floor", "workspace", "state", "next_time", "time_zone")
    list_filter = ("state", ("floor", AutocompleteSelectFilter))
    list_select_related = ("floor__workspace",)
    search_fields = ("title", "floor__name", "floor__map_id")
    autocomplete_fields = ("robots",)
    readonly_fields = ("next_times",)
    actions_row = actions_detail = ("run",)
    fields = (
        "floor",
        ("title", "state"),
        "week_days",
        "robots",
        ("cron_format", "grace_seconds"),
        "time_zone",
        "next_times",
    )

    @admin.display(description=_("workspace"), ordering="floor__workspace__name")
    def workspace(self, schedule: Schedule) -> str:
        return schedule.floor.workspace.name

    @admin.display(description=_("next"))
    def next_time(self, schedule: Schedule) -> str:
        timer = next_timer(schedule.timers.all())
        at = timer.next_due_at if timer and schedule.is_active else None
        return _shown(at, schedule) if at else "-"

    @admin.display(description=_("next times"))
    def next_times(self, schedule: Schedule) -> str:
        """In the schedule's own zone, with the offset that holds then."""
        now = timezone.now()
        timers = timers_of(schedule) if schedule.pk else []
        routes = dict(_routes(schedule.floor)) if timers else {}
        times = sorted(
            (at, routes.get(timer.way_point_id, str(timer)))
            for timer in timers
            for at in timer.following(now, NEXT_TIMES)
        )
        rows = [(_shown(at, schedule), name) for at, name in times[:NEXT_TIMES]]
        return format_html("<ul>{}</ul>", _items(rows)) if rows else "-"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Schedule]:
        return super().get_queryset(request).prefetch_related("timers")

    def get_readonly_fields(self, request: HttpRequest, obj: Schedule | None = None) -> tuple:
        return (*self.readonly_fields, "floor") if obj else self.readonly_fields

    def formfield_for_manytomany(self, db_field, request: HttpRequest, **kwargs):
        """Robots of workspaces whose schedules the user may change."""
        rows = Robot.objects.select_related("device").filter(device__removed_at=None)
        kwargs["queryset"] = self.actor(request).scope(
            self.change_verb, rows, workspace="device__workspace_id"
        )
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Schedule, form, change: bool) -> None:
        form.now = services.schedule_begin_change(obj.pk)[1] if change else timezone.now()
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form, formset, change: bool) -> None:
        leaving = [one.instance for one in formset.deleted_forms if one.instance.pk]
        form.gone = [reference_rows.schedule_timer(timer, removed=True) for timer in leaving]
        super().save_formset(request, form, formset, change)

    def save_related(self, request: HttpRequest, form, formsets, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        schedule_settle(form.instance, form.now, gone=getattr(form, "gone", ()))

    def delete_model(self, request: HttpRequest, obj: Schedule) -> None:
        services.schedule_remove(actor=self.actor(request), schedule_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for schedule in queryset:
            self.delete_model(request, schedule)

    def has_run_permission(self, request: HttpRequest, obj=None) -> bool:
        return self.may(request, self.change_verb)

    @action(description=_("Run now"), url_path="run", permissions=["run"], icon="play_arrow")
    def run(self, request: HttpRequest, object_id: str) -> HttpResponse:
        schedule = self.asked_row(request, object_id, self.change_verb)
        if request.method != "POST":
            told = {
                "title": _("Run now"),
                "question": _("Its robots are sent off at once, whatever the time."),
                "button": _("Run now"),
            }
            return self.confirm_page(request, schedule, told)
        self._run(request, schedule)
        return HttpResponseRedirect(reverse("admin:robots_schedulerun_changelist"))

    def _run(self, request: HttpRequest, schedule: Schedule) -> None:
        try:
            runs = services.schedule_run_now(actor=self.actor(request), schedule_id=schedule.pk)
        except DomainError as error:
            messages.error(request, gettext(str(error.message)))
            return
        for run in runs:
            level = messages.SUCCESS if run.state == ScheduleRun.State.FIRED else messages.ERROR
            told = f"{run.timer}: {run.get_state_display()} {run.detail}".strip()
            messages.add_message(request, level, told)


def _items(rows: list[tuple[str, str]]) -> str:
    return format_html_join("", "<li>{} &middot; {}</li>", rows)


def _shown(at: datetime, schedule: Schedule) -> str:
    return date_format(at.astimezone(schedule.zone), "DATETIME_FORMAT")


@admin.register(ScheduleRun)
class ScheduleRunAdmin(ReadOnlyAdmin):
    view_verb = "schedule.view"
    workspace_path = "schedule__floor__workspace_id"
    list_display = ("due", "schedule", "timer", "state", "detail", "by_hand")
    list_filter = ("state", "by_hand", ("schedule", AutocompleteSelectFilter))
    list_filter_submit = True
    list_select_related = ("schedule__floor", "timer")
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    fields = ("schedule", "timer", "due", ("state", "by_hand"), "detail", "command_ids")
    readonly_fields = ("due",)

    @admin.display(description=_("due at"))
    def due(self, run: ScheduleRun) -> str:
        """In the schedule's own zone."""
        return _shown(run.due_at, run.schedule)
