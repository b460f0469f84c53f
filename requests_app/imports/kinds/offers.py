"""Offers: a product on a term, with a billing cycle and a currency. A price list changes their prices and adds new ones."""

import copy
from typing import Any

from requests_app.imports.kinds.base import Comparison, Products, Said
from requests_app.imports.problems import Wrong
from requests_app.models import ImportKind, Offer


class OffersComparison(Comparison):
    kind = ImportKind.OFFERS
    model = Offer
    tracked = ("product", "term_duration", "billing_cycle", "currency", "unit_price", "is_active")

    def prepare(self) -> None:
        self.products = Products()
        rows = Offer.objects.filter(partner=self.partner).select_related("product").order_by("pk")
        if self.lock:
            rows = rows.select_for_update(of=("self",), no_key=True)
        self.offers = {(one.product_id, one.term_duration, one.billing_cycle, one.currency): one for one in rows}

    def row_for(self, said: Said) -> tuple[Any, Any]:
        values = said.values
        product = self.products.find(values)
        if product is None:
            raise Wrong("missing", field="product_name")
        for name in ("term_duration", "billing_cycle"):
            if name not in values:
                raise Wrong("missing", field=name)
        row = Offer(partner=self.partner, product=product)
        row.term_duration, row.billing_cycle = values["term_duration"], values["billing_cycle"]
        row.currency = values.get("currency", row.currency)
        before = self.offers.get((product.pk, row.term_duration, row.billing_cycle, row.currency))
        if before is not None:
            row = copy.copy(before)
        for name in ("unit_price", "is_active"):
            if name in values:
                setattr(row, name, values[name])
        return before, row

    def identity(self, before: Any, row: Any) -> Any:
        return row.product_id, row.term_duration, row.billing_cycle, row.currency

    def name_of(self, row: Any, said: Said) -> str:
        if row is not None:
            return row.product.name.in_language("en")
        values = said.values
        return str(values.get("product_name") or values.get("catalog_item_id") or values.get("product_id", ""))
