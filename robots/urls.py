"""Pages of this app."""

from django.urls import path

from . import pages

urlpatterns = [
    path("robots/<int:device_id>/", pages.robot_page, name="robot"),
    path("sites/<int:workspace_id>/floors/<path:map_id>/", pages.floor_page, name="floor"),
    path("schedules/", pages.schedules_page, name="schedules"),
]
