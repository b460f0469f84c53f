"""The fields that a file can fill, by kind: what they are called here, and by Partner Center in both languages."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from requests_app.imports import values
from requests_app.models import ImportKind


@dataclass(frozen=True)
class Column:
    """One field. ``headings``: what it is called elsewhere, the surest name first; ``read``: from a cell to its value."""

    name: str
    label: Any
    read: Callable[[Any, values.How], Any]
    headings: tuple[str, ...] = ()
    help_text: Any = ""

    def names(self) -> list[str]:
        """Return every name that the column goes by, the surest first: our own labels are those of our exports."""
        labels = []
        for code, _name in settings.LANGUAGES:
            with translation.override(code):
                labels.append(str(self.label))
        return [*dict.fromkeys(heading_key(one) for one in (*labels, *self.headings))]


def heading_key(heading: str) -> str:
    """Return a heading as it is compared: small letters and digits, Chinese characters, nothing else."""
    return re.sub(r"[\W_]+", "", heading.lower())


PORTAL_ID = Column(
    "portal_id",
    _("Portal ID"),
    values.whole,
    help_text=_("From an export of this portal. It finds the row for certain."),
)
PRODUCT = (
    Column(
        "catalog_item_id", _("Catalog item ID"), values.limited(100),
        ("CatalogItemId", "Product and SKU", "目錄項目識別碼", "目錄項目 ID"),
        _("Product and SKU in one, such as CFQ7TTC0LCHC:0002."),
    ),
    Column("product_id", _("Product ID"), values.limited(60), ("ProductId", "產品識別碼", "產品 ID")),
    Column("sku_id", _("SKU ID"), values.limited(60), ("SkuId", "SKU 識別碼")),
    Column(
        "product_name", _("Product"), values.limited(200),
        ("Product name", "SkuTitle", "SKU title", "Offer name", "Offer", "ProductTitle", "Product title", "產品名稱", "方案名稱",
         "優惠名稱", "SKU 名稱"),
        _("Asked where the file has no IDs of products."),
    ),
)  # fmt: skip
TERM = Column(
    "term_duration", _("Term"), values.term,
    ("TermDuration", "Term duration", "Commitment term", "Subscription term", "合約期限", "期限", "期限持續時間", "承諾期"),
)  # fmt: skip
BILLING = Column(
    "billing_cycle", _("Billing cycle"), values.billing,
    ("BillingCycle", "BillingPlan", "Billing plan", "Billing frequency", "計費方案", "計費頻率", "帳單週期"),
)  # fmt: skip

CUSTOMERS = (
    PORTAL_ID,
    Column(
        "tenant_id", _("Microsoft ID"), values.tenant_id,
        ("Tenant ID", "CustomerTenantId", "Customer tenant ID", "Customer ID", "Microsoft 識別碼", "租用戶識別碼", "租用戶 ID",
         "客戶識別碼"),
        _("The ID of the customer's tenant. The next import finds the customer by it."),
    ),
    Column(
        "name", _("Company name"), values.limited(150), ("Customer name", "Company", "Customer", "Name", "公司", "客戶名稱", "客戶"),
    ),
    Column(
        "domain", _("Primary domain name"), values.domain,
        ("Primary domain", "Domain", "Domain name", "主要網域", "主網域", "網域", "網域名稱"),
    ),
    Column("tenant_prefix", _("Tenant prefix"), values.domain),
    Column("cloud", _("Cloud"), values.cloud),
)  # fmt: skip

SUBSCRIPTIONS = (
    PORTAL_ID,
    Column(
        "external_id", _("Subscription ID"), values.limited(100), ("Id", "Subscription Id (GUID)", "訂閱 ID", "訂閱識別碼"),
        _("The ID in Partner Center. The next import finds the subscription by it."),
    ),
    Column(
        "customer_tenant_id", _("Customer's Microsoft ID"), values.tenant_id,
        ("CustomerTenantId", "Customer tenant ID", "Microsoft ID", "Tenant ID", "Customer ID", "客戶租用戶識別碼", "租用戶識別碼",
         "租用戶 ID", "Microsoft 識別碼", "客戶識別碼"),
    ),
    Column(
        "customer_domain", _("Customer's domain"), values.domain,
        ("Customer domain", "DomainName", "Primary domain name", "Primary domain", "Domain", "客戶網域", "主要網域名稱", "主要網域",
         "網域"),
    ),
    Column(
        "customer_name", _("Customer"), values.limited(150), ("Customer name", "Company name", "Company", "客戶名稱", "公司名稱"),
        _("Asked where the file has neither IDs nor domains of customers."),
    ),
    *PRODUCT,
    Column(
        "friendly_name", _("Friendly name"), values.limited(150),
        ("Subscription name", "Nickname", "Subscription nickname", "易記名稱", "訂閱名稱", "訂閱暱稱"),
    ),
    Column(
        "quantity", _("Seats"), values.seats,
        ("Quantity", "Licenses", "License count", "License quantity", "Number of licenses", "授權數", "數量", "授權數量", "使用者數"),
    ),
    Column(
        "status", _("Status"), values.status, ("Subscription status", "Subscription state", "State", "訂閱狀態", "狀態"),
    ),
    TERM,
    BILLING,
    Column(
        "auto_renew_enabled", _("Renews by itself"), values.yes_or_no,
        ("AutoRenewEnabled", "Auto renew", "Auto renewal", "Auto-renew", "Is auto renew", "自動續約", "自動更新"),
    ),
    Column(
        "effective_start_date", _("Start"), values.date,
        ("EffectiveStartDate", "Start date", "Subscription start date", "Commitment start date", "Creation date", "開始日期",
         "生效日期", "訂閱開始日期"),
    ),
    Column(
        "commitment_end_date", _("End of the term"), values.date,
        ("CommitmentEndDate", "Commitment end date", "Term end date", "End date", "Subscription end date", "Renewal date",
         "合約結束日期", "承諾結束日期", "結束日期", "續約日期"),
        _("The last day of the term, in UTC; it belongs to the term."),
    ),
    Column(
        "cancellation_allowed_until", _("Cancellation allowed until"), values.moment,
        ("CancellationAllowedUntilDate", "Cancel by", "可取消期限", "取消期限"),
        _("In UTC. Where a new subscription has none, it is computed from the rule of its product type."),
    ),
    Column("cancellation_date_is_estimate", _("The date is an estimate"), values.yes_or_no),
    Column("ends_on", pgettext_lazy("subscription", "Ends on"), values.date, (), _("The last day of one that is cancelled.")),
    Column("order_id", _("Order ID"), values.limited(100), ("OrderId", "訂單識別碼", "訂單 ID")),
)  # fmt: skip

OFFERS = (
    *PRODUCT,
    TERM,
    BILLING,
    Column("currency", _("Currency"), values.currency, ("幣別", "貨幣")),
    Column(
        "unit_price", _("Price per seat"), values.price, ("ERP Price", "ERP", "Retail price", "UnitPrice", "Price", "單價", "價格"),
        _("What customers see. In Partner Center's price lists “UnitPrice” is your own cost, “ERP Price” the retail price."),
    ),
    Column("is_active", _("On sale"), values.yes_or_no),
)  # fmt: skip

COLUMNS: dict[str, tuple[Column, ...]] = {
    ImportKind.CUSTOMERS: CUSTOMERS,
    ImportKind.SUBSCRIPTIONS: SUBSCRIPTIONS,
    ImportKind.OFFERS: OFFERS,
}
DATES = ("effective_start_date", "commitment_end_date", "cancellation_allowed_until", "ends_on")
NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    ImportKind.CUSTOMERS: (("portal_id", "tenant_id", "domain", "name"),),
    ImportKind.SUBSCRIPTIONS: (("portal_id", "external_id"),),
    ImportKind.OFFERS: (
        ("catalog_item_id", "product_id", "product_name"), ("term_duration",), ("billing_cycle",), ("unit_price", "is_active"),
    ),
}  # fmt: skip
"""Of each of these groups a file has to have one, or no line of it could be matched with anything."""
