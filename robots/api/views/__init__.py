"""The FlyingLet operations by resource."""

from .blackbox import BlackBoxView
from .codes import CodeCheckView, EmailCodeView, PasswordRequestView, SmsCodeView
from .people import AdminSignInView, CheckPasswordView, DuplicateView, SignInView
from .photos import PhotoListView, PhotoLogView
from .registry import CertificateView, CheckDeviceView, ChipView, OwnerView, RegistryView
from .sign_in import DeviceSignInView, LoginView, RefreshView
from .sign_up import AdminSignUpView, SignUpView
from .stream import RobotStreamView, StreamView
from .uploads import UploadView

__all__ = [
    "AdminSignInView",
    "AdminSignUpView",
    "BlackBoxView",
    "CertificateView",
    "CheckDeviceView",
    "CheckPasswordView",
    "ChipView",
    "CodeCheckView",
    "DeviceSignInView",
    "DuplicateView",
    "EmailCodeView",
    "LoginView",
    "OwnerView",
    "PasswordRequestView",
    "PhotoListView",
    "PhotoLogView",
    "RefreshView",
    "RegistryView",
    "RobotStreamView",
    "SignInView",
    "SignUpView",
    "SmsCodeView",
    "StreamView",
    "UploadView",
]
