"""The customer's requests: where they stand, and what can be done about each."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.active_customer import customer_page, show_as
from accounts.http import PersonRequest
from accounts.models import Customer
from accounts.permissions import Capability, can
from portal.lib.paging import page_of
from requests_app import workflow
from requests_app.models import (
    Action,
    SubscriptionRequest,
)
from requests_app.views.scope import my_requests


@require_safe
@customer_page
def request_list(request: PersonRequest, customer: Customer) -> HttpResponse:
    """List what the customer's people have asked, newest first."""
    requests = my_requests(request.user).filter(customer=customer).with_lines()
    only_open = request.GET.get("show") == "open"
    page = page_of(requests.open() if only_open else requests, ["-submitted_at", "-pk"], request.GET.get("page", ""))
    context = {
        "page": page,
        "only_open": only_open,
        "may_ask": can(request.user, Capability.ASK, customer),
        "now": timezone.now(),
    }
    return render(request, "requests_app/request_list.html", context)


def _my_request(request: PersonRequest, number: str) -> SubscriptionRequest:
    if "\0" in number:
        raise Http404
    subscription_request = get_object_or_404(my_requests(request.user).with_lines(), number=number)
    show_as(request, subscription_request.customer_id)
    return subscription_request


@require_safe
@customer_page
def request_detail(request: PersonRequest, customer: Customer, number: str) -> HttpResponse:
    """Show where a request stands, what happens next, and its history."""
    subscription_request = _my_request(request, number)
    return render(
        request,
        "requests_app/request_detail.html",
        {
            "subscription_request": subscription_request,
            "lines": subscription_request.lines.all(),
            "events": list(timeline(subscription_request)),
            "can_withdraw": Action.WITHDRAW in workflow.available_actions(subscription_request, request.user),
            "now": timezone.now(),
        },
    )


def timeline(subscription_request: SubscriptionRequest) -> Any:
    """Return the history of a request, oldest first, with who did what."""
    return subscription_request.events.shared().for_timeline()


@require_POST
@customer_page
def withdraw_request(request: PersonRequest, customer: Customer, number: str) -> HttpResponse:
    """Take a request back."""
    subscription_request = _my_request(request, number)
    try:
        workflow.withdraw(subscription_request, actor=request.user)
    except workflow.WorkflowError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("You have withdrawn the request. Your partner will not act on it."))
    return redirect(subscription_request)
