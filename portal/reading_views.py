"""What customers read: self-service, support, articles with their pictures, and the search over all of it."""

from http import HTTPStatus

from allauth.core import ratelimit
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_POST, require_safe

from accounts.active_customer import customer_page
from accounts.http import PersonRequest
from accounts.models import Customer
from accounts.permissions import Capability, can
from portal import search
from portal.content import support, verdicts
from portal.content.self_service import all_links
from portal.content.showing import owned_services
from portal.lib.clouds import Service
from portal.models import LinkCategory, Picture, SupportResource

NOTHING_ALLOWED: dict[str, list[str]] = {"default-src": [CSP.NONE], "frame-ancestors": [CSP.NONE], "sandbox": [""]}
"""A picture that is opened by itself runs nothing and has no origin."""


@require_safe
@customer_page
def self_service(request: PersonRequest, customer: Customer) -> HttpResponse:
    """List all links for the customer's cloud, by what one wants to do."""
    context = {
        "customer": customer,
        "partner": customer.partner,
        "link_groups": all_links(customer, owned_services(customer), timezone.now()),
    }
    return render(request, "portal/self_service.html", context)


@require_safe
@customer_page
def support_page(request: PersonRequest, customer: Customer) -> HttpResponse:
    """List what there is to read by topic, or what there is about one service, and where Microsoft helps itself."""
    now = timezone.now()
    owned = owned_services(customer)
    resources = support.resources_for(customer, now)
    chosen = request.GET.get("service", "")
    only = chosen if chosen in Service else ""
    links = [link for group in all_links(customer, owned, now) for link in group.links if link.address]
    helpful = [link for link in links if link.category in (LinkCategory.HELP, LinkCategory.HEALTH)]
    microsofts, own = ([link for link in helpful if bool(link.partner_id) is is_own] for is_own in (False, True))
    context = {
        "customer": customer,
        "partner": customer.partner,
        "may_ask": can(request.user, Capability.ASK, customer),
        "topics": support.by_topic(resources, owned, only),
        "only": only,
        "only_label": Service(only).label if only else "",
        "services": [(one, one in owned) for one in support.services_of(resources, owned)],
        "link_groups": [
            (_("Help on Microsoft's own pages"), _("In your own cloud; you sign in there as always."), microsofts),
            (_("From your partner"), "", own),
        ],
    }
    return render(request, "portal/support.html", context)


@require_POST
@customer_page
def say_verdict(request: PersonRequest, customer: Customer, key: str) -> HttpResponse:
    """Keep whether the article has helped; lead back to it, to what is said then."""
    found = SupportResource.objects.current(timezone.now()).filter(key=key).reaching(customer)
    if not found or request.POST.get("helped") not in ("yes", "no"):
        raise Http404
    helped = request.POST["helped"] == "yes"
    verdicts.say(found[0], helped=helped, actor=request.user, customer=customer, now=timezone.now())
    if helped:
        messages.success(request, _("Thank you. Good that it helped."))
        return redirect(found[0])
    return redirect(f"{found[0].get_absolute_url()}#verdict")


@require_safe
@customer_page
def find(request: PersonRequest, customer: Customer) -> HttpResponse:
    """Show what has the words of ``q`` in it; with ``live`` the first of it alone, for a list beneath the field."""
    if request.GET.get("q"):
        too_many = ratelimit.consume_or_429(request, action="search", user=request.user, limit_get=True)
        if too_many:
            return too_many
    found = search.find(request.GET.get("q", ""), customer=customer, user=request.user, now=timezone.now())
    context = {
        "found": found,
        "customer": customer,
        "partner": customer.partner,
        "may_ask": can(request.user, Capability.ASK, customer),
    }
    live = "live" in request.GET
    return render(request, "components/search_found.html" if live else "portal/search.html", context)


@require_safe
@csp_override(NOTHING_ALLOWED)
def picture(request: PersonRequest, digest: str) -> HttpResponse:
    """Give out a picture. Its address says its content, so that a browser may keep it for good.

    What is not for this person's eyes does not exist.
    """
    found = Picture.objects.visible_to(request.user).filter(digest=digest)[:1]
    shown = get_object_or_404(found)
    response = HttpResponse(bytes(shown.content), content_type=shown.content_type, status=HTTPStatus.OK)
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.never_changes = True  # type: ignore[attr-defined]  # portal.middleware asks for it
    return response
