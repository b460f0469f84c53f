"""What follows from signing in, from setting a password, and from coming to belong to a customer or ceasing to."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import password_reset
from django.contrib.auth.signals import user_logged_in
from django.db.models import Model, QuerySet
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import translation

from accounts.models import CustomerMembership, FormerMember, User


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


@receiver(post_delete, sender=CustomerMembership)
def remember_removal(
    sender: type[CustomerMembership], instance: CustomerMembership, origin: Model | QuerySet[Any], **kwargs: Any
) -> None:
    """Note that a person was removed. Where the person or the customer itself is deleted there is nothing to note."""
    if (origin.model if isinstance(origin, QuerySet) else type(origin)) is CustomerMembership:
        FormerMember.objects.get_or_create(user_id=instance.user_id, customer_id=instance.customer_id)


@receiver(post_save, sender=CustomerMembership)
def forget_removal(
    sender: type[CustomerMembership], instance: CustomerMembership, created: bool, raw: bool, **kwargs: Any
) -> None:
    """Somebody who belongs to a customer again has not been removed from it."""
    if created and not raw:
        FormerMember.objects.filter(user_id=instance.user_id, customer_id=instance.customer_id).delete()
