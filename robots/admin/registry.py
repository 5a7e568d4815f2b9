"""The registry of robots: added with their device, removed by an action."""

from collections.abc import Iterable

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ScopedAdmin
from accounts.models import Workspace
from fleet_platform.media.services import registry_picture_add
from fleet_platform.shared.errors import DomainError

from .. import services
from ..models import Robot
from .registry_forms import PICTURES, NewRobotForm, RobotForm

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
    "kc_certification_number",
)
ABILITIES = ("special_functions",)
PLACE = ("operating_location", "location_code", "user_code", "port")
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
        (_("Pictures"), {"fields": PICTURES, "classes": ["collapse"]}),
        (_("Abilities"), {"fields": ABILITIES, "classes": ["collapse"]}),
        (_("Place and owner"), {"fields": PLACE, "classes": ["collapse"]}),
        (_("Managers and alarms"), {"fields": ALARMS, "classes": ["collapse"]}),
        (_("What its computer says"), {"fields": COMPUTER, "classes": ["collapse"]}),
    ]


@admin.register(Robot)
class RobotAdmin(ScopedAdmin):
    """Robots are added with their device, and leave the registry by the action: their history stays."""

    form = RobotForm
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

    def save_model(self, request: HttpRequest, obj: Robot, form: RobotForm, change: bool) -> None:
        if not change:
            self._register(request, obj, form)
            return
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        changes |= self._stored(request, obj.device.workspace_id, form)
        services.robot_update(actor=self.actor(request), row_id=obj.pk, **changes)

    def _register(self, request: HttpRequest, obj: Robot, form: NewRobotForm) -> None:
        given = {name: value for name, value in form.cleaned_data.items() if value is not None}
        workspace_id = given.pop("workspace").pk
        given |= self._stored(request, workspace_id, form)
        robot, secret = services.robot_register(
            actor=self.actor(request), workspace_id=workspace_id, **given
        )
        obj.pk, obj.device = robot.pk, robot.device
        text = gettext("The robot's secret, shown this once: %s") % secret
        messages.warning(request, text)

    def _stored(self, request: HttpRequest, workspace_id: int, form: RobotForm) -> dict[str, str]:
        """The addresses of the files that came along, by column."""
        return {
            name: registry_picture_add(
                actor=self.actor(request),
                workspace_id=workspace_id,
                picture=new.picture,
                file_name=new.file_name,
            ).address
            for name, new in form.new_pictures.items()
        }

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
