"""Settings of the site: every value comes from the environment and is secure unless it says otherwise.

``.env.example`` lists the variables. Two switches change the character of a process:

* ``PORTAL_DEMO=1`` is the demonstration on one's own machine (``make demo``): plain HTTP on loopback, a key of its
  own, mail written to a folder. It is never meant to be reached from a network.
* without it, the site is in production: a secret key is required, everything is HTTPS.

``DEBUG`` does not exist here: error pages are the site's own, and tracebacks go to the log.
"""

import sys
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from portal.lib import demonstration
from portal.lib.embedded_postgres import cluster_for
from portal.lib.language_names import in_their_own_names

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DEBUG = False
TESTING = "pytest" in sys.modules
DEMO = env.bool("PORTAL_DEMO", default=False)
LOCAL = DEMO or TESTING
"""True where the site is served over plain HTTP on loopback: in the demonstration and in the tests."""

VAR_DIR = Path(env.str("PORTAL_VAR_DIR", default=str(BASE_DIR / "var")))

if LOCAL:
    SECRET_KEY = demonstration.secret_key(VAR_DIR)
else:
    SECRET_KEY = env.str("PORTAL_SECRET_KEY", default="")
    if len(SECRET_KEY) < 50:
        raise ImproperlyConfigured(
            "PORTAL_SECRET_KEY is missing or shorter than 50 characters. Make one with: "
            "python -c 'import secrets; print(secrets.token_urlsafe(64))'"
        )
SECRET_KEY_FALLBACKS = env.list("PORTAL_SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("PORTAL_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if LOCAL else [])
SITE_URL = env.str("PORTAL_SITE_URL", default="http://localhost:8000" if LOCAL else "")
"""Scheme and host that links in mails start with, without a slash at the end."""
if not SITE_URL:
    raise ImproperlyConfigured("PORTAL_SITE_URL is missing: the address of the site, such as https://portal.example")
SITE_URL = SITE_URL.rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list("PORTAL_CSRF_TRUSTED_ORIGINS", default=[] if LOCAL else [SITE_URL])

# --- Applications ----------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "portal.apps.PortalConfig",  # before Django's own, so that our migrate and flush run as the owner
    "requests_app.apps.RequestsAppConfig",
    "accounts.apps.AccountsConfig",
    "portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",  # its templates, for our form renderer
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "accounts.microsoft",
    "procrastinate.contrib.django",
    "pgtrigger",
    "pghistory",  # docs/decisions/0012-histories-by-triggers.md
]

MIDDLEWARE = [
    # What every answer carries comes first, so that files, refusals and redirects of the others carry it as well.
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.middleware.PrivateAnswersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.ActingMiddleware",
    "portal.middleware.KnownMethodsMiddleware",
    "accounts.middleware.PersonMiddleware",
    "accounts.middleware.ResumingLoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.NothingAfterCommitMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context_processors.site",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "portal.templatetags.portal_help",
                "portal.templatetags.portal_ui",
            ],
        },
    },
]
FORM_RENDERER = "portal.forms.PortalFormRenderer"

# --- Database: PostgreSQL only ---------------------------------------------------------------------------------
# The application connects as a role that owns nothing; migrations run as the owner (docs/operations.md).

CONNECTION = {
    "ENGINE": "django.db.backends.postgresql",
    "CONN_MAX_AGE": env.int("PORTAL_DB_CONN_MAX_AGE", default=0 if TESTING else 600),
    "CONN_HEALTH_CHECKS": True,
}
if env.str("DATABASE_URL", default=""):
    DATABASE = env.db("DATABASE_URL")
    DATABASE_OWNER = env.db("DATABASE_OWNER_URL") if env.str("DATABASE_OWNER_URL", default="") else None
    if DATABASE["ENGINE"] != CONNECTION["ENGINE"]:
        raise ImproperlyConfigured("DATABASE_URL must be a postgres:// address: this site runs on PostgreSQL only.")
    CLUSTER = None
elif not LOCAL:
    raise ImproperlyConfigured("DATABASE_URL is missing: postgres://role:password@host:port/database")
else:
    CLUSTER = cluster_for(BASE_DIR, purpose="test" if TESTING else "demo")
    DATABASE = CLUSTER.django_settings("portal_app")
    DATABASE_OWNER = CLUSTER.django_settings("portal_owner")
DATABASES = {
    # Each request is one transaction; what a view wrote is undone where it raises (accounts.middleware).
    "default": DATABASE | CONNECTION,
    # The same database once more, outside of that transaction: a try that was counted stays counted.
    "cache": DATABASE | CONNECTION | {"TEST": {"MIRROR": "default"}},
}
DATABASE_ROUTERS = ["portal.lib.cache_router.CacheRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People ----------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.PersonBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:  # Argon2 is slow on purpose; a test signs in hundreds of times
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "accounts.passwords.LengthLimit"},
    {"NAME": "accounts.passwords.HardToGuess"},  # common, numeric and personal ones included: one complaint is enough
]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True  # written as for somebody who is known, and thrown away: accounts.adapter
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if LOCAL else "https"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_TEMPLATE_EXTENSION = "html"
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("PORTAL_TRUSTED_PROXIES", default=0)

# --- Signing in (docs/decisions/0008-sign-in.md) ---------------------------------------------------------------

SECOND_FACTOR_REQUIRED = env.bool("PORTAL_SECOND_FACTOR_REQUIRED", default=not DEMO)
"""Whether the desk opens only to those who have signed in with a second factor."""
ACCOUNT_FORMS = {
    "request_login_code": "accounts.sign_in_forms.RequestLoginCodeForm",
    "change_password": "accounts.sign_in_forms.ChangePasswordForm",
    "set_password": "accounts.sign_in_forms.SetPasswordForm",
    "reset_password_from_key": "accounts.sign_in_forms.ResetPasswordKeyForm",
}
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
MFA_ADAPTER = "accounts.second_factor.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # a phone may be half a minute ahead or behind
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody signs up, and nobody signs in with an address that is not theirs
MFA_FORMS = {
    "authenticate": "accounts.sign_in_forms.AuthenticateForm",
    "reauthenticate": "accounts.sign_in_forms.ReauthenticateForm",
    "login_webauthn": "accounts.sign_in_forms.LoginPasskeyForm",
    "authenticate_webauthn": "accounts.sign_in_forms.AuthenticatePasskeyForm",
    "reauthenticate_webauthn": "accounts.sign_in_forms.ReauthenticatePasskeyForm",
    "add_webauthn": "accounts.sign_in_forms.AddPasskeyForm",
}
SIGN_IN_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "20/m/ip,5/5m/key",  # passwords by address, codes of the second factor by person
    "request_login_code": "20/m/ip,3/m/key",
    "reset_password": "20/m/ip,3/m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "10/m/user",
    "manage_email": "10/m/user",
    "reauthenticate": "10/m/user",
    "confirm_email": "1/3m/key",
    "search": "150/m/user",  # every few letters that somebody types are one
}
"""How often, by visitor's address (ip), by what was typed (key) or by person (user); kept in the shared cache."""
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = SIGN_IN_LIMITS
MFA_RATE_LIMITS: dict[str, str] | bool = {"webauthn_login": "20/m/ip"}
if TESTING:  # one client signs in hundreds of times a minute; the limits have tests of their own
    ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False

# --- Sign-in with Microsoft (optional: docs/decisions/0010-microsoft-sign-in.md) ---------------------------------

MICROSOFT_SIGN_IN = {
    "global": {
        "authority": "https://login.microsoftonline.com",
        "client_id": env.str("PORTAL_MICROSOFT_CLIENT_ID", default=""),
        "secret": env.str("PORTAL_MICROSOFT_CLIENT_SECRET", default=""),
    },
    "us": {
        "authority": "https://login.microsoftonline.us",
        "client_id": env.str("PORTAL_MICROSOFT_US_CLIENT_ID", default=""),
        "secret": env.str("PORTAL_MICROSOFT_US_CLIENT_SECRET", default=""),
    },
}
"""The site's registrations at Microsoft's two authorities; without its id and secret there is none."""
if any(bool(one["client_id"]) != bool(one["secret"]) for one in MICROSOFT_SIGN_IN.values()):
    raise ImproperlyConfigured("Sign-in with Microsoft needs both the client ID and the client secret.")
MICROSOFT_SIGN_IN = {slug: one for slug, one in MICROSOFT_SIGN_IN.items() if one["client_id"]}
MICROSOFT_MFA_TRUSTED = env.bool("PORTAL_MICROSOFT_MFA_TRUSTED", default=False)
"""Whether a second factor that Microsoft has asked for counts as one here."""
SOCIALACCOUNT_ADAPTER = "accounts.microsoft.adapter.SocialAccountAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = False

# --- Languages and time ----------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = in_their_own_names(env.list("PORTAL_LANGUAGES", default=["en", "zh-hant"]), LANGUAGE_CODE)
"""docs/languages.md says how to add one."""
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["portal.formats"]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
THEME_COOKIE_NAME = "theme"

# --- Static files ----------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("PORTAL_STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
# What people attach to requests. No web server may serve from here: attachments leave through a permission check.
ATTACHMENTS_ROOT = Path(env.str("PORTAL_ATTACHMENTS_ROOT", default=str(VAR_DIR / "attachments")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "attachments": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(ATTACHMENTS_ROOT),
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "portal.lib.static_files.StaticFiles"},
}
FILE_UPLOAD_HANDLERS = [
    "requests_app.upload_handler.BoundedUploadHandler",  # how much of an upload is kept at all
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
if LOCAL:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
if TESTING:
    STORAGES["attachments"] = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# --- Mail and background work ----------------------------------------------------------------------------------

MAIL_FOLDER = VAR_DIR / "mail"
DEMO_SMTP_PORT = env.int("PORTAL_DEMO_SMTP_PORT", default=0)
"""Where a mail server on this machine takes the demonstration's mails; without it they land in a folder."""
MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": "127.0.0.1" if LOCAL else env.str("PORTAL_SMTP_HOST", default="localhost"),
            "port": DEMO_SMTP_PORT if LOCAL else env.int("PORTAL_SMTP_PORT", default=587),
            "username": "" if LOCAL else env.str("PORTAL_SMTP_USER", default=""),
            "password": "" if LOCAL else env.str("PORTAL_SMTP_PASSWORD", default=""),
            "use_tls": not LOCAL and env.bool("PORTAL_SMTP_STARTTLS", default=True),
            # Seconds, for the connection and for each answer: one mail holds one of the worker's hands for so long.
            "timeout": env.float("PORTAL_SMTP_TIMEOUT", default=10),
        },
    }
}
if LOCAL and not DEMO_SMTP_PORT:
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "OPTIONS": {"file_path": str(MAIL_FOLDER)},
        }
    }
DEFAULT_FROM_EMAIL = env.str("PORTAL_MAIL_FROM", default="Portal <portal@demo.example>" if LOCAL else "")
if not DEFAULT_FROM_EMAIL:
    raise ImproperlyConfigured("PORTAL_MAIL_FROM is missing: the address that mails are sent from.")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
PROCRASTINATE_WORKER_DEFAULTS = {
    "delete_jobs": "successful",
    "install_signal_handlers": True,
    "concurrency": env.int("PORTAL_WORKER_CONCURRENCY", default=4),  # jobs at a time
}

# --- Link checker (docs/decisions/0013-link-checker.md) --------------------------------------------------------

LINK_CHECKS = env.bool("PORTAL_LINK_CHECKS", default=True) and not LOCAL
"""Whether the site looks by itself where its links lead. The demonstration and the tests send nothing anywhere."""
LINK_CHECK_DAYS = env.int("PORTAL_LINK_CHECK_DAYS", default=7)
"""How many days lie between two checks of one address."""

# --- Security --------------------------------------------------------------------------------------------------

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF, *(one["authority"] for one in MICROSOFT_SIGN_IN.values())],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_AGE = env.int("PORTAL_SESSION_AGE", default=60 * 60 * 24 * 14)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"
if not LOCAL:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/$"]  # load balancers ask without TLS
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    LANGUAGE_COOKIE_NAME = "__Host-language"
    THEME_COOKIE_NAME = "__Host-theme"
    if env.bool("PORTAL_BEHIND_TLS_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

CACHE_TABLE = "portal_cache"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": CACHE_TABLE}}
if TESTING:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "keys": {"()": "portal.lib.redact.KeysOfAddresses"},
        "traces": {"()": "portal.lib.jobs.WithoutTraces"},
    },
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["keys", "traces"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "procrastinate": {"level": "WARNING"},
        "procrastinate.worker": {"level": "INFO"},  # tells of tries that failed; jobs carry ids, never texts
    },
}
