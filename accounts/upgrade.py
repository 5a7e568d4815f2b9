"""Who opens a websocket: Authorization, API cookie or browser session (from our own pages alone), or a ticket."""

from http.cookies import CookieError, SimpleCookie

from django.conf import settings

from fleet_platform.shared.errors import NotAuthenticated

from .addresses import clean_address
from .authentication import ACCESS_COOKIE, actor_of_token, bearer_token, same_origin
from .principal import Actor, Source
from .selectors import actor_from
from .services import ticket_spend
from .tokens import BROWSER


def headers_of(scope: dict) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
    }


def actor_of_upgrade(scope: dict) -> Actor | None:
    """The actor that an upgrade request proves; None where it carries nothing. Raises NotAuthenticated for a bad token.

    A stale cookie counts as nothing: the client may still send its token as the first message.
    """
    headers = headers_of(scope)
    address = clean_address(scope["client"][0]) if scope.get("client") else None
    if header := headers.get("authorization"):
        return actor_of_token(bearer_token(header), address)
    if not same_origin(
        headers.get("host", ""), headers.get("origin"), headers.get("sec-fetch-site")
    ):
        return None
    cookies = _cookies(headers.get("cookie", ""))
    if token := cookies.get(ACCESS_COOKIE):
        try:
            return actor_of_token(token, address)
        except NotAuthenticated:
            pass
    key = cookies.get(settings.SESSION_COOKIE_NAME)
    return actor_from(Source(BROWSER, key), address) if key else None


def actor_of_ticket(ticket: str) -> Actor:
    """Spends the ticket. Raises NotAuthenticated for one that is unknown, used or too old."""
    source = ticket_spend(ticket)
    actor = actor_from(source) if source else None
    if actor is None:
        raise NotAuthenticated
    return actor


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
