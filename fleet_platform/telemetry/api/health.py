"""Is it alive, is it ready, and what does it count: for load balancers and Prometheus."""

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from .. import readiness


@require_safe
def healthz(request) -> JsonResponse:
    """The process answers; nothing else is looked at."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request) -> JsonResponse:
    """Each part that this installation uses: ok or missing, with why."""
    parts = readiness.parts()
    missing = {name: why for name, why in parts.items() if why is not None}
    body = {
        "status": "unavailable" if missing else "ok",
        "missing": missing,
        "checked": sorted(parts),
    }
    return JsonResponse(body, status=503 if missing else 200)


@require_safe
def metrics(request) -> HttpResponse:
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
