"""Where a webhook may lead: the public internet, whatever spelling, and the connection goes where was looked."""

import ipaddress
import socket

import pytest

from fleet_platform.shared.deadline import Deadline
from fleet_platform.telemetry.notices.addresses import is_public, resolved, target_of
from fleet_platform.telemetry.notices.outcomes import Failed


def lead_to(monkeypatch, *addresses: str) -> None:
    """Every host has these addresses."""

    def answer(host, port, **_):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://hooks.example/a?b=c", ("https", "hooks.example", 443, "/a?b=c")),
        ("http://hooks.example", ("http", "hooks.example", 80, "/")),
        ("https://hooks.example:8443/x", ("https", "hooks.example", 8443, "/x")),
        ("https://한국.example/", ("https", "xn--3e0b707e.example", 443, "/")),
        ("https://HOOKS.example./x#part", ("https", "hooks.example", 443, "/x")),
        ("https://[2606:4700::1]/", ("https", "2606:4700::1", 443, "/")),
    ],
)
def test_a_sound_address_is_taken_apart(url, target):
    assert target_of(url) == target


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "gopher://hooks.example:80/",
        "https://",
        "https:///path",
        "https://name:word@hooks.example/",
        "https://name@hooks.example/",
        "https://hooks.example:22/",
        "https://hooks.example:99999/",
        "https://hooks.example:x/",
        "https://hooks.example/a b",
        "https://hooks.example/a\r\nHost: b",
        "https://hooks.example/한",
        "https://[::1",
        "https://" + "a" * 70 + ".example/",
        "http://127.0.0.1/",
        "http://10.1.2.3/",
        "http://192.168.0.1:8080/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://[fd00::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0/",
    ],
)
def test_an_unsound_or_private_address_is_refused_with_a_reason(url):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        target_of(url)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),
        *("::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "2001:db8::1"),
        *("64:ff9b::a00:1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::", "2001::1"),
    ],
)
def test_what_is_not_public(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_what_is_public(address):
    assert is_public(ipaddress.ip_address(address))


def test_a_name_that_leads_to_a_private_address_is_refused_for_good(monkeypatch):
    lead_to(monkeypatch, "10.0.0.5", "127.0.0.1")
    with pytest.raises(Failed) as refused:
        resolved(target_of("https://inner.example/"), Deadline(5))
    assert refused.value.final


def test_of_several_addresses_a_public_one_is_taken(monkeypatch):
    lead_to(monkeypatch, "10.0.0.5", "8.8.4.4")
    assert resolved(target_of("https://mixed.example/"), Deadline(5)) == "8.8.4.4"


def test_a_number_that_stands_for_this_machine_is_refused():
    """2130706433 is 127.0.0.1 to the system's resolver."""
    with pytest.raises(Failed) as refused:
        resolved(target_of("http://2130706433/"), Deadline(5))
    assert refused.value.final


def test_a_name_without_address_may_get_one_later(monkeypatch):
    def nobody(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(Failed) as refused:
        resolved(target_of("https://away.example/"), Deadline(5))
    assert not refused.value.final


def test_the_installation_may_mean_its_own_network(settings):
    settings.NOTIFY_PRIVATE_ADDRESSES = True
    target = target_of("http://127.0.0.1:9999/x")
    assert target.port == 9999
    assert resolved(target, Deadline(5)) == "127.0.0.1"
