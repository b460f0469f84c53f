"""``django-admin startproject`` over the site's tables: none of the site's middleware, pages, walls or templates.

It connects as the owner of the tables, who bypasses row level security: the comparison pays for no wall.
"""

from pathlib import Path

import environ

env = environ.Env()

SECRET_KEY = "only on loopback, only for as long as it is measured"  # noqa: S105
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "pgtrigger",
    "pghistory",
    "benchmarks.plain.apps.PlainAccountsConfig",
    "requests_app.apps.RequestsAppConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "benchmarks.plain.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).resolve().parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASE = env.db("DATABASE_OWNER_URL")
DATABASE |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}  # as the site's
SCHEMAS = ",".join(filter(None, [env.str("PLAIN_SCHEMA", default=""), "public"]))
DATABASE["OPTIONS"] = DATABASE.get("OPTIONS", {}) | {  # triggers ask who acts
    "options": f"-c portal.acting=site -c search_path={SCHEMAS}"
}
DATABASES = {"default": DATABASE}
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [  # those of the site, which writes a password anew when its person signs in there
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "ask"
LANGUAGES = [("en", "English"), ("zh-hant", "繁體中文")]
STATIC_URL = "static/"
TIME_ZONE = "UTC"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "ERROR"},
}
