"""The partner's desk, and the catalogue."""

from requests_app.admin.catalogue import OfferAdmin, ProductAdmin, SubscriptionAdmin
from requests_app.admin.desk import SubscriptionRequestAdmin

__all__ = ["OfferAdmin", "ProductAdmin", "SubscriptionAdmin", "SubscriptionRequestAdmin"]
