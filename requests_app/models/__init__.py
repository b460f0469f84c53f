"""What they ask for: the catalogue, the customers' subscriptions, and the requests about them."""

from requests_app.models.bulk import MOST_AT_ONCE, BulkItem, BulkRun
from requests_app.models.catalogue import (
    BillingCycle,
    Offer,
    OfferQuerySet,
    Product,
    ProductCategory,
    ProductType,
    TermDuration,
)
from requests_app.models.conversation import Attachment, AttachmentQuerySet, RequestEvent, RequestEventQuerySet
from requests_app.models.imports import ImportKind, ImportLine, ImportMapping, ImportRun, ImportStatus, LineState
from requests_app.models.policies import CancellationPolicy, CancellationPolicyEvent, Confidence
from requests_app.models.requests import (
    ABOUT_THE_END,
    OPEN,
    SEAT_CHANGES,
    Action,
    CancelWhen,
    DeadlineReason,
    Kind,
    RequestLine,
    Status,
    SubscriptionRequest,
    SubscriptionRequestQuerySet,
)
from requests_app.models.subscriptions import (
    EndOfTermChoice,
    SeatBatch,
    SeatBatchQuerySet,
    Subscription,
    SubscriptionQuerySet,
    SubscriptionStatus,
)

__all__ = [
    "ABOUT_THE_END",
    "MOST_AT_ONCE",
    "OPEN",
    "SEAT_CHANGES",
    "Action",
    "Attachment",
    "AttachmentQuerySet",
    "BillingCycle",
    "BulkItem",
    "BulkRun",
    "CancelWhen",
    "CancellationPolicy",
    "CancellationPolicyEvent",
    "Confidence",
    "DeadlineReason",
    "EndOfTermChoice",
    "ImportKind",
    "ImportLine",
    "ImportMapping",
    "ImportRun",
    "ImportStatus",
    "Kind",
    "LineState",
    "Offer",
    "OfferQuerySet",
    "Product",
    "ProductCategory",
    "ProductType",
    "RequestEvent",
    "RequestEventQuerySet",
    "RequestLine",
    "SeatBatch",
    "SeatBatchQuerySet",
    "Status",
    "Subscription",
    "SubscriptionQuerySet",
    "SubscriptionRequest",
    "SubscriptionRequestQuerySet",
    "SubscriptionStatus",
    "TermDuration",
]
