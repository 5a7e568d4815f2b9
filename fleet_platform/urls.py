"""Every url of the site, by dialect."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import JavaScriptCatalog
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from accounts.admin_base import door
from accounts.pages import logout_page

from .pages import fleet_page

urlpatterns = [
    path("admin/login/", door),  # one page signs in, and counts wrong tries
    path("admin/logout/", logout_page),
    path("admin/password_change/", RedirectView.as_view(pattern_name="settings-password")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("jsi18n/", JavaScriptCatalog.as_view(packages=["accounts"]), name="jsi18n"),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path(
        "api/docs",
        SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="api/docs.html"),
        name="api-docs",
    ),
    path("api/fleet/", include("accounts.api.urls")),
    path("api/fleet/", include("fleet_platform.telemetry.api.urls")),
    path("api/fleet/", include("robots.api.fleet.urls")),
    path("", fleet_page, name="fleet"),
    path("", include("fleet_platform.telemetry.urls")),
    path("", include("fleet_platform.media.urls")),
    path("", include("accounts.urls")),
    path("", include("robots.urls")),
    path("", include("robots.api.urls")),
]
handler400 = "fleet_platform.shared.dialect.bad_request"
handler404 = "fleet_platform.shared.dialect.unknown_url"
handler500 = "fleet_platform.shared.dialect.crash"
