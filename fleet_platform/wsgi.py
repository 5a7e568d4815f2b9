"""WSGI entry for REST and admin workers (optional; the sockets need asgi.py)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleet_platform.settings")
application = get_wsgi_application()
