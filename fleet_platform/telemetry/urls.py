"""Pages of any device and of alarms; health, readiness and metrics at the root of the site."""

from django.urls import path

from . import pages
from .api import health

urlpatterns = [
    path("devices/<int:device_id>/", pages.device_page, name="device"),
    path("alerts/", pages.alerts_page, name="alerts"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]
