"""Names of people and organisations stand in other people's mails: one line, and nothing to click on."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

ADDRESS = re.compile(r"://|\bwww\.", re.IGNORECASE)
"""What mail programs turn into a link whatever surrounds it."""


def validate_plain_name(name: str) -> None:
    """Raise ValidationError for a name with line breaks, other characters that do not show, or a web address."""
    if not name.replace("\u3000", " ").replace("\u00a0", " ").isprintable():  # the wide space of Chinese, and no-break
        raise ValidationError(_("A name is one line of visible characters."), code="line")
    if ADDRESS.search(name):
        raise ValidationError(_("A name holds no web address."), code="address")
