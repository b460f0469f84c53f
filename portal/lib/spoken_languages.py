"""Languages that people speak, as their reader calls them. They are more than those the site is written in."""

from collections.abc import Iterable

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language, to_locale

SPOKEN = (
    "zh", "nan", "hak", "yue", "en", "ja", "ko", "vi", "th", "id", "ms", "fil", "hi", "de", "fr", "es", "pt", "it", "nl",
    "pl", "uk", "tr", "ar", "he",
)  # fmt: skip
"""Codes of those that can be chosen."""


def spoken_languages() -> list[tuple[str, str]]:
    """Return the codes and what the languages are called in the active one. A function: a further one needs no migration."""
    names = _names()
    return [(code, names.get(code, code)) for code in SPOKEN]


def in_words(codes: Iterable[str]) -> list[str]:
    """Return what the languages are called in the active one, in the order of ``SPOKEN``."""
    names, wanted = _names(), set(codes)
    return [names.get(code, code) for code in SPOKEN if code in wanted]


def _names() -> dict[str, str]:
    try:
        found = Locale.parse(to_locale(get_language() or "en"))
    except (UnknownLocaleError, ValueError):
        found = Locale("en")
    return dict(found.languages)
