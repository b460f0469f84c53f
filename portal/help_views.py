"""The page in front of every request form, and each support resource on a page of its own."""

import uuid
from collections.abc import Sequence

from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.active_customer import active_customer, customer_named, customer_page
from accounts.http import PersonRequest, person
from accounts.models import Customer
from accounts.permissions import Capability, can, require
from portal import help as support
from portal.content import verdicts
from portal.content.articles import write_out
from portal.content.support import beside, resources_for
from portal.lib.clouds import Cloud
from portal.models import SupportResource
from requests_app.models import Kind, Subscription
from requests_app.views.scope import my_subscriptions


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def help_first(request: PersonRequest, customer: Customer, kind: str) -> HttpResponse:
    """Show what may answer before the form of ``kind``; a POST says that it did. Where nothing fits: on to the form."""
    wanted = _kind_named(kind)
    given = request.POST if request.method == "POST" else request.GET
    subscription = _subscription_named(request, given.get("subscription", ""))
    if subscription is not None:
        customer = customer_named(request, str(subscription.customer_id))
    elif "customer" in request.POST:
        customer = customer_named(request, request.POST["customer"])
    require(request.user, Capability.ASK, customer)
    resources = support.resources_before(wanted, customer, subscription, timezone.now())
    if request.method == "POST":
        return _answered(request, resources, wanted, customer, subscription)
    if not resources:
        return redirect(support.form_address(wanted, subscription))
    known = {resource.key: resource for resource in resources}
    read = [key for key in dict.fromkeys(request.GET.getlist("read")) if key in known]
    for key in read:
        known[key].is_read = True
    write_out(resources)
    context = {
        "kind": wanted,
        "wanted": support.WANTED[wanted],
        "subscription": subscription,
        "resources": resources,
        "form_address": support.form_address(wanted, subscription, read),
        "ways_on": {
            key: support.form_address(wanted, subscription, [*(one for one in read if one != key), key])
            for key in known
        },
        "submission_key": uuid.uuid4(),
    }
    return render(request, "portal/help_first.html", context)


def _kind_named(kind: str) -> Kind:
    """Return the kind of request that the address names. Raises Http404 for any other, or for one without a form yet."""
    if kind not in Kind or not support.form_address(Kind(kind), None):
        raise Http404
    return Kind(kind)


def _subscription_named(request: PersonRequest, pk: str) -> Subscription | None:
    """Return one of the person's subscriptions; None: none is named. Raises Http404 for any other."""
    if not pk:
        return None
    if not (pk.isascii() and pk.isdecimal() and len(pk) < 19):
        raise Http404
    found: Subscription = get_object_or_404(my_subscriptions(request.user), pk=pk)
    return found


def _answered(
    request: PersonRequest,
    resources: Sequence[SupportResource],
    kind: Kind,
    customer: Customer,
    subscription: Subscription | None,
) -> HttpResponse:
    """Count the answer, thank for it, and lead back to where the question came from."""
    try:
        key = uuid.UUID(request.POST.get("submission_key", ""))
    except ValueError:
        key = None
    support.record_answer(
        next((one for one in resources if one.key == request.POST.get("resource")), None),
        kind=kind,
        customer=customer,
        subscription=subscription,
        actor=request.user,
        key=key,
        now=timezone.now(),
    )
    messages.success(request, _("Good that this answered it. Nothing was sent to your partner, and nothing changes."))
    return redirect("requests_app:subscription_detail", subscription.pk) if subscription else redirect("home")


@require_safe
def help_page(request: HttpRequest, key: str) -> HttpResponse:
    """Show one resource: to customers with its address in their cloud, to everybody else with all of them."""
    shown = SupportResource.objects.visible_to(person(request)).current(timezone.now()).filter(key=key)
    resources = shown.order_by(
        F("partner").asc(nulls_last=True)
    )  # a key may be used by several partners, each for its own
    customer = active_customer(request)
    found = resources.reaching(customer) if customer else list(resources[:1])
    if not found:
        raise Http404
    resource = found[0]
    write_out([resource], among_others=False)
    if customer is None:
        known = {one.cloud: one.address for one in resource.addresses.all()}
        context = {"resource": resource, "addresses": [(one.label, known[one]) for one in Cloud if one in known]}
        return render(request, "portal/help_page.html", context)
    context = {
        "resource": resource,
        "customer": customer,
        "partner": customer.partner,
        "may_ask": can(request.user, Capability.ASK, customer),
        "helped": verdicts.said_by(person(request), resource),
        "others": beside(resource, resources_for(customer, timezone.now())),
    }
    return render(request, "portal/help_page.html", context)
