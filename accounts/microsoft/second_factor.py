"""Whether a sign-in with Microsoft counts as one with two factors."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.signals import user_logged_in
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User

METHOD = "socialaccount"
"""What allauth calls a sign-in at another site in its record of the session."""


@receiver(user_logged_in)
def record_methods(
    sender: type[User], request: HttpRequest, user: User, sociallogin: SocialLogin | None = None, **kwargs: Any
) -> None:
    """Note in the session's record how Microsoft asked the person: the token's claim ``amr``."""
    if sociallogin is None:
        return
    for record in get_authentication_records(request, user)[::-1]:
        if record.get("method") == METHOD and record.get("uid") == sociallogin.account.uid:
            record["amr"] = sociallogin.state.get("methods", [])
            request.session.modified = True
            return


def passed_at_microsoft(request: HttpRequest, user: User) -> bool:
    """Return whether ``user`` opened this session with Microsoft, and with a second factor there.

    False unless the site's operator trusts Microsoft with it (``PORTAL_MICROSOFT_MFA_TRUSTED``).
    """
    return settings.MICROSOFT_MFA_TRUSTED and any(
        record.get("method") == METHOD and "mfa" in record.get("amr", ())
        for record in get_authentication_records(request, user)
    )
