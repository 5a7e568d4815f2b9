from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TelemetryConfig(AppConfig):
    name = "fleet_platform.telemetry"
    label = "telemetry"
    verbose_name = _("Telemetry")

    def ready(self):
        from fleet_platform.shared import problem  # noqa: F401  (registers the fleet API's error shape)

        from . import events
        from .alarms.selectors import open_alarm_documents
        from .alarms.services import alarms_purge
        from .commands.selectors import open_command_documents
        from .commands.services import commands_purge
        from .notices.services import deliveries_purge
        from .retention import DataClass, register

        events.register(events.Subject("alarms", "alarm.view", open_alarm_documents))
        events.register(events.Subject("commands", "command.view", open_command_documents))
        register(DataClass("alarms", 365, alarms_purge))
        register(DataClass("deliveries", 30, deliveries_purge))
        register(DataClass("commands", 365, commands_purge))
