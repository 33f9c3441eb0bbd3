"""All settings, read from the environment; nothing exists only in production.

``CUSTODY_PROCESS`` says which process this is. The signer sees its own store and nothing else:
no main database, no template, no URL. ``CUSTODY_PROFILE`` is ``demo``, ``test`` or
``production``; unsafe combinations are refused by system checks.
"""

import os
from datetime import timedelta
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from custody import env
from custody.common import clock

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = env.path("CUSTODY_STATE_DIR", BASE_DIR / ".local")

PROCESS = env.choice(
    "CUSTODY_PROCESS",
    ("web", "worker", "beat", "keys", "signer", "witness", "command", "migrator", "test"),
    "command",
)
PROFILE = env.choice("CUSTODY_PROFILE", ("production", "demo", "test"), "production")
IS_DEMO = PROFILE in {"demo", "test"}
IS_SIGNER = PROCESS == "signer"
# Processes that hold keys: one small app each, no main database through the ORM, no URL, no template.
IS_ISOLATED = PROCESS in {"signer", "keys", "witness"}
if IS_ISOLATED:
    # Whatever they write is theirs alone, libraries' files too; what they publish says so itself.
    os.umask(0o077)

if IS_DEMO:
    clock.set_offset(env.integer("CUSTODY_CLOCK_OFFSET_SECONDS", 0))

DEBUG = False
SECRET_KEY = env.secret("CUSTODY_SECRET_KEY", "unused" if IS_ISOLATED or PROCESS == "migrator" else None)
ALLOWED_HOSTS = env.items("CUSTODY_ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.items("CUSTODY_TRUSTED_ORIGINS")
USE_TLS = env.flag("CUSTODY_TLS", default=not IS_DEMO)

# --- Applications -------------------------------------------------------------------------

STORE_APP = "custody.hsm.signer.store"
KEYS_APP = "custody.hsm.keys_server"
WITNESS_APP = "custody.hsm.witness"
MAIN_APPS = [
    "unfold.apps.BasicAppConfig",
    "custody.web.admin_app.BackofficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "axes",
    "guardian",
    "csp",
    "django_htmx",
    "django_structlog",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "custody.vault",
    "custody.audit",
    "custody.documents",
    "custody.web",
    "custody.accounts",
    "custody.policy",
    "custody.compliance",
    "custody.hsm",
    "custody.wallets",
    "custody.escrow",
    "custody.reports",
    "custody.portal",
    "custody.api",
]
# The store is installed everywhere so that its migrations are checked, but its database is
# configured only for the signer and the tests; INSTALLED_APPS of the signer is the store alone.
_ISOLATED_APPS = {"signer": [STORE_APP], "keys": [KEYS_APP], "witness": [WITNESS_APP]}
INSTALLED_APPS = _ISOLATED_APPS.get(PROCESS, [*MAIN_APPS, STORE_APP])

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "custody.web.middleware.NoStoreMiddleware",
    "custody.web.middleware.NullByteMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "custody.accounts.middleware.LanguageMiddleware",
    "custody.accounts.middleware.SecondFactorMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "custody.web.middleware.AdminPolicyMiddleware",
    "custody.web.middleware.LinksMiddleware",
    "custody.web.middleware.ErrorPageMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = None if IS_ISOLATED else "custody.urls"
WSGI_APPLICATION = "custody.wsgi.application"
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
                "custody.web.context.product",
            ]
        },
    }
]

# --- Databases ------------------------------------------------------------------------------

# PostgreSQL role per process: ``migrator`` owns the tables, ``app`` uses them, ``signer`` reads
# requests and inserts results (plain psycopg, see custody.hsm.signer.mailbox).
DATABASE_ROLES = {"migrator": "custody_migrator", "app": "custody_app", "signer": "custody_signer"}
_database_role = "migrator" if PROCESS == "migrator" else "signer" if IS_SIGNER else "app"
MAIN_DATABASE = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": env.text("CUSTODY_DB_NAME", "custody"),
    "HOST": env.text("CUSTODY_DB_HOST", str(STATE_DIR / "sockets")),
    "PORT": env.text("CUSTODY_DB_PORT", "5432"),
    "USER": env.text("CUSTODY_DB_USER", DATABASE_ROLES[_database_role]),
    "PASSWORD": env.secret("CUSTODY_DB_PASSWORD", ""),
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {"connect_timeout": 5, "application_name": f"custody-{PROCESS}"},
    "ATOMIC_REQUESTS": False,
}
SIGNER_DIR = env.path("CUSTODY_SIGNER_DIR", STATE_DIR / "signer")
# The second place of keys that are kept as blobs; meant for another disk than the store.
SIGNER_KEY_BACKUP_DIR = env.path("CUSTODY_SIGNER_KEY_BACKUP_DIR", SIGNER_DIR / "key-backup")
STORE_DATABASE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": SIGNER_DIR / "store.sqlite3",
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    },
}
DATABASES = {
    "default": {"ENGINE": "django.db.backends.dummy"} if IS_ISOLATED else MAIN_DATABASE,
    **({"signer_store": STORE_DATABASE} if PROCESS in {"signer", "test"} else {}),
}
DATABASE_ROUTERS = ["custody.hsm.signer.store.router.StoreRouter"]
# Holds the throttle's counts: shared by all processes and gone with no broker.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "custody_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People and log-in ----------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
ANONYMOUS_USER_NAME = None
LOGIN_URL = "accounts:login"
LOGOUT_REDIRECT_URL = "accounts:login"
OTP_TOTP_ISSUER = "Custody"
STEP_UP_SECONDS = 300
AXES_FAILURE_LIMIT = 5
LOGIN_FAILURES_PER_NAME = 50
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_RESET_ON_SUCCESS = True
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address"]
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "custody.accounts.lockout.client_pseudonym"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False

SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = USE_TLS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_SECURE = USE_TLS
CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = USE_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("CUSTODY_BEHIND_PROXY") else None
SECURE_HSTS_SECONDS = 31_536_000 if USE_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = USE_TLS
SECURE_HSTS_PRELOAD = USE_TLS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Strict everywhere; custody.web.middleware relaxes it under /admin/ only, where Unfold's
# Alpine.js expressions need eval.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Language, time -------------------------------------------------------------------------

LANGUAGE_CODE = "de"
LANGUAGES = [("de", _("German")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "custody" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Berlin"

# --- Static files ---------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = env.path("CUSTODY_STATIC_ROOT", STATE_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

# --- Queues ---------------------------------------------------------------------------------

CELERY_BROKER_URL = env.secret("CUSTODY_BROKER_URL", f"redis+socket://{STATE_DIR}/sockets/redis.sock")

# --- Keys process, signer, nodes -------------------------------------------------------------

KEYS_SOCKET = env.path("CUSTODY_KEYS_SOCKET", STATE_DIR / "sockets" / "keys.sock")
KEYS_DIR = env.path("CUSTODY_KEYS_DIR", STATE_DIR / "keys")
# Cryptoperiod of a key-encryption key; then the keys process makes the next one by itself.
KEYS_KEK_DAYS = env.integer("CUSTODY_KEYS_KEK_DAYS", 365)
PKCS11_MODULE = env.text("CUSTODY_PKCS11_MODULE", "/usr/lib/softhsm/libsofthsm2.so")
SIGNER_TOKEN_LABEL = env.text("CUSTODY_SIGNER_TOKEN_LABEL", "custody-signer")
KEYS_TOKEN_LABEL = env.text("CUSTODY_KEYS_TOKEN_LABEL", "custody-keys")
# Libraries that the signer asks for a second opinion on final Bitcoin transactions.
SIGNER_SECOND_OPINIONS = env.items("CUSTODY_SIGNER_SECOND_OPINIONS")
# Public on purpose: written by the signer alone, read by the web, verify_audit_log and auditors
# (signed checkpoints, certificates).
SIGNER_PUBLIC_DIR = env.path("CUSTODY_SIGNER_PUBLIC_DIR", STATE_DIR / "public")
CHECKPOINT_FILE = SIGNER_PUBLIC_DIR / "checkpoints.jsonl"
BITCOIN_CHAIN = env.text("CUSTODY_BITCOIN_CHAIN", "bip122:0f9188f13cb7b2c71f2a335e3a4fc328")
BITCOIN_RPC_URL = env.text("CUSTODY_BITCOIN_RPC_URL", "http://127.0.0.1:18443")
BITCOIN_RPC_USER = env.text("CUSTODY_BITCOIN_RPC_USER", "custody")
BITCOIN_RPC_PASSWORD = env.secret("CUSTODY_BITCOIN_RPC_PASSWORD", "")
BITCOIN_FINALITY_DEPTH = env.integer("CUSTODY_BITCOIN_FINALITY_DEPTH", 6)
# The witness signs what its own node says; whoever asks it only knows its socket.
WITNESS_SOCKET = env.path("CUSTODY_WITNESS_SOCKET", STATE_DIR / "sockets" / "witness.sock")
WITNESS_DIR = env.path("CUSTODY_WITNESS_DIR", STATE_DIR / "witness")
# Satoshi above which a wallet of the house is swept, where a mandate allows it.
HOUSE_SWEEP_THRESHOLD = env.integer("CUSTODY_HOUSE_SWEEP_THRESHOLD", 100_000)
# The monitor starts above this block; no wallet may have been paid before.
BITCOIN_START_HEIGHT = env.integer("CUSTODY_BITCOIN_START_HEIGHT", 0)

# --- Reports --------------------------------------------------------------------------------

EXPORT_DIR = env.path("CUSTODY_EXPORT_DIR", STATE_DIR / "exports")
OPERATOR_NAME = env.text("CUSTODY_OPERATOR_NAME", "Demo Verwahrer GmbH" if IS_DEMO else "")
SOURCE_URL = env.text("CUSTODY_SOURCE_URL", "https://example.org/custody")
SHARED_DATA_DIR = env.path("CUSTODY_SHARED_DATA_DIR", BASE_DIR.parent / "shared" / "data")

# --- Back office ----------------------------------------------------------------------------

# Where keys are held, no page exists and nothing of the web is loaded.
if not IS_ISOLATED:
    from custody.web import unfold

    UNFOLD = unfold.SETTINGS

# --- API ------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_VERSIONING_CLASS": None,
    "EXCEPTION_HANDLER": "custody.web.problems.exception_handler",
    "DEFAULT_PAGINATION_CLASS": "custody.web.pagination.KeysetPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_THROTTLE_CLASSES": ["custody.api.throttle.NetworkThrottle"],
    "DEFAULT_THROTTLE_RATES": {"token": "10/min"},
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=10),
    "CHECK_REVOKE_TOKEN": True,
    "AUTH_TOKEN_CLASSES": ["custody.api.person_token.PersonToken"],
    "ALGORITHM": "HS256",
    "SIGNING_KEY": env.secret("CUSTODY_JWT_KEY", SECRET_KEY),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Custody API",
    "DESCRIPTION": "Read access to escrow deals. Tokens need a second factor.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Logs -----------------------------------------------------------------------------------

# Processes that hold keys do not load the web package: plain lines there.
_formatter = {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": _formatter if IS_ISOLATED else {"()": "custody.web.logs.json_formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        name: {"level": "WARNING"} for name in ("pikepdf", "pyhanko", "pyhanko_certvalidator", "celery")
    },
}
