from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from fleet_platform.telemetry import kinds


class RobotsConfig(AppConfig):
    name = "robots"
    verbose_name = _("Robots")

    def ready(self) -> None:
        from fleet_platform.media import strays
        from fleet_platform.telemetry import retention

        from .api import dialect  # noqa: F401  (registers the robots API's error shape)
        from .kind import KIND, robot_topic
        from .models import PLAN_FOLDER
        from .selectors import plans_stored
        from .services import drives_purge, photo_logs_purge, schedule_runs_purge

        kinds.register(KIND)
        kinds.register_topic("robot", robot_topic)
        strays.register(PLAN_FOLDER, plans_stored)
        retention.register(retention.DataClass("photo_log", 365, photo_logs_purge))
        retention.register(retention.DataClass("schedule_runs", 365, schedule_runs_purge))
        retention.register(retention.DataClass("drives", 365, drives_purge))
