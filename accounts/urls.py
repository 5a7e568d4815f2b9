"""Pages of identity."""

from django.urls import path

from . import pages

urlpatterns = [
    path("login/", pages.login_page, name="login"),
    path("logout/", pages.logout_page, name="logout"),
    path("settings/theme", pages.theme_page, name="settings-theme"),
]
