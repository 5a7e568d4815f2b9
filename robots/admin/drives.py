"""What is derived from robots' samples, to read: drives, and people by the hour."""

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ReadOnlyAdmin
from fleet_platform.shared import clock

from ..models import Drive, FloorMap, HourlyTraffic, VisitorHour


class DerivedAdmin(ReadOnlyAdmin):
    view_verb = "telemetry.view"
    workspace_path = "device__workspace_id"
    list_select_related = ("device",)
    search_fields = ("device__name", "map_id")


@admin.register(Drive)
class DriveAdmin(DerivedAdmin):
    list_display = ("device", "start", "end", "map_id", "seconds", "length", "speed", "open")
    list_filter = ("open",)
    ordering = ("-start_us",)
    fields = (
        "device",
        "map_id",
        ("start", "end", "open"),
        ("seconds", "length"),
        ("speed", "told"),
        ("fastest", "slowest"),
    )
    readonly_fields = ("start", "end", "seconds", "length", "speed", "fastest", "slowest")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Drive]:
        """With the `scale` of the drive's floor: metres a pixel, or None."""
        floors = FloorMap.objects.filter(
            workspace=OuterRef("device__workspace"), map_id=OuterRef("map_id")
        )
        scale = Subquery(floors.values("metres_per_pixel")[:1])
        return super().get_queryset(request).annotate(scale=scale)

    @admin.display(description=_("distance"), ordering="distance")
    def length(self, drive: Drive) -> str:
        pixels = drive.distance / 1000
        return f"{pixels * drive.scale:.1f} m" if drive.scale else f"{pixels:.1f} px"

    @admin.display(description=_("average speed"), ordering="average_speed")
    def speed(self, drive: Drive) -> str:
        return in_unit(drive, drive.average_speed)

    @admin.display(description=_("highest speed"))
    def fastest(self, drive: Drive) -> str:
        return in_unit(drive, drive.max_speed)

    @admin.display(description=_("lowest speed"))
    def slowest(self, drive: Drive) -> str:
        return in_unit(drive, drive.min_speed)


def in_unit(drive: Drive, speed: float | None) -> str:
    """Metres a second where the robot told them or the floor's scale does, else pixels a second."""
    if speed is None:
        return "-"
    if drive.told:
        return f"{speed:.2f} m/s"
    return f"{speed * drive.scale:.2f} m/s" if drive.scale else f"{speed:.1f} px/s"


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
