"""What follows from signing in, from setting a password and from new recovery codes."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import translation

from accounts import sessions
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


@receiver([password_changed, password_reset, password_set])
def end_other_sessions(sender: type[User], request: HttpRequest, user: User, **kwargs: Any) -> None:
    """End every session but this one: whoever knew the old password is out."""
    sessions.end_others(user, request.session.session_key)


@receiver(pre_save, sender=Authenticator)
def note_recovery_codes_as_viewed(sender: type[Authenticator], instance: Authenticator, **kwargs: Any) -> None:
    """Write what allauth would write when the codes are looked at for the first time: a GET changes nothing here."""
    if instance.type == Authenticator.Type.RECOVERY_CODES:
        instance.data.setdefault("viewed_at", instance.created_at.timestamp())
