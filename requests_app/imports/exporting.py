"""Customers, subscriptions and offers as files that can be imported again: unchanged, they change nothing."""

import datetime
from collections.abc import Callable, Iterator
from typing import Any

from django.db import models
from django.utils.translation import gettext

from accounts.models import Customer, User
from accounts.permissions import partners_where
from portal.lib.tables import Value
from requests_app.imports.columns import COLUMNS
from requests_app.models import ImportKind, Offer, Subscription
from requests_app.models.imports import CAPABILITIES

LEFT_OUT = {"product_id", "sku_id"}
"""What the catalog item ID says already."""
AT_A_TIME = 2000

MODELS: dict[str, type[models.Model]] = {
    ImportKind.CUSTOMERS: Customer,
    ImportKind.SUBSCRIPTIONS: Subscription,
    ImportKind.OFFERS: Offer,
}
NAMES = {ImportKind.CUSTOMERS: "customers", ImportKind.SUBSCRIPTIONS: "subscriptions", ImportKind.OFFERS: "offers"}

SOURCES: dict[str, Callable[[Any], Any]] = {
    "portal_id": lambda row: row.pk,
    "customer_tenant_id": lambda row: row.customer.tenant_id,
    "customer_domain": lambda row: row.customer.domain,
    "customer_name": lambda row: row.customer.name,
    "catalog_item_id": lambda row: row.product.catalog_item_id,
    "product_name": lambda row: str(row.product.name),
}
"""Where a column comes from that is no field of the row's own."""


def headings(kind: str) -> list[str]:
    """Return the headings, in the reader's language; an import knows them in every language."""
    return [str(column.label) for column in COLUMNS[kind] if column.name not in LEFT_OUT]


def rows(kind: str, user: User) -> Iterator[list[Value]]:
    """Yield what ``user`` may edit of a kind, a row for each; asked for while it is read, in batches."""
    names = [column.name for column in COLUMNS[kind] if column.name not in LEFT_OUT]
    for row in _rows(kind, user).iterator(AT_A_TIME):
        yield [_value(SOURCES[name](row) if name in SOURCES else getattr(row, name)) for name in names]


def _rows(kind: str, user: User) -> models.QuerySet[Any]:
    found: Any = MODELS[kind]._default_manager
    found = found.visible_to(user).order_by("pk")
    joined = {ImportKind.SUBSCRIPTIONS: ["customer", "product"], ImportKind.OFFERS: ["product"]}.get(ImportKind(kind))
    found = found.select_related(*joined) if joined else found
    partners = partners_where(user, CAPABILITIES[ImportKind(kind)])
    return found if partners is None else found.filter(partner__in=partners)


def _value(value: Any) -> Value:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, datetime.datetime):  # as text: a spreadsheet knows neither zones nor fractions of seconds
        return value.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
    if value is None or isinstance(value, (int, datetime.date)):
        return value
    return str(value)
