"""The customer's subscriptions."""

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
    Kind,
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
    page = page_of(shown.by_end_of_term(), ["term_end", "pk"], request.GET.get("page", ""))
    return render(
        request,
        "requests_app/subscription_list.html",
        {
            "page": page,
            "ended": ended,
            "may_ask": can(request.user, Capability.ASK, customer),
            "open_cancellations": open_cancellations(page.rows),
            "now": timezone.now(),
        },
    )


@require_safe
@customer_page
def subscription_detail(request: PersonRequest, customer: Customer, pk: int) -> HttpResponse:
    """Show one subscription, what has been asked about it, and what can be asked now."""
    subscription = get_object_or_404(my_subscriptions(request.user), pk=pk)
    show_as(request, subscription.customer_id)
    requests = list(my_requests(request.user).filter(subscription=subscription)[:10])
    return render(
        request,
        "requests_app/subscription_detail.html",
        {
            "subscription": subscription,
            "requests": requests,
            "open_cancellation": next((r for r in requests if r.kind == Kind.CANCELLATION and r.is_open), None),
            "may_ask": can(request.user, Capability.ASK, subscription.customer),
            "now": timezone.now(),
        },
    )


def open_cancellations(subscriptions: list[Subscription]) -> dict[int, SubscriptionRequest]:
    """Return the open cancellation of each of the subscriptions, in one statement."""
    found = SubscriptionRequest.objects.open().filter(kind=Kind.CANCELLATION, subscription__in=subscriptions)
    return {one.subscription_id: one for one in found if one.subscription_id}
