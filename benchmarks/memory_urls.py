"""Urls of the yardstick of memory: the admin, the API's description, one REST view and one page from a template.

It imports the libraries that the platform's own start needs, so that only the project's code makes the difference.
"""

import channels.generic.websocket  # noqa: F401
import msgspec  # noqa: F401
import PIL.Image  # noqa: F401
import prometheus_client  # noqa: F401
import rest_framework_simplejwt.tokens  # noqa: F401
import uvicorn.protocols.websockets.websockets_sansio_impl  # noqa: F401
from django.contrib import admin
from django.shortcuts import render
from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.response import Response
from rest_framework.views import APIView


class OneView(APIView):
    def get(self, request):
        return Response({"answer": 42})


def page(request):
    return render(request, "admin/login.html", {"form": None})


urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api-docs"),
    path("one", OneView.as_view()),
    path("page", page),
]
