"""Zones, drawn by their corners' numbers; the floor's page draws them by hand."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.admin_base import ScopedAdmin
from fleet_platform.shared.errors import Conflict, Invalid

from ..models import Zone
from ..zones import corners
from ..zones.services import EDITABLE, zone_create, zone_remove, zone_room_check, zone_update


class CornersField(forms.CharField):
    """One corner a line: `x, y`. The value is a list of pairs."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(f"{x}, {y}" for x, y in value)

    def to_python(self, value: Any) -> list[list[float]]:
        lines = [line for line in (super().to_python(value) or "").splitlines() if line.strip()]
        return [self._corner(line) for line in lines]

    def _corner(self, line: str) -> list[float]:
        try:
            x, y = line.replace(",", " ").split()
            return [_number(x), _number(y)]
        except ValueError:
            told = _("“%s” is not a corner: give two numbers, as in 120, 48.5")
            raise forms.ValidationError(told % line.strip()[:60]) from None


def _number(said: str) -> float:
    number = float(said)
    return int(number) if number.is_integer() else number


class ZoneForm(forms.ModelForm):
    polygon = CornersField(
        label=_("Corners"), help_text=_("One a line: x, y in map pixels, or longitude, latitude")
    )

    class Meta:
        model = Zone
        fields = ["workspace", "name", "kind", "crs", "map_id", "polygon", "color", "active"]

    def clean(self) -> dict:
        """The service's own checks, told beside the fields."""
        said = super().clean()
        on_map = said.get("crs") == Zone.Crs.MAP
        if on_map and not said.get("map_id"):
            self.add_error("map_id", _("is needed for a zone in the pixels of a map"))
        if not self.errors:
            try:
                said["polygon"] = corners.checked(said["polygon"], on_map=on_map)
            except Invalid as error:
                self.add_error("polygon", [text for told in error.fields.values() for text in told])
        if self.instance.pk is None and said.get("workspace"):
            try:
                zone_room_check(said["workspace"].pk)
            except Conflict as error:
                self.add_error("workspace", error.message)
        return said


@admin.register(Zone)
class ZoneAdmin(ScopedAdmin):
    view_verb = "map.view"
    change_verb = "map.manage"
    form = ZoneForm
    list_display = ("name", "kind", "crs", "map_id", "workspace", "active")
    list_filter = ("kind", "crs", "active")
    search_fields = ("name", "map_id")
    list_select_related = ("workspace",)
    fields = ("workspace", ("name", "kind"), ("crs", "map_id"), "polygon", ("color", "active"))

    def get_readonly_fields(self, request: HttpRequest, obj: Zone | None = None) -> tuple:
        return ("workspace",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Zone, form, change: bool) -> None:
        facts = {name: form.cleaned_data[name] for name in EDITABLE}
        if change:
            zone_update(actor=self.actor(request), zone_id=obj.pk, **facts)
            return
        made = zone_create(actor=self.actor(request), workspace_id=obj.workspace_id, **facts)
        obj.pk = made.pk

    def delete_model(self, request: HttpRequest, obj: Zone) -> None:
        zone_remove(actor=self.actor(request), zone_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset) -> None:
        for zone in queryset:
            zone_remove(actor=self.actor(request), zone_id=zone.pk)
