"""What a channel must not be used for: to call what only the platform reaches, or to fill somebody's letter box."""

import ipaddress

import pytest
from django.core import mail

from fleet_platform.shared.errors import TooMany
from fleet_platform.telemetry.notices import services
from fleet_platform.telemetry.notices.addresses import is_public


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
        *("::1", "::", "::127.0.0.1", "::ffff:127.0.0.1", "fc00::1", "fe80::1", "fec0::1"),
        *("64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001::1"),
    ],
)
def test_an_address_that_is_not_of_the_public_internet_is_known(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822"])
def test_so_is_a_public_one(address):
    assert is_public(ipaddress.ip_address(address))


def test_trials_fill_no_letter_box(actor_of, make_user, monkeypatch):
    """Whoever signs up with somebody else's address has a channel to it at once: it gets a few trials a day."""
    monkeypatch.setattr(services, "TRIALS", 1000)
    victim = "victim@test.example"
    actor = actor_of(make_user(email=victim))
    channel, _ = services.channel_create(actor=actor, kind="email", address=victim)
    with pytest.raises(TooMany):
        for _ in range(services.TRIAL_MAILS + 1):
            services.channel_try(actor=actor, channel_id=channel.pk)
    assert len(mail.outbox) == services.TRIAL_MAILS
