"""The spine's part of /api/fleet/."""

from django.urls import path

from . import views

urlpatterns = [
    path("telemetry", views.TelemetryView.as_view()),
    path("devices", views.DevicesView.as_view()),
    path("devices/<int:device_id>", views.DeviceView.as_view()),
    path("devices/<int:device_id>/telemetry", views.DeviceTelemetryView.as_view()),
]
