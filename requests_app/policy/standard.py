"""The rules as they were known when this was written: what a new site starts with, and what examples are told with.

From Partner Center's pages on cancelling New Commerce Experience subscriptions, software purchases, marketplace
products and Azure plans. A site's own rules are rows that its staff keep; nothing else in the code assumes these.
"""

import datetime

from requests_app.models.catalogue import ProductType
from requests_app.policy.rules import Afterwards, CountedFrom, Refund, Rule

AS_FAR_BACK_AS_KNOWN = datetime.date(2000, 1, 1)
"""No source tells of rules before these."""


def _rule(
    product_type: ProductType,
    window: datetime.timedelta | None,
    refund: Refund,
    afterwards: Afterwards,
    *,
    partial_reduction: bool = False,
    counted_from: CountedFrom = CountedFrom.PURCHASE_OR_RENEWAL,
) -> Rule:
    return Rule(product_type, AS_FAR_BACK_AS_KNOWN, window, counted_from, refund, partial_reduction, afterwards)


WEEK = datetime.timedelta(hours=168)

STANDARD_RULES: tuple[Rule, ...] = (
    _rule(ProductType.LICENSE_BASED, WEEK, Refund.PRORATED, Afterwards.WHOLE_TERM_BILLED, partial_reduction=True),
    _rule(ProductType.SOFTWARE_SUBSCRIPTION, WEEK, Refund.PRORATED, Afterwards.WHOLE_TERM_BILLED),
    _rule(
        ProductType.PERPETUAL_SOFTWARE,
        datetime.timedelta(days=30),
        Refund.FULL,
        Afterwards.NOT_REFUNDED,
        counted_from=CountedFrom.PURCHASE,
    ),
    _rule(
        ProductType.MARKETPLACE_SAAS,
        datetime.timedelta(hours=72),
        Refund.FULL_WITHOUT_USAGE,
        Afterwards.WHOLE_TERM_BILLED,
    ),
    _rule(ProductType.BUSINESS_CENTRAL, WEEK, Refund.PRORATED, Afterwards.WHOLE_TERM_BILLED, partial_reduction=True),
    _rule(
        ProductType.AZURE_USAGE,
        None,
        Refund.NONE,
        Afterwards.USAGE_BILLED,
        counted_from=CountedFrom.PURCHASE,
    ),
)

CANCELLATION_WINDOWS: dict[str, datetime.timedelta] = {
    rule.product_type: rule.window for rule in STANDARD_RULES if rule.window is not None
}
"""How long after purchase or renewal a subscription of each product type can be cancelled at once."""
