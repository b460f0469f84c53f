"""The partner's desk, and the catalogue."""

from requests_app.admin.catalogue import OfferAdmin, ProductAdmin, SubscriptionAdmin
from requests_app.admin.desk import SubscriptionRequestAdmin
from requests_app.admin.policies import CancellationPolicyAdmin

__all__ = ["CancellationPolicyAdmin", "OfferAdmin", "ProductAdmin", "SubscriptionAdmin", "SubscriptionRequestAdmin"]
