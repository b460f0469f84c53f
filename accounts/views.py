"""A person's own pages; signing in and out is django-allauth's."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import active_customer
from accounts.forms import PersonForm


def safe_next(request: HttpRequest, fallback: str) -> str:
    """Return the address on this site that the form names as ``next``, else that of the page ``fallback``."""
    target = request.POST.get("next", "")
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
    """Show and keep one's own name, language and time zone."""
    form = PersonForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your settings are saved."))
        return redirect("accounts:settings")
    return render(request, "accounts/settings.html", {"form": form})
