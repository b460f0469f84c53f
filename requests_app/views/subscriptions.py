"""The customer's subscriptions."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.active_customer import customer_page, show_as
from accounts.http import PersonRequest
from accounts.models import Customer
from accounts.permissions import Capability, can
from portal.lib.paging import page_of
from requests_app.models import (
    ABOUT_THE_END,
    Subscription,
    SubscriptionRequest,
)
from requests_app.views.scope import my_requests, my_subscriptions


@require_safe
@customer_page
def subscription_list(request: PersonRequest, customer: Customer) -> HttpResponse:
    """List the customer's subscriptions, the next end of a term first; those that have ended on their own."""
    ended = request.GET.get("show") == "ended"
    subscriptions = my_subscriptions(request.user).filter(customer=customer)
    running = subscriptions.running()
    shown = subscriptions.exclude(pk__in=running.values("pk")) if ended else running
    page = page_of(shown.by_end_of_term().prefetch_related("batches"), ["term_end", "pk"], request.GET.get("page", ""))
    return render(
        request,
        "requests_app/subscription_list.html",
        {
            "page": page,
            "ended": ended,
            "may_ask": can(request.user, Capability.ASK, customer),
            "open_requests": open_requests(page.rows),
            "now": timezone.now(),
        },
    )


@require_safe
@customer_page
def subscription_detail(request: PersonRequest, customer: Customer, pk: int) -> HttpResponse:
    """Show one subscription, what has been asked about it, and what can be asked now."""
    subscription = get_object_or_404(my_subscriptions(request.user).prefetch_related("batches"), pk=pk)
    show_as(request, subscription.customer_id)
    requests = list(my_requests(request.user).filter(subscription=subscription)[:10])
    open_ones = [one for one in requests if one.is_open]
    return render(
        request,
        "requests_app/subscription_detail.html",
        {
            "subscription": subscription,
            "requests": requests,
            "open_requests": open_ones,
            "ending_asked": next((one for one in open_ones if one.kind in ABOUT_THE_END), None),
            "may_ask": can(request.user, Capability.ASK, subscription.customer),
            "now": timezone.now(),
        },
    )


@dataclass(frozen=True, slots=True)
class OpenRequests:
    """What is open about a subscription; ``ending``: whether one of them is about its end."""

    requests: list[SubscriptionRequest]

    @property
    def ending(self) -> bool:
        return any(one.kind in ABOUT_THE_END for one in self.requests)


def open_requests(subscriptions: list[Subscription]) -> dict[int, OpenRequests]:
    """Return what is open about each of the subscriptions, in one statement."""
    found: dict[int, OpenRequests] = {}
    for one in SubscriptionRequest.objects.open().filter(subscription__in=subscriptions):
        found.setdefault(one.subscription_id or 0, OpenRequests([])).requests.append(one)
    return found
