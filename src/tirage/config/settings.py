"""Django's settings, all from the environment; docs/settings.md explains each variable."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.utils.module_loading import import_string

from tirage.config.compliance_keys import SOVOS_LICENSES, ComplianceKeys
from tirage.config.database import read_database
from tirage.config.environment import (
    UnsafeSettings,
    read_choice,
    read_flag,
    read_list,
    read_number,
    read_seconds,
    read_text,
    refuse_all,
)
from tirage.config.gateway_keys import GatewayKeys
from tirage.config.problems import MAIL_PROVIDERS, Installation
from tirage.config.reachable import Sender, ascii_allowed, ascii_site, read_sender

PACKAGE = Path(__file__).resolve().parent.parent
MODE = read_text("TIRAGE_MODE", "production")
if MODE not in {"production", "demo", "test"}:
    raise UnsafeSettings(f"TIRAGE_MODE={MODE!r}: write production, demo or test.")
PRODUCTION = MODE == "production"
VAR = Path(read_text("TIRAGE_VAR", "var")).resolve()

DEBUG = False
SITE_URL = ascii_site(read_text("TIRAGE_SITE_URL", "" if PRODUCTION else "http://127.0.0.1:8000").rstrip("/"))
SECRET_KEY = read_text("TIRAGE_SECRET_KEY")
SECRET_KEY_FALLBACKS = read_list("TIRAGE_OLD_SECRET_KEYS")
ALLOWED_HOSTS = [ascii_allowed(host) for host in read_list("TIRAGE_ALLOWED_HOSTS")]
TIRAGE_DEV_PAGES = MODE in {"demo", "test"}
TIRAGE_MAIL_FOLDER = VAR / "mail"
TIRAGE_TRUSTED_PROXIES = read_number("TIRAGE_TRUSTED_PROXIES", 0, most=10)
TIRAGE_PASSWORD_CHECKS_AT_ONCE = read_number("TIRAGE_PASSWORD_CHECKS_AT_ONCE", 2, least=1, most=64)
TIRAGE_GATEWAY = read_text("TIRAGE_GATEWAY", "test")
TIRAGE_GATEWAYS = {
    "test": "tirage.integrations.test_gateway.gateway.TestGateway",
    "stripe": "tirage.integrations.stripe.gateway.StripeGateway",
    # Of test orders, beside whichever of the others is in use.
    "trial": "tirage.integrations.test_gateway.trial.TrialGateway",
}
TIRAGE_STRIPE_SECRET_KEY = read_text("TIRAGE_STRIPE_SECRET_KEY")
TIRAGE_STRIPE_PUBLISHABLE_KEY = read_text("TIRAGE_STRIPE_PUBLISHABLE_KEY")
TIRAGE_STRIPE_WEBHOOK_SECRET = read_text("TIRAGE_STRIPE_WEBHOOK_SECRET")
TIRAGE_STRIPE_API_BASE = read_text("TIRAGE_STRIPE_API_BASE", "https://api.stripe.com").rstrip("/")
#: Who tells us of mailboxes that refuse, and how it proves itself; nobody does without the secret.
TIRAGE_MAIL_PROVIDER = read_choice("TIRAGE_MAIL_PROVIDER", "postmark", MAIL_PROVIDERS)
TIRAGE_MAIL_WEBHOOK_SECRET = read_text("TIRAGE_MAIL_WEBHOOK_SECRET")
GATEWAY_KEYS = GatewayKeys(
    gateway=TIRAGE_GATEWAY,
    allows_test=read_flag("TIRAGE_ALLOW_TEST_GATEWAY", False),
    stripe_secret=TIRAGE_STRIPE_SECRET_KEY,
    stripe_publishable=TIRAGE_STRIPE_PUBLISHABLE_KEY,
    stripe_webhook=TIRAGE_STRIPE_WEBHOOK_SECRET,
    stripe_base=TIRAGE_STRIPE_API_BASE,
)
TIRAGE_MAILING_SERVICE = "tirage.integrations.campaign_monitor.service.CampaignMonitor"
TIRAGE_CAMPAIGN_MONITOR_API_KEY = read_text("TIRAGE_CAMPAIGN_MONITOR_API_KEY")
TIRAGE_CAMPAIGN_MONITOR_API_BASE = read_text(
    "TIRAGE_CAMPAIGN_MONITOR_API_BASE", "https://api.createsend.com/api/v3.3"
).rstrip("/")
#: Who is asked whether an order may ship, and what tax it owes; nobody where it is empty.
TIRAGE_COMPLIANCE_SERVICE = read_text("TIRAGE_COMPLIANCE_SERVICE")
TIRAGE_COMPLIANCE_SERVICES = {
    "sovos": "tirage.integrations.sovos.service.ShipCompliant",
    "avalara": "tirage.integrations.avalara.service.Avalara",
}
TIRAGE_SOVOS_USER = read_text("TIRAGE_SOVOS_USER")
TIRAGE_SOVOS_PASSWORD = read_text("TIRAGE_SOVOS_PASSWORD")
#: The key of the winery's brand there, to which all its wines belong; theirs are our SKU codes.
TIRAGE_SOVOS_BRAND = read_text("TIRAGE_SOVOS_BRAND")
TIRAGE_SOVOS_LICENSE = read_choice("TIRAGE_SOVOS_LICENSE", "Default", SOVOS_LICENSES)
TIRAGE_SOVOS_SERVICE = read_text("TIRAGE_SOVOS_SERVICE", "UPS")
TIRAGE_SOVOS_FULFILLMENT = read_text("TIRAGE_SOVOS_FULFILLMENT")
TIRAGE_SOVOS_API_BASE = read_text("TIRAGE_SOVOS_API_BASE", "https://ws.shipcompliant.com").rstrip("/")
TIRAGE_AVALARA_ACCOUNT = read_text("TIRAGE_AVALARA_ACCOUNT")
TIRAGE_AVALARA_LICENSE_KEY = read_text("TIRAGE_AVALARA_LICENSE_KEY")
TIRAGE_AVALARA_COMPANY = read_text("TIRAGE_AVALARA_COMPANY", "DEFAULT")
TIRAGE_AVALARA_API_BASE = read_text("TIRAGE_AVALARA_API_BASE", "https://rest.avatax.com").rstrip("/")
COMPLIANCE_KEYS = ComplianceKeys(
    service=TIRAGE_COMPLIANCE_SERVICE,
    sovos=(TIRAGE_SOVOS_USER, TIRAGE_SOVOS_PASSWORD, TIRAGE_SOVOS_BRAND),
    sovos_base=TIRAGE_SOVOS_API_BASE,
    avalara=(TIRAGE_AVALARA_ACCOUNT, TIRAGE_AVALARA_LICENSE_KEY, TIRAGE_AVALARA_COMPANY),
    avalara_base=TIRAGE_AVALARA_API_BASE,
)
#: False for a shop in earnest whose cards are charged nothing, which the team is told; what is no shop may say so.
TIRAGE_MOVES_MONEY = not PRODUCTION or GATEWAY_KEYS.moves_money
#: How old a backup may be before the team is told; 0 doesn't watch them.
TIRAGE_BACKUP_HOURS = read_number("TIRAGE_BACKUP_HOURS", 26 if PRODUCTION else 0, most=9_000)
#: Who brings this may read /metrics; without one nobody may.
TIRAGE_METRICS_TOKEN = read_text("TIRAGE_METRICS_TOKEN")
TIRAGE_SUBSCRIPTIONS = "tirage.config.subscriptions.SUBSCRIPTIONS"
TIRAGE_BULK_ACTS = "tirage.config.bulk.ACTS"
TIRAGE_FILTERS_KEPT = "tirage.config.filters.KEPT"
TIRAGE_SCHEDULE = "tirage.config.schedule.SCHEDULE"

if not PRODUCTION:
    SECRET_KEY = SECRET_KEY or secrets.token_urlsafe(48)
    ALLOWED_HOSTS = ALLOWED_HOSTS or ["127.0.0.1", "localhost", "[::1]", "testserver"]

TIRAGE_DATABASE_PREPARE = read_flag("TIRAGE_DATABASE_PREPARE", True)
_NO_DATABASE: list[str] = []
DATABASES: dict[str, Any] = {"default": {}}
try:
    DATABASES["default"] = read_database(
        read_text("TIRAGE_DATABASE_URL", f"sqlite:///{VAR / 'tirage.sqlite3'}"),
        work=read_text("TIRAGE_DATABASE_WORK", "page"),
        pool_size=read_number("TIRAGE_DATABASE_POOL", 0, most=1_000),
        prepare=TIRAGE_DATABASE_PREPARE,
        silence=read_seconds("TIRAGE_DATABASE_SILENCE"),
    )
except UnsafeSettings as problem:
    _NO_DATABASE.append(str(problem))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "tirage.core",
    "tirage.catalog",
    "tirage.customers",
    "tirage.inventory",
    "tirage.joining",
    "tirage.offers",
    "tirage.taxes",
    "tirage.delivery",
    "tirage.orders",
    "tirage.payments",
    "tirage.fulfilment",
    "tirage.compliance",
    "tirage.checkout",
    "tirage.changes",
    "tirage.wishes",
    "tirage.standing",
    "tirage.futures",
    "tirage.clubs",
    "tirage.planning",
    "tirage.notifications",
    "tirage.segments",
    "tirage.insights",
    "tirage.reports",
    "tirage.tiers",
    "tirage.merging",
    "tirage.marketing",
    "tirage.parts",
    "tirage.staff",
    "tirage.moving",
    "tirage.imports",
    "tirage.leaving",
    "tirage.integrations.test_gateway",
    "tirage.integrations.stripe",
    "tirage.storefront",
    "tirage.backoffice",
    "tirage.cli",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "template_partials",
]

MIDDLEWARE = [
    *(["tirage.health.metrics.MetricsMiddleware"] if TIRAGE_METRICS_TOKEN else []),
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Files need no name of their own; every answer of ours has one.
    "tirage.parts.middleware.RequestIdMiddleware",
    "tirage.parts.middleware.CompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "tirage.parts.outages.OutageMiddleware",
    "tirage.staff.middleware.StaffSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Before anything that reads what was sent.
    "tirage.config.bodies.BodyMiddleware",
    "tirage.parts.middleware.TextMiddleware",
    "tirage.parts.middleware.LanguageMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tirage.staff.middleware.CrowdedDoorMiddleware",
]

ROOT_URLCONF = "tirage.config.urls"
WSGI_APPLICATION = "tirage.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["tirage.parts.templatetags.tirage", "template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tirage.parts.context.winery",
                "tirage.backoffice.tour.context.tour",
            ],
        },
    }
]
FORM_RENDERER = "tirage.parts.forms.PartsRenderer"

# Staff sign-in. Customers are not Django users: see tirage.storefront.frame.identity.
AUTH_USER_MODEL = "staff.StaffMember"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["tirage.staff.passwords.CappedArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "backoffice:home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_ADAPTER = "tirage.staff.adapter.StaffAdapter"
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "tirage.staff.keys.StandingTokens"  # noqa: S105  # a class
ACCOUNT_FORMS = {
    "user_token": "tirage.staff.forms.LinkForm",
    "reset_password": "tirage.staff.forms.LinkAskedForm",
    "reset_password_from_key": "tirage.staff.forms.PasswordKeyForm",
    "set_password": "tirage.staff.forms.NewPasswordForm",
    "change_password": "tirage.staff.forms.PasswordForm",
}
ACCOUNT_PREVENT_ENUMERATION = True
# Wrong passwords and codes are counted by tirage.core.waits; allauth's own count would keep the right person out.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None, "reauthenticate": None, "change_password": None}
ACCOUNT_SESSION_REMEMBER = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Tirage"
MFA_ADAPTER = "tirage.staff.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "tirage.staff.forms.CodeForm",
    "reauthenticate": "tirage.staff.forms.CodeAgainForm",
}

# Only the staff's door remembers here, for every process the same: used second factors, and mails asked for.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "backoffice_sharedmemory",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}

SESSION_ENGINE = "tirage.staff.session_store"
SESSION_COOKIE_NAME = "tirage_staff"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_NAME = "tirage_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "tirage.parts.failures.csrf_failed"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS and read_flag("TIRAGE_REDIRECT_TO_HTTPS", True)
SECURE_HSTS_SECONDS = read_number("TIRAGE_HSTS_SECONDS", 31_536_000) if HTTPS else 0
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^readyz/[a-z]+$", r"^metrics$"]
if TIRAGE_TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
MEDIA_ROOT = VAR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if MODE == "test"
            else "tirage.parts.storage.HashedStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = MODE == "test"
# Nothing of another origin has anything to do with our files.
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_MAX_AGE = 31_536_000 if MODE != "test" else 0

TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend",
        # Urgent jobs have a thread of the worker to themselves: somebody looks at a screen and waits.
        "QUEUES": ["urgent", "default", "mail", "slow"],
    }
}

EMAIL_BACKEND = read_text(
    "TIRAGE_EMAIL_BACKEND",
    "django.core.mail.backends.smtp.EmailBackend"
    if PRODUCTION
    else "tirage.notifications.folder.FolderBackend",
)
EMAIL_HOST = read_text("TIRAGE_SMTP_HOST", "localhost")
EMAIL_PORT = read_number("TIRAGE_SMTP_PORT", 587, least=1, most=65_535)
EMAIL_HOST_USER = read_text("TIRAGE_SMTP_USER")
EMAIL_HOST_PASSWORD = read_text("TIRAGE_SMTP_PASSWORD")
_SMTP_TLS = read_flag("TIRAGE_SMTP_TLS", True)
# Behind 465 a server speaks TLS from the first byte, and waits for ever when it is greeted in the clear.
EMAIL_USE_SSL = _SMTP_TLS and EMAIL_PORT == 465
EMAIL_USE_TLS = _SMTP_TLS and not EMAIL_USE_SSL
EMAIL_TIMEOUT = 20
_MAIL_FROM = read_text("TIRAGE_MAIL_FROM", "" if PRODUCTION else "cellar@example.com").strip()
_SENDER, _SENDER_PROBLEM = Sender("", "cellar@example.com"), ""
try:
    _SENDER = read_sender(_MAIL_FROM)
except ValueError as problem:
    _SENDER_PROBLEM = str(problem)
#: The address alone, and the name that stood with it; without one the mails carry the winery's.
DEFAULT_FROM_EMAIL, TIRAGE_MAIL_FROM_NAME = _SENDER.address, _SENDER.name

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
#: American is what the code is written in, British its catalogue; which of them: ``core/language.py``.
USE_I18N = True
LANGUAGES = [("en-us", "English (United States)"), ("en-gb", "English (United Kingdom)")]
LOCALE_PATHS = [Path(__file__).resolve().parents[1] / "locale"]
#: What a form may have; files of the team more, where a view takes them (staff/uploads.py).
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

LOG_LEVEL = read_choice("TIRAGE_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "tirage.parts.logs.line_formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django.request": {"level": "ERROR"},
        # Below this level Stripe's library writes down what it sends and gets.
        "stripe": {"level": "WARNING"},
        # And WebAuthn's the names of customers' keys.
        "fido2": {"level": "WARNING"},
    },
}

try:
    if not callable(import_string(EMAIL_BACKEND)):
        raise ImportError(EMAIL_BACKEND)
    _NO_BACKEND = []
except (ImportError, ValueError):
    _NO_BACKEND = [f"TIRAGE_EMAIL_BACKEND={EMAIL_BACKEND!r}: there is no such mail backend here."]

_INSTALLATION = Installation(
    site_url=SITE_URL,
    allowed_hosts=ALLOWED_HOSTS,
    secret_key=SECRET_KEY,
    old_keys=SECRET_KEY_FALLBACKS,
    trusted_proxies=TIRAGE_TRUSTED_PROXIES,
    database_url=read_text("TIRAGE_DATABASE_URL"),
    sender=_MAIL_FROM,
    sender_problem=_SENDER_PROBLEM,
    smtp_host=EMAIL_HOST,
    smtp_user=EMAIL_HOST_USER,
    smtp_password=EMAIL_HOST_PASSWORD,
    metrics_token=TIRAGE_METRICS_TOKEN,
    stripe_base=TIRAGE_STRIPE_API_BASE,
    campaign_monitor_base=TIRAGE_CAMPAIGN_MONITOR_API_BASE,
    mail_webhook=TIRAGE_MAIL_WEBHOOK_SECRET,
)
refuse_all(
    [
        *_NO_DATABASE,
        *_INSTALLATION.problems(production=PRODUCTION),
        # A gateway without its keys is no use on any machine.
        *GATEWAY_KEYS.problems(production=PRODUCTION),
        *COMPLIANCE_KEYS.problems(),
        *_NO_BACKEND,
    ]
)
