"""What they ask for: the catalogue, the customers' subscriptions, and the requests about them."""

from requests_app.models.catalogue import (
    BillingCycle,
    Offer,
    OfferQuerySet,
    Product,
    ProductCategory,
    ProductType,
    TermDuration,
)
from requests_app.models.policies import CancellationPolicy, CancellationPolicyEvent, Confidence
from requests_app.models.requests import (
    Action,
    CancelWhen,
    DeadlineReason,
    EndOfTermChoice,
    Kind,
    RequestEvent,
    RequestLine,
    Status,
    SubscriptionRequest,
    SubscriptionRequestQuerySet,
)
from requests_app.models.subscriptions import Subscription, SubscriptionQuerySet, SubscriptionStatus

__all__ = [
    "Action",
    "BillingCycle",
    "CancelWhen",
    "CancellationPolicy",
    "CancellationPolicyEvent",
    "Confidence",
    "DeadlineReason",
    "EndOfTermChoice",
    "Kind",
    "Offer",
    "OfferQuerySet",
    "Product",
    "ProductCategory",
    "ProductType",
    "RequestEvent",
    "RequestLine",
    "Status",
    "Subscription",
    "SubscriptionQuerySet",
    "SubscriptionRequest",
    "SubscriptionRequestQuerySet",
    "SubscriptionStatus",
    "TermDuration",
]
