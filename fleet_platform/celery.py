"""The Celery application. Tasks live in each app's tasks.py and only fetch by id and call a service."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleet_platform.settings")

app = Celery("fleet_platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
