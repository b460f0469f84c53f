"""What each kind of lines is compared with and written to."""

from requests_app.imports.kinds.base import Comparison, Found
from requests_app.imports.kinds.customers import CustomersComparison
from requests_app.imports.kinds.offers import OffersComparison
from requests_app.imports.kinds.subscriptions import SubscriptionsComparison
from requests_app.models import ImportKind

COMPARISONS: dict[str, type[Comparison]] = {
    ImportKind.CUSTOMERS: CustomersComparison,
    ImportKind.SUBSCRIPTIONS: SubscriptionsComparison,
    ImportKind.OFFERS: OffersComparison,
}

__all__ = ["COMPARISONS", "Comparison", "Found"]
