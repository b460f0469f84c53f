"""Time zones by their names in the IANA database."""

import zoneinfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def validate_time_zone(value: str) -> None:
    """Raise ValidationError unless ``value`` names a time zone."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("Choose a time zone such as Asia/Taipei."), code="invalid")
