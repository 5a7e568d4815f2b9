"""Pages of identity."""

from django.urls import path

from . import pages, password_pages, settings_pages

urlpatterns = [
    path("login/", pages.login_page, name="login"),
    path("login/forgotten", password_pages.forgotten_page, name="forgotten"),
    path("logout/", pages.logout_page, name="logout"),
    path("settings/", settings_pages.settings_page, name="settings"),
    path("settings/language", settings_pages.language_page, name="settings-language"),
    path("settings/password", password_pages.password_page, name="settings-password"),
    path("settings/theme", pages.theme_page, name="settings-theme"),
]
