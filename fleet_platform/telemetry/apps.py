from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TelemetryConfig(AppConfig):
    name = "fleet_platform.telemetry"
    label = "telemetry"
    verbose_name = _("Telemetry")

    def ready(self):
        from fleet_platform.shared import problem  # noqa: F401  (registers the fleet API's error shape)
