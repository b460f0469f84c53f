"""The partner's desk, and the catalogue."""

from requests_app.admin.catalogue import OfferAdmin, ProductAdmin
from requests_app.admin.desk import SubscriptionRequestAdmin
from requests_app.admin.imports import ImportRunAdmin
from requests_app.admin.policies import CancellationPolicyAdmin
from requests_app.admin.subscriptions import SubscriptionAdmin

__all__ = [
    "CancellationPolicyAdmin",
    "ImportRunAdmin",
    "OfferAdmin",
    "ProductAdmin",
    "SubscriptionAdmin",
    "SubscriptionRequestAdmin",
]
