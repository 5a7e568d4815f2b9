"""The base views: an Actor in, the dialect's errors out. FleetView is that of the fleet API."""

from rest_framework.views import APIView

from fleet_platform.shared.dialect import Dialect
from fleet_platform.shared.errors import MustChangePassword, NotAuthenticated
from fleet_platform.shared.problem import DIALECT

from ..principal import ANONYMOUS, Actor


class ActorView(APIView):
    # No docstring: the API document would show it as the description of every operation.
    dialect: Dialect
    public = False  # True on the few views that nobody has to sign in for
    with_temporary_password = False  # True where a new password is set, and nowhere else

    def get_authenticators(self):
        """A public view does not look at credentials: a cookie that has run out must not stand before signing in."""
        return [] if self.public else super().get_authenticators()

    @property
    def actor(self) -> Actor:
        return self.request.auth or ANONYMOUS

    def get_exception_handler(self):
        return self.dialect.exception_handler

    def finalize_response(self, request, response, *args, **kwargs):
        """What one person may see is kept by no cache for the next one."""
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return super().finalize_response(request, response, *args, **kwargs)

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if not self.public and request.auth is None:
            raise NotAuthenticated
        if self.actor.must_change_password and not self.with_temporary_password:
            raise MustChangePassword


class FleetView(ActorView):
    dialect = DIALECT

    def read(self, shape, **options) -> dict:
        """The request's body, checked. Raises DRF's ValidationError."""
        body = shape(data=self.request.data, **options)
        body.is_valid(raise_exception=True)
        return body.validated_data
