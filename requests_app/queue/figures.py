"""How much there is to do, and what the filters offer: all of it in one statement, none of it counted without end."""

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from accounts.models import Customer, Partner, PartnerMembership, User
from accounts.permissions import Capability, partners_where
from portal.lib.translated import TranslatedText
from requests_app.models import OPEN, Product, SubscriptionRequest
from requests_app.queue.rows import conditions, worked_by
from requests_app.queue.view import View

MOST = 1_000
"""Nobody needs to know more exactly, and nothing counts further."""

MOST_CHOICES = 200
"""So many are offered in a menu; the others are found by searching, or through a row of theirs."""

COUNTED = ("open", "overdue", "today", "unassigned", "mine", "waiting", "approved", "failed")


@dataclass(frozen=True)
class Figures:
    """How many requests each view shows; ``MOST`` and one more where there are more than that."""

    open: int
    overdue: int
    today: int
    unassigned: int
    mine: int
    waiting: int
    approved: int
    failed: int


@dataclass(frozen=True)
class Choice:
    """One thing to filter by."""

    pk: int
    name: str


@dataclass(frozen=True)
class Choices:
    """What the filters offer; only what is chosen, where they are not being looked at."""

    customers: list[Choice] = field(default_factory=list)
    assignees: list[Choice] = field(default_factory=list)
    products: list[Choice] = field(default_factory=list)
    partners: list[Choice] = field(default_factory=list)


class Counted(Subquery):
    """How many rows a queryset has. The queryset says itself where to stop."""

    template = "(SELECT count(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def figures(user: User, now: datetime.datetime) -> Figures:
    """Return the numbers at the head of the desk, in one statement."""
    found: dict[str, Any]
    (found,) = User.objects.filter(pk=user.pk).values(**_counted(View(), user, now))  # type: ignore[assignment]
    return Figures(**found)


def figures_and_choices(
    view: View, user: User, now: datetime.datetime, *, offer: bool = False
) -> tuple[Figures, Choices]:
    """Return the numbers at the head of the list and what its filters offer, in one statement.

    ``offer``: the filters are being looked at. Else only what ``view`` has chosen already is given its name.
    """
    lists = {f"{name}_offered": ArraySubquery(rows) for name, rows in _offered(view, user, offer=offer).items()}
    found: dict[str, Any]
    (found,) = User.objects.filter(pk=user.pk).values(**_counted(view, user, now), **lists)  # type: ignore[assignment]
    offered = {
        name: [Choice(one["pk"], _name(one["name"])) for one in found[f"{name}_offered"]]
        if f"{name}_offered" in lists
        else []
        for name in ("customers", "assignees", "products", "partners")
    }
    return Figures(**{name: found[name] for name in COUNTED}), Choices(**offered)


def _counted(view: View, user: User, now: datetime.datetime) -> dict[str, Counted]:
    requests = worked_by(user)
    if view.partner:
        requests = requests.filter(partner=view.partner)
    return {
        name: Counted(requests.filter(*conditions(name, user, now)).order_by().values("pk")[: MOST + 1])
        for name in COUNTED
    }


def _offered(view: View, user: User, *, offer: bool) -> dict[str, QuerySet[Any, Any]]:
    """Return what is to be read of each filter's choices, as rows of one JSON object."""
    if not offer and not (view.customer or view.assignee or view.product or view.partner):
        return {}
    works_at = partners_where(user, Capability.WORK_REQUESTS)
    partners = Partner.objects.all() if works_at is None else Partner.objects.filter(pk__in=works_at)
    customers = Customer.objects.visible_to(user).filter(partner__in=partners)
    team = PartnerMembership.objects.filter(partner__in=partners)
    people = User.objects.filter(pk__in=team.values("user"))
    open_there = SubscriptionRequest.objects.filter(customer=OuterRef("pk"), status__in=OPEN)
    read: dict[str, QuerySet[Any, Any]] = {}
    for name, rows, chosen, offered in (
        ("customers", customers.order_by("name", "pk"), view.customer, Exists(open_there)),
        ("assignees", people.order_by("name", "pk"), view.assignee, Q()),
        ("products", Product.objects.order_by("category", "catalog_item_id"), view.product, Q()),
        ("partners", partners.order_by("name", "pk"), view.partner, Q()),
    ):
        if offer and not (name == "partners" and works_at is not None and len(works_at) < 2):
            read[name] = rows.filter(offered)
        elif chosen:
            read[name] = rows.filter(pk=chosen)
    return {name: rows.values(one=JSONObject(pk="pk", name="name"))[:MOST_CHOICES] for name, rows in read.items()}


def _name(name: str | dict[str, str]) -> str:
    return str(TranslatedText(name)) if isinstance(name, dict) else name
