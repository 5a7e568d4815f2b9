"""The spine's part of /api/fleet/."""

from django.urls import path

from fleet_platform.shared import converters  # noqa: F401  (gives urls their <id:...>)

from . import views

urlpatterns = [
    path("telemetry", views.TelemetryView.as_view()),
    path("devices", views.DevicesView.as_view()),
    path("devices/<id:device_id>", views.DeviceView.as_view()),
    path("devices/<id:device_id>/telemetry", views.DeviceTelemetryView.as_view()),
]
