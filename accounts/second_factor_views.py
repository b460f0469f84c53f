"""The pages of the second factor: allauth's, with the way back to where somebody wanted to go."""

from typing import Any

from allauth.account.internal.stagekit import clear_login
from allauth.account.mixins import NextRedirectMixin
from allauth.account.stages import LoginStageController
from allauth.mfa.base import views as base_views
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_codes_views
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import views as webauthn_views
from allauth.mfa.webauthn.internal import auth
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from accounts import second_factor
from accounts.http import PersonRequest
from accounts.sign_in_forms import AddPasskeyForm
from accounts.views import safe_next


@require_safe
def second_factor_page(request: PersonRequest) -> HttpResponse:
    """Lead somebody who needs a second factor to setting one up, or to using it, and then to where they wanted to go."""
    target = safe_next(request, "home")
    if not second_factor.is_missing(request):
        return redirect(target)
    mine = set(Authenticator.objects.filter(user=request.user).values_list("type", flat=True))
    return render(request, "accounts/second_factor.html", {"target": target, "mine": mine})


class SettingUp(NextRedirectMixin):
    """Goes on to the recovery codes where they are new, else to where the person wanted to go."""

    adds: Authenticator.Type
    request: PersonRequest
    did_generate_recovery_codes: bool

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        added = Authenticator.objects.filter(user=self.request.user, type=self.adds).latest("pk")
        second_factor.count_setting_up(self.request, added)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Giving up leads back to where somebody was sent here from."""
        return super().get_context_data(**kwargs) | {"target": self.get_next_url()}

    def get_success_url(self) -> str:
        if self.did_generate_recovery_codes:
            return str(self.passthrough_next_url(reverse("mfa_view_recovery_codes")))
        return self.get_next_url() or reverse("mfa_index")


class ActivateTOTPView(SettingUp, totp_views.ActivateTOTPView):
    adds = Authenticator.Type.TOTP


class AddPasskeyView(SettingUp, webauthn_views.AddWebAuthnView):
    adds = Authenticator.Type.WEBAUTHN

    def get_form_class(self) -> type[AddPasskeyForm]:
        return AddPasskeyForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Ask the browser for a key that stays on the device and checks who holds it."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # asks for a lesser key; the last question counts
        options = auth.begin_registration(self.request.user, passwordless=True)
        return context | {"js_data": {"creation_options": options}}


class AuthenticateView(base_views.AuthenticateView):
    @method_decorator(login_not_required)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Start over with somebody whose second factor was removed meanwhile: allauth sends them round in circles."""
        stage = LoginStageController.enter(request, AuthenticateStage.key)
        if stage and not request.user.is_authenticated and not second_factor.has_one(stage.login.user):
            clear_login(request)
            query = {"next": stage.login.redirect_url} if stage.login.redirect_url else None
            return redirect(reverse("account_login", query=query))
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tell the template what the person has set up: nobody is offered what they cannot use."""
        mine = Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True)
        return super().get_context_data(**kwargs) | {"mine": set(mine)}


class ReauthenticateView(base_views.ReauthenticateView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mine = Authenticator.objects.filter(user=self.request.user).values_list("type", flat=True)
        return super().get_context_data(**kwargs) | {"mine": set(mine)}


class RemovePasskeyView(webauthn_views.RemoveWebAuthnView):
    """allauth asks its adapter only before an app is removed; a last passkey is as much worth."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may = second_factor.MFAAdapter().can_delete_authenticator(self.object)
        return super().get_context_data(**kwargs) | {
            "may_be_removed": may,
            "is_last": second_factor.is_last(self.object),
        }

    def form_valid(self, form: Any) -> HttpResponse:
        adapter = second_factor.MFAAdapter()
        if not adapter.can_delete_authenticator(self.object):
            messages.error(self.request, adapter.error_messages["cannot_delete_authenticator"])
            return redirect("mfa_list_webauthn")
        return super().form_valid(form)


class ViewRecoveryCodesView(NextRedirectMixin, recovery_codes_views.ViewRecoveryCodesView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"target": self.get_next_url()}
