"""Who hears of which event, in which words: every mail about a request is made here.

``recipients.py`` says who, ``words.py`` what has happened and what happens next, ``details.py`` what it is about;
``together.py`` tells of many at once.
"""

import datetime
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from accounts import mail
from accounts.models import User
from requests_app import revalidation
from requests_app.models import Action, RequestEvent, RequestLine, SubscriptionRequest
from requests_app.notifications import details, words
from requests_app.notifications.recipients import Side, level_of, readers, recipients, who_may_answer
from requests_app.notifications.together import notify_of_hand_over

__all__ = [
    "Side",
    "deep_link",
    "level_of",
    "notify",
    "notify_of_hand_over",
    "readers",
    "recipients",
    "remind_of_question",
]


def deep_link(subscription_request: SubscriptionRequest, side: Side) -> str:
    """Return the whole address of the request's page: the customer's, or the desk's for the partner's people."""
    if side == Side.CUSTOMER:
        path = subscription_request.get_absolute_url()
    else:
        path = reverse("admin:requests_app_subscriptionrequest_change", args=[subscription_request.pk])
    return settings.SITE_URL + path


def notify(event: RequestEvent) -> None:
    """Queue a mail to everybody whom ``event`` concerns, once, in each reader's language and time zone."""
    now = timezone.now()
    lines = lines_of(event.subscription_request)
    for user, side in readers(event):
        with translation.override(mail.language_of(user)), timezone.override(user.zone):
            message = mail.render("emails/request", _about_event(event, lines, user, side, now))
            mail.queue(message, recipient=user.email, key=f"event-{event.pk}-user-{user.pk}")


def remind_of_question(subscription_request: SubscriptionRequest, now: datetime.datetime) -> None:
    """Queue a mail to whoever has to answer the partner's question before the deadline: once for each deadline."""
    lines = lines_of(subscription_request)
    asked = subscription_request.events.filter(action=Action.ASK_CUSTOMER).last()
    for user in who_may_answer(subscription_request):
        with translation.override(mail.language_of(user)), timezone.override(user.zone):
            context = {
                "words": words.words_of_reminder(subscription_request, lines, now),
                "rows": [
                    *details.rows_of_request(subscription_request, lines),
                    *details.due(subscription_request, Side.CUSTOMER),
                ],
                "quote": asked.note if asked else "",
                **_to(user, subscription_request, Side.CUSTOMER),
            }
            key = f"question-{subscription_request.pk}-{subscription_request.deadline:%Y%m%d%H%M}-user-{user.pk}"
            mail.queue(mail.render("emails/request", context), recipient=user.email, key=key)


def lines_of(subscription_request: SubscriptionRequest) -> list[RequestLine]:
    """Return what a purchase asks for, with the products."""
    return list(subscription_request.lines.select_related("offer__product"))


def _about_event(
    event: RequestEvent, lines: Sequence[RequestLine], user: User, side: Side, now: datetime.datetime
) -> dict[str, Any]:
    subscription_request = event.subscription_request
    is_receipt = event.action == Action.SUBMIT and side == Side.CUSTOMER
    return {
        "words": words.words_for(event, lines, reader_id=user.pk, side=side, now=now),
        "rows": details.rows_of(event, lines, side=side, now=now),
        "shown_before": details.shown_before(subscription_request) if is_receipt else [],
        "changes": revalidation.sentences(event.changes),
        "quote": event.note,
        **_to(user, subscription_request, side),
    }


def _to(user: User, subscription_request: SubscriptionRequest, side: Side) -> dict[str, Any]:
    return {
        "recipient": user,
        "link": deep_link(subscription_request, side),
        "site_url": settings.SITE_URL,
    }
