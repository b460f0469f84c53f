"""Subscriptions: found by their ID in Partner Center, at a customer that is found as customers are."""

import copy
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q, Sum
from django.utils import translation

from accounts.models import Customer
from requests_app import corrections, previews, workflow
from requests_app.imports.kinds.base import Comparison, Found, Products, Said
from requests_app.imports.kinds.customers import Customers
from requests_app.imports.problems import Wrong
from requests_app.models import ImportKind, SeatBatch, Subscription, SubscriptionRequest

SAID = (
    "friendly_name", "quantity", "status", "term_duration", "billing_cycle", "auto_renew_enabled", "effective_start_date",
    "commitment_end_date", "cancellation_allowed_until", "cancellation_date_is_estimate", "ends_on", "external_id", "order_id",
)  # fmt: skip
FOLLOWS = (
    "arranged_at_end_of_term", "scheduled_quantity", "scheduled_term_duration", "scheduled_billing_cycle",
)  # fmt: skip


class SubscriptionsComparison(Comparison):
    kind = ImportKind.SUBSCRIPTIONS
    model = Subscription
    tracked = ("product", *SAID, *FOLLOWS)
    follows_unseen = ("reminded_of", "reminded_days_before")

    def prepare(self) -> None:
        self.products = Products()
        self.customers = Customers(self.partner)
        self.rules = list(previews.rules())
        self.to_come: dict[str, list[Subscription]] = {}

    # --- Finding ---

    def look_up(self, said: Sequence[Said]) -> None:
        keys = {one.values["portal_id"] for one in said if "portal_id" in one.values}
        ids = {one.values["external_id"] for one in said if "external_id" in one.values}
        wanted = Q(pk__in=keys) | Q(external_id__in=ids) & ~Q(external_id="")
        rows = Subscription.objects.filter(wanted, partner=self.partner).order_by("pk")
        if self.lock:  # the open requests first, as every step of theirs does
            requests = SubscriptionRequest.objects.open().filter(subscription__in=rows.order_by().values("pk"))
            list(requests.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
            rows = rows.select_for_update(of=("self",), no_key=True)
        self.by_pk: dict[int, Subscription] = {}
        self.by_id: defaultdict[str, list[Subscription]] = defaultdict(list)
        products = {one.pk: one for one in self.products.by_id.values()}
        for row in rows:
            row.product = products[row.product_id]
            self.by_pk[row.pk] = row
            self.by_id[row.external_id].append(row)
        added = SeatBatch.objects.filter(subscription__in=self.by_pk).order_by().values("subscription")
        self.added = dict(added.annotate(seats=Sum("quantity")).values_list("subscription", "seats"))

    def _customer(self, values: dict[str, Any]) -> Customer | None:
        tenant, domain = values.get("customer_tenant_id"), values.get("customer_domain", "")
        if tenant is not None and (found := self.customers.by_tenant.get(tenant)) is not None:
            return found
        said = [name for name in ("customer_tenant_id", "customer_domain", "customer_name") if name in values]
        if not said:
            return None
        found = self.customers.find(None, tenant, domain, values.get("customer_name", ""))
        if found is None:
            raise Wrong("no_customer", field=said[0])
        return found

    def _on_record(self, values: dict[str, Any], customer: Customer | None) -> Subscription | None:
        if "portal_id" in values:
            if (found := self.by_pk.get(values["portal_id"])) is None:
                raise Wrong("unknown", field="portal_id")
            if customer is not None and found.customer_id != customer.pk:
                raise Wrong("other_customer", field="portal_id")
            return found
        if not (identifier := values.get("external_id", "")):
            raise Wrong("needs_id", field="external_id")
        named = [*self.by_id.get(identifier, []), *self.to_come.get(identifier, [])]
        own = [one for one in named if customer is None or one.customer_id == customer.pk]
        if len(own) > 1:
            raise Wrong("several", field="external_id")
        if named and not own:
            raise Wrong("other_customer", field="external_id")
        return own[0] if own else None

    def row_for(self, said: Said) -> tuple[Any, Any]:
        values = said.values
        customer = self._customer(values)
        before = self._on_record(values, customer)
        product = self.products.find(values)
        if before is None and customer is None:
            raise Wrong("missing", field="customer_name")
        if before is None and product is None:
            raise Wrong("missing", field="product_name")
        row: Any = copy.copy(before)
        if before is None:
            nothing = dict.fromkeys(
                ("arranged_at_end_of_term", "scheduled_term_duration", "scheduled_billing_cycle"), ""
            )
            row = Subscription(customer=customer, partner=self.partner, **nothing)
        if product is not None:
            row.product = product
        for name in SAID:
            if name in values:
                setattr(row, name, values[name])
        if "cancellation_allowed_until" in values and "cancellation_date_is_estimate" not in values:
            row.cancellation_date_is_estimate = False  # a date of the file's is Partner Center's own
        elif before is None and "cancellation_allowed_until" not in values:
            row.cancellation_date_is_estimate = values.get("cancellation_date_is_estimate", True)
        return before, row

    def name_of(self, row: Any, said: Said) -> str:
        values = said.values
        if row is None:
            return str(values.get("friendly_name") or values.get("product_name") or values.get("external_id", ""))
        customer = self.customers.by_pk.get(row.customer_id)
        what = row.friendly_name or row.product.name.in_language("en")
        return f"{customer.name} · {what}" if customer is not None else what

    def identity(self, before: Any, row: Any) -> Any:
        return (before.pk or id(before)) if before is not None else id(row)

    # --- What follows ---

    def after_compared(self, before: Any, row: Any, changed: set[str]) -> Iterable[Wrong]:
        """Hold the row to what a form is held to, and let the same follow from it."""
        entered = {name: getattr(row, name) for name in ("product", *SAID)}
        if None in (entered["quantity"], entered["effective_start_date"]) or not entered["term_duration"]:
            return  # which is told of each field by itself
        with translation.override("en"):
            complaints = {name: str(one) for name, one in corrections.complaints_about_dates(entered, changed).items()}
        yield from (Wrong("refused", text=text, field=name) for name, text in complaints.items())
        computed = row.cancellation_date_is_estimate and not self._said_by_file(before, row, changed)
        if computed and not complaints and corrections.window_is_stale(entered, changed):
            row.cancellation_allowed_until = corrections.estimated_window(entered, self.rules)
        seats = self.added.get(row.pk, 0) if before is not None else 0
        if "quantity" in changed and corrections.too_many_added(seats, row.quantity):
            yield Wrong("too_many_added", seats=seats, owned=row.quantity, field="quantity")
        if before is not None and (
            corrections.has_renewed(before.commitment_end_date, row.commitment_end_date)
            or corrections.goes_on_after_all(before.ends_on, row.ends_on)
        ):
            corrections.clear_end_of_term(row)

    @staticmethod
    def _said_by_file(before: Any, row: Any, changed: set[str]) -> bool:
        """Return whether the file itself brings the date that it calls an estimate, as exports of ours do."""
        return row.cancellation_allowed_until is not None and (
            before is None or "cancellation_allowed_until" in changed
        )

    def keep(self, before: Any, row: Any) -> None:
        if before is None:
            self.to_come.setdefault(row.external_id, []).append(row)

    def after_written(self, changed: Sequence[Found]) -> None:
        """Move the deadlines of open requests along with what they come from."""
        keys = [one.row.pk for one in changed]
        asked = SubscriptionRequest.objects.open().filter(subscription__in=keys).order_by("subscription")
        for subscription in Subscription.objects.filter(pk__in=asked.values("subscription")).order_by("pk"):
            workflow.move_deadlines(subscription)
