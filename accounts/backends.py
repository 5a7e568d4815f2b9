"""Django's own sign-in (its forms, its test client) through the same door as the APIs: counted and throttled."""

from django.contrib.auth.backends import BaseBackend

from fleet_platform.shared.errors import NotAuthenticated, TooMany

from .authentication import client_address
from .models import User
from .services import user_check


class ThrottledBackend(BaseBackend):
    """Says None for wrong and for throttled tries alike; pages that want to name the wait call `user_check`."""

    def authenticate(self, request, username=None, password=None, **kwargs) -> User | None:
        email = username or kwargs.get(User.USERNAME_FIELD)
        if not email or not password:
            return None
        address = client_address(request) if request is not None else None
        try:
            return user_check(email=email, password=password, address=address)
        except (NotAuthenticated, TooMany):
            return None

    def get_user(self, user_id) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()
