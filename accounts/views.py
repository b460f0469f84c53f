"""A person's own pages; signing in and out is django-allauth's."""

from urllib.parse import urlencode

from allauth.account.internal.flows.reauthentication import resume_request
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import active_customer, mail, reauthentication, sessions
from accounts.forms import CodeForm, PersonForm
from accounts.http import PersonRequest


def safe_next(request: HttpRequest, fallback: str) -> str:
    """Return the address on this site that the form or the link names as ``next``, else that of page ``fallback``."""
    target = request.POST.get("next") or request.GET.get("next", "")
    if target.startswith("/") and url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    ):
        return target
    return reverse(fallback)


@require_POST
def choose_customer(request: HttpRequest) -> HttpResponse:
    """Remember in whose name the person looks at the site. A customer they do not belong to does not exist."""
    if not active_customer.choose(request, request.POST.get("customer", "")):
        raise Http404
    return redirect("home")


def settings_page(request: HttpRequest) -> HttpResponse:
    """Show and keep one's own name, language, time zone, and which mails one wants."""
    form = PersonForm(
        request.POST or None, instance=request.user, reads_messages=bool(active_customer.customers_of(request))
    )
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your settings are saved."))
        return redirect("accounts:settings")
    return render(request, "accounts/settings.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def sessions_page(request: PersonRequest) -> HttpResponse:
    """Show where one is signed in; end one of these sessions, or all but this one."""
    if request.method != "POST":
        signed_in = sessions.of(request.user, request.session.session_key, timezone.now())
        return render(request, "accounts/sessions.html", {"sessions": signed_in})
    chosen = request.POST.get("session", "")
    if not chosen:
        sessions.end_others(request.user, request.session.session_key)
        messages.success(request, _("You are signed out everywhere else."))
    elif chosen.isascii() and chosen.isdecimal() and len(chosen) < 19 and sessions.end(request.user, int(chosen)):
        messages.success(request, _("You are signed out there."))
    else:
        raise Http404
    return redirect("accounts:sessions")


@require_http_methods(["GET", "HEAD", "POST"])
def reauthenticate(request: PersonRequest) -> HttpResponse:
    """Ask somebody who has neither password nor second factor for a code by mail, then do what they had wanted."""
    if not reauthentication.needs_code(request):
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': safe_next(request, 'home')})}")
    too_many = ratelimit.consume_or_429(request, action="reauthenticate", user=request.user)
    if too_many:
        return too_many
    form = CodeForm(request.POST if "code" in request.POST else None)
    if form.is_valid():
        if reauthentication.accept_code(request, form.cleaned_data["code"]):
            return resume_request(request) or redirect("home")
        form.add_error("code", _("This code is not correct, or it is too old."))
    elif request.method == "POST" and not form.is_bound:
        return _send_code(request)
    context = {"form": form, "is_sent": reauthentication.has_code(request), "target": safe_next(request, "home")}
    return render(request, "accounts/reauthenticate.html", context | {"address": _code_address(request)})


def _code_address(request: PersonRequest) -> str:
    return reauthentication.address_for_code(request.user)


def _send_code(request: PersonRequest) -> HttpResponse:
    address = _code_address(request)
    if too_many := ratelimit.consume_or_429(request, action="request_login_code", key=address):
        return too_many
    context = {"code": reauthentication.new_code(request), "site_url": settings.SITE_URL}
    mail.queue(mail.render("emails/reauthentication_code", context), recipient=address)
    return redirect(f"{request.path}?{urlencode({'next': safe_next(request, 'home')})}")
