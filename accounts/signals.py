"""What follows from signing in and from setting a password."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import password_reset
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import translation

from accounts.models import User


@receiver(user_logged_in)
def remember_language(sender: type[User], request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Note the language in which somebody signs in: who has chosen none still gets mails they can read."""
    user.last_language = user.language or translation.get_language() or ""
    user.save(update_fields=["last_language"])


@receiver(password_reset)
def confirm_address(sender: type[User], request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Take a password set through a link in a mail as proof of the address the mail went to.

    Only where the person has no other address than the one they sign in with: the link went to that one.
    """
    if EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).exists():
        return
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
