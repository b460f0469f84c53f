"""When somebody is there at a partner, by the reader's own clock."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Partner
from portal.lib.time_zones import place_name


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours in words: where the partner is, and, where clocks differ, where the reader is."""

    there: str
    here: str


def hours_of(partner: Partner, now: datetime.datetime) -> Hours:
    """Return the partner's hours as they are this week; holidays are not among it."""
    zone = timezone.get_current_timezone()
    today = now.astimezone(partner.zone).date()
    opens, closes = (
        datetime.datetime.combine(today, time, tzinfo=partner.zone) for time in (partner.opens_at, partner.closes_at)
    )
    there = _in_words(partner.business_days, opens, closes)
    if opens.utcoffset() == opens.astimezone(zone).utcoffset():
        return Hours(there, "")
    mine = opens.astimezone(zone)
    moved = (mine.date() - opens.date()).days
    days = [(day + moved) % 7 for day in partner.business_days]
    return Hours(there, _in_words(days, mine, closes.astimezone(zone)))


def _in_words(days: Collection[int], opens: datetime.datetime, closes: datetime.datetime) -> str:
    key = getattr(opens.tzinfo, "key", "")
    return _("%(days)s, %(opens)s to %(closes)s (%(place)s)") % {
        "days": _days(sorted(days)),
        "opens": date_format(opens, "TIME_FORMAT"),
        "closes": date_format(closes, "TIME_FORMAT"),
        "place": place_name(key) if "/" in key else "UTC",
    }


def _days(days: list[int]) -> str:
    """Return weekdays in words; three or more in a row, over the end of a week, too, by the first and the last."""
    if len(days) == 7:
        return _("every day")
    starts = [day for day in days if (day - 1) % 7 not in days]
    if len(starts) == 1 and len(days) > 2:
        first, last = starts[0], (starts[0] + len(days) - 1) % 7
        return _("%(first)s to %(last)s") % {"first": WEEKDAYS[first], "last": WEEKDAYS[last]}
    return ", ".join(str(WEEKDAYS[day]) for day in days)
