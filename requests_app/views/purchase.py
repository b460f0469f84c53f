"""The form that asks to buy."""

import hashlib
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.active_customer import customer_named, customer_page
from accounts.http import PersonRequest
from accounts.models import Customer
from accounts.permissions import Capability, require
from portal.lib import resume
from requests_app import previews, workflow
from requests_app.forms.purchase import PurchaseForm, PurchaseLineFormSet
from requests_app.models import Offer
from requests_app.views.asking import (
    has_been_shown,
    hidden_fields,
    receipt,
    sent_before,
    shown,
    what_came_along,
)


@resume.keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def new_purchase(request: PersonRequest, customer: Customer) -> HttpResponse:
    """Ask to buy: several products in one request, for the customer whom the form names.

    The address can fill lines in, and name the customer. What is sent without having been shown the preview is not filed: the preview is shown first.
    """
    data = resume.posted_or_put_aside(request)
    named = (request.GET if data is None else data).get("customer")
    if named is not None:
        customer = customer_named(request, str(named))
    require(request.user, Capability.ASK, customer)
    if before := sent_before(request):
        return redirect(before)
    offers = list(Offer.objects.available_to(customer))
    lines: Any = PurchaseLineFormSet(data, prefix="lines", form_kwargs={"offers": offers})
    form = PurchaseForm(data)
    previewed, only_shown = lines, False
    if data is not None and "add_line" in data:
        lines = previewed = _with_another_line(data, offers)
    elif data is None and any(name.startswith("lines-") for name in request.GET):
        lines = _with_another_line(request.GET, offers)
        previewed = PurchaseLineFormSet(request.GET, prefix="lines", form_kwargs={"offers": offers})
    elif request.method == "POST" and (form.is_valid() & lines.is_valid()):
        if has_been_shown(request.POST, _fingerprint(lines)):
            try:
                filed = workflow.submit_purchase(
                    customer,
                    lines.lines(),
                    actor=request.user,
                    note=form.cleaned_data["note"],
                    sent=what_came_along(request.POST),
                )
            except workflow.WorkflowError as error:
                form.add_error(None, str(error))
            else:
                return redirect(receipt(request, filed))
        else:
            only_shown = True
    context = {
        "form": form,
        "lines": lines,
        "offers": offers,
        "kind": "purchase",
        "only_shown": only_shown,
        **_what_will_happen(previewed),
        **hidden_fields(request, data),
    }
    return render(request, "requests_app/new_purchase.html", context)


@require_safe
@customer_page
def preview_of_purchase(request: PersonRequest, customer: Customer) -> HttpResponse:
    """Answer with what will happen, or with what is missing, for lines that are being filled in. Writes nothing."""
    if "customer" in request.GET:
        customer = customer_named(request, request.GET["customer"])
    require(request.user, Capability.ASK, customer)
    offers = list(Offer.objects.available_to(customer))
    lines: Any = PurchaseLineFormSet(request.GET, prefix="lines", form_kwargs={"offers": offers})
    return render(request, "components/preview.html", _what_will_happen(lines))


def _what_will_happen(lines: Any) -> dict[str, Any]:
    """Return what the preview shows: the outcome of each line, or what is missing."""
    now = timezone.now()
    if not lines.is_bound or not lines.is_valid():
        return {**shown(None, "", _missing(lines)), "now": now}
    ordered = lines.lines()
    outcome = previews.of_purchase(ordered, now)
    return {**shown(outcome, _fingerprint(lines), []), "names": [line.offer for line in ordered], "now": now}


def _missing(lines: Any) -> list[str]:
    if not lines.is_bound:
        return []
    errors = [*lines.non_form_errors(), *(error for line in lines.errors for many in line.values() for error in many)]
    return list(dict.fromkeys(str(error) for error in errors))


def _fingerprint(lines: Any) -> str:
    """Return a short hash of the lines: another one means that the form was changed since the preview was shown."""
    text = repr([(line.offer.pk, line.quantity) for line in lines.lines()])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _with_another_line(data: QueryDict, offers: list[Offer]) -> Any:
    """Return the lines as they were typed and one empty line more, for those who work without JavaScript."""
    typed = PurchaseLineFormSet(data, prefix="lines", form_kwargs={"offers": offers})
    initial = [{name: data.get(line.add_prefix(name), "") for name in line.fields} for line in typed.forms]
    return PurchaseLineFormSet(initial=initial, prefix="lines", form_kwargs={"offers": offers})
