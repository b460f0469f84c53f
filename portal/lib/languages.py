"""The languages of the site."""

from django.conf import settings


def languages() -> list[tuple[str, str]]:
    """Return each language's code and its own name. A function, so that a further language needs no migration."""
    return list(settings.LANGUAGES)


def first_known(*codes: str) -> str:
    """Return the first of ``codes`` that the site speaks, else ``""``: somebody may have chosen one that was taken away."""
    known = dict(settings.LANGUAGES)
    return next((code for code in codes if code in known), "")
