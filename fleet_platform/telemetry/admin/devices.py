"""The registry of devices of every kind."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action

from accounts import services as identity
from accounts.admin_base import ScopedAdmin
from accounts.models import Device

from ..services import device_change, device_leave, device_register


class InRegistryFilter(DropdownFilter):
    title = _("registry")
    parameter_name = "registry"

    def lookups(self, request, model_admin) -> list[tuple]:
        return [("removed", _("Removed")), ("all", _("All"))]

    def queryset(self, request, queryset: QuerySet) -> QuerySet:
        """Without a choice the removed devices stay out of sight."""
        said = self.value()
        return queryset if said == "all" else queryset.filter(removed_at__isnull=said != "removed")


@admin.register(Device)
class DeviceAdmin(ScopedAdmin):
    """Devices are removed from the registry, not deleted: their history stays."""

    view_verb = "device.view"
    change_verb = "device.manage"
    list_display = ("name", "kind", "workspace", "serial_number", "online", "last_seen_at")
    list_filter = ("kind", "online", InRegistryFilter)
    list_filter_submit = True
    list_select_related = ("workspace",)
    search_fields = ("name", "serial_number", "factory_code")
    entered = (
        ("workspace", "kind"),
        "name",
        ("serial_number", "factory_code"),
        "silence_limit_seconds",
    )
    fields = (
        *entered,
        ("online", "last_seen_at"),
        ("created_at", "removed_at"),
    )
    readonly_fields = ("online", "last_seen_at", "created_at", "removed_at")
    actions_row = actions_detail = ("rotate_secret", "remove")

    def get_fields(self, request: HttpRequest, obj: Device | None = None) -> tuple:
        """Of a new device there is nothing yet that the platform knows by itself."""
        return self.fields if obj else self.entered

    def get_readonly_fields(self, request: HttpRequest, obj: Device | None = None):
        return (*self.readonly_fields, "kind") if obj else self.readonly_fields

    def has_change_permission(self, request: HttpRequest, obj: Device | None = None) -> bool:
        removed = obj is not None and obj.removed_at is not None
        return not removed and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Device | None = None) -> bool:
        return False

    def has_secret_permission(self, request: HttpRequest, obj=None) -> bool:
        return self.may(request, "device.secret")

    def has_remove_permission(self, request: HttpRequest, obj=None) -> bool:
        return self.may(request, "device.remove")

    def save_model(self, request: HttpRequest, obj: Device, form, change: bool) -> None:
        if not change:
            self._register(request, obj)
            return
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        if "workspace" in changes:
            changes["workspace_id"] = changes.pop("workspace").pk
        device_change(actor=self.actor(request), device_id=obj.pk, **changes)

    def _register(self, request: HttpRequest, obj: Device) -> None:
        device, obj.secret = device_register(
            actor=self.actor(request),
            workspace_id=obj.workspace_id,
            kind=obj.kind,
            name=obj.name,
            serial_number=obj.serial_number,
            factory_code=obj.factory_code,
        )
        obj.pk = device.pk
        if obj.silence_limit_seconds is not None:
            limit = {"silence_limit_seconds": obj.silence_limit_seconds}
            device_change(actor=self.actor(request), device_id=obj.pk, **limit)

    def response_add(self, request: HttpRequest, obj: Device, post_url_continue=None):
        return self._secret_page(request, obj, obj.secret)

    def _secret_page(self, request: HttpRequest, device: Device, secret: str) -> HttpResponse:
        return self.confirm_page(request, device, {"title": _("Secret"), "secret": secret})

    @action(
        description=_("New secret"), url_path="secret", permissions=["secret"], icon="key_vertical"
    )
    def rotate_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        device = self.asked_row(request, object_id, "device.secret")
        if request.method == "POST" and device.removed_at is None:
            secret = identity.credential_rotate(actor=self.actor(request), device_id=device.pk)
            return self._secret_page(request, device, secret)
        told = {
            "title": _("New secret"),
            "question": _("The old secret, and every token that came from it, ends at once."),
            "button": _("Make a new secret"),
        }
        return self.confirm_page(request, device, told)

    @action(
        description=_("Remove from the registry"),
        url_path="remove",
        permissions=["remove"],
        icon="delete",
    )
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        device = self.asked_row(request, object_id, "device.remove")
        if request.method == "POST" and device.removed_at is None:
            device_leave(actor=self.actor(request), device_id=device.pk)
            return HttpResponseRedirect(reverse("admin:accounts_device_changelist"))
        told = {
            "title": _("Remove from the registry"),
            "question": _("The device may no longer sign in. What it sent is kept."),
            "button": _("Remove"),
        }
        return self.confirm_page(request, device, told)
