"""Floors and their plans."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.files import File
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget

from accounts.admin_base import ScopedAdmin
from fleet_platform.shared.media import UnfitImage, picture_of

from .. import services
from ..models import FLOOR_FORMATS, FloorMap
from .plan import plan_picture


class PlanInput(UnfoldAdminFileFieldWidget):
    """Names the file that was chosen; links to no storage, which serves nobody by itself."""

    def is_initial(self, value: Any) -> bool:
        return False


class FloorMapForm(forms.ModelForm):
    class Meta:
        model = FloorMap
        fields = [
            "workspace",
            "map_id",
            "site",
            "name",
            "floor_order",
            "image",
            "metres_per_pixel",
            "invert_in_dark",
        ]
        widgets = {"image": PlanInput(attrs={"accept": ",".join(FLOOR_FORMATS)})}

    def clean_image(self) -> File | None:
        """The stored name's suffix follows the content, not what the uploader called the file."""
        image = self.cleaned_data["image"]
        if image and "image" in self.changed_data:
            try:
                image.name = "floor" + picture_of(image, image.size, FLOOR_FORMATS).suffix
            except UnfitImage as error:
                raise forms.ValidationError(str(error)) from None
        return image


@admin.register(FloorMap)
class FloorMapAdmin(ScopedAdmin):
    view_verb = "map.view"
    change_verb = "map.manage"
    form = FloorMapForm
    list_display = ("map_id", "name", "site", "floor_order", "workspace", "size")
    list_filter = ("site",)
    search_fields = ("map_id", "name", "site")
    list_select_related = ("workspace",)
    readonly_fields = ("plan", "size")
    fields = (
        "workspace",
        "map_id",
        ("site", "name"),
        "floor_order",
        "image",
        ("metres_per_pixel", "size"),
        "invert_in_dark",
        "plan",
    )

    @admin.display(description=_("size"))
    def size(self, floor: FloorMap) -> str:
        return _pixels(floor.size) if floor.size else "-"

    @admin.display(description=_("plan"))
    def plan(self, floor: FloorMap) -> str:
        return plan_picture(floor) if floor.pk else "-"

    def get_readonly_fields(self, request: HttpRequest, obj: FloorMap | None = None) -> tuple:
        """A floor stays in its workspace."""
        return (*self.readonly_fields, "workspace") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: FloorMap, form, change: bool) -> None:
        actor, said = self.actor(request), form.cleaned_data
        names = form.changed_data if change else list(said)
        facts = {name: said[name] for name in names if name not in {"workspace", "image"}}
        plan = _bytes(said["image"]) if "image" in form.changed_data else None
        if change:
            was = FloorMap.objects.get(pk=obj.pk).size
            floor = services.floor_map_update(actor=actor, floor_id=obj.pk, image=plan, **facts)
            if was and floor.size and was != floor.size:
                messages.warning(request, _resized(was, floor.size))
            return
        made = services.floor_map_create(
            actor=actor, workspace_id=said["workspace"].pk, image=plan or b"", **facts
        )
        obj.pk = made.pk

    def delete_model(self, request: HttpRequest, obj: FloorMap) -> None:
        services.floor_map_remove(actor=self.actor(request), floor_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[FloorMap]) -> None:
        for floor in queryset:
            self.delete_model(request, floor)


def _resized(was: tuple[int, int], now: tuple[int, int]) -> str:
    return gettext(
        "The new plan has another size: %(now)s instead of %(was)s. "
        "Zones, stores, regions and routes kept their pixels: check where they lie."
    ) % {"now": _pixels(now), "was": _pixels(was)}


def _pixels(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]} px"


def _bytes(file: File | None) -> bytes | None:
    if not file:
        return None
    file.seek(0)  # the form has looked at it
    return file.read()
