"""How often strangers may ask: for messages to an address, or what exists. Counted alike whatever exists."""

from collections.abc import Iterable

from django.conf import settings

from fleet_platform.shared import throttle

from ..addresses import client_network

HOUR = 3600
FIVE_MINUTES = 300
LOOKS_PER_CALLER = 120


def count_message(scope: str, addresses: Iterable[str], caller: str | None) -> None:
    """One message asked for. Raises TooMany once the caller, or one of the addresses, had enough within the hour."""
    if caller:
        limit = settings.CODES_PER_CALLER
        throttle.hit(f"{scope}:caller", client_network(caller), limit=limit, window=HOUR)
    for address in addresses:
        throttle.hit(scope, address, limit=settings.CODES_PER_ADDRESS, window=HOUR)


def count_lookup(scope: str, caller: str | None) -> None:
    """One question about what exists, or one guess. Raises TooMany."""
    if caller:
        throttle.hit(scope, client_network(caller), limit=LOOKS_PER_CALLER, window=FIVE_MINUTES)


def count_sign_up(caller: str | None) -> None:
    if caller:
        limit = settings.SIGN_UPS_PER_CALLER
        throttle.hit("sign-up", client_network(caller), limit=limit, window=HOUR)
