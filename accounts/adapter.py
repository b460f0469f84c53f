"""django-allauth, as this site uses it."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import mail, reauthentication, sessions
from accounts.models import User
from portal.lib.languages import first_known

UNKNOWN_ADDRESS = "account/email/unknown_account"
"""What allauth writes to an address that nobody has. It is never sent: a known address just takes no longer."""


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up uninvited; mails go out through the worker, in the reader's language."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This code is not correct, or it is too old."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the mail that allauth wants to send: a mail server that is down cannot break the page."""
        user = context.get("user")
        if user is None and template_prefix != UNKNOWN_ADDRESS:
            user = User.objects.filter(email__iexact=email).first()
        context = {
            "request": allauth_context.request,
            "email": email,
            "current_site": {
                "name": settings.SITE_URL.split("://")[-1],
                "domain": settings.SITE_URL.split("://")[-1],
            },
            "site_url": settings.SITE_URL,
        } | context
        language = user and first_known(user.language, user.last_language)
        with translation.override(language or translation.get_language()):
            if "user_agent" in context:  # whatever the sender wrote there, and nobody can read it
                context["user_agent"] = sessions.device(str(context["user_agent"]))
            message = mail.render(template_prefix, context)
        if template_prefix == UNKNOWN_ADDRESS:
            mail.discard(message, recipient=email)
        else:
            mail.queue(message, recipient=email)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return super().is_reauthentication_required(app=app, **kwargs) and reauthentication.is_required(self.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Name the ways as the site does; those who have neither password nor second factor get a code by mail.

        A password does not stand in for a second factor that this session has not shown.
        """
        names = {
            "reauthenticate": _("Use your password"),
            "mfa_reauthenticate": _("Use a code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey"),
        }
        ways = [way | {"description": names[way["id"]]} for way in super().get_reauthentication_methods(user)]
        if reauthentication.lacks_second_factor(self.request):
            return [way for way in ways if way["id"] != "reauthenticate"]
        if user.is_authenticated and not ways:
            return [{"id": "mail", "description": _("Use a code by mail"), "url": reverse("accounts:reauthenticate")}]
        return ways

    def get_reset_password_from_key_url(self, key: str) -> str:
        return self._on_this_site(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return self._on_this_site(super().get_email_confirmation_url(request, emailconfirmation))

    @staticmethod
    def _on_this_site(address: str) -> str:
        """Put the site's own name before the path: the request's Host header is the sender's to choose."""
        return settings.SITE_URL + urlsplit(address).path

    def is_safe_url(self, url: str | None) -> bool:
        """Accept addresses of the host that was asked, and with its scheme, not of every name the site answers to."""
        request = allauth_context.request
        return bool(url) and url_has_allowed_host_and_scheme(
            url, {request.get_host()}, require_https=request.is_secure()
        )
