"""Pages of this app."""

from django.urls import path

from . import pages

urlpatterns = [
    path("robots/<int:device_id>/", pages.robot_page, name="robot"),
    path("robots/floors/<int:floor_id>/image", pages.floor_image, name="floor-image"),
]
