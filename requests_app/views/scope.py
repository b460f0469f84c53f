"""What a person sees of the customers that they belong to, with what the pages show of it."""

from typing import Any

from accounts.models import Customer, User
from requests_app.models import (
    Subscription,
    SubscriptionRequest,
    SubscriptionRequestQuerySet,
)


def my_requests(user: User) -> SubscriptionRequestQuerySet:
    """Return the requests of the customers that ``user`` belongs to, with what the pages show."""
    return (
        SubscriptionRequest.objects.visible_to(user)
        .filter(customer__in=Customer.objects.with_member(user))
        .select_related("customer", "partner", "author", "assignee", "subscription__product")
    )


def my_subscriptions(user: User) -> Any:
    """Return the subscriptions of the customers that ``user`` belongs to, with their products."""
    return (
        Subscription.objects.visible_to(user)
        .filter(customer__in=Customer.objects.with_member(user))
        .select_related("product", "customer")
    )
