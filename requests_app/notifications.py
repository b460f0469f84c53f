"""Who hears of which event, in which words: every mail about a request is made here."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from accounts import mail
from accounts.models import User
from accounts.permissions import Capability, can
from requests_app.models import Action, RequestEvent, SubscriptionRequest


def recipients(event: RequestEvent) -> list[User]:
    """Return whom ``event`` concerns.

    The author hears of everything that happens to the request, the receipt for their own asking included, for as long
    as they belong to the customer. The partner's people hear of what is new for them: a request, and one taken back
    (its assignee alone, if it has one).
    """
    subscription_request = event.subscription_request
    customer, author = subscription_request.customer, subscription_request.author
    people = {author.pk: author} if can(author, Capability.VIEW_CUSTOMER, customer) else {}
    if event.action != Action.SUBMIT and event.actor_id == subscription_request.author_id:
        people.clear()
    if event.action == Action.SUBMIT or (event.action == Action.WITHDRAW and subscription_request.assignee is None):
        team = User.objects.filter(partner_memberships__partner_id=subscription_request.partner_id)
        people |= {user.pk: user for user in team}
    elif event.action == Action.WITHDRAW and subscription_request.assignee:
        people[subscription_request.assignee.pk] = subscription_request.assignee
    return sorted((user for user in people.values() if user.is_active), key=lambda user: user.pk)


def deep_link(subscription_request: SubscriptionRequest, user: User) -> str:
    """Return the whole address of the request's page: the author's own, or the desk's for the partner's people."""
    if user.pk == subscription_request.author_id:
        path = subscription_request.get_absolute_url()
    else:
        path = reverse("admin:requests_app_subscriptionrequest_change", args=[subscription_request.pk])
    return settings.SITE_URL + path


def notify(event: RequestEvent) -> None:
    """Queue a mail to everybody whom ``event`` concerns, once, in each reader's language and time zone."""
    for user in recipients(event):
        with translation.override(mail.language_of(user)), timezone.override(user.zone):
            message = mail.render("emails/request", _context(event, user))
            mail.queue(message, recipient=user.email, key=f"event-{event.pk}-user-{user.pk}")


def _context(event: RequestEvent, user: User) -> dict[str, Any]:
    subscription_request = event.subscription_request
    return {
        "event": event,
        "subscription_request": subscription_request,
        "lines": list(subscription_request.lines.select_related("offer__product")),
        "partner": subscription_request.partner,
        "recipient": user,
        "to_author": user.pk == subscription_request.author_id,
        "link": deep_link(subscription_request, user),
        "site_url": settings.SITE_URL,
    }
