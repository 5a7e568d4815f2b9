"""Where a webhook may lead: to the public internet, unless the installation says that its own network is meant too.

Whoever may make a channel could otherwise let the platform call what only the platform reaches.
"""

import ipaddress
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from fleet_platform.shared.deadline import Deadline

from .outcomes import Failed

DEFAULT_PORTS = {"http": 80, "https": 443}
NAT64 = ipaddress.ip_network("64:ff9b::/96")
SIX_TO_FOUR = ipaddress.ip_network("2002::/16")
# Teredo, IPv4 in old clothes, a network's own NAT64 and site-local: `ipaddress` takes some of them for public.
NOT_PUBLIC = [
    ipaddress.ip_network(name) for name in ("2001::/32", "::/96", "64:ff9b:1::/48", "fec0::/10")
]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Target(NamedTuple):
    """A checked URL. `host`: as in the certificate, in ASCII; `path` with its query."""

    scheme: str
    host: str
    port: int
    path: str


def target_of(url: str) -> Target:
    """Raises ValueError with the reason."""
    if not url.isprintable() or " " in url:
        raise ValueError(_("has characters that no address has"))
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS:
        raise ValueError(_("must begin with https:// or http://"))
    if parts.username is not None or parts.password is not None:
        raise ValueError(_("must not have a name or password in it"))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise ValueError(_("must be percent-encoded after its host"))
    return Target(parts.scheme, _host(parts), _port(parts), path)


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port if parts.port is not None else DEFAULT_PORTS[parts.scheme]
    except ValueError:
        raise ValueError(_("has no such port")) from None
    allowed = settings.NOTIFY_PORTS
    if not settings.NOTIFY_PRIVATE_ADDRESSES and str(port) not in allowed:
        raise ValueError(_("must lead to one of the ports %s") % ", ".join(allowed))
    return port


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    try:
        host = host if ":" in host else host.encode("idna").decode()
    except UnicodeError:
        host = ""
    if not host:
        raise ValueError(_("lacks the name of a host"))
    if not settings.NOTIFY_PRIVATE_ADDRESSES and _is_private_literal(host):
        raise ValueError(_("must not lead to a private address"))
    return host


def _is_private_literal(host: str) -> bool:
    try:
        return not is_public(ipaddress.ip_address(host))
    except ValueError:
        return False


def resolved(target: Target, deadline: Deadline) -> str:
    """The one address to connect to: what the host's name leads to a moment later plays no part. Raises Failed."""
    try:
        addresses = deadline.addresses(target.host, target.port)
    except TimeoutError:
        raise Failed("the host was not found in time") from None
    except (OSError, UnicodeError):
        raise Failed("the host has no address") from None
    if settings.NOTIFY_PRIVATE_ADDRESSES:
        return addresses[0]
    for one in addresses:
        if is_public(ipaddress.ip_address(one.partition("%")[0])):
            return one
    raise Failed("the host has no public address", final=True)


def is_public(address: Address) -> bool:
    """Whether it is a host on the public internet; an IPv6 address that leads to an IPv4 one is that one."""
    if isinstance(address, ipaddress.IPv6Address):
        if inner := _inner(address):
            return is_public(inner)
        if any(address in network for network in NOT_PUBLIC):
            return False
    return address.is_global and not address.is_multicast


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour if address in SIX_TO_FOUR else None
