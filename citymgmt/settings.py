"""Settings of both profiles. What differs between installations is read from the environment.

Embedded (default): SQLite, in-process live channel, timers inside the web process.
Full: DATABASE_URL (postgis://…) and REDIS_URL are set.
"""

import math
import os
from datetime import timedelta
from pathlib import Path

import dj_database_url
from django.utils.translation import gettext_lazy as _

from citymgmt.lib import env
from citymgmt.limits import *  # noqa: F403 - every limit is a setting

BASE_DIR = Path(__file__).resolve().parent.parent
# Whatever this process makes, its owner alone reads: database, photos, keys, exports, logs.
os.umask(0o077)
VAR_DIR = Path(os.environ.get("CITYMGMT_VAR", BASE_DIR / "var"))
env.own(VAR_DIR, folder=True)

DEBUG = env.flag("DEBUG", False)
SECRET_KEY = env.secret("SECRET_KEY", VAR_DIR / "secret_key")
# Signs the record; whoever holds the database must not hold it too. The copies of the chains' heads
# and the daily anchors are better on another disk than the database.
RECORD_KEY = env.secret("RECORD_KEY", VAR_DIR / "record_key")
RECORD_DIGEST = env.one_of("RECORD_DIGEST", ("sha256", "sm3"), "sha256")
RECORD_DIR = Path(os.environ.get("RECORD_DIR", VAR_DIR / "record"))
# Whether this may be a demonstration: sign-in by one click, a city in motion. It is one only on a
# database that the demonstration made (citymgmt.demo).
DEMO = env.flag("DEMO", False)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

# --- apps -----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "daphne",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "citymgmt.lib.staticfiles.StaticFiles",
    "django.contrib.gis",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "guardian",
    "leaflet",
    "axes",
    "django_htmx",
    "channels",
    "citymgmt.accounts",
    "grid",
    "inventory",
    "cases",
    "dispatch",
    "hotline",
    "evaluation",
    "citymgmt.demo",
    "citymgmt",
]

MIDDLEWARE = [
    "citymgmt.lib.client.Scheme",  # before anybody asks whether a request came by HTTPS
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "citymgmt.lib.own.Own",  # around all others: also what they refuse is an answer of the product
    "citymgmt.lib.kept.NotKept",
    "citymgmt.accounts.middleware.SessionCookie",
    "django.middleware.locale.LocaleMiddleware",
    "citymgmt.api.answers.Problems",
    "citymgmt.lib.addresses.CleanAddresses",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "citymgmt.accounts.middleware.Sessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "citymgmt.lib.csp.ContentSecurityPolicy",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "citymgmt.lib.outages.Outages",
]

ROOT_URLCONF = "citymgmt.urls"
ASGI_APPLICATION = "citymgmt.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            # Every form says whose page it stands on.
            "builtins": ["citymgmt.accounts.templatetags.whose"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "citymgmt.accounts.context.person",
                "cases.desk.context.bar",
                "dispatch.notices.context.bell",
            ],
        },
    },
]

# --- data -----------------------------------------------------------------------------------
DATABASE_URL = os.environ.get("DATABASE_URL", "")
REDIS_URL = os.environ.get("REDIS_URL", "")
EMBEDDED = not DATABASE_URL
# Threads of a web process for requests; each keeps its connection (citymgmt.lib.handler).
HTTP_THREADS = int(os.environ.get("HTTP_THREADS", "8"))

# Seconds after which a wait is given up and said so (0: never). `connect` holds for every
# process, the others for those that people wait for (citymgmt.lib.postgis.limits). Below the 30
# that a page waits for an answer. Nobody types within a transaction, so an idle one is a fault.
DATABASE_LIMITS = {
    "connect": env.seconds("DATABASE_CONNECT_SECONDS", 5),
    "statement": env.seconds("DATABASE_STATEMENT_SECONDS", 20),
    "lock": env.seconds("DATABASE_LOCK_SECONDS", 10),
    "idle": env.seconds("DATABASE_IDLE_SECONDS", 60),
}

if EMBEDDED:
    DATABASES = {
        "default": {
            "ENGINE": "citymgmt.db",
            "NAME": os.environ.get("SQLITE_PATH", str(VAR_DIR / "city.sqlite3")),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {
                "timeout": 25,  # below the 30 that a page waits
                # A writer waits its turn at BEGIN instead of failing at its first write.
                "transaction_mode": "IMMEDIATE",
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;"
                ),
            },
        }
    }
    for _ending in ("", "-wal", "-shm"):
        env.own(Path(str(DATABASES["default"]["NAME"]) + _ending))
else:
    DATABASES = {
        "default": dj_database_url.parse(
            DATABASE_URL,
            engine="citymgmt.lib.postgis",
            conn_max_age=None,
            conn_health_checks=True,
        )
    }
    # A machine that is gone sends nothing, not even a refusal.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": math.ceil(DATABASE_LIMITS["connect"]),
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        **DATABASES["default"].get("OPTIONS", {}),
    }

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# GDAL and GEOS come from the wheels of pyogrio and shapely, the same everywhere and newer than
# the system's; where a wheel has none, GeoDjango looks in the system by itself.
GDAL_LIBRARY_PATH = env.wheel_library("pyogrio", "libgdal*.so*", "libgdal*.dylib", "gdal*.dll")
GEOS_LIBRARY_PATH = env.wheel_library(
    "shapely", "libgeos_c*.so*", "libgeos_c*.dylib", "geos_c*.dll"
)

REDIS_SECONDS = env.seconds("REDIS_SECONDS", 2)  # the longest wait for Redis in a request
# Connections to Redis that one process has at most, each for cache and live messages; one more
# asker waits a second for a free one.
REDIS_CONNECTIONS = int(os.environ.get("REDIS_CONNECTIONS", "50"))
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "citymgmt.lib.cache.SharedCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {
                "socket_connect_timeout": REDIS_SECONDS,
                "socket_timeout": REDIS_SECONDS,
                "pool_class": "redis.BlockingConnectionPool",
                "max_connections": REDIS_CONNECTIONS,
                "timeout": 1,
            },
        }
    }
# Where live messages go between processes; empty: there is one web process.
LIVE_URL = REDIS_URL

CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_ALWAYS_EAGER = not REDIS_URL
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Who asks for background work hears soon that nobody takes it; a worker waits for its broker.
CELERY_BROKER_CONNECTION_TIMEOUT = REDIS_SECONDS
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": REDIS_SECONDS,
    "socket_timeout": max(2, REDIS_SECONDS),  # a worker waits one second for its next task
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_TIMEZONE = "Asia/Shanghai"
# Seconds between two rounds; a round that no worker took by then is dropped for the next.
PERIODIC = {
    "overdue": ("cases.tasks.find_due", 10),
    "publish": ("cases.tasks.publish_pending", 2),
    "notices": ("dispatch.tasks.tell_of_deadlines", 5),
    "messages": ("dispatch.tasks.send_messages", 20),
    "citizens": ("hotline.tasks.send_messages", 20),
    "facts": ("evaluation.tasks.refresh", 300),
    "settle": ("grid.tasks.settle", 900),
    "anchor": ("evaluation.tasks.anchor_record", 3600),
    "jobs": ("grid.tasks.begin_waiting", 30),
    "photos": ("cases.tasks.remove_waiting_photos", 3600),
    "tries": ("citymgmt.accounts.tasks.remove_old_tries", 3600),
    "sweep": ("cases.tasks.sweep_photos", 6 * 3600),
}
if DEMO:
    PERIODIC["life"] = ("dispatch.tasks.live_step", 5)
# A round of the timer does not act while two clocks differ by so much, after so many days without
# any, or when more is due than this and so many times more than in the round before.
CLOCK_JUMP_MINUTES = float(os.environ.get("CLOCK_JUMP_MINUTES", "10"))
CLOCK_GAP_DAYS = float(os.environ.get("CLOCK_GAP_DAYS", "7"))
TIMERS_MOST_DUE = int(os.environ.get("TIMERS_MOST_DUE", "200"))
TIMERS_TIMES_MORE = int(os.environ.get("TIMERS_TIMES_MORE", "10"))
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": timedelta(seconds=every), "options": {"expires": every}}
    for name, (task, every) in PERIODIC.items()
}

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    *(
        (name, BASE_DIR / "node_modules" / path)
        for name, path in (
            ("bootstrap", "bootstrap/dist"),
            ("bootstrap-icons", "bootstrap-icons/font"),
            ("echarts", "echarts/dist"),
            ("geoman", "@geoman-io/leaflet-geoman-free/dist"),
            ("idb", "idb/build"),
            ("markercluster", "leaflet.markercluster/dist"),
        )
    ),
]
STORAGES = {
    "default": {"BACKEND": "citymgmt.lib.files.Files"},
    "staticfiles": {"BACKEND": "citymgmt.lib.staticfiles.StaticStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
# Photos are private: they are stored outside the static tree and served by a view that asks
# who is looking.
MEDIA_ROOT = VAR_DIR / "media"
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
env.own(MEDIA_ROOT)
DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024  # without files
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# --- people ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
] + [
    {"NAME": "citymgmt.accounts.validators.ThreeOfFourKinds"},
    {"NAME": "citymgmt.accounts.validators.NotUsedBefore"},
]
# A password is changed after so many days (0: never), and is none of the last so many.
PASSWORD_DAYS = int(os.environ.get("PASSWORD_DAYS", "90"))
PASSWORD_HISTORY = int(os.environ.get("PASSWORD_HISTORY", "5"))
ANONYMOUS_USER_NAME = None
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
AXES_HANDLER = "citymgmt.accounts.guessing.Handler"
AXES_CLIENT_IP_CALLABLE = "citymgmt.lib.client.address"
AXES_LOCKOUT_CALLABLE = "citymgmt.accounts.views.locked.locked"
AXES_COOLOFF_TIME = timedelta(seconds=300)

# Text messages: a directory of citymgmt.lib.sms. The outbox writes them to a file.
SMS_GATEWAY = os.environ.get("SMS_GATEWAY", "citymgmt.lib.sms.outbox")
SMS_URL = os.environ.get("SMS_URL", "")
SMS_KEY = os.environ.get("SMS_KEY", "")

# --- language and time ----------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- interface ------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "citymgmt.accounts.authentication.Tokens",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": [
        "citymgmt.api.parsers.BoundedJson",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "citymgmt.lib.errors.answer",
    "DEFAULT_THROTTLE_RATES": {"public": "30/hour", "token": "20/minute"},
}
# A token given for a password ends after so many days; a service's on the day that was set.
TOKEN_DAYS = int(os.environ.get("TOKEN_DAYS", "90"))
# Whether there are /api/schema/ and /api/docs/ at all; where there are, for people signed in and
# for programs with a token.
API_DOCS = env.flag("API_DOCS", True)
SPECTACULAR_SETTINGS = {
    "TITLE": "City management",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "ENUM_NAME_OVERRIDES": {"PhotoTypesEnum": "cases.models.photos.Attachment.PhotoType"},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "citymgmt.api.described.complete",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- security -------------------------------------------------------------------------------
# Addresses or networks of the proxies in front: only what these say of a client, and of HTTPS, is
# believed.
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
HTTPS = env.flag("HTTPS", False)
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# Whether the policy covers sibling names, and browsers' built-in lists, is the owner's to decide:
# a city's parent domain serves many other systems.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
# A session ends so long after sign-in whatever one does, and sooner when nobody touches the desk
# (0: never for that reason). Phones of the posts named, and walls, have times of their own.
SESSION_COOKIE_AGE = int(os.environ.get("SESSION_HOURS", "12")) * 3600
IDLE_MINUTES = int(os.environ.get("IDLE_MINUTES", "10"))
IDLE_PHONE_MINUTES = int(os.environ.get("IDLE_PHONE_MINUTES", "0"))
PHONE_POSTS = env.words("PHONE_POSTS", "collector")
SCREEN_DAYS = int(os.environ.get("SCREEN_DAYS", "365"))
CSRF_FAILURE_VIEW = "citymgmt.accounts.views.session.stale"
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
}

# Changes of the unit grid: no cell below so many m² comes about; a drawn border this near an
# existing one is the existing one; months whose figures are frozen keep their grid.
GRID_SLIVER_M2 = float(os.environ.get("GRID_SLIVER_M2", "500"))
GRID_DRAWING_TOLERANCE_M = float(os.environ.get("GRID_DRAWING_TOLERANCE_M", "0.5"))
GRID_KEEP_CLOSED_PERIODS = env.flag("GRID_KEEP_CLOSED_PERIODS", True)
