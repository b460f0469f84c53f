"""Time zones by their names in the IANA database, and by the names that readers know their places by."""

import zoneinfo
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_location
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

OLD_NAMES = frozenset(get_global("zone_aliases"))
"""Names that a zone once had and that mean another one today, such as Asia/Chungking."""


FORMER_NAMES = {
    zone: [old for old, new in get_global("zone_aliases").items() if new == zone]
    for zone in get_global("zone_aliases").values()
}
"""The other way round: CLDR keeps translations under the name that a zone had when they were made (Asia/Calcutta)."""


@cache
def known_zones() -> dict[str, zoneinfo.ZoneInfo]:
    """Return every zone by its name. Kept, because finding out opens some six hundred files."""
    return {name: zoneinfo.ZoneInfo(name) for name in zoneinfo.available_timezones()}


def validate_time_zone(value: str) -> None:
    """Raise ValidationError unless ``value`` names a time zone."""
    if value not in known_zones():
        raise ValidationError(_("Choose a time zone such as Asia/Taipei."), code="invalid")


def place_name(zone: str) -> str:
    """Return the place that a zone is named for, in the active language: Taipei, 台北市."""
    return _place_name(zone, get_language() or "en")


@cache
def _place_name(zone: str, language: str) -> str:
    locale = Locale.parse(to_locale(language))
    for name in (zone, *FORMER_NAMES.get(zone, [])):
        if city := locale.time_zones.get(name, {}).get("city"):
            return str(city)
    return get_timezone_location(zone, locale=locale, return_city=True)


def known_zone(name: str) -> zoneinfo.ZoneInfo:
    """Return the zone of that name; UTC where this machine's database does not know it."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
