"""Identity's part of /api/fleet/."""

from django.urls import path

from fleet_platform.shared import converters  # noqa: F401  (gives urls their <id:...>)

from . import views

urlpatterns = [
    path("device-token", views.DeviceTokenView.as_view()),
    path("devices/<id:device_id>/rotate-secret", views.RotateSecretView.as_view()),
    path("me", views.MeView.as_view()),
    path("me/password", views.PasswordView.as_view()),
    path("live-ticket", views.LiveTicketView.as_view()),
    path("workspaces", views.WorkspacesView.as_view()),
    path("workspaces/<id:workspace_id>", views.WorkspaceView.as_view()),
    path("workspaces/<id:workspace_id>/members", views.MembersView.as_view()),
    path("workspaces/<id:workspace_id>/members/<id:user_id>", views.MemberView.as_view()),
]
