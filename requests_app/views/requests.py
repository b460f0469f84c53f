"""The customer's requests: where they stand, and what can be done about each."""

import datetime
from typing import Any

from django.db.models import Case, Value, When
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.active_customer import customer_page, show_as
from accounts.http import PersonRequest
from accounts.models import Customer
from accounts.permissions import Capability, can
from portal.lib import resume
from portal.lib.paging import page_of
from requests_app import revalidation, workflow
from requests_app.forms.conversation import AnswerForm, MessageForm, StepForm, WithdrawForm
from requests_app.models import Action, Status, SubscriptionRequest
from requests_app.views.scope import my_requests

FORMS: dict[Action, type[StepForm]] = {
    Action.ANSWER: AnswerForm,
    Action.MESSAGE: MessageForm,
    Action.WITHDRAW: WithdrawForm,
}
"""What the customer's side can do with a request that is filed; the forms are on its page."""


@require_safe
@customer_page
def request_list(request: PersonRequest, customer: Customer) -> HttpResponse:
    """List what the customer's people have asked: what waits for them first, then newest first."""
    requests = my_requests(request.user).filter(customer=customer).with_lines()
    show = request.GET.get("show", "")
    if show == "open":
        requests = requests.open()
    elif show == "waiting":
        requests = requests.filter(status=Status.WAITING)
    waits = Case(When(status=Status.WAITING, then=Value(1)), default=Value(0))
    page = page_of(requests.annotate(waits=waits), ["-waits", "-submitted_at", "-pk"], request.GET.get("page", ""))
    context = {
        "page": page,
        "show": show if show in ("open", "waiting") else "",
        "may_ask": can(request.user, Capability.ASK, customer),
        "now": timezone.now(),
    }
    return render(request, "requests_app/request_list.html", context)


def my_request(request: PersonRequest, number: str) -> SubscriptionRequest:
    """Return one of the person's customers' requests, and show the page in that customer's name. Raises Http404."""
    if "\0" in number:
        raise Http404
    subscription_request = get_object_or_404(my_requests(request.user).with_lines(), number=number)
    show_as(request, subscription_request.customer_id)
    return subscription_request


@require_safe
@customer_page
def request_detail(request: PersonRequest, customer: Customer, number: str) -> HttpResponse:
    """Show where a request stands, what happens next, what was said, and what can be done."""
    return request_page(request, my_request(request, number))


def request_page(
    request: PersonRequest, subscription_request: SubscriptionRequest, shown_again: dict[Action, StepForm] | None = None
) -> HttpResponse:
    """Return the page of a request; ``shown_again``: forms that could not be sent, with what was typed."""
    now = timezone.now()
    forms = {
        f"{action}_form": FORMS[action](subscription_request=subscription_request, auto_id=f"{action}_%s")
        for action in actions_of(subscription_request, request)
    }
    forms |= {f"{action}_form": form for action, form in (shown_again or {}).items()}
    events = subscription_request.events.shared().timeline_at(subscription_request.customer_id)
    context: dict[str, Any] = {
        "subscription_request": subscription_request,
        "lines": subscription_request.lines.all(),
        "events": events,
        "question": next((event for event in reversed(events) if event.action == Action.ASK_CUSTOMER), None),
        "changes": _changes_meanwhile(subscription_request, now),
        "form_in_error": next((form for form in forms.values() if form.is_bound and form.errors), None),
        "resume_token": resume.token_for(request.user.pk),
        "now": now,
    }
    return render(request, "requests_app/request_detail.html", context | forms)


def actions_of(subscription_request: SubscriptionRequest, request: PersonRequest) -> list[Action]:
    """Return what the person can do about the request on this page: as somebody of the customer's who may ask."""
    if not can(request.user, Capability.ASK, subscription_request.customer):
        return []
    return [one for one in workflow.available_actions(subscription_request, request.user) if one in FORMS]


def _changes_meanwhile(subscription_request: SubscriptionRequest, now: datetime.datetime) -> list[str]:
    """Return what is not any more as it was when it was asked, in sentences; of a closed request nothing."""
    if not subscription_request.is_open:
        return []
    return revalidation.sentences(revalidation.changes_since_filing(subscription_request, now))
