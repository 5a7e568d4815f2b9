"""The FlyingLet paths, at the site's root as clients have them."""

from django.urls import path

from . import views

urlpatterns = [
    path("login", views.LoginView.as_view()),
    path("refresh", views.RefreshView.as_view()),
    path("signin", views.SignInView.as_view()),
    path("signin/Admin", views.AdminSignInView.as_view()),
    path("check_password", views.CheckPasswordView.as_view()),
    path("dupcheck/<str:collection>/<str:field>", views.DuplicateView.as_view()),
    path("signup", views.SignUpView.as_view()),
    path("signup/Admin", views.AdminSignUpView.as_view()),
    path("sms", views.SmsCodeView.as_view()),
    path("email", views.EmailCodeView.as_view()),
    path("codecheck", views.CodeCheckView.as_view()),
    path("update/password", views.PasswordRequestView.as_view()),
    path("signin-device", views.DeviceSignInView.as_view()),
    path("Registry/robot_id/<str:robot_id>", views.RegistryView.as_view()),
    path("check-device", views.CheckDeviceView.as_view()),
    path("chip_sn", views.ChipView.as_view()),
    path("fcode-device", views.OwnerView.as_view()),
    path("send-device-certi", views.CertificateView.as_view()),
    path("stream", views.StreamView.as_view()),
    path("stream/robot", views.RobotStreamView.as_view()),
    path("upload", views.UploadView.as_view()),
    path("blackbox", views.BlackBoxView.as_view()),
    path("photolog", views.PhotoLogView.as_view()),
    path("photolog/list", views.PhotoListView.as_view()),
]
