"""Microsoft Entra ID as a provider of django-allauth: the authorization code flow with PKCE, state and nonce."""

import re
import secrets
from http import HTTPStatus
from typing import Any

from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.microsoft import id_token, outgoing
from accounts.microsoft.id_token import Identity
from accounts.microsoft.problems import Kind, Problem
from accounts.microsoft.registrations import Registration

CONSENT_CODES = {"AADSTS65001", "AADSTS90094", "AADSTS90095"}
"""Microsoft's numbers for: nobody has agreed to the application yet, and an administrator has to."""


def refusal(error: object, description: object) -> Problem:
    """Return what an error that Microsoft answers means here; the log gets its name and Microsoft's number."""
    name = error if isinstance(error, str) and re.fullmatch("[a-z_]{1,40}", error) else "unnamed"
    number = re.search(r"AADSTS\d{4,8}", description) if isinstance(description, str) else None
    code = number[0] if number else ""
    reason = f"error {name} {code}".strip()
    if name == "consent_required" or code in CONSENT_CODES:
        return Problem(Kind.CONSENT, reason)
    if name == "access_denied":
        return Problem(Kind.CANCELLED, reason)
    if name in ("server_error", "temporarily_unavailable"):
        return Problem(Kind.UNAVAILABLE, reason)
    return Problem(Kind.INVALID, reason)


class MicrosoftClient(OAuth2Client):
    """Redeems a code, within the bounds of :mod:`accounts.microsoft.outgoing`."""

    def get_access_token(self, code: str, pkce_code_verifier: str | None = None, extra_data: Any = None) -> Any:
        """Return what Microsoft gives for ``code``. Raises Problem."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback_url,
            "client_id": self.consumer_key,
            "client_secret": self.consumer_secret,
            "code_verifier": pkce_code_verifier or "",
        }
        status, answer = outgoing.post(self.access_token_url, form)
        if status != HTTPStatus.OK:
            raise refusal(answer.get("error"), answer.get("error_description"))
        return answer


class MicrosoftAdapter(OAuth2Adapter):
    """The way to one authority and back."""

    client_class = MicrosoftClient

    def __init__(self, request: HttpRequest, registration: Registration) -> None:
        super().__init__(request)
        self.registration = registration
        self.provider_id = registration.provider_id
        self.access_token_url = registration.token_url
        self.authorize_url = registration.authorize_url
        self.state: dict[str, Any] = {}  # what this sign-in began with; the callback view puts it here

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Return the address that is registered at Microsoft: the Host header is the sender's to choose."""
        return settings.SITE_URL + reverse("microsoft_callback", args=[self.registration.slug])

    def parse_token(self, data: Any) -> SocialToken:
        """Keep no token, not even in the session: the site never asks Microsoft anything in a person's name."""
        return SocialToken(token="")

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any) -> SocialLogin:
        """Return the sign-in that the ID token proves. Raises Problem."""
        identity = id_token.check(
            kwargs["response"].get("id_token"), self.registration, nonce=self.state.get("nonce", "")
        )
        self.state["methods"] = identity.methods
        login = self.get_provider().sociallogin_from_response(request, identity)
        login.identity = identity
        return login


class MicrosoftAccount(ProviderAccount):
    def to_str(self) -> str:
        username: str = self.account.extra_data.get("username", "")
        return username or "Microsoft"


class MicrosoftProvider(OAuth2Provider):
    """One class for both authorities; :class:`Registration` says which."""

    id = "microsoft"
    name = "Microsoft"
    account_class = MicrosoftAccount
    oauth2_adapter_class = MicrosoftAdapter
    pkce_enabled_default = True

    @property
    def registration(self) -> Registration:
        registration: Registration = self.app.settings["registration"]
        return registration

    def get_oauth2_adapter(self, request: HttpRequest) -> MicrosoftAdapter:
        return MicrosoftAdapter(request, self.registration)

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:
        return reverse("microsoft_login", args=[self.registration.slug])

    def get_default_scope(self) -> list[str]:
        return ["openid", "profile", "email"]

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponse:
        """Send the browser to Microsoft, and remember what its answer has to repeat."""
        nonce = secrets.token_urlsafe(32)
        # Without the choice, whoever is signed in at Microsoft with the wrong account would never get past it.
        parameters = {"nonce": nonce, "response_mode": "query", "prompt": "select_account"}
        return super().redirect(request, process, next_url, data, nonce=nonce, auth_params=parameters)

    def extract_uid(self, data: Identity) -> str:
        return data.uid

    def extract_extra_data(self, data: Identity) -> dict[str, str]:
        """Keep no more than what the person recognises their account by."""
        return {"username": data.username}


provider_classes = [MicrosoftProvider]
