"""Health, readiness and metrics, at the root of the site."""

from django.urls import path

from .api import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]
