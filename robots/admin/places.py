"""Stores, regions and way point lists of floors. Every write goes through the services, so that robots hear of it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.widgets import UnfoldAdminColorInputWidget, UnfoldAdminTextareaWidget

from accounts.admin_base import ScopedAdmin
from fleet_platform.shared.clock import to_datetime
from fleet_platform.shared.errors import DomainError

from .. import point_lines, services
from ..models import Place, Region, Store, WayPointList
from .plan import plan_picture

MOST_CHARACTERS = 100_000  # of a text of points


class LinesField(forms.CharField):
    """Points, one a line; the value is the list that `read` makes of them."""

    widget = UnfoldAdminTextareaWidget

    def __init__(self, read: Callable[[str], list], write: Callable[[Any], str], **options: Any):
        super().__init__(max_length=MOST_CHARACTERS, **options)
        self.read, self.write = read, write

    def prepare_value(self, value: Any) -> Any:
        return self.write(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list:
        text = super().clean(value)
        try:
            return self.read(text)
        except point_lines.UnfitLine as error:
            raise forms.ValidationError(str(error)) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.read(data or "") != initial
        except point_lines.UnfitLine:
            return True


class PlaceForm(forms.ModelForm):
    def clean(self) -> dict:
        said = super().clean()
        floor = said.get("floor")
        if floor and not self.instance.pk and not services.has_room(type(self.instance), floor):
            most = type(self.instance).most
            self.add_error("floor", _("This floor can hold no more of these: %d.") % most)
        return said


class StoreForm(PlaceForm):
    polygon = LinesField(
        point_lines.corners,
        point_lines.corners_text,
        label=_("Outline"),
        help_text=_("One corner a line, as x, y in pixels of the plan"),
    )

    class Meta:
        model = Store
        fields = ["floor", *Store.editable]


class WayPointListForm(PlaceForm):
    points = LinesField(
        point_lines.way,
        point_lines.way_text,
        label=_("Way points"),
        help_text=_(
            "One stop a line: x, y in pixels of the plan, then degrees, a name and seconds to stay"
            " as far as wanted. Leave a part empty to say nothing of it: 120, 40, , Lift"
        ),
    )

    class Meta:
        model = WayPointList
        fields = ["floor", *WayPointList.editable]
        widgets = {"color": UnfoldAdminColorInputWidget()}


class RegionForm(PlaceForm):
    class Meta:
        model = Region
        fields = ["floor", *Region.editable]


class PlaceAdmin(ScopedAdmin):
    view_verb = "map.view"
    change_verb = "map.manage"
    workspace_path = "floor__workspace_id"
    list_filter = (("floor", AutocompleteSelectFilter),)
    list_select_related = ("floor__workspace",)
    readonly_fields = ("plan",)

    @admin.display(description=_("workspace"), ordering="floor__workspace__name")
    def workspace(self, place: Place) -> str:
        return place.floor.workspace.name

    @admin.display(description=_("changed"), ordering="updated_us")
    def changed(self, place: Place) -> Any:
        return to_datetime(place.updated_us)

    @admin.display(description=_("plan"))
    def plan(self, place: Place) -> str:
        return plan_picture(place.floor, strong=place) if place.pk else "-"

    def get_readonly_fields(self, request: HttpRequest, obj: Place | None = None) -> tuple:
        """A place stays on its floor."""
        return (*self.readonly_fields, "floor") if obj else self.readonly_fields

    def get_fields(self, request: HttpRequest, obj: Place | None = None) -> list:
        """There is nothing to be told of a place that is not drawn yet."""
        fields = super().get_fields(request, obj)
        told = set(self.readonly_fields)
        rows = [{row} if isinstance(row, str) else set(row) for row in fields]
        return [field for field, row in zip(fields, rows, strict=True) if obj or not row & told]

    def save_model(self, request: HttpRequest, obj: Place, form, change: bool) -> None:
        actor, said = self.actor(request), form.cleaned_data
        if change:
            facts = {name: said[name] for name in form.changed_data}
            services.place_update(actor=actor, model=type(obj), id=obj.pk, **facts)
            return
        facts = {name: said[name] for name in obj.editable}
        made = services.place_create(
            actor=actor, model=type(obj), floor_id=said["floor"].pk, **facts
        )
        obj.pk = made.pk

    def delete_model(self, request: HttpRequest, obj: Place) -> None:
        services.place_remove(actor=self.actor(request), model=type(obj), id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Place]) -> None:
        for place in queryset:
            self.delete_model(request, place)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What the form could not know, such as somebody else's edit at the same moment, is said above it."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as error:
            messages.error(request, gettext(str(error.message)))
            return HttpResponseRedirect(request.get_full_path())


@admin.register(Store)
class StoreAdmin(PlaceAdmin):
    form = StoreForm
    list_display = ("name", "store_id", "floor", "workspace", "changed")
    search_fields = ("name", "store_id")
    fields = ("floor", ("store_id", "name"), "polygon", "plan")


@admin.register(Region)
class RegionAdmin(PlaceAdmin):
    form = RegionForm
    list_display = ("__str__", "region_id", "floor", "workspace", "changed")
    search_fields = ("name", "region_id")
    fields = ("floor", ("region_id", "name"), ("x", "y"), ("width", "height"), "plan")


@admin.register(WayPointList)
class WayPointListAdmin(PlaceAdmin):
    form = WayPointListForm
    list_display = ("name", "way_point_id", "floor", "workspace", "available", "version", "metres")
    list_filter = (("floor", AutocompleteSelectFilter), "available")
    search_fields = ("name", "way_point_id")
    readonly_fields = ("plan", "metres", "seconds", "version")
    fields = (
        "floor",
        ("way_point_id", "name"),
        "points",
        ("color", "available"),
        ("metres", "seconds", "version"),
        "plan",
    )

    @admin.display(description=_("metres"), empty_value="-")
    def metres(self, way: WayPointList) -> float | None:
        return way.drive_distance if way.pk else None

    @admin.display(description=_("seconds, estimated"), empty_value="-")
    def seconds(self, way: WayPointList) -> float | None:
        return way.drive_time if way.pk else None
