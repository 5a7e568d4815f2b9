"""Workspaces with their members."""

from django.contrib import admin
from django.http import HttpRequest

from ..admin_base import ScopedAdmin
from ..models import Membership, Workspace
from ..roles import Role
from .memberships import MembersInline


@admin.register(Workspace)
class WorkspaceAdmin(ScopedAdmin):
    """Owners delete one, once it has no devices: their history goes by retention, not by a click."""

    workspace_path = "id"
    delete_verb = "workspace.remove"
    list_display = ("name", "time_zone", "created_at")
    search_fields = ("name",)
    fields = ("name", "time_zone", "address", "picture")

    def get_inlines(self, request: HttpRequest, obj=None) -> tuple:
        """Roles are given once the row is there."""
        return (MembersInline,) if obj else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.actor(request).may("workspace.create", None)

    def save_model(self, request: HttpRequest, obj: Workspace, form, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            Membership.objects.create(user=request.user, workspace=obj, role=Role.OWNER)

    def save_formset(self, request: HttpRequest, form, formset, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        formset.record()
