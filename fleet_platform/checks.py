"""System checks: setting pairs that would run and be wrong. Each has an id, so that a message can be looked up."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
SHORTEST_SECRET = 50


@register(Tags.compatibility)
def live_layer_reaches_every_process(app_configs, **kwargs) -> list[CheckMessage]:
    if settings.WEB_PROCESSES == 1 or settings.REDIS_URL:
        return []
    return [
        Error(
            f"WEB_PROCESSES is {settings.WEB_PROCESSES}, but the live layer is in-process.",
            hint="Set REDIS_URL, so that a sample posted to one process reaches the sockets of "
            "the others, or run one process.",
            id="fleet.E001",
        )
    ]


@register(Tags.database)
def sqlite_has_one_web_process(app_configs, **kwargs) -> list[CheckMessage]:
    engine = settings.DATABASES["default"]["ENGINE"]
    if settings.WEB_PROCESSES == 1 or not engine.endswith("sqlite3"):
        return []
    return [
        Error(
            f"WEB_PROCESSES is {settings.WEB_PROCESSES}, but SQLite has one writer.",
            hint="Set DATABASE_URL=postgres://..., or run one process.",
            id="fleet.E002",
        )
    ]


@register(Tags.security)
def secret_key_is_long(app_configs, **kwargs) -> list[CheckMessage]:
    if len(settings.SECRET_KEY) >= SHORTEST_SECRET and len(set(settings.SECRET_KEY)) >= 10:
        return []
    return [
        Error(
            f"SECRET_KEY is shorter than {SHORTEST_SECRET} characters or too plain.",
            hint="Leave it out, and a long one is made and kept in DATA_DIR/secret_key.",
            id="fleet.E003",
        )
    ]


@register(Tags.security)
def debug_stays_on_this_machine(app_configs, **kwargs) -> list[CheckMessage]:
    if not settings.DEBUG or settings.HOST in LOOPBACK:
        return []
    return [
        Error(
            f"DEBUG shows source and settings to everybody who reaches {settings.HOST}.",
            hint="Use DEBUG=1 with HOST=127.0.0.1 alone.",
            id="fleet.E004",
        )
    ]


@register(Tags.compatibility)
def urls_have_a_known_scheme(app_configs, **kwargs) -> list[CheckMessage]:
    known = {
        "MQTT_URL": (settings.MQTT_URL, {"mqtt", "mqtts"}),
        "REDIS_URL": (settings.REDIS_URL, {"redis", "rediss", "unix"}),
        "PUBLIC_URL": (settings.PUBLIC_URL, {"http", "https"}),
    }
    return [
        Error(
            f"{name} must begin with {' or '.join(f'{scheme}://' for scheme in sorted(schemes))}.",
            id="fleet.E005",
        )
        for name, (url, schemes) in known.items()
        if url and (urlsplit(url).scheme not in schemes or "://" not in url)
    ]


@register(Tags.security)
def codes_are_not_answered(app_configs, **kwargs) -> list[CheckMessage]:
    if settings.DEBUG or not settings.FLYINGLET_ECHO_CODES:
        return []
    return [
        Error(
            "FLYINGLET_ECHO_CODES answers codes to whoever asks for them.",
            hint="It is for development with DEBUG=1 alone.",
            id="fleet.E007",
        )
    ]


@register(Tags.compatibility)
def sms_provider_is_described(app_configs, **kwargs) -> list[CheckMessage]:
    if settings.SMS_BACKEND != "accounts.sms.http.SmsBackend":
        return []
    from accounts.sms.http import faults

    return [Error(fault, id="fleet.E008") for fault in faults()]


@register(Tags.security)
def https_has_secure_cookies(app_configs, **kwargs) -> list[CheckMessage]:
    public = settings.PUBLIC_URL.startswith("https://")
    if not public or (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
        return []
    return [
        Error(
            "PUBLIC_URL is https, but cookies are sent over plain http as well.",
            hint="Set SESSION_COOKIE_SECURE and CSRF_COOKIE_SECURE.",
            id="fleet.E006",
        )
    ]


@register(Tags.security)
def public_address_is_https(app_configs, **kwargs) -> list[CheckMessage]:
    if settings.HOST in LOOPBACK or settings.PUBLIC_URL.startswith("https://"):
        return []
    return [
        Warning(
            f"The server listens on {settings.HOST}, and PUBLIC_URL is not https: passwords and "
            "tokens cross the network in the clear.",
            hint="Put a TLS proxy in front and set PUBLIC_URL=https://... and BEHIND_PROXY=1.",
            id="fleet.W001",
        )
    ]
