"""The cache has a connection of its own."""

from typing import Any


class CacheRouter:
    """Sends the table of the cache to the connection ``cache``, which is outside of a request's transaction.

    Limits on tries are counted there: a count that a rolled back request took with it would be no limit, and one that
    others see only once the request has ended would let parallel tries through.
    """

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "cache" if model._meta.app_label == "django_cache" else None

    db_for_write = db_for_read
