from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from fleet_platform.telemetry import kinds


class PlansConfig(AppConfig):
    name = "plans"
    verbose_name = _("Plans")

    def ready(self) -> None:
        from .kind import KIND

        kinds.register(KIND)
