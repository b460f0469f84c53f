"""The database of the tests, as a child process is told of it."""

from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection


def address(role: str = "application") -> str:
    """Return the tests' database as DATABASE_URL would name it, seen by the application or by the owner."""
    database = connection.settings_dict
    seen_by = database if role == "application" else settings.DATABASE_OWNER
    server = urlencode({"host": database["HOST"], "port": database["PORT"]})
    return f"postgres://{seen_by['USER']}:{quote(seen_by.get('PASSWORD') or '')}@/{database['NAME']}?{server}"
