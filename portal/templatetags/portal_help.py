"""What was read before asking, for the pages of requests."""

from django import template
from django.utils import timezone

from accounts.models import Partner
from portal.content import hours
from portal.models import State, SupportResource
from requests_app.models import SubscriptionRequest

register = template.Library()


@register.simple_tag
def hours_of(partner: Partner) -> hours.Hours:
    """When somebody is there, where the partner is and by the reader's own clock."""
    return hours.hours_of(partner, timezone.now())


@register.simple_tag
def read_before(subscription_request: SubscriptionRequest) -> list[SupportResource]:
    """The resources that the author had opened before asking, in that order; those that are gone are left out.

    One statement, and none where nothing was read.
    """
    keys: list[str] = getattr(subscription_request, "read_before", None) or []
    if not keys:
        return []
    partner = subscription_request.partner_id
    found = {resource.key: resource for resource in SupportResource.objects.of_partner(partner).filter(key__in=keys)}
    now = timezone.now()
    for resource in found.values():
        resource.is_shown = resource.state(now) == State.PUBLISHED
    return [found[key] for key in dict.fromkeys(keys) if key in found]
