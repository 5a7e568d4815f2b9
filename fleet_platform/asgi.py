"""ASGI entry: plain HTTP to Django."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleet_platform.settings")
application = get_asgi_application()
