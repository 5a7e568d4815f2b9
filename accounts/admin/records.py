"""What happened, and which credentials are in force: to read only."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.paginator import InfinitePaginator

from ..admin_base import ReadOnlyAdmin
from ..audit_words import deed_words, target_words
from ..models import AuditRow, Credential


@admin.register(AuditRow)
class AuditRowAdmin(ReadOnlyAdmin):
    view_verb = "audit.view"
    list_display = ("at", "workspace", "actor_name", "deed", "about", "address")
    list_filter = (("at", RangeDateFilter),)
    list_filter_submit = True
    list_select_related = ("workspace",)
    search_fields = ("actor_name", "verb", "target")
    paginator = InfinitePaginator
    show_facets = admin.ShowFacets.NEVER
    fields = (
        ("at", "workspace"),
        ("deed", "about"),
        ("verb", "target"),
        ("actor_name", "actor"),
        "address",
        "before",
        "after",
    )
    readonly_fields = ("deed", "about")

    @admin.display(description=_("deed"), ordering="verb")
    def deed(self, row: AuditRow) -> str:
        return deed_words(row.verb)

    @admin.display(description=_("about"), ordering="target")
    def about(self, row: AuditRow) -> str:
        return target_words(row.target)


@admin.register(Credential)
class CredentialAdmin(ReadOnlyAdmin):
    view_verb = "device.secret"
    workspace_path = "device__workspace_id"
    list_display = ("device", "created_at", "revoked_at")
    list_select_related = ("device",)
    search_fields = ("device__name", "device__serial_number")
    fields = ("device", "created_at", "revoked_at")
    ordering = ("-id",)
