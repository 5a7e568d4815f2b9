from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MediaConfig(AppConfig):
    name = "fleet_platform.media"
    label = "media"
    verbose_name = _("Media")

    def ready(self) -> None:
        from fleet_platform.telemetry import retention

        from . import strays
        from .models import FOLDER
        from .selectors import uploads_stored
        from .services import uploads_purge

        strays.register(FOLDER, uploads_stored)
        retention.register(retention.DataClass("upload", 0, uploads_purge))
