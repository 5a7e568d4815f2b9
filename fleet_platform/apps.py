"""The wiring as an app: its system checks and its commands (start, seed_demo, simulate_fleet, replay). No models."""

from importlib import import_module

from django.apps import AppConfig

from .shared import background


class PlatformConfig(AppConfig):
    name = "fleet_platform"
    label = "platform"

    def ready(self):
        from . import checks  # noqa: F401  (registers the system checks)

        background.install(lambda: import_module("fleet_platform.celery").app)
