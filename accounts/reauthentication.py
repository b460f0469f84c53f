"""Whoever changes something sensitive has shown within the last minutes who they are.

allauth asks for the password or the second factor. This adds two things: a sign-in counts like an answer to that
question, and people who have neither (they come in through Microsoft, or by codes) are asked for a code by mail
instead of not at all. Whoever has set up a second factor is asked for that one, until the session has shown it: a
session that began before must not become one with two factors by way of its password.
"""

import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows, is_reauthentication_required
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ReauthenticationRequired
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.models import User

Type = Authenticator.Type
CODE = "reauthentication_code"
TRIES = 3
PROOFS = {"password", "code", "mfa", "socialaccount"}
"""What allauth writes into the session when somebody has shown who they are; a password reset is none."""


def reauthentication_required[View: Callable[..., Any]](view: View) -> View:
    """Let a form through only from somebody who has shown within the last minutes who they are.

    Others are asked, and what they had posted is then done. Showing the form (GET) asks nothing.
    """

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        require_recent(request)
        return view(request, *args, **kwargs)

    return inner  # type: ignore[return-value]


def require_recent(request: HttpRequest) -> None:
    """Raise ReauthenticationRequired where a form is sent by somebody who has not shown lately who they are.

    allauth's middleware then asks them, and does afterwards what they had posted.
    """
    if request.method == "POST" and is_reauthentication_required(request, app="accounts"):
        raise ReauthenticationRequired


def is_recent(request: HttpRequest) -> bool:
    """Return whether the person has signed in, or has been asked, within ACCOUNT_REAUTHENTICATION_TIMEOUT seconds."""
    records = [one["at"] for one in get_authentication_records(request, request.user) if one["method"] in PROOFS]
    return bool(records) and time.time() - max(records) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def is_required(request: HttpRequest) -> bool:
    """Return whether the person has to be asked now. Raises ReauthenticationRequired where one way alone will do.

    allauth asks this before it looks at the session itself. It takes people without password and second factor as
    asked already, and a password for as good as a second factor; raising is how to tell it otherwise.
    """
    if lacks_second_factor(request):
        raise ReauthenticationRequired
    if is_recent(request):
        return False
    if needs_code(request):
        raise ReauthenticationRequired
    return True


def lacks_second_factor(request: HttpRequest) -> bool:
    """Return whether the person has a second factor that this session has never shown: it was set up elsewhere."""
    if not isinstance(request.user, User) or not is_mfa_enabled(request.user, [Type.TOTP, Type.WEBAUTHN]):
        return False
    return not any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def needs_code(request: HttpRequest) -> bool:
    """Return whether the person has neither password nor second factor: only their mailbox shows who they are."""
    return isinstance(request.user, User) and not get_reauthentication_flows(request.user)


def new_code(request: HttpRequest) -> str:
    """Return a code to be mailed; the session keeps only what recognises it."""
    code: str = get_adapter().generate_login_code()
    request.session[CODE] = {"hash": _hash(code), "at": time.time(), "tries": 0}
    return code


def has_code(request: HttpRequest) -> bool:
    """Return whether a code was sent that may still be typed."""
    return _kept(request) is not None


def accept_code(request: HttpRequest, code: str) -> bool:
    """Check what was typed, once for each of ``TRIES``; the right code counts as having been asked."""
    kept = _kept(request)
    if kept is None:
        return False
    if not secrets.compare_digest(_hash(code), kept["hash"]):
        request.session[CODE] = kept | {"tries": kept["tries"] + 1}
        return False
    del request.session[CODE]
    record_authentication(request, request.user, method="code", reauthenticated=True)
    return True


def _kept(request: HttpRequest) -> dict[str, Any] | None:
    """Return what the session knows of a code that is neither too old nor tried too often."""
    kept: dict[str, Any] | None = request.session.get(CODE)
    if kept is None or time.time() - kept["at"] >= settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT or kept["tries"] >= TRIES:
        return None
    return kept


def address_for_code(user: User) -> str:
    """Return the confirmed address of ``user`` that a code goes to."""
    return EmailAddress.objects.get_primary_email(user) or user.email


def _hash(code: str) -> str:
    return salted_hmac("accounts.reauthentication", normalize_user_code(code), algorithm="sha256").hexdigest()
