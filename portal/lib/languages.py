"""The languages of the site."""

from django.conf import settings


def languages() -> list[tuple[str, str]]:
    """Return each language's code and its own name. A function, so that a further language needs no migration."""
    return list(settings.LANGUAGES)
