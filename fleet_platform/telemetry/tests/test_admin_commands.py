"""Commands in the console: told in words."""

import pytest

from accounts.tests.console import inside, url
from fleet_platform.telemetry.commands.words import source_of
from fleet_platform.telemetry.models import Command

pytestmark = pytest.mark.django_db


@pytest.fixture
def command(device) -> Command:
    facts = {"device": device, "workspace": device.workspace, "source": "api"}
    return Command.objects.create(name="go_to", expires_at=device.created_at, **facts)


def test_commands_are_listed_in_words_with_their_codes_on_their_page(admin, command):
    page = inside(admin)
    listed = page.get(url(Command, "changelist")).content.decode()
    assert "Go to" in listed
    assert "Asked directly" in listed
    assert "go_to" not in listed
    told = page.get(url(Command, "change", command.pk)).content.decode()
    assert "go_to" in told


def test_a_source_is_told_in_words():
    assert source_of("schedule:7") == "Schedule 7"
    assert source_of("stop-all") == "Stop all"
    assert source_of("elsewhere") == "elsewhere"
