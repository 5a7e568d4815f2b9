"""Settings that would run and be wrong are refused before anything starts."""

import pytest
from django.core.checks import run_checks

from fleet_platform import checks


@pytest.fixture(autouse=True)
def on_sqlite(settings, monkeypatch):
    """Whatever database the suite runs on."""
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")


def ids() -> set[str]:
    return {found.id for found in run_checks() if found.id.startswith("fleet.")}


def test_the_settings_of_a_first_start_are_in_order():
    assert ids() == set()


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"WEB_PROCESSES": 2, "REDIS_URL": ""}, "fleet.E001"),
        ({"WEB_PROCESSES": 2, "REDIS_URL": "redis://localhost"}, "fleet.E002"),
        ({"SECRET_KEY": "short"}, "fleet.E003"),
        ({"SECRET_KEY": "ab" * 40}, "fleet.E003"),
        ({"DEBUG": True, "HOST": "0.0.0.0"}, "fleet.E004"),
        ({"MQTT_URL": "broker.example:1883"}, "fleet.E005"),
        ({"MQTT_URL": "tcp://broker.example"}, "fleet.E005"),
        ({"REDIS_URL": "localhost:6379"}, "fleet.E005"),
        ({"PUBLIC_URL": "fleet.example"}, "fleet.E005"),
        ({"PUBLIC_URL": "https://fleet.example", "SESSION_COOKIE_SECURE": False}, "fleet.E006"),
        ({"PUBLIC_URL": "https://fleet.example", "CSRF_COOKIE_SECURE": False}, "fleet.E006"),
        ({"FLYINGLET_ECHO_CODES": True}, "fleet.E007"),
        ({"SMS_BACKEND": "accounts.sms.http.SmsBackend"}, "fleet.E008"),
        ({"HOST": "0.0.0.0", "PUBLIC_URL": "http://fleet.example"}, "fleet.W001"),
    ],
)
def test_an_unsafe_pair_is_found(settings, changes, found):
    for name, value in changes.items():
        setattr(settings, name, value)
    assert found in ids()


def test_two_processes_with_redis_and_postgresql_are_in_order(settings, monkeypatch):
    settings.WEB_PROCESSES = 2
    settings.REDIS_URL = "redis://localhost:6379/0"
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.postgresql")
    assert checks.live_layer_reaches_every_process(None) == []
    assert checks.sqlite_has_one_web_process(None) == []


def test_debug_on_this_machine_is_in_order(settings):
    settings.DEBUG, settings.HOST = True, "127.0.0.1"
    assert checks.debug_stays_on_this_machine(None) == []


def test_codes_may_be_answered_in_development(settings):
    settings.DEBUG = settings.FLYINGLET_ECHO_CODES = True
    assert checks.codes_are_not_answered(None) == []


def test_a_provider_that_is_described_is_in_order(settings):
    settings.SMS_BACKEND = "accounts.sms.http.SmsBackend"
    settings.SMS_HTTP_URL = "https://sms.example/send"
    assert checks.sms_provider_is_described(None) == []
