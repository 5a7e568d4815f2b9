from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from fleet_platform.telemetry import kinds


class TherapyConfig(AppConfig):
    name = "therapy"
    verbose_name = _("Therapy")

    def ready(self) -> None:
        from .kind import KIND

        kinds.register(KIND)
