"""Secrets at rest: unreadable without the key, readable after the key was changed while the old one is known."""

import pytest

from fleet_platform.shared.sealing import Unsealable, seal, unseal

OLD, NEW = "old-" * 20, "new-" * 20


@pytest.fixture(autouse=True)
def keys(settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, []


def test_what_is_sealed_comes_back_and_does_not_show():
    sealed = seal("whsec_비밀")
    assert unseal(sealed) == "whsec_비밀"
    assert "whsec" not in sealed
    assert seal("whsec_비밀") != sealed


def test_a_changed_key_opens_what_the_old_one_sealed_while_it_is_among_the_fallbacks(settings):
    sealed = seal("secret")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    assert unseal(sealed) == "secret"
    fresh = seal("secret")
    settings.SECRET_KEY_FALLBACKS = []
    assert unseal(fresh) == "secret"
    with pytest.raises(Unsealable):
        unseal(sealed)


@pytest.mark.parametrize("said", ["", "x", "gAAAAA" * 9])
def test_what_was_never_sealed_is_told_so(said):
    with pytest.raises(Unsealable):
        unseal(said)


def test_a_changed_letter_is_noticed():
    sealed = seal("secret")
    middle = len(sealed) // 2  # the last letters of base64 have bits that mean nothing
    other = "A" if sealed[middle] != "A" else "B"
    with pytest.raises(Unsealable):
        unseal(sealed[:middle] + other + sealed[middle + 1 :])
