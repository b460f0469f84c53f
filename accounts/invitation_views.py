"""What somebody meets who follows the link of an invitation. Looking accepts nothing: mail scanners look, too."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import complete_signup
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import active_customer, invitations
from accounts.forms import NewPersonForm
from accounts.invitations import Accepted, NotOpen, SignInFirst, WrongPerson
from accounts.models import Customer, Invitation, User
from accounts.roles import YOU_MAY, label_of
from portal.lib.acting import looks_people_up


def kept_nowhere[**P](view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Keep the answer out of every cache: its address is a key."""

    @wraps(view)
    def inner(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(*args, **kwargs)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    return inner


@login_not_required
@looks_people_up
@kept_nowhere
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show who invites to what; accept when the invited person says so."""
    found = invitations.find(token)
    now = timezone.now()
    if found is None or found.state(now) != Invitation.State.OPEN:
        return _not_open(request, found.state(now) if found else None, found)
    try:
        if isinstance(request.user, User):
            return _for_somebody(request, token, found, request.user)
        if invitations.person_with(found.email) is not None:
            return _for_somebody_known(request, token, found)
        return _for_somebody_new(request, token, found)
    except NotOpen as error:
        return _not_open(request, error.state, found)
    except WrongPerson:
        return render(request, "accounts/invitation_wrong_person.html", status=HTTPStatus.FORBIDDEN)
    except SignInFirst:
        return redirect(_sign_in(token))


def _for_somebody(request: HttpRequest, token: str, found: Invitation, user: User) -> HttpResponse:
    """Ask whoever is signed in, provided that the invitation is theirs."""
    if request.method == "POST":
        accepted = invitations.accept(token, actor=user)
        return redirect(_arrive(request, accepted))
    if not invitations.is_address_of(user, found.email):
        return render(request, "accounts/invitation_wrong_person.html")
    return _page(request, found, "accounts/invitation.html")


def _for_somebody_known(request: HttpRequest, token: str, found: Invitation) -> HttpResponse:
    """Ask somebody who has an account to sign in; they come back here."""
    if request.method == "POST":
        return redirect(_sign_in(token))
    return _page(request, found, "accounts/invitation.html", sign_in=_sign_in(token))


def _for_somebody_new(request: HttpRequest, token: str, found: Invitation) -> HttpResponse:
    """Ask for a name and a password, make the account, and sign the person in as every sign-in does."""
    form = NewPersonForm(request.POST or None, email=found.email, initial={"name": found.name})
    if request.method != "POST" or not form.is_valid():
        return _page(request, found, "accounts/invitation_new_person.html", form=form)
    accepted = invitations.accept_as_new_person(
        token, name=form.cleaned_data["name"], password=form.cleaned_data["password1"]
    )
    user = accepted.membership.user
    record_authentication(request, user, method="password", email=user.email)
    return complete_signup(request, user, settings.ACCOUNT_EMAIL_VERIFICATION, _arrive(request, accepted))


def _page(request: HttpRequest, found: Invitation, template: str, **context: Any) -> HttpResponse:
    """Show the invitation; to strangers in the time zone of whoever invites, where a new account starts, too."""
    context |= {
        "invitation": found,
        "organisation": found.organisation,
        "role": label_of(found.organisation, found.role),
        "you_may": YOU_MAY[found.role],
    }
    if request.user.is_authenticated or found.invited_by is None:
        return render(request, template, context)
    with timezone.override(found.invited_by.zone):
        return render(request, template, context)


def _not_open(request: HttpRequest, state: Invitation.State | None, found: Invitation | None) -> HttpResponse:
    """Say what has become of the invitation, and nothing of whose it was; of a link that never was, even less."""
    status = HTTPStatus.NOT_FOUND if state is None else HTTPStatus.GONE
    mine = found is not None and request.user.is_authenticated and found.accepted_by_id == request.user.pk
    return render(request, "accounts/invitation_not_open.html", {"state": state, "mine": mine}, status=status)


def _sign_in(token: str) -> str:
    back = urlencode({"next": reverse("accounts:invitation", args=[token])})
    return f"{reverse('account_login')}?{back}"


def _arrive(request: HttpRequest, accepted: Accepted) -> str:
    """Say what has come of it, and return the address of the pages that are open now."""
    organisation = accepted.invitation.organisation
    texts = {"organisation": organisation, "role": label_of(organisation, accepted.membership.role)}
    if accepted.was_member:
        messages.info(request, _("You belonged to %(organisation)s already. Your role stays: %(role)s.") % texts)
    else:
        messages.success(request, _("Welcome. You belong to %(organisation)s now. Your role: %(role)s.") % texts)
    if isinstance(organisation, Customer):
        request.session[active_customer.SESSION_KEY] = organisation.pk
        return resolve_url("home")
    return resolve_url("admin:index")
