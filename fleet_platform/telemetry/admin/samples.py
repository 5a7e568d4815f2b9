"""What devices sent, and the newest of it."""

import json
from datetime import timedelta

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter
from unfold.paginator import InfinitePaginator

from accounts.admin_base import ReadOnlyAdmin
from fleet_platform.shared.clock import from_datetime

from ..models import Latest, Sample


class PeriodFilter(DropdownFilter):
    title = _("period")
    parameter_name = "hours"

    def lookups(self, request, model_admin) -> list[tuple]:
        return [
            ("1", _("Last hour")),
            ("24", _("Last day")),
            ("168", _("Last 7 days")),
            ("720", _("Last 30 days")),
        ]

    def queryset(self, request, queryset: QuerySet) -> QuerySet:
        if not (self.value() or "").isdigit():
            return queryset
        since = timezone.now() - timedelta(hours=min(int(self.value()), 720))
        return queryset.filter(time_us__gte=from_datetime(since))


@admin.register(Sample)
class SampleAdmin(ReadOnlyAdmin):
    """One device at a time, newest first: the table is large, and its index begins with the device."""

    view_verb = "telemetry.view"
    workspace_path = "device__workspace_id"
    list_display = ("device", "time", "seq", "received")
    list_filter = (("device", AutocompleteSelectFilter), PeriodFilter)
    list_filter_submit = True
    list_select_related = ("device",)
    paginator = InfinitePaginator
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-time_us", "-seq")
    sortable_by = ()
    fields = ("device", "time", "seq", "received", "written_sections", "position")
    readonly_fields = ("time", "received", "written_sections")

    @admin.display(description=_("sections"))
    def written_sections(self, sample: Sample) -> str:
        return indented(sample.sections)

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        if "device__id__exact" not in request.GET:
            messages.info(request, _("Choose a device in the filters to see its samples."))
        return super().changelist_view(request, extra_context)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        match = request.resolver_match
        if match and match.url_name.endswith("_changelist"):
            return rows if request.GET.get("device__id__exact") else rows.none()
        return rows


@admin.register(Latest)
class LatestAdmin(ReadOnlyAdmin):
    view_verb = "telemetry.view"
    workspace_path = "device__workspace_id"
    list_display = ("device", "version", "time", "received")
    list_select_related = ("device",)
    search_fields = ("device__name", "device__serial_number")
    fields = ("device", "version", "time", "received", "written_sections", "position")
    readonly_fields = ("time", "received", "written_sections")

    @admin.display(description=_("sections"))
    def written_sections(self, latest: Latest) -> str:
        return indented(latest.sections)


def indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
