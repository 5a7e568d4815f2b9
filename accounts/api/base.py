"""The base view of every API of the platform: an Actor in, the dialect's errors out."""

from rest_framework.views import APIView

from fleet_platform.shared.dialect import Dialect
from fleet_platform.shared.errors import NotAuthenticated

from ..principal import ANONYMOUS, Actor


class ActorView(APIView):
    """Set `dialect`; set `public` on the few views that nobody has to sign in for."""

    dialect: Dialect
    public = False

    @property
    def actor(self) -> Actor:
        return self.request.auth or ANONYMOUS

    def get_exception_handler(self):
        return self.dialect.exception_handler

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if not self.public and request.auth is None:
            raise NotAuthenticated
