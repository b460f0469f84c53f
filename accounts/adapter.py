"""django-allauth, as this site uses it."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from accounts import mail
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up uninvited; mails go out through the worker, in the reader's language."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the mail that allauth wants to send: a mail server that is down cannot break the page."""
        user = context.get("user") or User.objects.filter(email__iexact=email).first()
        context = {
            "request": allauth_context.request,
            "email": email,
            "current_site": {
                "name": settings.SITE_URL.split("://")[-1],
                "domain": settings.SITE_URL.split("://")[-1],
            },
            "site_url": settings.SITE_URL,
        } | context
        with translation.override(mail.language_of(user) if user else translation.get_language()):
            mail.queue(mail.render(template_prefix, context), recipient=email)
