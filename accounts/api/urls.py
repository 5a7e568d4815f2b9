"""Identity's part of /api/fleet/."""

from django.urls import path

from . import views

urlpatterns = [
    path("device-token", views.DeviceTokenView.as_view()),
    path("devices/<int:device_id>/rotate-secret", views.RotateSecretView.as_view()),
    path("me", views.MeView.as_view()),
    path("live-ticket", views.LiveTicketView.as_view()),
    path("workspaces", views.WorkspacesView.as_view()),
    path("workspaces/<int:workspace_id>", views.WorkspaceView.as_view()),
    path("workspaces/<int:workspace_id>/members", views.MembersView.as_view()),
    path("workspaces/<int:workspace_id>/members/<int:user_id>", views.MemberView.as_view()),
]
