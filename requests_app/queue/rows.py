"""What a view of the queue shows, read so that it costs the same however much is on file.

A view is made of parts, each of which one index has in order; a page takes the first few of each and the first of
these. (One condition for the whole, "mine or nobody's", would walk everything that is open.) Where one index serves a
single partner, customer or subscription, and there are several of them, each of these places gives its first few.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, Func, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import Customer, Partner, User
from accounts.permissions import Capability, partners_where
from portal.lib.paging import Page, Seek, key_of
from requests_app.models import (
    OPEN,
    Kind,
    RequestLine,
    Status,
    Subscription,
    SubscriptionRequest,
    SubscriptionRequestQuerySet,
)
from requests_app.queue import search

if TYPE_CHECKING:
    from requests_app.queue.view import View

IS_OPEN = Q(status__in=OPEN)
IS_CLOSED = Q(closed_at__isnull=False)
UNASSIGNED = Q(status=Status.SUBMITTED)
"""Nobody has what is submitted: to claim it is to put it in review."""


def worked_by(user: User) -> SubscriptionRequestQuerySet:
    """Return the requests of the partners where ``user`` works requests; what they asked elsewhere is not among them.

    All of these are ``visible_to`` them. That says so with two more subqueries, and this stands in each count of a page.
    """
    partners = partners_where(user, Capability.WORK_REQUESTS)
    if partners is None:
        return SubscriptionRequest.objects.visible_to(user)
    return SubscriptionRequest.objects.filter(partner_id__in=partners)


def claimable(user: User) -> SubscriptionRequestQuerySet:
    """Return what ``user`` may claim, soonest deadline first: nobody's, and not asked by themselves."""
    return worked_by(user).filter(UNASSIGNED).exclude(author=user).order_by("deadline", "pk")


def conditions(show: str, user: User, now: datetime.datetime) -> list[Q]:
    """Return what is shown, as conditions of which no two hold for one request."""
    mine = IS_OPEN & Q(assignee=user)
    table = {
        "": [mine, UNASSIGNED],
        "mine": [mine],
        "unassigned": [UNASSIGNED],
        "overdue": [IS_OPEN & Q(deadline__lt=now)],
        "today": [IS_OPEN & Q(deadline__gte=now, deadline__lt=end_of_today(now))],
        "waiting": [Q(status=Status.WAITING)],
        "approved": [Q(status=Status.APPROVED)],
        "failed": [Q(status=Status.FAILED)],
        "open": [IS_OPEN],
        "closed": [IS_CLOSED],
        "all": [IS_OPEN, IS_CLOSED],
    }
    return table[show]


def end_of_today(now: datetime.datetime) -> datetime.datetime:
    """Return when the reader's day is over, in the time zone that is active."""
    tomorrow = timezone.localtime(now).date() + datetime.timedelta(days=1)
    return timezone.make_aware(datetime.datetime.combine(tomorrow, datetime.time()))


def rows(view: "View", user: User, now: datetime.datetime) -> SubscriptionRequestQuerySet:
    """Return all that ``view`` shows to ``user``, filtered and ordered: for whoever goes through all of it."""
    shown = Q()
    if view.shown != "all":
        for condition in conditions(view.shown, user, now):
            shown |= condition
    requests = _filtered(view, worked_by(user)).filter(shown)
    if view.product:
        requests = requests.filter(Q(product=view.product) | _buys(view.product))
    if view.q:
        looked_for = search.number_begins(view.q) or Q(pk__in=[])
        places = _Places(view, user)
        looked_for |= Q(customer__in=places.customers().values("pk"))
        looked_for |= Q(subscription__in=places.subscriptions().values("pk"))
        if not view.within:
            looked_for |= search.id_begins("external_reference", view.q)
        requests = requests.filter(looked_for)
    return requests.order_by(*view.ordering)


def page(view: "View", user: User, now: datetime.datetime) -> Page[SubscriptionRequest]:
    """Return the page of ``view`` that its cursor leads to, with what a line of the list shows; in two statements."""
    seek = Seek.at(SubscriptionRequest.objects.all(), view.ordering, view.after or view.before)
    return seek.page(list(_with_line(_first(view, user, now, seek, view.per + 1))), view.per)


def most_urgent(view: "View", user: User, now: datetime.datetime, limit: int) -> list[SubscriptionRequest]:
    """Return the first ``limit`` requests of ``view``, with what a line of the list shows."""
    return list(_with_line(_first(view, user, now, Seek(view.ordering), limit)))


def neighbours(
    user: User, view: "View", subscription_request: SubscriptionRequest, now: datetime.datetime
) -> tuple[int | None, int | None]:
    """Return the primary keys of the requests before and behind this one within ``view``, in one statement.

    One that has left the view meanwhile (somebody has claimed it) still has the neighbours of where it was.
    """
    order = view.ordering
    both = [Seek.beside(subscription_request, order, backwards=backwards) for backwards in (True, False)]
    keys = [key for seek in both for key in _keys(view, user, now, seek, 1)]
    around = SubscriptionRequest.objects.filter(pk__in=_together(keys)).order_by(*order)
    found = list(around.only("pk", *(field.lstrip("-") for field in order)))
    here, downwards = key_of(subscription_request, order), order[0].startswith("-")
    before = [one.pk for one in found if key_of(one, order) != here and (key_of(one, order) < here) != downwards]
    behind = [one.pk for one in found if key_of(one, order) != here and (key_of(one, order) > here) != downwards]
    return before[-1] if before else None, behind[0] if behind else None


# --- Parts -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """Some of the requests of a view, in an order that an index has: on the whole, or for each of ``places``.

    ``link`` is the foreign key by which a request names its place. ``lines``: those by which its requests are found.
    """

    requests: SubscriptionRequestQuerySet
    places: QuerySet[Any] | None = None
    link: str = ""
    lines: QuerySet[RequestLine] | None = None

    def keys(self, seek: Seek, size: int) -> QuerySet[Any, Any]:
        """Return the primary keys of the first ``size`` from ``seek`` on, for each place where there are places."""
        if self.places is None:
            return self._first(seek, size)
        here = self._first(seek, size, **{self.link: OuterRef("pk")})
        return self.places.values(key=Func(ArraySubquery(here), function="unnest", output_field=BigIntegerField()))

    def _first(self, seek: Seek, size: int, **here: Any) -> QuerySet[Any, Any]:
        if self.lines is None:
            return seek.narrow(self.requests.filter(**here)).values("pk")[:size]
        lines = self.lines.filter(**here, subscription_request__in=self.requests.values("pk"))
        in_order = seek.among(pk="subscription_request_id").narrow(lines)
        once = in_order.distinct("submitted_at", "subscription_request_id")  # the same product on another term
        return once.values("subscription_request_id")[:size]


class _Places:
    """Where ``user`` works requests, as far as ``view`` goes: partners, and what a search finds there."""

    def __init__(self, view: "View", user: User) -> None:
        self.view, self.user = view, user
        works_at = partners_where(user, Capability.WORK_REQUESTS)
        if view.partner:
            works_at = [view.partner] if works_at is None or view.partner in works_at else []
        self.at = works_at

    def _here(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows if self.at is None else rows.filter(partner_id__in=self.at)

    def partners(self) -> QuerySet[Partner]:
        partners = Partner.objects.order_by()
        return partners if self.at is None else partners.filter(pk__in=self.at)

    def customers(self) -> QuerySet[Customer]:
        customers = self._here(Customer.objects.visible_to(self.user))
        return search.customers_named(customers, self.view.q, anywhere=bool(self.view.within))

    def subscriptions(self) -> QuerySet[Subscription]:
        subscriptions = self._here(Subscription.objects.visible_to(self.user))
        return search.subscriptions_with(subscriptions, self.view.q, anywhere=bool(self.view.within))


def parts(view: "View", user: User, now: datetime.datetime) -> Iterator[Part]:
    """Yield the parts of ``view``; no request is in two, except that a search may find one in two ways."""
    places = _Places(view, user)
    # Where each partner gives its own first few, nothing else says which partners they are.
    spread = places.at is None or len(places.at) > 1
    requests = _filtered(view, SubscriptionRequest.objects.visible_to(user) if spread else worked_by(user))
    elsewhere = bool(view.customer or view.assignee)  # an index that begins with another than the partner serves it
    shown = [Q()] if view.q and view.shown == "all" else conditions(view.shown, user, now)
    if view.product and IS_CLOSED in shown and not (view.q or elsewhere):
        yield from _about(requests, shown, view, places, spread=spread)
        return
    for condition in shown:
        for one in _by_product(requests.filter(condition), view):
            if view.q:
                yield from _found(one, view, places, spread=spread)
            elif spread and not elsewhere:
                yield Part(one, places.partners(), "partner")
            else:
                yield Part(one.filter(partner__in=places.partners()) if spread else one)


def _about(
    requests: SubscriptionRequestQuerySet, shown: list[Q], view: "View", places: _Places, *, spread: bool
) -> Iterator[Part]:
    """Yield what there is about a product, be it closed for years, from the indexes that begin with the product.

    Purchases, open and closed, are found by their lines, which have the moment of their request for this order.
    """
    each, link = (places.partners(), "partner") if spread else (None, "")
    if view.kind != Kind.PURCHASE:
        for condition in shown:
            yield Part(requests.filter(condition, product=view.product), each, link)
    if view.kind in ("", Kind.PURCHASE):
        lines = RequestLine.objects.filter(product=view.product)
        whichever = requests if IS_OPEN in shown else requests.filter(*shown)
        yield Part(whichever, each, link, lines if places.at is None else lines.filter(partner__in=places.at))


def _found(requests: SubscriptionRequestQuerySet, view: "View", places: _Places, *, spread: bool) -> Iterator[Part]:
    """Yield what a search finds among ``requests``, each way of finding as a part."""
    number = search.number_begins(view.q)
    if number is not None:
        yield Part(requests.filter(number, partner__in=places.partners()) if spread else requests.filter(number))
    yield Part(requests, places.customers(), "customer")
    yield Part(requests, places.subscriptions(), "subscription")
    if not view.within:
        of_order = requests.filter(search.id_begins("external_reference", view.q))
        yield Part(of_order, places.partners(), "partner") if spread else Part(of_order)


def _keys(view: "View", user: User, now: datetime.datetime, seek: Seek, size: int) -> list[QuerySet[Any, Any]]:
    return [part.keys(seek, size) for part in parts(view, user, now)]


def _first(view: "View", user: User, now: datetime.datetime, seek: Seek, size: int) -> SubscriptionRequestQuerySet:
    """Return the first ``size`` requests of ``view`` from ``seek`` on, in the direction of reading."""
    of_view = list(parts(view, user, now))
    if len(of_view) == 1 and of_view[0].places is None and of_view[0].lines is None:
        narrowed: Any = seek.narrow(of_view[0].requests)
        return narrowed[:size]
    chosen = SubscriptionRequest.objects.filter(pk__in=_together([part.keys(seek, size) for part in of_view]))
    return chosen.order_by(*seek.fields)[:size]


def _together(keys: list[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    return keys[0] if len(keys) == 1 else keys[0].union(*keys[1:], all=True).order_by()  # not by Meta.ordering


LINE = (
    "number", "kind", "status", "cancel_when", "seats", "at_end_of_term", "deadline", "deadline_reason", "escalation",
    "submitted_at", "closed_at", "product", "partner", "customer__name", "customer__partner__name",
    "customer__partner__lead_time_days", "assignee__name", "assignee__email", "subscription__friendly_name",
    "subscription__product__name",
)  # fmt: skip
"""What a line of the list shows: a third of the columns, without the pictures and notes that each request carries."""


def _with_line(requests: SubscriptionRequestQuerySet) -> SubscriptionRequestQuerySet:
    """Join what a line of the list shows."""
    joined = requests.select_related("customer__partner", "assignee", "subscription__product").only(*LINE)
    return joined.with_lines("quantity", "offer__product__name")


# --- Filters ---------------------------------------------------------------------------------------------------


def _filtered(view: "View", requests: SubscriptionRequestQuerySet) -> SubscriptionRequestQuerySet:
    """Return those of ``requests`` that the filters of ``view`` leave, that by product excepted."""
    for name in ("kind", "customer", "assignee", "partner"):
        if value := getattr(view, name):
            requests = requests.filter(**{name: value})
    return requests


def _buys(product: int) -> Q:
    lines = RequestLine.objects.filter(product=product)
    return Q(kind=Kind.PURCHASE, pk__in=lines.values("subscription_request"))


def _by_product(requests: SubscriptionRequestQuerySet, view: "View") -> Iterator[SubscriptionRequestQuerySet]:
    """Yield those of ``requests`` about the product of ``view``: those about a subscription to it, and those that buy it."""
    if not view.product:
        yield requests
    if view.product and view.kind != Kind.PURCHASE:
        yield requests.filter(product=view.product)
    if view.product and view.kind in ("", Kind.PURCHASE):
        yield requests.filter(_buys(view.product))
