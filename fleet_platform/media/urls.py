"""Where uploaded files are served."""

from django.urls import path

from . import pages

urlpatterns = [path("uploads/<str:name>", pages.upload_file, name="upload")]
