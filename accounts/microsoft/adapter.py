"""django-allauth's accounts at other sites, as this site uses them: Microsoft's, and no others."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.microsoft import admission
from accounts.microsoft.problems import Kind, Problem
from accounts.microsoft.provider import MicrosoftProvider, refusal
from accounts.microsoft.registrations import Registration, registrations


def _app(registration: Registration) -> SocialApp:
    """Put a registration into the form in which allauth passes it around. The row is never saved."""
    return SocialApp(
        provider=MicrosoftProvider.id,
        provider_id=registration.provider_id,
        name=registration.label,
        client_id=registration.client_id,
        secret=registration.secret,
        settings={"registration": registration},
    )


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Registrations come from the environment alone; admission decides who gets in; every problem has one page."""

    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "no_password": _("This is your only way to sign in. Choose a password first.")
    }

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """Return the registrations that match. A table that allauth would also read them from is left out."""
        return [
            _app(one)
            for one in registrations()
            if provider in (None, MicrosoftProvider.id, one.provider_id) and client_id in (None, one.client_id)
        ]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Nobody signs up: whoever may come in has become a person before allauth asks."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Decide who gets in. Somebody who connects an account is in already."""
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            return
        try:
            admission.admit(request, sociallogin, sociallogin.identity)
        except Problem as problem:
            raise ImmediateHttpResponse(problem.page(request)) from None

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Show our page instead of allauth's."""
        if isinstance(exception, Problem):
            problem = exception
        elif "state" not in (extra_context or {}):
            problem = Problem(Kind.EXPIRED, "unknown state")
        else:
            problem = refusal(request.GET.get("error"), request.GET.get("error_description"))
        raise ImmediateHttpResponse(problem.page(request))

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: SocialAccount) -> str:
        return reverse("microsoft_accounts")

    def validate_disconnect(self, account: SocialAccount, accounts: QuerySet[SocialAccount]) -> None:
        """Raise ValidationError where the person would have no way in left: a password, or another account."""
        usable = accounts.exclude(pk=account.pk).filter(provider__in=[one.provider_id for one in registrations()])
        if not account.user.has_usable_password() and not usable.exists():
            raise self.validation_error("no_password")
