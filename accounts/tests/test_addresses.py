"""Addresses: what is none, and who counts as one client."""

import pytest

from accounts.addresses import clean_address, client_network


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("unknown", None),
        ("10.0.0.1:5000", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_kept_in_its_short_form(said, kept):
    assert clean_address(said) == kept


def test_an_ipv4_address_counts_alone_and_an_ipv6_one_with_its_site():
    assert client_network("10.0.0.1") != client_network("10.0.0.2")
    assert client_network("2001:db8::1") == client_network("2001:db8::ffff")
    assert client_network("2001:db8::1") != client_network("2001:db8:0:1::1")
