"""Network addresses of clients, as they are kept and counted."""

import ipaddress

SITE_PREFIX = 64  # what one IPv6 subscriber gets at least: within it addresses cost nothing


def clean_address(said: str | None) -> str | None:
    """The address in its short form, without zone; None for what is no address, e.g. a proxy's `unknown`."""
    try:
        address = ipaddress.ip_address((said or "").partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


def client_network(address: str) -> str:
    """What counts as one client: an IPv4 address, or the site of an IPv6 one."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network(f"{address}/{SITE_PREFIX}", strict=False))
