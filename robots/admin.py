"""The console's pages of robots, floors and the photo log."""

from collections.abc import Iterable
from datetime import datetime

from django import forms
from django.contrib import admin, messages
from django.core.files import File
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.admin_base import ReadOnlyAdmin, ScopedAdmin
from accounts.models import Device, Workspace
from fleet_platform.shared.clock import to_datetime
from fleet_platform.shared.errors import DomainError

from . import floor_images, services
from .models import FloorMap, PhotoLog, Robot

ABOUT = ("robot_id", "is_active", "device_number", "chip_serial", "real_robot_id")
MAKER = (
    "manufacturer",
    "manufacturer_code",
    "product_name",
    "product_code",
    "product_date",
    "model_name",
    "model_code",
    "model_number",
    "model_version",
    "model_image_on",
    "model_image_off",
    "kc_certification_number",
)
ABILITIES = ("main_abilities", "sub_abilities", "special_functions")
PLACE = ("operating_location", "location_code", "user_code")
ALARMS = (
    ("manager_1", "sms_1", "alarm_1"),
    ("manager_2", "sms_2", "alarm_2"),
    ("manager_3", "sms_3", "alarm_3"),
)
COMPUTER = (
    "mac_address",
    "node_number",
    "host_name",
    "machine",
    "processor",
    "platform",
    "os_name",
    "os_release",
    "os_version",
    "uname",
    "certified_at",
)
NEW_DEVICE = ("workspace", "name", "serial_number", "factory_code")


def _fieldsets(device_fields: Iterable[str]) -> list[tuple]:
    return [
        (None, {"fields": (*device_fields, *ABOUT)}),
        (_("Maker and model"), {"fields": MAKER, "classes": ["collapse"]}),
        (_("Abilities"), {"fields": ABILITIES, "classes": ["collapse"]}),
        (_("Place and owner"), {"fields": PLACE, "classes": ["collapse"]}),
        (_("Managers and alarms"), {"fields": ALARMS, "classes": ["collapse"]}),
        (_("What its computer says"), {"fields": COMPUTER, "classes": ["collapse"]}),
    ]


class NewRobotForm(forms.ModelForm):
    """A robot together with its device."""

    workspace = forms.ModelChoiceField(
        Workspace.objects.none(), label=_("workspace"), widget=UnfoldAdminSelectWidget
    )
    name = forms.CharField(label=_("name"), max_length=150, widget=UnfoldAdminTextInputWidget)
    serial_number = forms.CharField(
        label=_("serial number"), max_length=100, required=False, widget=UnfoldAdminTextInputWidget
    )
    factory_code = forms.CharField(
        label=_("factory code"), max_length=100, required=False, widget=UnfoldAdminTextInputWidget
    )

    class Meta:
        model = Robot
        exclude = ["device"]  # noqa: DJ006  (it is made with the robot)

    def clean_serial_number(self) -> str:
        return self._unused("serial_number")

    def clean_factory_code(self) -> str:
        return self._unused("factory_code")

    def _unused(self, name: str) -> str:
        value = self.cleaned_data[name]
        if value and Device.objects.filter(**{name: value}).exists():
            raise forms.ValidationError(_("Another device has it."))
        return value


@admin.register(Robot)
class RobotAdmin(ScopedAdmin):
    """Robots are added with their device, and leave the registry by the action: their history stays."""

    view_verb = "device.view"
    change_verb = "device.manage"
    workspace_path = "device__workspace_id"
    list_display = ("robot_id", "name", "workspace", "model_name", "online", "is_active")
    list_filter = ("is_active", "device__online", "manufacturer", "model_name")
    search_fields = (
        "robot_id",
        "device__name",
        "device__serial_number",
        "device__factory_code",
        "chip_serial",
        "operating_location",
    )
    list_select_related = ("device__workspace",)
    ordering = ("robot_id",)
    readonly_fields = ("device",)
    actions = ("remove",)

    @admin.display(description=_("name"), ordering="device__name")
    def name(self, robot: Robot) -> str:
        return robot.device.name

    @admin.display(description=_("workspace"), ordering="device__workspace__name")
    def workspace(self, robot: Robot) -> str:
        return robot.device.workspace.name

    @admin.display(description=_("online"), boolean=True, ordering="device__online")
    def online(self, robot: Robot) -> bool:
        return robot.device.online

    def get_queryset(self, request: HttpRequest) -> QuerySet[Robot]:
        return super().get_queryset(request).filter(device__removed_at=None)

    def get_readonly_fields(self, request: HttpRequest, obj: Robot | None = None) -> tuple:
        return self.readonly_fields if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Robot | None = None) -> list[tuple]:
        return _fieldsets(("device",) if obj else NEW_DEVICE)

    def get_form(
        self, request: HttpRequest, obj: Robot | None = None, change: bool = False, **kwargs
    ) -> type[forms.ModelForm]:
        if obj:
            return super().get_form(request, obj, change, **kwargs)
        form = super().get_form(request, obj, change, **{**kwargs, "form": NewRobotForm})
        form.base_fields["workspace"].queryset = self.actor(request).scope(
            self.change_verb, Workspace.objects.all(), workspace="id"
        )
        return form

    def save_model(self, request: HttpRequest, obj: Robot, form, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        given = {name: value for name, value in form.cleaned_data.items() if value is not None}
        robot, secret = services.robot_register(
            actor=self.actor(request), workspace_id=given.pop("workspace").pk, **given
        )
        obj.pk, obj.device = robot.pk, robot.device
        text = gettext("The robot's secret, shown this once: %s") % secret
        messages.warning(request, text)

    def has_delete_permission(self, request: HttpRequest, obj: Robot | None = None) -> bool:
        return False

    def has_remove_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "device.remove")

    @admin.action(description=_("Remove from the registry"), permissions=["remove"])
    def remove(self, request: HttpRequest, queryset: QuerySet[Robot]) -> None:
        for robot in queryset:
            try:
                services.robot_remove(actor=self.actor(request), robot_id=robot.robot_id)
            except DomainError as error:
                messages.error(request, f"{robot}: {gettext(str(error.message))}")


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
            "invert_in_dark",
        ]
        widgets = {  # without the link to the storage, which serves nobody by itself
            "image": forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"})
        }

    def clean_image(self) -> File | None:
        """The stored name's suffix follows the content, not what the uploader called the file."""
        image = self.cleaned_data["image"]
        if image and "image" in self.changed_data:
            try:
                image.name = "floor" + floor_images.check(image, image.size).suffix
            except floor_images.UnfitImage as error:
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
    readonly_fields = ("preview", "size")
    fields = (
        "workspace",
        "map_id",
        ("site", "name", "floor_order"),
        "image",
        "preview",
        "size",
        "invert_in_dark",
    )

    @admin.display(description=_("size"))
    def size(self, floor: FloorMap) -> str:
        return f"{floor.width} x {floor.height} px" if floor.width else "-"

    @admin.display(description=_("preview"))
    def preview(self, floor: FloorMap) -> str:
        if not floor.image:
            return "-"
        return format_html(
            '<img src="{}" alt="{}" style="max-width: 100%; max-height: 20rem">',
            reverse("floor-image", args=[floor.pk]),
            floor,
        )


@admin.register(PhotoLog)
class PhotoLogAdmin(ReadOnlyAdmin):
    view_verb = "telemetry.view"
    workspace_path = "device__workspace_id"
    list_display = ("robot_id", "time", "map_id", "pose_x", "pose_y", "drive_status")
    search_fields = ("robot_id", "map_id")
    list_select_related = ("device",)

    @admin.display(description=_("time"), ordering="timestamp_ms")
    def time(self, photo: PhotoLog) -> datetime:
        return to_datetime(photo.timestamp_ms * 1000)
