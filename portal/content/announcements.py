"""Announcements and their readers: what is new to somebody, what they have done about it, and the mails about it."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Case, F, Q, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation

from accounts import mail
from accounts.active_customer import active_customer
from accounts.models import Customer, CustomerMembership, User
from portal.models import Announcement, AnnouncementRead, Level, PublishedQuerySet

MOST = 99
"""Nobody needs to know more exactly, and nothing counts further."""

ON_HOME = 3

PEOPLE_AT_ONCE = 100
"""Whose mails are written down in one transaction."""


# --- Reading -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class News:
    """What a person has not read yet in the name of one customer, and which of it presses."""

    unread: int
    urgent: Announcement | None
    more_urgent: int

    @property
    def shown(self) -> str:
        """Return the number as it stands in the header."""
        return f"{MOST}+" if self.unread > MOST else str(self.unread)


NOTHING = News(0, None, 0)


def news(user: User, customer: Customer, now: datetime.datetime) -> News:
    """Return what is new to ``user`` at ``now``, in one statement; the newest urgent one that they have not hidden."""
    rows = Announcement.objects.for_customer(customer, now).as_read_by(user).unread()
    urgent_first = Case(When(level=Level.URGENT, then=0), default=1)
    unread = list(rows.only("title", "level").order_by(urgent_first, "-publish_from", "-pk")[: MOST + 1])
    urgent = [one for one in unread if one.is_urgent and one.dismissed_at is None]
    return News(len(unread), urgent[0] if urgent else None, max(len(urgent) - 1, 0))


def newest(user: User, customer: Customer, now: datetime.datetime) -> list[Announcement]:
    """Return the few that home shows: those that ``user`` has not read first, then the newest. One statement."""
    rows: Any = Announcement.objects.for_customer(customer, now).as_read_by(user)
    return list(rows.order_by("is_read", "-publish_from", "-pk")[:ON_HOME])


def of_request(request: HttpRequest) -> News:
    """Return what is new to the person behind ``request``; asked of the database once for each request at most."""
    customer = active_customer(request) if isinstance(request.user, User) else None
    known: tuple[int, News] | None = getattr(request, "_news", None)
    if customer is None:
        return NOTHING
    if known is None or known[0] != customer.pk:  # a page may be shown in another customer's name
        assert isinstance(request.user, User)
        known = (customer.pk, news(request.user, customer, timezone.now()))
        request._news = known  # type: ignore[attr-defined]
    return known[1]


def mark_read(user: User, announcements: Iterable[Announcement], now: datetime.datetime) -> int:
    """Note that ``user`` has read the announcements; return how many. What they had read before stays as it was noted.

    The announcements come with what the reader has done about them (``as_read_by``).
    """
    return _note("read_at", user, [one for one in announcements if one.read_at is None], now)


def dismiss(user: User, announcement: Announcement, now: datetime.datetime) -> int:
    """Take the announcement's banner away from ``user``'s pages; it stays unread. Return how many that changed."""
    return _note("dismissed_at", user, [announcement] if announcement.dismissed_at is None else [], now)


def _note(what: str, user: User, announcements: list[Announcement], now: datetime.datetime) -> int:
    rows = [AnnouncementRead(announcement=one, user=user, **{what: now}) for one in announcements]
    AnnouncementRead.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["announcement", "user"], update_fields=[what]
    )
    return len(rows)


# --- Publishing ----------------------------------------------------------------------------------------------------


def begins(now: datetime.datetime) -> datetime.datetime:
    """Return the moment that is written down for "at once": forms ask for minutes."""
    return now.replace(second=0, microsecond=0)


def publish(rows: PublishedQuerySet[Any], now: datetime.datetime) -> int:
    """Show the rows to their readers from now on; return how many that changed. An end that has passed is taken out.

    A draft begins now, whenever it had been meant to: it is news.
    """
    waits = Q(is_draft=True) | Q(publish_from=None) | Q(publish_from__gt=now)
    return rows.exclude(pk__in=rows.current(now).values("pk")).update(
        is_draft=False,
        publish_from=Case(When(waits, then=begins(now)), default=F("publish_from")),
        publish_until=Case(When(publish_until__lte=now, then=None), default=F("publish_until")),
    )


# --- Mails ---------------------------------------------------------------------------------------------------------


def to_mail(now: datetime.datetime) -> list[int]:
    """Return the primary keys of what is published at ``now``, goes out by mail and has not yet. One statement."""
    waiting = Announcement.objects.current(now).filter(by_mail=True, mailed_at=None)
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def mail_some(pk: int, now: datetime.datetime, after: int) -> int | None:
    """Queue the mails to some of an announcement's readers, behind the person ``after``; return the last of them.

    None: there was nobody left, and the announcement is noted as mailed. In the caller's transaction, which holds the
    row; a mail that was queued before is not queued again, so that a job that was killed begins anew.
    """
    locked = Announcement.objects.select_for_update(of=("self",)).filter(pk=pk, by_mail=True, mailed_at=None)
    announcement = locked.current(now).first()
    if announcement is None:
        return None
    members = CustomerMembership.objects.filter(customer__in=announcement.audience())
    people = User.objects.filter(pk__in=members.values("user_id"), pk__gt=after, is_active=True)
    people = people.filter(urgent_messages_by_mail=True)
    chosen = list(people.order_by("pk")[:PEOPLE_AT_ONCE])
    for user in chosen:
        with translation.override(mail.language_of(user)), timezone.override(user.zone):
            message = mail.render("emails/announcement", _context(announcement, user))
            mail.queue(message, recipient=user.email, key=f"announcement-{pk}-user-{user.pk}")
    if chosen:
        return chosen[-1].pk
    Announcement.objects.filter(pk=pk).update(mailed_at=now)
    return None


def _context(announcement: Announcement, user: User) -> dict[str, Any]:
    return {
        "announcement": announcement,
        "recipient": user,
        "link": settings.SITE_URL + announcement.get_absolute_url(),
        "settings_link": settings.SITE_URL + reverse("accounts:settings"),
        "site_url": settings.SITE_URL,
    }
