"""What is derived from robots' samples, to read: drives, and people by the hour."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ReadOnlyAdmin
from fleet_platform.shared import clock

from ..models import Drive, HourlyTraffic, VisitorHour


class DerivedAdmin(ReadOnlyAdmin):
    view_verb = "telemetry.view"
    workspace_path = "device__workspace_id"
    list_select_related = ("device",)
    search_fields = ("device__name", "map_id")


@admin.register(Drive)
class DriveAdmin(DerivedAdmin):
    list_display = ("device", "start", "end", "map_id", "seconds", "pixels", "speed", "open")
    list_filter = ("open",)
    ordering = ("-start_us",)
    fields = (
        "device",
        "map_id",
        ("start", "end", "open"),
        ("seconds", "pixels"),
        ("average_speed", "max_speed", "min_speed", "told"),
    )
    readonly_fields = ("start", "end", "seconds", "pixels")

    @admin.display(description=_("average speed"), ordering="average_speed")
    def speed(self, drive: Drive) -> str:
        if drive.average_speed is None:
            return "-"
        return f"{drive.average_speed} {'m/s' if drive.told else 'px/s'}"


@admin.register(HourlyTraffic)
class HourlyTrafficAdmin(DerivedAdmin):
    list_display = ("device", "hour", "map_id", "people", "seen", "reported")
    ordering = ("-hour_us",)
    fields = ("device", "map_id", "hour", "people", ("seen", "reported"))
    readonly_fields = ("hour", "people")


@admin.register(VisitorHour)
class VisitorHourAdmin(DerivedAdmin):
    list_display = ("device", "hour", "map_id", "visits", "people", "mean_stay")
    ordering = ("-hour_us",)
    fields = ("device", "map_id", "hour", ("visits", "people", "mean_stay"))
    readonly_fields = ("hour", "mean_stay")

    @admin.display(description=_("mean stay (s)"))
    def mean_stay(self, hour: VisitorHour) -> float:
        return round(hour.stay_us / hour.visits / clock.SECOND, 1)
