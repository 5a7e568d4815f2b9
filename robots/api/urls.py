"""FlyingLet's paths, exactly as the seed prints them."""

from django.urls import path

from . import sign_in

urlpatterns = [
    path("login", sign_in.LoginView.as_view()),
    path("refresh", sign_in.RefreshView.as_view()),
    path("signin-device", sign_in.DeviceSignInView.as_view()),
]
