"""The second factor: who needs one, whether this session was signed in with one, and how its secrets are kept."""

from base64 import urlsafe_b64encode
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.microsoft.second_factor import passed_at_microsoft
from accounts.models import User
from accounts.permissions import may_enter_desk

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
"""What is a second factor. Recovery codes stand in for one and are never alone."""


def is_required_of(user: User) -> bool:
    """Return whether ``user`` has to use a second factor: partner people, staff and superusers."""
    return settings.SECOND_FACTOR_REQUIRED and may_enter_desk(user)


def has_one(user: User) -> bool:
    """Return whether ``user`` has set up a second factor."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def is_last(authenticator: Authenticator) -> bool:
    """Return whether ``authenticator`` is the only second factor of its person."""
    others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=FACTORS).exclude(pk=authenticator.pk)
    return authenticator.type in FACTORS and not others.exists()


def is_missing(request: HttpRequest) -> bool:
    """Return whether the person needs a second factor and this session was not signed in with one.

    A passkey alone counts: where it takes the place of the password, the device has checked a finger, a face or a
    PIN, and allauth has made sure that it did.
    """
    user = request.user
    if not isinstance(user, User) or not is_required_of(user):
        return False
    if passed_at_microsoft(request, user):
        return False
    return not any(record["method"] == "mfa" for record in get_authentication_records(request, user))


def count_setting_up(request: HttpRequest, authenticator: Authenticator) -> None:
    """Note in the session that the person has just proved to hold ``authenticator``: nobody is asked twice in a row."""
    record_authentication(request, authenticator.user, "mfa", id=authenticator.pk, type=authenticator.type)


def setup_address(target: str) -> str:
    """Return the address of the page that leads to a second factor and then to ``target``."""
    return f"{reverse('accounts:second_factor')}?{urlencode({'next': target})}"


class MFAAdapter(DefaultMFAAdapter):
    """Secrets are encrypted; names are the site's; who needs a second factor keeps one."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This code is not correct, or it has been used already."),
        "cannot_delete_authenticator": gettext_lazy(
            "Your role needs a second factor, and this is your only one. Set up another before you remove it."
        ),
    }

    def encrypt(self, text: str) -> str:
        return _cipher(*_keys()).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Read what any key of SECRET_KEY and SECRET_KEY_FALLBACKS has written. Raises InvalidToken."""
        return _cipher(*_keys()).decrypt(encrypted_text).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not (is_required_of(authenticator.user) and is_last(authenticator))

    def get_totp_issuer(self) -> str:
        return f"{_('Self-Service Portal')} ({_host()})"

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        return _("Passkey %(number)d") % {"number": Authenticator.objects.filter(user=user, type=type).count() + 1}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Bind passkeys to the site's own name: the Host header is the sender's to choose."""
        return {"id": _host(), "name": _("Self-Service Portal")}


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or ""


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@cache
def _cipher(*keys: str) -> MultiFernet:
    """Return the cipher that writes with the first key and reads with all of them."""
    derived = (
        HKDF(algorithm=SHA256(), length=32, salt=None, info=b"accounts.second_factor").derive(key.encode())
        for key in keys
    )
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in derived])
