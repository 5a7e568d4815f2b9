from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from fleet_platform.telemetry import kinds


class RobotsConfig(AppConfig):
    name = "robots"
    verbose_name = _("Robots")

    def ready(self):
        from .kind import KIND

        kinds.register(KIND)
