"""Where a credential is: the one authenticator of every API.

`Authorization: Bearer <token>` in any case, the bare token (FlyingLet's pages print it so), an API cookie, or the
browser's session. A credential that a browser sends by itself (cookie or session) counts on writing methods only
from our own pages: a request whose Origin or Sec-Fetch-Site is foreign is refused.
"""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from rest_framework.authentication import BaseAuthentication

from fleet_platform.shared.errors import NotAllowed, NotAuthenticated

from .addresses import clean_address
from .principal import ANONYMOUS, Actor, Source
from .selectors import actor_from, actor_of_user, limited_actor_from
from .tokens import BROWSER, verify

ACCESS_COOKIE = "access_token"
REFRESH_COOKIE = "refresh_token"
REFRESH_PATH = "/refresh"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def bearer_token(header: str) -> str:
    """The token of an Authorization header: after `Bearer` in any case, or the bare token; "" where there is none."""
    first, _, rest = header.strip().partition(" ")
    if rest:
        return rest.strip() if first.lower() in {"bearer", "jwt", "token"} else ""
    return "" if first.lower() in {"bearer", "jwt", "token"} else first


def client_address(request: HttpRequest) -> str | None:
    return clean_address(request.META.get("REMOTE_ADDR"))


def same_origin(host: str, origin: str | None, fetch_site: str | None) -> bool:
    """Whether a browser's request comes from our own pages. No Origin and no Sec-Fetch-Site: not a browser."""
    if fetch_site and fetch_site not in {"same-origin", "none"}:
        return False
    return not origin or urlsplit(origin).netloc.lower() == host.lower()


def drop_api_cookies(response: HttpResponse) -> None:
    """Once a browser signs in or out by the pages, a token of whoever used the API there before must not speak."""
    response.delete_cookie(ACCESS_COOKIE)
    response.delete_cookie(REFRESH_COOKIE, path=REFRESH_PATH)


def actor_of_token(token: str, address: str | None = None) -> Actor:
    actor = actor_from(verify(token), address)
    if actor is None:
        raise NotAuthenticated
    return actor


def _actor_of_api_token(token: str, address: str | None) -> Actor:
    """Sessions of temporary passwords count here alone, so that the API can say what they are good for."""
    source = verify(token)
    actor = actor_from(source, address) or limited_actor_from(source, address)
    if actor is None:
        raise NotAuthenticated
    return actor


class ActorAuthentication(BaseAuthentication):
    """DRF's hook. request.auth is the Actor; views of the platform read it as `self.actor`."""

    def authenticate(self, request):
        address = client_address(request)
        if header := request.headers.get("Authorization"):
            token = bearer_token(header)
            if not token:
                raise NotAuthenticated
            actor = _actor_of_api_token(token, address)
        elif token := request.COOKIES.get(ACCESS_COOKIE):
            actor = self._from_cookie(token, address, request)
        else:
            actor = _from_browser_session(request, address)
            self._refuse_foreign_page(request, actor)
        return (actor, actor) if actor else None

    def authenticate_header(self, request) -> str:
        return 'Bearer realm="fleet"'

    def _from_cookie(self, token: str, address: str | None, request) -> Actor | None:
        """An API cookie; one that has run out leaves the browser's session to speak, if there is one."""
        try:
            actor = _actor_of_api_token(token, address)
        except NotAuthenticated:
            actor = _from_browser_session(request, address)
            if actor is None:
                raise
        self._refuse_foreign_page(request, actor)
        return actor

    @staticmethod
    def _refuse_foreign_page(request, actor: Actor | None) -> None:
        if actor is None or request.method in SAFE_METHODS:
            return
        if not same_origin(
            request.get_host(), request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
        ):
            raise NotAllowed("This request came from another site's page.")


def actor_of_request(request: HttpRequest) -> Actor:
    """The actor behind a page of ours or of the admin: Django's signed-in user, looked up once per request."""
    if not hasattr(request, "_actor"):
        request._actor = _page_actor(request)
    return request._actor


def _page_actor(request: HttpRequest) -> Actor:
    if not request.user.is_authenticated:
        return ANONYMOUS
    source = Source(BROWSER, request.session.session_key) if request.session.session_key else None
    return actor_of_user(request.user, source, client_address(request))


def _from_browser_session(request, address: str | None) -> Actor | None:
    session = getattr(request, "session", None)
    if session is None or session.session_key is None:
        return None
    return actor_from(Source(BROWSER, session.session_key), address)
