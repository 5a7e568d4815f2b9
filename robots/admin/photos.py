"""The photo log, to read."""

from datetime import datetime

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ReadOnlyAdmin
from fleet_platform.shared.clock import to_datetime

from ..models import PhotoLog


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
