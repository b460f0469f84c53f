"""The forms that ask."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.active_customer import customer_named, customer_page, show_as
from accounts.http import PersonRequest
from accounts.models import Customer
from accounts.permissions import Capability, require
from portal.lib import resume
from requests_app import workflow
from requests_app.forms.asking import CancellationForm, PurchaseForm, PurchaseLineFormSet
from requests_app.models import (
    CancelWhen,
    Offer,
    SubscriptionRequest,
)
from requests_app.views.scope import my_subscriptions
from requests_app.views.subscriptions import open_cancellations


@resume.keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def new_purchase(request: PersonRequest, customer: Customer) -> HttpResponse:
    """Ask to buy: several products in one request, for the customer whom the form names."""
    data = resume.posted_or_put_aside(request)
    if data is not None and "customer" in data:
        customer = customer_named(request, str(data["customer"]))
    require(request.user, Capability.ASK, customer)
    if before := _sent_before(request):
        return redirect(before)
    offers = list(Offer.objects.available_to(customer))
    lines: Any = PurchaseLineFormSet(data, prefix="lines", form_kwargs={"offers": offers})
    form = PurchaseForm(data)
    if data is not None and "add_line" in data:
        lines = _with_another_line(data, offers)
    elif request.method == "POST" and (form.is_valid() & lines.is_valid()):
        try:
            filed = workflow.submit_purchase(
                customer,
                lines.lines(),
                actor=request.user,
                note=form.cleaned_data["note"],
                sent=workflow.Sent(key=_submission_key(request.POST)),
            )
        except workflow.WorkflowError as error:
            form.add_error(None, str(error))
        else:
            return redirect(_receipt(request, filed))
    context = {
        "form": form,
        "lines": lines,
        "offers": offers,
        **_hidden_fields(request, data),
    }
    return render(request, "requests_app/new_purchase.html", context)


def _with_another_line(data: QueryDict, offers: list[Offer]) -> Any:
    """Return the lines as they were typed and one empty line more, for those who work without JavaScript."""
    typed = PurchaseLineFormSet(data, prefix="lines", form_kwargs={"offers": offers})
    initial = [{name: data.get(line.add_prefix(name), "") for name in line.fields} for line in typed.forms]
    return PurchaseLineFormSet(initial=initial, prefix="lines", form_kwargs={"offers": offers})


@resume.keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def new_cancellation(request: PersonRequest, customer: Customer) -> HttpResponse:
    """Ask to cancel one subscription."""
    customer = _customer_asked_about(request) or customer
    require(request.user, Capability.ASK, customer)
    if before := _sent_before(request):
        return redirect(before)
    data = posted = resume.posted_or_put_aside(request)
    initial: dict[str, Any] = {"subscription": request.GET.get("subscription", "")}
    only_looking = data is not None and "preview" in data  # what will happen, for those who work without JavaScript
    if data is not None and only_looking:
        initial, data = data.dict(), None
    form = CancellationForm(data, customer=customer, initial=initial)
    if request.method == "POST" and not only_looking and form.is_valid():
        try:
            filed = workflow.submit_cancellation(
                form.cleaned_data["subscription"],
                when=CancelWhen(form.cleaned_data["when"]),
                actor=request.user,
                reason=form.cleaned_data["reason"],
                sent=workflow.Sent(key=_submission_key(request.POST)),
            )
        except workflow.WorkflowError as error:
            form.add_error("subscription", str(error))
        else:
            return redirect(_receipt(request, filed))
    subscriptions = form.subscriptions
    chosen = str(form["subscription"].value() or "")
    subscription = next((one for one in subscriptions if str(one.pk) == chosen), None)
    if request.method == "GET" and data is None and chosen and subscription is None:
        messages.warning(request, _("This subscription cannot be cancelled (any more). Choose another one."))
    context = {
        "form": form,
        "subscription": subscription,
        "open_cancellation": open_cancellations([subscription]).get(subscription.pk) if subscription else None,
        "subscriptions": subscriptions,
        **_hidden_fields(request, posted),
        "now": timezone.now(),
    }
    return render(request, "requests_app/new_cancellation.html", context)


def _customer_asked_about(request: PersonRequest) -> Customer | None:
    """Return whose subscription the form is about: another of the person's customers than the active one, perhaps."""
    pk = request.POST.get("subscription") or request.GET.get("subscription", "")
    if not (pk.isascii() and pk.isdecimal() and len(pk) < 19):
        return None
    subscription = my_subscriptions(request.user).filter(pk=pk).first()
    if subscription is None:
        return None
    show_as(request, subscription.customer_id)
    return subscription.customer


def _submission_key(data: QueryDict) -> uuid.UUID | None:
    """Return the key of the form that was sent; a form without one, or with nonsense, is a form of its own."""
    try:
        return uuid.UUID(data.get("submission_key", ""))
    except ValueError:
        return None


def _sent_before(request: PersonRequest) -> SubscriptionRequest | None:
    """Return what this very form has asked already, and say so."""
    before = workflow.sent_before(_submission_key(request.POST), request.user)
    if before is not None:
        messages.info(request, _("You have sent this form already: this is the request. Nothing was sent twice."))
    return before


def _hidden_fields(request: PersonRequest, data: QueryDict | None) -> dict[str, Any]:
    """Return what a form carries unseen: its key, the same after an error, and its author's token."""
    key = _submission_key(data) if data else None
    return {"submission_key": key or uuid.uuid4(), "resume_token": resume.token_for(request.user.pk)}


def _receipt(request: PersonRequest, filed: SubscriptionRequest) -> SubscriptionRequest:
    messages.success(
        request,
        _(
            "Your request %(number)s has reached %(partner)s. Nothing has changed yet: they will answer you here and by mail."
        )
        % {"number": filed.number, "partner": filed.partner},
    )
    return filed
