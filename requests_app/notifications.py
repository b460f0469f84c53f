"""Who hears of which event, in which words: every mail about a request is made here."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from accounts import mail
from accounts.models import CustomerMembership, PartnerMembership, User
from accounts.permissions import Capability, can
from requests_app import revalidation
from requests_app.models import Action, RequestEvent, SubscriptionRequest


def recipients(event: RequestEvent) -> list[User]:
    """Return whom ``event`` concerns: the people of the customer's side and those of the partner's, without its actor.

    The author gets a receipt for their own asking all the same.
    """
    people = {*_at_customer(event), *_at_partner(event)}
    if event.action != Action.SUBMIT:
        people.discard(event.actor_id or 0)
    return list(User.objects.filter(pk__in=people, is_active=True).order_by("pk"))


def _at_customer(event: RequestEvent) -> set[int]:
    """The author, and whoever else of the customer's has spoken, for as long as they belong to the customer."""
    subscription_request = event.subscription_request
    if event.is_internal:
        return set()
    spoken = {subscription_request.author_id}
    if event.action != Action.SUBMIT:
        spoken |= set(subscription_request.events.shared().exclude(actor=None).values_list("actor_id", flat=True))
    members = CustomerMembership.objects.filter(customer_id=subscription_request.customer_id, user_id__in=spoken)
    return set(members.values_list("user_id", flat=True))


def _at_partner(event: RequestEvent) -> set[int]:
    """Whoever works the request; all of the team where nobody does; of a deadline that comes near, managers too."""
    subscription_request = event.subscription_request
    team = PartnerMembership.objects.filter(partner_id=subscription_request.partner_id)
    everybody = set(team.values_list("user_id", flat=True))
    if event.action == Action.SUBMIT:
        return everybody
    assignee = {event.assignee_id} & everybody if event.assignee_id else set()
    if event.action == Action.ESCALATE:
        managers = set(team.filter(role=PartnerMembership.Role.MANAGER).values_list("user_id", flat=True))
        return (assignee or everybody) | (managers if level_of(event) > 1 else set())
    if event.action in (Action.REASSIGN, Action.NOTE):
        return assignee
    if event.action in (Action.ANSWER, Action.MESSAGE, Action.WITHDRAW):
        return assignee or everybody
    return set()


def level_of(event: RequestEvent) -> int:
    """Return how far an escalation has gone: 1 tells who works the request, 2 its managers too."""
    return next((change["level"] for change in event.changes if change["code"] == "escalated"), 0)


def deep_link(subscription_request: SubscriptionRequest, user: User) -> str:
    """Return the whole address of the request's page: the customer's, or the desk's for the partner's people."""
    if can(user, Capability.VIEW_CUSTOMER, subscription_request.customer):
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
        "to_customer": can(user, Capability.VIEW_CUSTOMER, subscription_request.customer),
        "changes": revalidation.sentences(event.changes),
        "link": deep_link(subscription_request, user),
        "site_url": settings.SITE_URL,
    }
