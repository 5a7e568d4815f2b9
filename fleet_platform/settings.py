"""One file, in order: identity, apps, database, storage, live, tasks, pages, each dialect.

Nothing is picked up by chance: without environment variables the platform is one machine with SQLite, local
files and an in-process live layer. DATABASE_URL, REDIS_URL, MQTT_URL and the S3 settings switch each part.
"""

import importlib.util
from datetime import timedelta
from pathlib import Path

from csp.constants import NONCE

from .console import UNFOLD  # noqa: F401  (the admin theme's settings)
from .shared import environ
from .wiring import database_from_url, local_secret, origin_of

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(environ.text("DATA_DIR") or BASE_DIR / "var").resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

# --- Identity -----------------------------------------------------------------------------------------------
DEBUG = environ.flag("DEBUG")
SECRET_KEY = environ.secret("SECRET_KEY") or local_secret(DATA_DIR)
# Former values: what was encrypted or signed with them stays readable.
SECRET_KEY_FALLBACKS = environ.listing("SECRET_KEY_FALLBACKS")
HOST = environ.text("HOST", "127.0.0.1")
PORT = environ.integer("PORT", 8000, low=1)
# This machine's own names stay allowed: the supervisor and health checks ask by them.
ALLOWED_HOSTS = [
    *(environ.listing("ALLOWED_HOSTS") or [HOST]),
    *("localhost", "127.0.0.1", "[::1]"),
]
PUBLIC_URL = environ.text("PUBLIC_URL", f"http://{HOST}:{PORT}")
HTTPS = PUBLIC_URL.startswith("https://")
CSRF_FAILURE_VIEW = "fleet_platform.shared.dialect.csrf_failure"
CSRF_TRUSTED_ORIGINS = environ.listing("CSRF_TRUSTED_ORIGINS") or [PUBLIC_URL]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.ThrottledBackend"]
PASSWORD_HASHERS = [
    "accounts.hashers.SmallArgon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS and environ.flag("SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = environ.integer("HSTS_SECONDS", 31_536_000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
BEHIND_PROXY = environ.flag("BEHIND_PROXY")  # the one at 127.0.0.1 or in FORWARDED_ALLOW_IPS
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

ACCESS_TOKEN_SECONDS = environ.integer("ACCESS_TOKEN_SECONDS", 15 * 60, low=1)
REFRESH_TOKEN_SECONDS = environ.integer("REFRESH_TOKEN_SECONDS", 14 * 24 * 3600, low=1)
DEVICE_TOKEN_SECONDS = environ.integer("DEVICE_TOKEN_SECONDS", 3600, low=1)
LOGIN_TRIES_PER_ACCOUNT = environ.integer(
    "LOGIN_TRIES_PER_ACCOUNT", 10, low=1
)  # wrong ones from one network, per 5 minutes
LOGIN_TRIES_PER_ACCOUNT_EVERYWHERE = environ.integer(
    "LOGIN_TRIES_PER_ACCOUNT_EVERYWHERE", 10 * LOGIN_TRIES_PER_ACCOUNT, low=1
)
LOGIN_TRIES_PER_ADDRESS = environ.integer("LOGIN_TRIES_PER_ADDRESS", 50, low=1)
CODE_SECONDS = environ.integer("CODE_SECONDS", 600, low=30)  # that a code from /sms or /email lives
CODES_PER_ADDRESS = environ.integer("CODES_PER_ADDRESS", 5, low=1)  # messages to one, per hour
CODES_PER_CALLER = environ.integer("CODES_PER_CALLER", 60, low=1)
TEMPORARY_PASSWORD_SECONDS = environ.integer("TEMPORARY_PASSWORD_SECONDS", 1800, low=60)
SIGN_UP_OPEN = environ.flag("SIGN_UP_OPEN", True)  # whether strangers may make themselves accounts
SIGN_UPS_PER_CALLER = environ.integer("SIGN_UPS_PER_CALLER", 60, low=1)  # per hour
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": environ.secret("JWT_SIGNING_KEY") or "jwt:" + SECRET_KEY,
    "ACCESS_TOKEN_LIFETIME": timedelta(seconds=ACCESS_TOKEN_SECONDS),
    "REFRESH_TOKEN_LIFETIME": timedelta(seconds=REFRESH_TOKEN_SECONDS),
    "TOKEN_TYPE_CLAIM": "type",
    "USER_ID_FIELD": "email",
    "USER_ID_CLAIM": "sub",
    "UPDATE_LAST_LOGIN": False,
}

# --- Apps ---------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
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
    "fleet_platform.apps.PlatformConfig",
    "accounts",
    "fleet_platform.telemetry",
    "fleet_platform.media",
    "robots",
    "drones",
    "therapy",
    "plans",
]
if environ.flag(
    "DEV_SERVER"
):  # `runserver` with websockets; production runs uvicorn and saves daphne's memory
    INSTALLED_APPS.insert(0, "daphne")

MIDDLEWARE = [
    "fleet_platform.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "fleet_platform.middleware.ContentSecurityPolicyMiddleware",
    "fleet_platform.middleware.ConsoleTimeZoneMiddleware",
]
ROOT_URLCONF = "fleet_platform.urls"
ASGI_APPLICATION = "fleet_platform.asgi.application"
WSGI_APPLICATION = "fleet_platform.wsgi.application"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
X_FRAME_OPTIONS = "DENY"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "accounts.pages.shell",
            ]
        },
    }
]
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["fleet_platform.shared.json_body.JSONBody"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.ActorAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Fleet Platform",
    "DESCRIPTION": "REST APIs of the platform. The websocket and MQTT protocols are described in docs/live.md.",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "PATH_CONVERTER_OVERRIDES": {"id": int},
    "POSTPROCESSING_HOOKS": [],  # choices stay where they are used, without names made up for them
}

# --- Database -----------------------------------------------------------------------------------------------
DATABASE_URL = environ.secret("DATABASE_URL")
DATABASES = {"default": database_from_url(DATABASE_URL, DATA_DIR)}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
REQUEST_MAX_BYTES = 32 * 1024 * 1024  # of any request, files included

REDIS_URL = environ.secret("REDIS_URL")
KEY_PREFIX = environ.text(
    "KEY_PREFIX", "fleet"
)  # of every Redis key and channel, so that a server can be shared
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": KEY_PREFIX,
            "OPTIONS": {"socket_connect_timeout": 3, "socket_timeout": 3},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    }

# --- Storage ------------------------------------------------------------------------------------------------
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "/media/"
S3_BUCKET = environ.text("S3_BUCKET")
if S3_BUCKET:
    _media = {
        "BACKEND": "fleet_platform.shared.bucket.Bucket",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": environ.text("S3_ENDPOINT_URL") or None,
            "region_name": environ.text("S3_REGION") or None,
            "access_key": environ.secret("S3_ACCESS_KEY") or None,
            "secret_key": environ.secret("S3_SECRET_KEY") or None,
            "file_overwrite": False,
            "max_memory_size": 1024 * 1024,
            "querystring_auth": environ.flag("S3_SIGNED_URLS", True),
        },
    }
else:
    _media = {"BACKEND": "fleet_platform.shared.folder.Folder"}


UPLOADS_PER_HOUR = environ.integer("UPLOADS_PER_HOUR", 120, low=1)  # of one user or device
UPLOAD_BYTES_PER_SENDER = environ.integer("UPLOAD_BYTES_PER_SENDER", 1024**3, low=1)
# Of who is in no workspace: anybody may sign up, and addresses of files are public.
UPLOAD_BYTES_PER_GUEST = environ.integer("UPLOAD_BYTES_PER_GUEST", 5 * 1024**2, low=0)


def package_files(module: str, *parts: str) -> Path:
    """A folder inside an installed package, found without importing it."""
    spec = importlib.util.find_spec(module)
    return Path(spec.submodule_search_locations[0]).joinpath(*parts)


STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("vendor/leaflet", package_files("leaflet", "static", "leaflet")),
]
STATIC_MANIFEST = environ.flag(
    "STATIC_MANIFEST", (STATIC_ROOT / "staticfiles.json").exists() and not DEBUG
)
STORAGES = {
    "default": _media,
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_MANIFEST
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not STATIC_MANIFEST
WHITENOISE_AUTOREFRESH = DEBUG

# --- Live ---------------------------------------------------------------------------------------------------
MQTT_URL = environ.secret("MQTT_URL")  # mqtt://user:password@host:1883, mqtts:// for TLS
MQTT_TOPIC_PREFIX = environ.text("MQTT_TOPIC_PREFIX")  # put before every topic, for a shared broker
REQUEST_THREADS = environ.integer(
    "REQUEST_THREADS", 16, low=1
)  # of one web process, for Django's requests
WEB_PROCESSES = environ.integer("WEB_PROCESSES", 1, low=1)
OFFLINE_AFTER_SECONDS = environ.integer("OFFLINE_AFTER_SECONDS", 20, low=2)
SILENCE_ALARM_SECONDS = environ.integer("SILENCE_ALARM_SECONDS", 60)  # 0: no alarm
TELEMETRY_MAX_BYTES = 1024 * 1024
TELEMETRY_MAX_SAMPLES = 1000
COMMANDS_OPEN_AT_MOST = environ.integer("COMMANDS_OPEN_AT_MOST", 50, low=1)  # of one device
COMMAND_GIVEN_UP_SECONDS = environ.integer("COMMAND_GIVEN_UP_SECONDS", 86_400, low=60)
EXPORT_MAX_DAYS = environ.integer("EXPORT_MAX_DAYS", 366, low=1)
EXPORTS_PER_HOUR = environ.integer("EXPORTS_PER_HOUR", 120, low=1)  # of one user or device
TELEMETRY_QUEUE_SAMPLES = environ.integer("TELEMETRY_QUEUE_SAMPLES", 20_000, low=1000)

# --- Tasks --------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = environ.secret("CELERY_BROKER_URL") or REDIS_URL or "filesystem://localhost"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = f"{KEY_PREFIX}-tasks"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
if CELERY_BROKER_URL.startswith("filesystem"):
    _queue = DATA_DIR / "queue"
    (_queue / "messages").mkdir(parents=True, exist_ok=True)
    (_queue / "control").mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue / "messages"),
        "data_folder_out": str(_queue / "messages"),
        "control_folder": str(_queue / "control"),
    }
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    "devices-offline": {
        "task": "telemetry.mark_silent_devices_offline",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "devices-silent": {
        "task": "telemetry.raise_silent_alarms",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "notices": {
        "task": "telemetry.send_notices",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "commands-expire": {
        "task": "telemetry.expire_commands",
        "schedule": 3.0,
        "options": {"expires": 3},
    },
    "schedules": {
        "task": "robots.fire_schedules",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "drives": {
        "task": "robots.derive_drives",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "retention": {
        "task": "telemetry.purge_expired",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "strays": {
        "task": "media.delete_strays",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "sessions": {
        "task": "accounts.forget_ended_sessions",
        "schedule": 86_400.0,
        "options": {"expires": 86_400},
    },
}

# --- Pages --------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("ko", "한국어"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "fleet_platform.formats"
MAP_TILE_URL = environ.text("MAP_TILE_URL")
MAP_TILE_ATTRIBUTION = environ.text("MAP_TILE_ATTRIBUTION")
MAP_TILE_MAX_ZOOM = environ.integer("MAP_TILE_MAX_ZOOM", 19)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'", NONCE],
        "style-src": ["'self'", "'unsafe-inline'"],  # positions that scripts set on elements
        "img-src": [
            "'self'",
            "data:",
            "blob:",
            *([origin_of(MAP_TILE_URL)] if MAP_TILE_URL else []),
        ],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Mail ---------------------------------------------------------------------------------------------------
EMAIL_BACKEND = environ.text("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = environ.text("EMAIL_HOST", "localhost")
EMAIL_PORT = environ.integer("EMAIL_PORT", 25)
EMAIL_HOST_USER = environ.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = environ.secret("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = environ.flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 10
EMAIL_FILE_PATH = environ.text("EMAIL_FILE_PATH") or str(DATA_DIR / "mail")
DEFAULT_FROM_EMAIL = environ.text("DEFAULT_FROM_EMAIL", "fleet@localhost")

# --- SMS ----------------------------------------------------------------------------------------------------
# Backends of the shape of Django's for e-mail: console, file, memory, http. Empty: this installation sends none.
SMS_BACKEND = environ.text("SMS_BACKEND", "accounts.sms.console.SmsBackend")
SMS_FROM = environ.text("SMS_FROM")
SMS_FILE_PATH = environ.text("SMS_FILE_PATH") or str(DATA_DIR / "sms")
SMS_HTTP_URL = environ.secret("SMS_HTTP_URL")
SMS_HTTP_METHOD = environ.text("SMS_HTTP_METHOD", "POST").upper()
SMS_HTTP_HEADERS = environ.secret("SMS_HTTP_HEADERS", "{}")  # a JSON object
SMS_HTTP_USER = environ.text("SMS_HTTP_USER")
SMS_HTTP_PASSWORD = environ.secret("SMS_HTTP_PASSWORD")
SMS_HTTP_BODY = environ.text("SMS_HTTP_BODY", '{"to": "{to}", "from": "{from}", "text": "{text}"}')
SMS_HTTP_SUCCESS = environ.text("SMS_HTTP_SUCCESS")  # a pattern that the answer must have
SMS_HTTP_TIMEOUT = environ.integer("SMS_HTTP_TIMEOUT", 10, low=1)
SMS_HTTP_TRIES = environ.integer("SMS_HTTP_TRIES", 3, low=1)

# --- Notices of alarms --------------------------------------------------------------------------------------
NOTIFY_REPEAT_MINUTES = environ.integer("NOTIFY_REPEAT_MINUTES", 10)  # of one alarm and channel
NOTIFY_PRIVATE_ADDRESSES = environ.flag("NOTIFY_PRIVATE_ADDRESSES")  # may webhooks lead there
NOTIFY_PORTS = environ.listing("NOTIFY_PORTS", "80,443,8080,8443")  # of webhooks

# --- Logs ---------------------------------------------------------------------------------------------------
LOG_LEVEL = environ.text("LOG_LEVEL", "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {"django.request": {"level": "ERROR"}, "fleet": {"level": LOG_LEVEL}},
}

# --- Dialects -----------------------------------------------------------------------------------------------
FLYINGLET_ECHO_CODES = environ.flag("FLYINGLET_ECHO_CODES")  # with DEBUG alone
FLYINGLET_BLACKBOX_MAX_DAYS = environ.integer("FLYINGLET_BLACKBOX_MAX_DAYS", 31, low=1)
