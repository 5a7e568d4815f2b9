"""Alarms, to look at, acknowledge and clear."""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display
from unfold.paginator import InfinitePaginator

from accounts.admin_base import ReadOnlyAdmin
from fleet_platform.shared.errors import DomainError

from ..alarms.services import AT_ONCE, alarm_acknowledge, alarm_clear, alarms_acknowledge
from ..alarms.titles import title_of
from ..models import Alarm


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin):
    view_verb = "alarm.view"
    list_display = ("title", "device", "severity", "state", "holds", "count", "last_raised_at")
    list_filter = ("state", "severity", ("device", AutocompleteSelectFilter))
    list_filter_submit = True
    list_select_related = ("device",)
    search_fields = ("code",)
    paginator = InfinitePaginator
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    ordering = ("-last_raised_at", "-id")
    fields = (
        ("device", "workspace"),
        ("title", "code"),
        ("subject", "severity"),
        ("state", "holds", "count"),
        ("raised_at", "last_raised_at"),
        ("acknowledged_at", "acknowledged_by"),
        ("cleared_at", "cleared_by"),
        "note",
        "written_data",
    )
    readonly_fields = ("title", "holds", "written_data")
    actions = ("acknowledge_chosen",)
    actions_row = actions_detail = ("acknowledge", "clear")

    @admin.display(description=_("alarm"))
    def title(self, alarm: Alarm) -> str:
        return title_of(alarm.code)

    @display(description=_("condition"), label={True: "danger", False: "success"})
    def holds(self, alarm: Alarm) -> tuple[bool, Any]:
        return alarm.active, _("Still so") if alarm.active else _("Over")

    @admin.display(description=_("data"))
    def written_data(self, alarm: Alarm) -> str:
        return format_html("<pre>{}</pre>", json.dumps(alarm.data, indent=2, ensure_ascii=False))

    def has_manage_permission(self, request: HttpRequest, obj=None) -> bool:
        return self.may(request, "alarm.manage")

    @admin.action(description=_("Acknowledge"), permissions=["manage"])
    def acknowledge_chosen(self, request: HttpRequest, queryset: QuerySet[Alarm]) -> None:
        ids = list(queryset.values_list("pk", flat=True)[: AT_ONCE + 1])
        try:
            alarms_acknowledge(actor=self.actor(request), alarm_ids=ids)
        except DomainError as error:
            messages.error(request, gettext(str(error.message)))

    @action(
        description=_("Acknowledge"), url_path="acknowledge", permissions=["manage"], icon="done"
    )
    def acknowledge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        told = {
            "title": _("Acknowledge"),
            "question": _("Say that somebody has seen this alarm."),
            "button": _("Acknowledge"),
        }
        return self._asked(request, object_id, alarm_acknowledge, told)

    @action(description=_("Clear"), url_path="clear", permissions=["manage"], icon="done_all")
    def clear(self, request: HttpRequest, object_id: str) -> HttpResponse:
        told = {
            "title": _("Clear"),
            "question": _("End this alarm, whether what it is about still holds or not."),
            "button": _("Clear"),
        }
        return self._asked(request, object_id, alarm_clear, told)

    def _asked(
        self, request: HttpRequest, object_id: str, deed: Callable, told: dict
    ) -> HttpResponse:
        alarm = self.asked_row(request, object_id, "alarm.manage")
        if request.method != "POST":
            return self.confirm_page(request, alarm, told)
        deed(actor=self.actor(request), alarm_id=alarm.pk)
        return HttpResponseRedirect(reverse("admin:telemetry_alarm_change", args=[alarm.pk]))
