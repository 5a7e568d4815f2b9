"""The FlyingLet paths, at the site's root as clients have them."""

from django.urls import path

from . import sign_in, views

urlpatterns = [
    path("login", sign_in.LoginView.as_view()),
    path("refresh", sign_in.RefreshView.as_view()),
    path("signin-device", sign_in.DeviceSignInView.as_view()),
    path("Registry/robot_id/<str:robot_id>", views.RegistryView.as_view()),
    path("stream", views.StreamView.as_view()),
    path("stream/robot", views.RobotStreamView.as_view()),
    path("blackbox", views.BlackBoxView.as_view()),
    path("photolog", views.PhotoLogView.as_view()),
    path("photolog/list", views.PhotoListView.as_view()),
]
