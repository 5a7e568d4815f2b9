from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from fleet_platform.telemetry import kinds


class DronesConfig(AppConfig):
    name = "drones"
    verbose_name = _("Drones")

    def ready(self) -> None:
        from .kind import DRONE, REMOTE_CONTROLLER

        kinds.register(DRONE)
        kinds.register(REMOTE_CONTROLLER)
