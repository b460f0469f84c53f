"""Many requests that were handed over in one run: each of those whom it concerns gets one mail about all of theirs."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import mail
from accounts.models import PartnerMembership, User
from portal.lib.display import deadline_text
from requests_app import labels
from requests_app.models import BulkRun, RequestEvent, RequestLine

LISTED_IN_MAIL = 50
"""So many requests a mail lists, the soonest deadlines; the queue has them all."""

QUEUE = "admin:requests_app_subscriptionrequest_changelist"


@dataclass
class Theirs:
    """What one person has got, or has no longer."""

    got: list[RequestEvent] = field(default_factory=list)
    lost: list[RequestEvent] = field(default_factory=list)


def notify_of_hand_over(run: BulkRun, keys: Iterable[uuid.UUID]) -> None:
    """Queue a mail to whoever has the requests now, and one to each who had some of them; none to who did it.

    ``keys``: of the steps that were taken. Those who do not belong to the partner (any more) hear nothing.
    """
    events = _events(list(keys))
    team = set(
        PartnerMembership.objects.filter(
            partner__in={event.subscription_request.partner_id for event in events}, user__is_active=True
        ).values_list("partner_id", "user_id")
    )
    concerned: dict[int, Theirs] = {}
    for event in events:
        partner_id, before = event.subscription_request.partner_id, event.before  # type: ignore[attr-defined]
        for person_id, of in ((before, "lost"), (event.assignee_id, "got")):
            if person_id and person_id != event.actor_id and (partner_id, person_id) in team:
                getattr(concerned.setdefault(person_id, Theirs()), of).append(event)
    people = User.objects.in_bulk(concerned)
    for pk in sorted(people):
        _write(run, people[pk], concerned[pk])


def _events(keys: Sequence[uuid.UUID]) -> list[RequestEvent]:
    """Return the events of these steps by deadline, with who had the request ``before``."""
    earlier = RequestEvent.objects.filter(
        subscription_request=OuterRef("subscription_request"), pk__lt=OuterRef("pk")
    ).order_by("-pk")
    events = RequestEvent.objects.filter(key__in=keys).select_related(
        "actor", "assignee", "subscription_request__customer", "subscription_request__subscription__product"
    )
    large = [f"subscription_request__{name}" for name in ("facts", "preview", "read_before")]
    events = events.annotate(before=Subquery(earlier.values("assignee_id")[:1])).defer(*large)
    return list(events.order_by("subscription_request__deadline", "subscription_request_id"))


def _write(run: BulkRun, user: User, theirs: Theirs) -> None:
    """Queue the mails of one person: what they have got, and what they have no longer."""
    with translation.override(mail.language_of(user)), timezone.override(user.zone):
        for what, events in (("got", theirs.got), ("lost", theirs.lost)):
            if events:
                message = mail.render("emails/handed_over", _context(run, user, what, events))
                mail.queue(message, recipient=user.email, key=f"hand-over-{run.key.hex}-{what}-user-{user.pk}")


def _context(run: BulkRun, user: User, what: str, events: Sequence[RequestEvent]) -> dict[str, Any]:
    count = len(events)
    values = {
        "count": f"{count:,}",
        "who": run.started_by,
        "assignee": run.assignee,
        "by": deadline_text(events[0].subscription_request.deadline),
    }
    if what == "got":
        subject = ngettext(
            "%(count)s request is with you now, due by %(by)s",
            "%(count)s requests are with you now, the first due by %(by)s",
            count,
        )
        told = ngettext(
            "%(who)s has given %(count)s request to you.", "%(who)s has given %(count)s requests to you.", count
        )
        then, query = _("Go on with them at your desk, the soonest deadline first."), "?show=mine"
    else:
        subject = ngettext(
            "%(count)s request is with %(assignee)s now, no longer with you",
            "%(count)s requests are with %(assignee)s now, no longer with you",
            count,
        )
        told = ngettext(
            "%(who)s has given %(count)s request of yours to %(assignee)s.",
            "%(who)s has given %(count)s requests of yours to %(assignee)s.",
            count,
        )
        then, query = _("There is nothing left to do."), "?show=open"
    return {
        "subject": subject % values,
        "what": told % values,
        "next": then,
        "quote": run.text,
        "rows": _rows(events[:LISTED_IN_MAIL]),
        "more": max(0, count - LISTED_IN_MAIL),
        "recipient": user,
        "link": settings.SITE_URL + reverse(QUEUE) + query,
        "site_url": settings.SITE_URL,
    }


def _rows(events: Sequence[RequestEvent]) -> list[dict[str, str]]:
    """Return what a line says about each request."""
    lines: dict[int, list[RequestLine]] = {}
    bought = RequestLine.objects.filter(subscription_request__in=[event.subscription_request_id for event in events])
    for line in bought.select_related("offer__product").order_by("pk"):
        lines.setdefault(line.subscription_request_id, []).append(line)
    return [
        {
            "number": one.number,
            "customer": str(one.customer),
            "title": labels.title(one, lines.get(one.pk, [])),
            "by": deadline_text(one.deadline),
            "link": settings.SITE_URL + reverse("admin:requests_app_subscriptionrequest_change", args=[one.pk]),
        }
        for one in (event.subscription_request for event in events)
    ]
