"""What languages are called by those who speak them: for the settings, before Django is there to be asked."""

from collections.abc import Sequence

from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured


def in_their_own_names(codes: Sequence[str], needed: str) -> list[tuple[str, str]]:
    """Return each code with the language's own name, as Django knows it, in the order given.

    Raises ImproperlyConfigured for a code that Django does not know, one given twice, or without ``needed``: the language
    that the texts of the site are written in, which stands in where another has none.
    """
    wanted = [code.strip().lower() for code in codes]
    unknown = [code for code in wanted if "name_local" not in LANG_INFO.get(code, {})]
    if unknown:
        raise ImproperlyConfigured(
            f"PORTAL_LANGUAGES names what Django knows no language by: {', '.join(unknown)}. "
            "Codes look like en, de or zh-hant; django/conf/locale/__init__.py lists them."
        )
    if needed not in wanted or len(set(wanted)) < len(wanted):
        raise ImproperlyConfigured(f"PORTAL_LANGUAGES names each language once, and {needed} among them.")
    return [(code, LANG_INFO[code]["name_local"]) for code in wanted]
