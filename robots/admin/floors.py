"""Floors and their plans."""

from django import forms
from django.contrib import admin
from django.core.files import File
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ScopedAdmin
from fleet_platform.shared.media import UnfitImage, picture_of

from .. import services
from ..models import FLOOR_FORMATS, FloorMap
from .plan import plan_picture


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
        widgets = {  # without the link to the storage, which serves nobody by itself
            "image": forms.FileInput(attrs={"accept": ",".join(FLOOR_FORMATS)})
        }

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
        return f"{floor.width} x {floor.height} px" if floor.width else "-"

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
            services.floor_map_update(actor=actor, floor_id=obj.pk, image=plan, **facts)
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


def _bytes(file: File | None) -> bytes | None:
    if not file:
        return None
    file.seek(0)  # the form has looked at it
    return file.read()
