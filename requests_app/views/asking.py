"""The forms that ask about a subscription, what all forms that ask share, and the live preview."""

import re
import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.active_customer import active_customer, customer_page, show_as
from accounts.http import PersonRequest
from accounts.models import Customer
from accounts.permissions import Capability, require
from portal.lib import resume
from requests_app import policy, workflow
from requests_app.forms.about_subscription import FORMS, AboutSubscriptionForm
from requests_app.models import ABOUT_THE_END, Kind, Subscription, SubscriptionRequest
from requests_app.views.scope import my_requests, my_subscriptions

KEY_OF_A_RESOURCE = re.compile(r"[-\w]{1,60}", re.ASCII)
MOST_READ_BEFORE = 10


@resume.keeps_form
@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def new_request(request: PersonRequest, customer: Customer, kind: Kind) -> HttpResponse:
    """Ask something about one subscription: show what will happen, then file it.

    What is sent without having been shown the preview is not filed: the preview is shown first.
    """
    asked_about = _asked_about(request)
    if asked_about is not None:
        customer = active_customer(request) or customer
    require(request.user, Capability.ASK, customer)
    if before := sent_before(request):
        return redirect(before)
    form_class = FORMS[kind]
    data = resume.posted_or_put_aside(request)
    initial = {name: request.GET.get(name, "") for name in ("subscription", *form_class.decides)}
    form = form_class(data, customer=customer, initial=initial)
    only_shown = False
    if request.method == "POST" and form.is_valid():
        if has_been_shown(request.POST, form.fingerprint()):
            try:
                filed = form.submit(actor=request.user, sent=what_came_along(request.POST))
            except workflow.WorkflowError as error:
                form.add_error(None if isinstance(error, workflow.PictureChanged) else "subscription", str(error))
            else:
                return redirect(receipt(request, filed))
        else:
            only_shown = True
    elif request.method == "POST" and (before := sent_before(request)):  # at the same moment, in another process
        return redirect(before)
    preview = form if form.is_bound else form.previewing(initial)
    context = {
        "form": form,
        "kind": kind,
        "refused": _refused(form, asked_about),
        "asked_about": asked_about,
        "only_shown": only_shown,
        **_what_will_happen(request, preview),
        **hidden_fields(request, data),
    }
    return render(request, "requests_app/new_request.html", context)


@require_safe
@customer_page
def preview_of_request(request: PersonRequest, customer: Customer, kind: Kind) -> HttpResponse:
    """Answer with what will happen, or with what is missing, for a form that is being filled in. Writes nothing."""
    if _asked_about(request, is_form=True) is not None:
        customer = active_customer(request) or customer
    require(request.user, Capability.ASK, customer)
    form = FORMS[kind](request.GET, customer=customer)
    return render(request, "components/preview.html", _what_will_happen(request, form))


def _asked_about(request: PersonRequest, *, is_form: bool = False) -> Subscription | None:
    """Return which subscription it is about, and show the page in the name of its customer.

    It may be of another of the person's customers than the active one. Raises Http404 where an address names one that
    is not theirs; a form says so itself, and keeps what was typed.
    """
    is_form = is_form or request.method == "POST"
    pk = request.POST.get("subscription") or request.GET.get("subscription", "")
    if not pk:
        return None
    mine = my_subscriptions(request.user)
    subscription = mine.filter(pk=pk).first() if pk.isascii() and pk.isdecimal() and len(pk) < 19 else None
    if subscription is not None:
        show_as(request, subscription.customer_id)
    elif not is_form:
        raise Http404
    return subscription


def _refused(form: AboutSubscriptionForm, asked_about: Subscription | None) -> str:
    """Return why the subscription that the page was opened for cannot be chosen (any more), as a sentence."""
    if asked_about is None or form.chosen() is not None:
        return ""
    return form.why_not_about(asked_about)


def _what_will_happen(request: PersonRequest, form: AboutSubscriptionForm) -> dict[str, Any]:
    """Return what the preview shows: the outcome or what is missing, and what else is open about the subscription."""
    now = timezone.now()
    form.is_valid()
    chosen = form.chosen()
    open_requests = open_about(request, chosen) if chosen is not None else []
    about_the_end = form.kind in ABOUT_THE_END and any(one.kind in ABOUT_THE_END for one in open_requests)
    return {
        **shown(form.outcome(now), form.fingerprint(), form.missing()),
        "open_requests": open_requests,
        "blocked": about_the_end,
        "subscription": chosen,
        "now": now,
    }


def open_about(request: PersonRequest, subscription: Subscription) -> list[SubscriptionRequest]:
    """Return the open requests about a subscription, the newest first."""
    return list(my_requests(request.user).open().filter(subscription=subscription))


# --- What all forms that ask share -----------------------------------------------------------------------------


def shown(outcome: policy.Outcome | None, fingerprint: str, missing: Sequence[str]) -> dict[str, Any]:
    """Return the picture that the form shows, and what it carries to prove it."""
    return {
        "outcome": outcome,
        "missing": missing if outcome is None else [],
        "seen": outcome.digest() if outcome is not None else "",
        "seen_for": fingerprint if outcome is not None else "",
    }


def has_been_shown(data: QueryDict, fingerprint: str) -> bool:
    """Return whether a form carries the picture of what it asks for; whether that still holds, ``workflow`` says."""
    return bool(data.get("seen")) and data.get("seen_for") == fingerprint


def what_came_along(data: QueryDict) -> workflow.Sent:
    """Return what a form carries besides what was typed."""
    return workflow.Sent(key=_submission_key(data), seen=data.get("seen", ""), read_before=read_before(data))


def read_before(data: QueryDict) -> list[str]:
    """Return the keys of the support resources that were read before; what is no such key is left out."""
    found = dict.fromkeys(key for key in data.getlist("read") if KEY_OF_A_RESOURCE.fullmatch(key))
    return list(found)[:MOST_READ_BEFORE]


def _submission_key(data: QueryDict) -> uuid.UUID | None:
    """Return the key of the form that was sent; a form without one, or with nonsense, is a form of its own."""
    try:
        return uuid.UUID(data.get("submission_key", ""))
    except ValueError:
        return None


def sent_before(request: PersonRequest) -> SubscriptionRequest | None:
    """Return what this very form has asked already, and say so."""
    before = workflow.sent_before(_submission_key(request.POST), request.user)
    if before is not None:
        messages.info(request, _("You have sent this form already: this is the request. Nothing was sent twice."))
    return before


def hidden_fields(request: PersonRequest, data: QueryDict | None) -> dict[str, Any]:
    """Return what a form carries unseen: its key, the same after an error, its author's token, what was read before."""
    key = _submission_key(data) if data else None
    return {
        "submission_key": key or uuid.uuid4(),
        "resume_token": resume.token_for(request.user.pk),
        "read_before": read_before(data if data is not None else request.GET),
    }


def receipt(request: PersonRequest, filed: SubscriptionRequest) -> SubscriptionRequest:
    """Say that a request has arrived; return it."""
    messages.success(
        request,
        _(
            "Your request %(number)s has reached %(partner)s. Nothing has changed yet: they will answer you here and by mail."
        )
        % {"number": filed.number, "partner": filed.customer.partner},
    )
    return filed
