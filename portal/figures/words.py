"""Numbers as words: shares, spans of time, and what a column of a picture is called."""

import datetime

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from portal.lib.display import day, duration
from portal.lib.time_zones import place_name
from requests_app.figures import AGES, Period, Step
from requests_app.models import Kind

KINDS: dict[str, Promise] = {
    Kind.PURCHASE: gettext_lazy("purchases"),
    Kind.CANCELLATION: gettext_lazy("cancellations"),
    Kind.MORE_SEATS: gettext_lazy("requests for more seats"),
    Kind.FEWER_SEATS: gettext_lazy("requests for fewer seats"),
    Kind.END_OF_TERM: gettext_lazy("requests about the end of a term"),
}
"""What several requests of a kind are called within a sentence."""


def number(count: float) -> str:
    """A whole number as the reader writes it: 1,234."""
    return number_format(count, decimal_pos=0, use_l10n=True, force_grouping=True)


def share(count: int, total: int) -> str:
    """A share in per cent. Only all of them are 100%, and only none are 0%."""
    if not total or count in (0, total):
        return "100%" if total and count else "0%"
    return f"{min(max(round(count / total * 100), 1), 99)}%"


def span(length: datetime.timedelta) -> str:
    """A span of the calendar within which something happened."""
    return duration(length) if length.total_seconds() >= 60 else _("a minute")


def hours(length: datetime.timedelta) -> str:
    """A span of business time in hours and minutes: a day of it would be taken for a day of the calendar."""
    minutes = int(length.total_seconds()) // 60
    whole, minutes = minutes // 60, minutes % 60
    parts = [
        ngettext("%(hours)d hour", "%(hours)d hours", whole) % {"hours": whole} if whole else "",
        ngettext("%(minutes)d minute", "%(minutes)d minutes", minutes) % {"minutes": minutes} if minutes else "",
    ]
    shown = [part for part in parts if part]
    if len(shown) == 2:
        return _("%(larger)s %(smaller)s") % {"larger": shown[0], "smaller": shown[1]}
    return shown[0] if shown else _("a minute")


def short_span(seconds: float, step: float) -> str:
    """A mark of a scale whose marks are ``step`` apart: 30 min, 12 h, 3 d."""
    if step % 86_400 == 0:
        return _("%(number)d d") % {"number": seconds // 86_400}
    return short_hours(seconds, step)


def short_hours(seconds: float, step: float = 3600) -> str:
    """A mark of a scale of business time: 30 min, 12 h."""
    if step % 3600 == 0:
        return _("%(number)d h") % {"number": seconds // 3600}
    return _("%(number)d min") % {"number": seconds // 60}


def short_name(start: datetime.date, period: Period) -> str:
    """What is written under a column: its day, the first day of its week, its month."""
    if period.step == Step.MONTH:
        return date_format(start, pgettext("format of a month under a chart", "M Y"))
    return date_format(max(start, period.first), pgettext("format of a day under a chart", "j M"))


def name(start: datetime.date, period: Period) -> str:
    """The same in full: a day, the first and the last day of a week, a month. What the period cuts off is left out."""
    if period.step == Step.MONTH:
        return date_format(start, "YEAR_MONTH_FORMAT")
    if period.step == Step.DAY:
        return day(start)
    first, last = max(start, period.first), min(start + datetime.timedelta(days=6), period.last)
    return between(first, last)


def between(first: datetime.date, last: datetime.date) -> str:
    """A span of days."""
    if first == last:
        return day(first)
    shown = (day(first), day(last))
    if first.year == last.year:
        shown = (
            date_format(first, pgettext("format of the first of two days of a year", "j M")),
            date_format(last, pgettext("format of the last of two days of a year", "j M Y")),
        )
    return _("%(first)s – %(last)s") % {"first": shown[0], "last": shown[1]}


def place(zone: str) -> str:
    """The place that a time zone is named for."""
    return place_name(zone) if "/" in zone else zone


def age(group: int) -> str:
    """A group of ages of open requests."""
    if group == 0:
        return _("less than a day")
    if group == len(AGES) - 1:
        return ngettext("%(days)d day and more", "%(days)d days and more", AGES[group]) % {"days": AGES[group]}
    return _("%(from)d to %(to)d days") % {"from": AGES[group], "to": AGES[group + 1] - 1}


def per_column(period: Period) -> Promise:
    """What a column stands for."""
    return {
        Step.DAY: gettext_lazy("by day"),
        Step.WEEK: gettext_lazy("by week, from Monday on"),
        Step.MONTH: gettext_lazy("by month"),
    }[period.step]
