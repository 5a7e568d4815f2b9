"""The table of roles and verbs, written out a second time as people would say it."""

import pytest

from accounts.roles import DEVICE, VERBS, Role, may

RANKS = ("owner", "admin", "operator", "viewer", "guardian", DEVICE)
SAID = {
    "workspace.view": (1, 1, 1, 1, 1, 0),
    "workspace.manage": (1, 1, 0, 0, 0, 0),
    "workspace.remove": (1, 0, 0, 0, 0, 0),
    "member.view": (1, 1, 1, 1, 0, 0),
    "member.manage": (1, 1, 0, 0, 0, 0),
    "device.view": (1, 1, 1, 1, 0, 1),
    "device.manage": (1, 1, 1, 0, 0, 0),
    "device.secret": (1, 1, 1, 0, 0, 0),
    "device.remove": (1, 1, 0, 0, 0, 0),
    "telemetry.view": (1, 1, 1, 1, 0, 1),
    "telemetry.write": (0, 0, 0, 0, 0, 1),
    "map.view": (1, 1, 1, 1, 0, 1),
    "map.manage": (1, 1, 1, 0, 0, 0),
    "photo.create": (1, 1, 1, 0, 0, 1),
    "audit.view": (1, 1, 0, 0, 0, 0),
}


@pytest.mark.parametrize("verb", SAID)
def test_each_role_may_what_the_table_says(verb):
    assert tuple(int(may(frozenset({rank}), verb)) for rank in RANKS) == SAID[verb]


def test_every_verb_names_known_roles_and_somebody():
    for verb, roles in VERBS.items():
        assert roles, verb
        assert roles <= set(Role) | {DEVICE}, verb


def test_no_role_may_nothing():
    assert not any(may(frozenset(), verb) for verb in VERBS)


def test_an_unknown_verb_is_a_mistake_of_the_program():
    with pytest.raises(KeyError):
        may(frozenset({"owner"}), "device.veiw")
