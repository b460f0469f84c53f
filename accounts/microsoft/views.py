"""The way to Microsoft and back, and the page on which people connect their account there."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.utils import get_next_redirect_url
from allauth.core import ratelimit
from allauth.socialaccount.forms import DisconnectForm
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib.auth.decorators import login_not_required, login_required
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.http import person
from accounts.microsoft.provider import MicrosoftAdapter
from accounts.microsoft.registrations import Registration, registration, registrations
from accounts.models import User
from portal.lib.acting import looks_people_up


def where_configured(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a view answer only where sign-in with Microsoft is set up; elsewhere its address does not exist.

    A view with a ``slug`` in its address gets the registration that it stands for. Outermost, so that not even the
    middleware's redirect to the sign-in page tells of the address.
    """

    @wraps(view)
    def inner(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if "slug" in kwargs:
            kwargs["chosen"] = registration(kwargs.pop("slug"))
        if not registrations() or kwargs.get("chosen", True) is None:
            raise Http404
        return view(request, **kwargs)

    return login_not_required(inner)


def _to_microsoft(request: HttpRequest, chosen: Registration, process: str) -> HttpResponse:
    too_many: HttpResponse | None = ratelimit.consume_or_429(request, action="login")
    if too_many:
        return too_many
    provider = MicrosoftAdapter(request, chosen).get_provider()
    answer: HttpResponse = provider.redirect(request, process, get_next_redirect_url(request))
    return answer


@where_configured
@require_POST
def login(request: HttpRequest, chosen: Registration) -> HttpResponse:
    """Send somebody to Microsoft to sign in."""
    return _to_microsoft(request, chosen, AuthProcess.LOGIN)


@where_configured
@login_required
def connect(request: HttpRequest, chosen: Registration) -> HttpResponse:
    """Send somebody to Microsoft to connect their account there with the one they have here."""
    if request.method != "POST":  # somebody whose session had ended comes from the sign-in page
        return redirect("microsoft_accounts")
    return _to_microsoft(request, chosen, AuthProcess.CONNECT)


class CallbackView(OAuth2CallbackView):
    adapter: MicrosoftAdapter

    def _get_state(self, request: HttpRequest, provider: Any) -> Any:
        """Give the adapter what the sign-in began with: allauth does not, and the token has to repeat the nonce."""
        state, answer = super()._get_state(request, provider)
        self.adapter.state = state or {}
        return state, answer


@where_configured
@looks_people_up
@require_GET
def callback(request: HttpRequest, chosen: Registration) -> HttpResponse:
    """Take somebody who comes back from Microsoft: sign them in, connect their account, or say why not."""
    answer: HttpResponse = CallbackView.adapter_view(MicrosoftAdapter(request, chosen))(request)
    return answer


# --- Connected accounts ----------------------------------------------------------------------------------------


def _accounts(user: User) -> QuerySet[SocialAccount]:
    """Return what ``user`` has connected, at the authorities that are set up."""
    known = [one.provider_id for one in registrations()]
    return SocialAccount.objects.filter(user=user, provider__in=known).order_by("date_joined", "pk")


def _page(request: HttpRequest, form: DisconnectForm | None = None) -> HttpResponse:
    context = {
        "accounts": _accounts(person(request)),
        "registrations": registrations(),
        "form": form,
    }
    return render(request, "socialaccount/connections.html", context)


@where_configured
@login_required
@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    """Show the Microsoft accounts that open the person's account."""
    return _page(request)


@where_configured
@login_required
def disconnect(request: HttpRequest) -> HttpResponse:
    """Disconnect one of one's own Microsoft accounts, unless it is the last way in."""
    if request.method != "POST":
        return redirect("microsoft_accounts")
    with transaction.atomic():
        # One at a time: two windows must not take the last two ways in from each other.
        User.objects.select_for_update(no_key=True).get(pk=person(request).pk)
        form = DisconnectForm(request.POST, request=request)
        form.fields["account"].queryset = _accounts(person(request))
        if not form.is_valid():
            return _page(request, form)
        form.save()
    return redirect("microsoft_accounts")
