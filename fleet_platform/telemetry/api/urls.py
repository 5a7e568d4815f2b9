"""The spine's part of /api/fleet/."""

from django.urls import path

from fleet_platform.shared import converters  # noqa: F401  (gives urls their <id:...>)

from . import alarms, channels, commands, export, status_changes, views, zones

urlpatterns = [
    path("telemetry", views.TelemetryView.as_view()),
    path("devices", views.DevicesView.as_view()),
    path("devices/<id:device_id>", views.DeviceView.as_view()),
    path("devices/<id:device_id>/telemetry", views.DeviceTelemetryView.as_view()),
    path("devices/<id:device_id>/export", export.DeviceExportView.as_view()),
    path("zones", zones.ZonesView.as_view()),
    path("zones/<id:zone_id>", zones.ZoneView.as_view()),
    path("alarms", alarms.AlarmsView.as_view()),
    path("alarms/acknowledge", alarms.AcknowledgeManyView.as_view()),
    path("alarms/<id:alarm_id>", alarms.AlarmView.as_view()),
    path("alarms/<id:alarm_id>/acknowledge", alarms.AcknowledgeView.as_view()),
    path("alarms/<id:alarm_id>/clear", alarms.ClearView.as_view()),
    path("me/channels", channels.ChannelsView.as_view()),
    path("me/channels/<id:channel_id>", channels.ChannelView.as_view()),
    path("me/channels/<id:channel_id>/rotate-secret", channels.ChannelSecretView.as_view()),
    path("me/channels/<id:channel_id>/test", channels.ChannelTrialView.as_view()),
    path("me/channels/<id:channel_id>/verify", channels.ChannelVerifyView.as_view()),
    path("devices/<id:device_id>/commands", commands.DeviceCommandsView.as_view()),
    path("commands/<id:command_id>", commands.CommandView.as_view()),
    path("commands/<id:command_id>/cancel", commands.CommandCancelView.as_view()),
    path("commands/<id:command_id>/reply", commands.CommandReplyView.as_view()),
    path("workspaces/<id:workspace_id>/stop-all", commands.StopAllView.as_view()),
    path("devices/<id:device_id>/status-changes", status_changes.StatusChangesView.as_view()),
]
