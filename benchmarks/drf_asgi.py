"""ASGI entry of the yardstick's site."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.drf_settings")
application = get_asgi_application()
