"""The robots' part of /api/fleet/."""

from django.urls import path

from fleet_platform.shared import converters  # noqa: F401  (gives urls their <id:...>)

from . import drives, floors, hours, photos, places, schedules

urlpatterns = [
    path("floors", floors.FloorsView.as_view()),
    path("floors/<id:floor_id>", floors.FloorView.as_view()),
    path("floors/<id:floor_id>/image", floors.FloorImageView.as_view(), name="fleet-floor-image"),
    path("floors/<id:floor_id>/stores", places.StoresView.as_view()),
    path("floors/<id:floor_id>/regions", places.RegionsView.as_view()),
    path("floors/<id:floor_id>/way-points", places.WayPointListsView.as_view()),
    path("floors/<id:floor_id>/traffic", hours.FloorTrafficView.as_view()),
    path("floors/<id:floor_id>/heat", hours.FloorHeatView.as_view()),
    path("devices/<id:device_id>/drives", drives.DrivesView.as_view()),
    path("devices/<id:device_id>/photos", photos.DevicePhotosView.as_view()),
    path("devices/<id:device_id>/visitors", hours.VisitorsView.as_view()),
    path("stores/<id:store_id>", places.StoreView.as_view()),
    path("regions/<id:region_id>", places.RegionView.as_view()),
    path("way-points/<id:way_points_id>", places.WayPointListView.as_view()),
    path("schedules", schedules.SchedulesView.as_view()),
    path("schedules/preview", schedules.SchedulePreviewView.as_view()),
    path("schedules/<id:schedule_id>", schedules.ScheduleView.as_view()),
    path("schedules/<id:schedule_id>/run", schedules.ScheduleRunView.as_view()),
    path("schedules/<id:schedule_id>/runs", schedules.ScheduleRunsView.as_view()),
]
