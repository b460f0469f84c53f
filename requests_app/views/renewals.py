"""What renews when, and what can be asked about it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.active_customer import customer_page
from accounts.http import PersonRequest
from accounts.models import Customer
from accounts.permissions import Capability, can
from portal.lib.paging import page_of
from requests_app import renewals
from requests_app.views.scope import my_subscriptions


@require_safe
@customer_page
def renewal_list(request: PersonRequest, customer: Customer) -> HttpResponse:
    """List the running subscriptions whose term ends, by month, the next one first."""
    now = timezone.now()
    mine = my_subscriptions(request.user).filter(customer=customer)
    upcoming = renewals.upcoming(mine, now.date())
    page = page_of(upcoming, ["term_end", "pk"], request.GET.get("page", ""))
    context = {
        "page": page,
        "months": renewals.by_month(renewals.outlook(page.rows, now)),
        "may_ask": can(request.user, Capability.ASK, customer),
        "now": now,
    }
    return render(request, "requests_app/renewals.html", context)
