"""Addresses of pages elsewhere, as staff write them down."""

import re
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
PLAIN = re.compile(r"[!#-;=?-\[\]-z|~]+")
"""What an address consists of: visible ASCII without quotation marks, angle brackets, braces and the backslash. What
looks like another address than it is has to be written in its ASCII form."""


def validate_link_template(value: str) -> None:
    """Raise ValidationError, with what to do, unless ``value`` is an https address whose only placeholder is ``{tenant}``."""
    unknown = [name for name in PLACEHOLDER.findall(value) if name != "tenant"]
    if unknown:
        raise ValidationError(
            _(
                "Unknown placeholder: %(names)s. The only one is {tenant}: it stands for the first part of the "
                "customer's .onmicrosoft.com domain."
            ),
            params={"names": ", ".join(f"{{{name}}}" for name in unknown)},
            code="placeholder",
        )
    address = value.replace("{tenant}", "tenant")
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # such as a port that is none
        raise _not_whole() from None
    if parts.scheme and parts.scheme != "https":
        raise ValidationError(
            _("An address starts with https://, not with %(scheme)s:. Open the page and copy its address."),
            params={"scheme": parts.scheme},
            code="scheme",
        )
    if parts.username is not None:
        raise ValidationError(
            _("An address carries no name and no password. Take out everything between https:// and the @."),
            code="userinfo",
        )
    if port not in (None, 443) or "." not in host or parts.scheme != "https" or not PLAIN.fullmatch(address):
        raise _not_whole()


def _not_whole() -> ValidationError:
    return ValidationError(_("Give a whole address that starts with https://"), code="address")


def validate_address(value: str) -> None:
    """Raise ValidationError, with what to do, unless ``value`` is an https address as it stands, without placeholders."""
    if "{" in value or "}" in value:
        raise _not_whole()
    validate_link_template(value)
