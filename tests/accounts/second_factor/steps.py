"""Signing in and setting up a second factor, as the tests do it through the pages."""

import json
import re
import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from tests import factories

TOTP, PASSKEY, CODES = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES
AUTHENTICATE, ACTIVATE = "/accounts/2fa/authenticate/", "/accounts/2fa/totp/activate/"
ADD, LOGIN_BY_PASSKEY = "/accounts/2fa/webauthn/add/", "/accounts/2fa/webauthn/login/"


def sign_in(client, person, **extra):
    return client.post("/accounts/login/", {"login": person.email, "password": factories.PASSWORD} | extra)


def app_code(secret):
    """What an authenticator app shows for ``secret``. It is taken for half a minute longer (MFA_TOTP_TOLERANCE)."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def set_up_app(client, target=""):
    secret = client.get(f"{ACTIVATE}?next={target}").context["form"].secret
    return client.post(ACTIVATE, {"code": app_code(secret), "next": target})


def passkey(person, name="Laptop"):
    return Authenticator.objects.create(user=person, type=PASSKEY, data={"name": name, "credential": {}})


def options_of(page):
    return json.loads(re.search(r'id="passkey-options" type="application/json">(.*?)</script>', page.text).group(1))


def set_up_passkey(client, key, target=""):
    options = options_of(client.get(f"{ADD}?next={target}"))["creation_options"]
    return client.post(ADD, {"credential": key.register(options), "name": "Laptop", "next": target})


def use_passkey(client, key, **extra):
    start = client.get(LOGIN_BY_PASSKEY, headers={"accept": "application/json"})
    return client.post(LOGIN_BY_PASSKEY, {"credential": key.sign(start.json()["request_options"])} | extra)
