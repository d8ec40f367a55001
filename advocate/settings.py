"""Everything that a deployment can choose comes from the environment; docs/settings.md explains each name."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import available_timezones

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from advocate.lib.addresses import WrongAddress, database_settings, storage_settings
from advocate.lib.env import Env, WrongSetting
from advocate.lib.mail_server import MailServer, read_mail_server

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = Env()

# Where local state lives: the SQLite database, files, the local broker. Nothing is written elsewhere.
VAR_DIR = Path(ENV.text("VAR_DIR") or BASE_DIR / "var").absolute()


def _local_secret_key() -> str:
    """Return a key kept in ``VAR_DIR``, made on the first start; several machines must share SECRET_KEY instead."""
    path = VAR_DIR / "secret-key"
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        # Linked into place when it is complete, and by one only: the first start is of several processes.
        handle, made = tempfile.mkstemp(dir=VAR_DIR)  # readable by its owner alone
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
        with suppress(FileExistsError):
            os.link(made, path)
        Path(made).unlink()
    return path.read_text(encoding="ascii")


def _address(name: str, url: str, reader: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    try:
        return reader(url)
    except WrongAddress as error:
        raise WrongSetting(f"{name} {error}.") from None


def _mail_server(url: str) -> MailServer | None:
    try:
        return read_mail_server(url)
    except ImproperlyConfigured as error:
        raise WrongSetting(str(error)) from None


def _database() -> dict[str, Any]:
    """Return Django's settings for the database, with the limits that a deployment may choose."""
    url = ENV.secret("DATABASE_URL") or f"sqlite:///{quote(str(VAR_DIR))}/advocate.sqlite3"
    config = _address("DATABASE_URL", url, database_settings)
    age = ENV.integer("DATABASE_CONN_MAX_AGE", 60, maximum=86_400)
    statement = ENV.integer("DATABASE_STATEMENT_TIMEOUT", 300, maximum=86_400)
    idle = ENV.integer("DATABASE_IDLE_TIMEOUT", 60, maximum=86_400)
    if config["ENGINE"].endswith("sqlite3"):
        if config["NAME"] != ":memory:":
            Path(config["NAME"]).parent.mkdir(parents=True, exist_ok=True)
        return config
    # A page's statement or a paused process must not hold locks for ever; 0 means no limit, as in PostgreSQL.
    limits = f"-c statement_timeout={statement}s -c idle_in_transaction_session_timeout={idle}s"
    given = config["OPTIONS"].get("options", "")
    config["OPTIONS"] = {"connect_timeout": 5, **config["OPTIONS"], "options": f"{limits} {given}".strip()}
    return {**config, "CONN_MAX_AGE": age, "CONN_HEALTH_CHECKS": True}


DEBUG = ENV.flag("DEBUG", default=False)
SECRET_KEY = ENV.secret("SECRET_KEY") or _local_secret_key()
SECRET_KEY_FALLBACKS = [key.strip() for key in ENV.secret("SECRET_KEY_FALLBACKS").split(",") if key.strip()]

# Where the web server listens.
HOST = ENV.text("HOST", "127.0.0.1")
PORT = ENV.integer("PORT", 8000, minimum=1, maximum=65_535)
# The address that people and shops use; links in e-mails begin with it, and https turns on everything that needs it.
BASE_URL = (ENV.text("BASE_URL") or f"http://127.0.0.1:{PORT}").rstrip("/")
_base = urlsplit(BASE_URL)
if _base.scheme not in {"http", "https"} or not _base.hostname:
    raise WrongSetting(f"BASE_URL must be like https://advocate.example.com, not {BASE_URL!r}.")
HTTPS = _base.scheme == "https"
_local_hosts = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = ENV.items("ALLOWED_HOSTS") or [_base.hostname, *_local_hosts]
if _wrong_hosts := [host for host in ALLOWED_HOSTS if "/" in host]:
    raise WrongSetting(f"ALLOWED_HOSTS must be host names without https:// and path, not {_wrong_hosts[0]!r}.")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
# How many proxies of ours stand in front; each adds one address to X-Forwarded-For, which tells who is calling.
TRUSTED_PROXIES = ENV.integer("TRUSTED_PROXIES", 0, maximum=10)

INSTALLED_APPS = [
    "advocate.apps.AdvocateConfig",
    "advocate.apps.AdvocateAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "import_export",
    "csp",
    "team",
    "outbox",
    "jobs",
    "programs",
    "promocodes",
    "rewards",
    "api",
    "widget",
    "ninja",
]

MIDDLEWARE = [
    "advocate.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "api.middleware.ApiMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "team.middleware.ViewerMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "advocate.urls"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # so that templates/ has its say about form fields
WSGI_APPLICATION = "advocate.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "team.User"
AUTHENTICATION_BACKENDS = [
    "team.roles.RoleBackend",
    "team.login.PasswordBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

USE_I18N = True
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LANGUAGE_CODE = ENV.choice("LANGUAGE_CODE", "en", among=frozenset(code for code, _ in LANGUAGES))
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "advocate.formats"
USE_TZ = True
TIME_ZONE = ENV.text("TIME_ZONE", "UTC")
if TIME_ZONE not in available_timezones():
    raise WrongSetting(f"TIME_ZONE must be a name such as Europe/Berlin or Asia/Shanghai, not {TIME_ZONE!r}.")

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# ``manage.py up`` and ``collectstatic`` put the content's digest into the names; until then, and while developing,
# files are served as they lie.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

_storage = _address(
    "STORAGE_URL", ENV.secret("STORAGE_URL") or f"file://{quote(str(VAR_DIR / 'files'))}", storage_settings
)
FILES_DIR = _storage["OPTIONS"].get("location", "") if _storage["BACKEND"].endswith("FileSystemStorage") else ""
STORAGES = {
    "default": _storage,
    "staticfiles": {"BACKEND": "advocate.static_files.VersionedStaticStorage"},
}

REDIS_URL = ENV.secret("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = False  # the database row holds a job's truth; a late ack only doubles or delays it
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False  # the sweep wakes what a lost message did not
JOB_LEASE_SECONDS = ENV.integer("JOB_LEASE_SECONDS", 30, minimum=3, maximum=3600)
JOB_SWEEP_SECONDS = ENV.integer("JOB_SWEEP_SECONDS", 10, minimum=1, maximum=3600)
JOB_MAX_ATTEMPTS = ENV.integer("JOB_MAX_ATTEMPTS", 20, minimum=3, maximum=1000)
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "jobs.wake_forgotten_jobs": {"task": "jobs.wake_forgotten_jobs", "schedule": JOB_SWEEP_SECONDS},
    "jobs.remove_expired_files": {"task": "jobs.remove_expired_files", "schedule": crontab(hour=3, minute=40)},
    "team.answer_password_resets": {"task": "team.tasks.answer_password_resets", "schedule": 60},
    "team.forget_old_tries": {"task": "team.tasks.forget_old_tries", "schedule": crontab(minute=25)},
    "outbox.deliver_emails": {"task": "outbox.tasks.deliver_emails", "schedule": 30},
    "outbox.remove_old_emails": {"task": "outbox.tasks.remove_old_emails", "schedule": crontab(hour=3, minute=10)},
    "programs.make_missing_share_links": {
        "task": "programs.make_missing_share_links",
        "schedule": crontab(hour=3, minute=20),
    },
    "promocodes.read_stock": {"task": "promocodes.read_stock", "schedule": 300},
    "promocodes.thin_readings": {"task": "promocodes.thin_readings", "schedule": crontab(hour=3, minute=30)},
    "rewards.release_scheduled": {"task": "rewards.tasks.release_scheduled", "schedule": 60},
    "rewards.expire": {"task": "rewards.tasks.expire", "schedule": 60},
    "rewards.work_off_waiting": {"task": "rewards.tasks.work_off_waiting", "schedule": 30},
    "api.work_off_waiting": {"task": "api.tasks.work_off_waiting", "schedule": 30},
    "promocodes.look_after_pools": {"task": "promocodes.look_after_pools", "schedule": 60},
    "promocodes.expire_codes": {"task": "promocodes.expire_codes", "schedule": 60},
    "promocodes.repair_sets": {"task": "promocodes.repair_sets", "schedule": crontab(minute=50)},
    "api.forget_uploads": {"task": "api.tasks.forget_uploads", "schedule": crontab(hour=3, minute=50)},
    "widget.answer_sign_ins": {"task": "widget.tasks.answer_sign_ins", "schedule": 60},
    "widget.forget_old_sign_ins": {"task": "widget.tasks.forget_old_sign_ins", "schedule": crontab(minute=35)},
    "rewards.reconcile": {"task": "rewards.tasks.reconcile", "schedule": crontab(hour=4, minute=20)},
}
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # remembers nothing in a file, so it may run anywhere
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1  # a worker busy with a long import holds no hint that another could take
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
BROKER_DIR = VAR_DIR / "broker"
if REDIS_URL:
    if urlsplit(REDIS_URL).scheme not in {"redis", "rediss", "unix"}:
        raise WrongSetting("REDIS_URL must begin with redis:// or rediss://.")
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"socket_connect_timeout": 3, "socket_timeout": 5}
else:
    BROKER_DIR.mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR),
        "data_folder_out": str(BROKER_DIR),
        "control_folder": str(BROKER_DIR / "control"),
    }

# On SQLite one writer works at a time, so a second web process would only cost memory.
_sqlite = DATABASES["default"]["ENGINE"].endswith("sqlite3")
WEB_WORKERS = ENV.integer("WEB_WORKERS", 0, maximum=256) or (1 if _sqlite else 2)
WEB_THREADS = ENV.integer("WEB_THREADS", 4, minimum=1, maximum=256)
WORKER_CONCURRENCY = ENV.integer("WORKER_CONCURRENCY", 2, minimum=1, maximum=256)

# Of participants in a microsite; the team's own sessions are not meant.
MICROSITE_SESSION_DAYS = ENV.integer("MICROSITE_SESSION_DAYS", 14, minimum=1, maximum=365)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^api/v1/"]  # a redirect would hide that the secret went over the wire in the open
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

# Without an address of a mail server, mails are only kept for the Email log.
EMAIL_URL = ENV.secret("EMAIL_URL")
if _server := _mail_server(EMAIL_URL):
    EMAIL_HOST, EMAIL_PORT = _server.host, _server.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _server.user, _server.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = _server.starttls, _server.tls
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_URL else 'dummy'}.EmailBackend"
EMAIL_TIMEOUT = ENV.integer("EMAIL_TIMEOUT", 10, minimum=1, maximum=120)  # seconds for each answer of the mail server
EMAIL_MAX_ATTEMPTS = ENV.integer("EMAIL_MAX_ATTEMPTS", 12, minimum=1, maximum=100)
EMAILS_KEPT_DAYS = ENV.integer("EMAILS_KEPT_DAYS", 90, minimum=1, maximum=3650)
DEFAULT_FROM_EMAIL = ENV.text("DEFAULT_FROM_EMAIL", "Advocate <advocate@localhost>")

FILES_KEPT_DAYS = ENV.integer("FILES_KEPT_DAYS", 30, minimum=1, maximum=3650)
IMPORT_MAX_BYTES = ENV.integer("IMPORT_MAX_BYTES", 100 * 2**20, minimum=1)
IMPORT_MAX_ROWS = ENV.integer("IMPORT_MAX_ROWS", 1_048_575, minimum=1)
IMPORT_WITHOUT_PREVIEW = ENV.flag("IMPORT_WITHOUT_PREVIEW", default=False)

API_MAX_BODY_BYTES = ENV.integer("API_MAX_BODY_BYTES", 2**20, minimum=1024, maximum=2**30)
API_OPEN_CALLS_PER_MINUTE = ENV.integer("API_OPEN_CALLS_PER_MINUTE", 300, minimum=1)
DATA_UPLOAD_MAX_MEMORY_SIZE = max(API_MAX_BODY_BYTES, 2_621_440)

LOG_LEVEL = ENV.choice("LOG_LEVEL", "INFO", among=frozenset({"DEBUG", "INFO", "WARNING", "ERROR"}))
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    # They say at every tick that a task came and went; the rows that tasks work on say it better.
    "loggers": {
        name: {"level": "DEBUG" if LOG_LEVEL == "DEBUG" else "WARNING"}
        for name in ("celery.app.trace", "celery.beat", "celery.worker.strategy", "celery.worker.consumer.connection")
    },
}
