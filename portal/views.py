"""The site's own pages: home, language, theme, and what is shown when something is wrong."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_POST, require_safe

from accounts.active_customer import customer_page, customers_of
from accounts.http import PersonRequest
from accounts.models import Customer, User
from accounts.permissions import Capability, can
from accounts.views import safe_next
from portal import demo_mailbox
from portal.content import announcements
from portal.content.self_service import in_short
from portal.content.showing import grouped_links, owned_services
from portal.context_processors import THEMES
from requests_app import overview, waiting

YEAR = 60 * 60 * 24 * 365


@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """Explain the portal to those who are not signed in; show everybody else what needs them."""
    if not request.user.is_authenticated:
        return render(request, "portal/welcome.html")
    return _customer_home(request)


@customer_page
def _customer_home(request: PersonRequest, customer: Customer) -> HttpResponse:
    now = timezone.now()
    context = {
        "customer": customer,
        "partner": customer.partner,
        "may_ask": can(request.user, Capability.ASK, customer),
        "overview": overview.of_customer(customer, now),
        "elsewhere": _waiting_elsewhere(request, customer),
        "announcements": announcements.newest(request.user, customer, now),
        "link_groups": in_short(grouped_links(customer, owned_services(customer), now)),
        "now": now,
    }
    return render(request, "portal/home.html", context)


def _waiting_elsewhere(request: PersonRequest, customer: Customer) -> list[tuple[Customer, int]]:
    """Return the person's other customers where requests wait for their answer, and how many: the header counts them."""
    found = waiting.of_request(request).by_customer
    return [(one, found[one.pk]) for one in customers_of(request) if one != customer and one.pk in found]


@require_POST
@login_not_required
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the language and stay on the page; a signed-in person's choice is kept with their account."""
    response = HttpResponseRedirect(safe_next(request, "home"))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        if isinstance(request.user, User):
            request.user.language = language
            request.user.save(update_fields=["language"])
        translation.activate(language)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            samesite="Lax",
        )
    return response


@require_POST
@login_not_required
def set_theme(request: HttpRequest) -> HttpResponse:
    """Switch between light, dark and what the browser prefers (an empty value), and stay on the page."""
    response = HttpResponseRedirect(safe_next(request, "home"))
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(
            settings.THEME_COOKIE_NAME,
            theme,
            max_age=YEAR,
            httponly=True,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            samesite="Lax",
        )
    else:
        response.delete_cookie(settings.THEME_COOKIE_NAME, samesite="Lax")
    return response


@require_safe
@login_not_required
def health(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the site reaches its database; for load balancers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@require_safe
@login_not_required
def demo_mail(request: HttpRequest) -> HttpResponse:
    """Show the mails that the demonstration has sent. The address exists in the demonstration only."""
    mails = demo_mailbox.read(settings.MAIL_FOLDER)
    return render(request, "portal/demo_mail.html", {"mails": mails, "folder": settings.MAIL_FOLDER})


# --- When something is wrong -----------------------------------------------------------------------------------


def _error(request: HttpRequest, status: HTTPStatus, **context: Any) -> HttpResponse:
    return render(request, "portal/error.html", {"status": int(status), **context}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(
        request,
        HTTPStatus.BAD_REQUEST,
        title=_("This request could not be understood"),
        message=_("Go back and try again. If it happens once more, tell your partner what you were doing."),
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    reason = str(exception)
    return _error(
        request,
        HTTPStatus.FORBIDDEN,
        title=_("You may not do this"),
        message=reason or _("Your role does not include this. Ask an admin of your company or your partner."),
    )


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(
        request,
        HTTPStatus.NOT_FOUND,
        title=_("There is no such page"),
        message=_("The address may be mistyped, or the page belongs to somebody else. Start again from the home page."),
    )


def too_many_requests(request: HttpRequest) -> HttpResponse:
    return _error(
        request,
        HTTPStatus.TOO_MANY_REQUESTS,
        title=_("Too many tries"),
        message=_("To keep accounts safe there is a limit. Wait a few minutes, then try again."),
    )


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Say so without touching the database, the session or the person: one of them may be what is broken."""
    return render(None, "portal/server_error.html", status=HTTPStatus.INTERNAL_SERVER_ERROR)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form came without its token, most often because the browser had lost its cookies meanwhile."""
    return _error(
        request,
        HTTPStatus.FORBIDDEN,
        title=_("The form was not sent"),
        message=_(
            "Your browser did not confirm that this form is yours. Go back: what you typed is still there. "
            "Copy it, reload the page and send it again. Cookies have to be allowed for this site."
        ),
    )
