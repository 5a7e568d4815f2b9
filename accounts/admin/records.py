"""What happened, and which credentials are in force: to read only."""

from django.contrib import admin
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.paginator import InfinitePaginator

from ..admin_base import ReadOnlyAdmin
from ..models import AuditRow, Credential


@admin.register(AuditRow)
class AuditRowAdmin(ReadOnlyAdmin):
    view_verb = "audit.view"
    list_display = ("at", "workspace", "actor_name", "verb", "target", "address")
    list_filter = (("at", RangeDateFilter),)
    list_filter_submit = True
    list_select_related = ("workspace",)
    search_fields = ("actor_name", "verb", "target")
    paginator = InfinitePaginator
    show_facets = admin.ShowFacets.NEVER


@admin.register(Credential)
class CredentialAdmin(ReadOnlyAdmin):
    view_verb = "device.secret"
    workspace_path = "device__workspace_id"
    list_display = ("device", "created_at", "revoked_at")
    list_select_related = ("device",)
    search_fields = ("device__name", "device__serial_number")
    fields = ("device", "created_at", "revoked_at")
    ordering = ("-id",)
