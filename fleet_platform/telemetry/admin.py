"""The console's pages of devices, samples, newest states and retention."""

import json
from datetime import timedelta

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter
from unfold.decorators import action
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminSelectWidget

from accounts import services as identity
from accounts.admin_base import ReadOnlyAdmin, ScopedAdmin
from accounts.models import Device
from fleet_platform.shared.clock import from_datetime

from . import retention
from .models import Latest, RetentionRule, Sample
from .services import device_register, devices_touch


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
    fields = (
        ("workspace", "kind"),
        "name",
        ("serial_number", "factory_code"),
        ("online", "last_seen_at"),
        ("created_at", "removed_at"),
    )
    readonly_fields = ("online", "last_seen_at", "created_at", "removed_at")
    actions_row = actions_detail = ("rotate_secret", "remove")

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
        identity.device_update(actor=self.actor(request), device_id=obj.pk, **changes)
        devices_touch(device_ids=[obj.pk])

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
            identity.device_remove(actor=self.actor(request), device_id=device.pk)
            devices_touch(device_ids=[device.pk])
            return HttpResponseRedirect(reverse("admin:accounts_device_changelist"))
        told = {
            "title": _("Remove from the registry"),
            "question": _("The device may no longer sign in. What it sent is kept."),
            "button": _("Remove"),
        }
        return self.confirm_page(request, device, told)


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


class RetentionRuleForm(forms.ModelForm):
    class Meta:
        model = RetentionRule
        fields = ["workspace", "data_class", "days"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        names = [data_class.name for data_class in retention.data_classes()]
        self.fields["data_class"] = forms.ChoiceField(
            label=_("class of data"),
            choices=[(name, name) for name in names],
            widget=UnfoldAdminSelectWidget,
        )


@admin.register(RetentionRule)
class RetentionRuleAdmin(ScopedAdmin):
    form = RetentionRuleForm
    list_display = ("workspace", "data_class", "days")
    list_select_related = ("workspace",)


def indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
