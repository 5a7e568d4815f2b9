"""The FlyingLet operations by resource. Signing in is in `..sign_in`."""

from .blackbox import BlackBoxView
from .codes import CodeCheckView, EmailCodeView, PasswordRequestView, SmsCodeView
from .people import AdminSignInView, CheckPasswordView, DuplicateView, SignInView
from .photos import PhotoListView, PhotoLogView
from .registry import CertificateView, CheckDeviceView, ChipView, OwnerView, RegistryView
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
    "DuplicateView",
    "EmailCodeView",
    "OwnerView",
    "PasswordRequestView",
    "PhotoListView",
    "PhotoLogView",
    "RegistryView",
    "RobotStreamView",
    "SignInView",
    "SignUpView",
    "SmsCodeView",
    "StreamView",
    "UploadView",
]
