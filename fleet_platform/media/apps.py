from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MediaConfig(AppConfig):
    name = "fleet_platform.media"
    label = "media"
    verbose_name = _("Media")

    def ready(self) -> None:
        from fleet_platform.telemetry import retention

        from .services import uploads_purge

        retention.register(retention.DataClass("upload", 0, uploads_purge))
