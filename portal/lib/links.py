"""Addresses of pages elsewhere, as staff write them down."""

import re
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def validate_link_template(value: str) -> None:
    """Raise ValidationError unless ``value`` is an https address whose only placeholder is ``{tenant}``."""
    unknown = [name for name in PLACEHOLDER.findall(value) if name != "tenant"]
    if unknown:
        raise ValidationError(
            _("Unknown placeholder: %(names)s. The only one is {tenant}."),
            params={"names": ", ".join(unknown)},
        )
    try:
        parts = urlsplit(value.replace("{tenant}", "tenant"))
        host = parts.hostname if parts.port in (None, 443) and parts.username is None else None
    except ValueError:  # such as a port that is none
        host = None
    if not value.isascii():  # what looks like another address than it is; other scripts have their ASCII form
        host = None
    if (
        not host
        or "." not in host
        or parts.scheme != "https"
        or re.search(r"[\s<>\"{}\\]", value.replace("{tenant}", ""))
    ):
        raise ValidationError(_("Give a whole address that starts with https://"))
