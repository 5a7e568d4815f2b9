"""Commands, to look at."""

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.paginator import InfinitePaginator

from accounts.admin_base import ReadOnlyAdmin

from ..commands.words import name_of, source_of
from ..models import Command


@admin.register(Command)
class CommandAdmin(ReadOnlyAdmin):
    view_verb = "command.view"
    list_display = ("id", "device", "named", "state", "came_from", "requested_by", "requested_at")
    list_filter = ("state", ("device", AutocompleteSelectFilter))
    list_filter_submit = True
    list_select_related = ("device", "requested_by")
    search_fields = ("name",)
    paginator = InfinitePaginator
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    fields = (
        ("device", "workspace"),
        ("named", "state"),
        ("name", "source"),
        "written_params",
        "detail",
        ("came_from", "requested_by"),
        "request_id",
        ("requested_at", "expires_at"),
        ("sent_at", "attempts"),
        ("accepted_at", "finished_at"),
    )
    readonly_fields = ("named", "came_from", "written_params")

    @admin.display(description=_("command"))
    def named(self, command: Command) -> str:
        return str(name_of(command.name))

    @admin.display(description=_("came from"))
    def came_from(self, command: Command) -> str:
        return source_of(command.source)

    @admin.display(description=_("parameters"))
    def written_params(self, command: Command) -> str:
        return format_html(
            "<pre>{}</pre>", json.dumps(command.params, indent=2, ensure_ascii=False)
        )
