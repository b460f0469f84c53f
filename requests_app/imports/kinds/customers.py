"""Customers: found by their Microsoft ID, else by domain or name where those are the only ones."""

import copy
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from accounts.models import Customer, Partner
from requests_app.imports.kinds.base import Comparison, Said
from requests_app.imports.problems import Wrong
from requests_app.models import ImportKind

INITIAL_DOMAIN = ".onmicrosoft.com"


class Customers:
    """A partner's customers, in one statement."""

    def __init__(self, partner: Partner, *, lock: bool = False) -> None:
        self.by_pk: dict[int, Customer] = {}
        self.by_tenant: dict[UUID, Customer] = {}
        self.by_domain: defaultdict[str, list[Customer]] = defaultdict(list)
        self.by_name: defaultdict[str, list[Customer]] = defaultdict(list)
        rows = Customer.objects.filter(partner=partner).order_by("pk")
        for customer in rows.select_for_update(of=("self",), no_key=True) if lock else rows:
            self.add(customer)

    def add(self, customer: Customer) -> None:
        if customer.pk:
            self.by_pk[customer.pk] = customer
        if customer.tenant_id:
            self.by_tenant[customer.tenant_id] = customer
        if customer.domain:
            self.by_domain[customer.domain.lower()].append(customer)
        self.by_name[customer.name.casefold()].append(customer)

    def replace(self, before: Customer, after: Customer) -> None:
        """Find from now on the customer as it will be."""
        self.by_domain[before.domain.lower()] = [
            one for one in self.by_domain[before.domain.lower()] if one is not before
        ]
        self.by_name[before.name.casefold()] = [
            one for one in self.by_name[before.name.casefold()] if one is not before
        ]
        if before.tenant_id and self.by_tenant.get(before.tenant_id) is before:
            del self.by_tenant[before.tenant_id]
        self.add(after)

    def find(self, portal_id: int | None, tenant_id: UUID | None, domain: str, name: str) -> Customer | None:
        """Return the one customer that fits. A Microsoft ID decides; without one, domain before name. Raises Wrong."""
        if portal_id is not None:
            if portal_id not in self.by_pk:
                raise Wrong("unknown", field="portal_id")
            return self.by_pk[portal_id]
        if tenant_id is not None and tenant_id in self.by_tenant:
            return self.by_tenant[tenant_id]
        for fitting in (self.by_domain.get(domain.lower(), []), self.by_name.get(name.casefold(), [])):
            open_ones = [one for one in fitting if tenant_id is None or one.tenant_id is None]
            if len(open_ones) > 1:
                raise Wrong("several")
            if open_ones:
                return open_ones[0]
        return None


class CustomersComparison(Comparison):
    kind = ImportKind.CUSTOMERS
    model = Customer
    tracked = ("name", "tenant_id", "domain", "tenant_prefix", "cloud")
    follows_unseen = ("tenant_may_join",)

    def prepare(self) -> None:
        self.customers = Customers(self.partner, lock=self.lock)

    def row_for(self, said: Said) -> tuple[Any, Any]:
        values = said.values
        before = self.customers.find(
            values.get("portal_id"), values.get("tenant_id"), values.get("domain", ""), values.get("name", "")
        )
        row = copy.copy(before) if before is not None else Customer(partner=self.partner)
        for name in self.tracked:
            if name in values:
                setattr(row, name, values[name])
        if not row.tenant_prefix and row.domain.endswith(INITIAL_DOMAIN):
            row.tenant_prefix = row.domain.removesuffix(INITIAL_DOMAIN)
        return before, row

    def identity(self, before: Any, row: Any) -> Any:
        return before.pk or id(before) if before is not None else id(row)

    def name_of(self, row: Any, said: Said) -> str:
        return row.name if row is not None else str(said.values.get("name") or said.values.get("domain", ""))

    def after_compared(self, before: Any, row: Any, changed: set[str]) -> Iterable[Wrong]:
        if row.tenant_id and (other := self.customers.by_tenant.get(row.tenant_id)) is not None and other is not before:
            yield Wrong("refused", text="This partner has a customer with this tenant ID already.", field="tenant_id")
        row.close_door_to_another_tenant(changed)

    def keep(self, before: Any, row: Any) -> None:
        if before is None:
            self.customers.add(row)
        elif before is not row:
            self.customers.replace(before, row)
