"""The queue as a list: what each line says, the filters, and claiming the next one."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.admin_base import ScopedModelAdmin
from accounts.http import person
from accounts.permissions import Capability, can_anywhere
from requests_app import queue, waiting, workflow
from requests_app.models import Kind, SubscriptionRequest
from requests_app.queue import Choice, Choices, Figures, View

CHANGE = "admin:requests_app_subscriptionrequest_change"
LIST = "admin:requests_app_subscriptionrequest_changelist"

TABS: dict[str, str | Promise] = {
    "": gettext_lazy("Mine and nobody’s"),
    "mine": gettext_lazy("Mine"),
    "unassigned": gettext_lazy("Unassigned"),
    "overdue": gettext_lazy("Overdue"),
    "today": gettext_lazy("Closing today"),
    "waiting": gettext_lazy("Waiting for the customer"),
    "approved": gettext_lazy("To be done in Partner Center"),
    "failed": gettext_lazy("Failed"),
    "open": pgettext_lazy("requests", "Open"),
    "closed": pgettext_lazy("requests", "Closed"),
    "all": gettext_lazy("All"),
}
"""Each of ``queue.SHOWS``, in the order of the page."""

ORDERS: dict[str, str | Promise] = {
    "deadline": gettext_lazy("Soonest deadline first"),
    "newest": gettext_lazy("Newest first"),
    "oldest": gettext_lazy("Oldest first"),
}


KNOWN = {"filters", *(one.name for one in fields(View))}
"""What an address of the list may say."""


@dataclass(frozen=True)
class Tab:
    """One view that is ready: its name, its address, how much it shows (None: not counted)."""

    show: str
    label: str | Promise
    query: str
    count: int | None
    is_current: bool
    is_pressing: bool


class Option(NamedTuple):
    """One choice of an order or of how many lines a page has."""

    label: str | Promise
    query: str
    is_current: bool


class Chip(NamedTuple):
    """One filter that is on: what it is about, what was chosen, the view without it."""

    label: str | Promise
    value: str | Promise
    query: str


class QueueAdmin(ScopedModelAdmin):
    """The queue: what the address says (``queue.View``), a page at a time. Django's own change list is not used."""

    list_template = "admin/requests_app/subscriptionrequest/list.html"

    def get_urls(self) -> list[URLPattern]:
        claim_next = path(
            "next/",
            self.admin_site.admin_view(self.claim_next_view),
            name="requests_app_subscriptionrequest_next",
        )
        return [claim_next, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show a page of the queue. Reads only; what acts on many requests has an address of its own."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return redirect(request.get_full_path())
        user, now, view = person(request), timezone.now(), View.of(request.GET)
        offer = "filters" in request.GET
        if not (set(request.GET) <= KNOWN and all(request.GET.values())):
            return redirect(address_of(view))  # one address for one view, and no other question is answered
        figures, choices = queue.figures_and_choices(view, user, now, offer=offer)
        if not view.partner:
            waiting.know(request, figures.mine + figures.unassigned)
        context = (
            self.admin_site.each_context(request)
            | {"title": _("Queue"), "subtitle": None, "opts": self.opts}
            | list_context(view, figures, choices)
            | {
                "page": queue.page(view, user, now),
                "offers_filters": offer,
                "shows_partners": self._shows_partners(request),
                "now": now,
            }
        )
        return TemplateResponse(request, self.list_template, context | (extra_context or {}))

    def claim_next_view(self, request: HttpRequest) -> HttpResponse:
        """Claim the most urgent request that the reader may claim, and open it within the view it was asked from."""
        user, view = person(request), View.of(request.GET)
        if not can_anywhere(user, Capability.WORK_REQUESTS):
            raise PermissionDenied
        if request.method != "POST":
            return redirect(address_of(view))
        claimed = workflow.claim_next(actor=user)
        if claimed is None:
            messages.info(request, _nothing_to_claim(request))
            return redirect(address_of(view))
        messages.success(request, _("%(number)s is yours.") % {"number": claimed.number})
        return redirect(address_within(view, claimed))


def _nothing_to_claim(request: HttpRequest) -> str:
    if queue.claimable(person(request)).exists():
        return _("Your colleagues are claiming the last ones at this moment. Try again.")
    return _("There is nothing to claim: every open request is with somebody, or you have filed it yourself.")


def address_of(view: View) -> str:
    """Return the address of a page of the list."""
    query = view.query()
    return f"{reverse(LIST)}?{query}" if query else reverse(LIST)


def address_within(view: View, subscription_request: SubscriptionRequest) -> str:
    """Return the address of a request's page that leads back into ``view``."""
    return f"{reverse(CHANGE, args=[subscription_request.pk])}?{view.carried}"


def view_nav(request: HttpRequest, filed: SubscriptionRequest, now: datetime.datetime) -> dict[str, Any]:
    """Return what leads on within the view that a request was opened from: back, and to those beside it."""
    view = View.carried_by(request.GET)
    if view is None:
        return {"view_nav": None}
    before, behind = queue.neighbours(person(request), view, filed, now)
    addresses = {
        name: f"{reverse(CHANGE, args=[pk])}?{view.carried}" if pk else ""
        for name, pk in (("previous", before), ("next", behind))
    }
    return {"view_nav": addresses | {"back": address_of(view)}}


def own_request() -> str:
    """Return why whoever has filed a request cannot decide on it."""
    return _("You have filed this request yourself: a colleague decides.")


# --- What the page shows ------------------------------------------------------------------------------------------


def list_context(view: View, figures: Figures, choices: Choices) -> dict[str, Any]:
    """Return what the list's head shows: tabs with their counts, the filters, the orders."""
    return {
        "view": view,
        "tabs": list(_tabs(view, figures)),
        "orders": [
            Option(ORDERS[one], view.query(order=one), view.ordering == queue.ORDERS[one]) for one in view.orders
        ],
        "sizes": [Option(str(one), view.query(per=one), view.per == one) for one in queue.PAGE_SIZES],
        "chips": list(_chips(view, choices)),
        "choices": choices,
        "kinds": Kind.choices,
        "most_places": queue.MOST_PLACES,
        "kept_by_search": parse_qsl(view.query(q="", within="")),
        "kept_by_filters": parse_qsl(View(q=view.q, within=view.within, order=view.order, per=view.per).query()),
        "without_filters": View(show=view.show, order=view.order, per=view.per).query(),
        "looking": {"begins": view.query(within=""), "anywhere": view.query(within=queue.ANYWHERE)},
    }


def _tabs(view: View, figures: Figures) -> Iterator[Tab]:
    """Yield the views that are ready. They keep nothing of the filters: their counts are of all there is."""
    plain = View(partner=view.partner, per=view.per)
    counted = vars(figures)
    for show, label in TABS.items():
        count = figures.mine + figures.unassigned if show == "" else counted.get(show)
        pressing = show in ("overdue", "failed") and bool(count)
        yield Tab(show, label, plain.query(show=show), count, view.shown == show, pressing)


def _chips(view: View, choices: Choices) -> Iterator[Chip]:
    if view.q:
        yield Chip(_("Search"), view.q, view.query(q=""))
    if view.kind:
        yield Chip(_("Kind"), Kind(view.kind).label, view.query(kind=""))
    for name, label, offered in (
        ("customer", _("Customer"), choices.customers),
        ("assignee", _("Assignee"), choices.assignees),
        ("product", _("Product"), choices.products),
        ("partner", _("Partner"), choices.partners),
    ):
        if chosen := getattr(view, name):
            yield Chip(label, _name_of(chosen, offered), view.query(**{name: None}))


def _name_of(chosen: int, offered: list[Choice]) -> str:
    return next((one.name for one in offered if one.pk == chosen), _("not found"))
