"""How things look as text and small pieces of HTML: for templates (``portal_ui``) and for the admin's columns."""

import datetime
from functools import cache

from django.db import models
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from portal.lib.time_zones import place_name


def icon(name: str) -> SafeString:
    """An icon of the sprite. It only decorates: the word beside it says what is meant."""
    return _icon(static("icons.svg"), name)


@cache
def _icon(sprite: str, name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>', sprite, name
    )


STATUS_ICONS = {
    "submitted": "inbox",
    "in_review": "loader",
    "waiting": "hourglass",
    "approved": "circle-dot",
    "failed": "triangle-alert",
    "completed": "check",
    "declined": "x",
    "withdrawn": "undo",
    "active": "check",
    "pending": "loader",
    "suspended": "pause",
    "expired": "minus",
    "disabled": "minus",
    "deleted": "x",
}


def status_badge(thing: models.Model) -> SafeString:
    """The status of a request or a subscription: a word, a shape and a colour."""
    status = str(thing.status)  # type: ignore[attr-defined]
    return _badge(status, _word_of_status(type(thing), status, get_language()), static("icons.svg"))


@cache
def _word_of_status(model: type[models.Model], status: str, language: str | None) -> str:
    """Return what ``get_status_display`` does. That hashes all choices, words and all, each time it is asked."""
    field = model._meta.get_field("status")
    assert isinstance(field, models.Field)
    return str(dict(field.flatchoices).get(status, status))


@cache
def _badge(status: str, word: str, sprite: str) -> SafeString:
    return format_html(
        '<span class="badge badge-{}">{}{}</span>',
        status.replace("_", "-"),
        _icon(sprite, STATUS_ICONS.get(status, "minus")),
        word,
    )


def moment(value: datetime.datetime | None) -> str:
    """A moment in the reader's zone: 25 Nov 2026, 17:00."""
    return date_format(_local(value), "DATETIME_FORMAT") if value else ""


def _local(value: datetime.datetime) -> datetime.datetime:
    """The moment in the reader's zone, or as it is where their calendar ends: one bad row must not take a page down."""
    try:
        return timezone.localtime(value)
    except OverflowError:
        return value


def day(value: datetime.date | None) -> str:
    """A day: 25 Nov 2026."""
    return date_format(value, "DATE_FORMAT") if value else ""


def deadline(value: datetime.datetime) -> SafeString:
    """A deadline in UTC with the reader's own time beside it, where that is another one."""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), deadline_text(value))


def deadline_text(value: datetime.datetime) -> str:
    """The same as plain text: for sentences and subject lines."""
    return _in_both_zones(value, ("DATETIME_FORMAT", ""), ("TIME_FORMAT", ""))


def to_the_second(value: datetime.datetime) -> SafeString:
    """A moment as evidence: to the second, in UTC and in the reader's own time."""
    text = _in_both_zones(value, ("DATETIME_FORMAT", ":%S"), ("TIME_FORMAT", ":%S"))
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


def _in_both_zones(value: datetime.datetime, whole: tuple[str, str], short: tuple[str, str]) -> str:
    utc = value.astimezone(datetime.UTC)
    local = _local(value)
    text = gettext("%(moment)s UTC") % {"moment": _written(utc, *whole)}
    if local.utcoffset() != utc.utcoffset():
        zone = getattr(timezone.get_current_timezone(), "key", "")
        place = place_name(zone) if "/" in zone else timezone.get_current_timezone_name()
        shown = short if local.date() == utc.date() else whole
        text = f"{text} / {_written(local, *shown)} {place}"
    return text


def _written(value: datetime.datetime, form: str, behind: str) -> str:
    return date_format(value, form) + value.strftime(behind) if behind else date_format(value, form)


def time_left(value: datetime.datetime, now: datetime.datetime) -> str:
    """How long until ``value``, in words: 2 days 4 hours; empty once it has passed."""
    return duration(value - now) if value > now else ""


def time_past(value: datetime.datetime, now: datetime.datetime) -> str:
    """How long since ``value``, in words; empty until it has passed."""
    return duration(now - value) if value < now else ""


def duration(span: datetime.timedelta, depth: int = 2) -> str:
    """A time span in days, hours and minutes, rounded down; the ``depth`` largest of them that are not zero.

    Django's ``timesince`` counts in weeks and months, which no deadline does, and joins its parts in the English way.
    """
    minutes = max(int(span.total_seconds()) // 60, 0)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [
        ngettext("%(days)d day", "%(days)d days", days) % {"days": days} if days else "",
        ngettext("%(hours)d hour", "%(hours)d hours", hours) % {"hours": hours} if hours else "",
        ngettext("%(minutes)d minute", "%(minutes)d minutes", minutes) % {"minutes": minutes} if minutes else "",
    ]
    shown = list(filter(None, parts))[:depth]
    if len(shown) == 2:
        return gettext("%(larger)s %(smaller)s") % {"larger": shown[0], "smaller": shown[1]}
    return shown[0] if shown else gettext("less than a minute")


def days_until(value: datetime.date, now: datetime.datetime) -> str:
    """In how many days, in words. A day is not over for anybody before it is over in UTC."""
    days = (value - timezone.localtime(now).date()).days
    if days < 0 <= (value - now.astimezone(datetime.UTC).date()).days:
        days = 0
    if days == 0:
        return gettext("today")
    if days < 0:
        return ngettext("%(days)d day ago", "%(days)d days ago", -days) % {"days": -days}
    return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}
