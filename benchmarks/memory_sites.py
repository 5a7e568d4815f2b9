"""The yardstick of memory: the platform's third-party apps and middleware, its libraries, and one view of its own.

As a program with `platform` or `bare` it prints the CPU milliseconds until the application of that site is ready.
"""

import importlib
import os
import sys
import time
from collections.abc import Awaitable, Callable

OURS = ("fleet_platform", "accounts", "robots", "drones", "therapy", "plans")
_began = time.process_time()


def is_ours(name: str) -> bool:
    return name.split(".")[0] in OURS


def bare_site() -> Callable[..., Awaitable[None]]:
    """Django with what the platform has from others, as an ASGI application."""
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="none",
        ALLOWED_HOSTS=["127.0.0.1"],
        INSTALLED_APPS=THIRD_PARTY,
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "csp.middleware.CSPMiddleware",
        ],
        ROOT_URLCONF="benchmarks.memory_urls",
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": os.path.join(os.environ["DATA_DIR"], "bare.sqlite3"),
            }
        },
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        STATIC_URL="/static/",
        STATIC_ROOT=os.path.join(os.environ["DATA_DIR"], "static"),
        WHITENOISE_USE_FINDERS=True,
        WHITENOISE_AUTOREFRESH=True,
        USE_TZ=True,
    )
    django.setup(set_prefix=False)
    importlib.import_module("benchmarks.memory_urls")
    from channels.routing import ProtocolTypeRouter
    from django.core.asgi import get_asgi_application

    return ProtocolTypeRouter({"http": get_asgi_application()})


def platform_site() -> None:
    """The start as the web process does it."""
    importlib.import_module("fleet_platform.asgi")


THIRD_PARTY = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "django_celery_beat",
    "csp",
]

if __name__ == "__main__":
    {"platform": platform_site, "bare": bare_site}[sys.argv[1]]()
    print((time.process_time() - _began) * 1000)
else:
    application = bare_site()
