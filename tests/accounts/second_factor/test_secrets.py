"""The secrets of second factors are encrypted where they lie."""

import json

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken

from accounts.second_factor import MFAAdapter
from tests.accounts.second_factor.steps import ACTIVATE, CODES, TOTP, app_code, sign_in


def test_secrets_are_not_in_the_database(client, cast):
    sign_in(client, cast.alice)
    secret = client.get(ACTIVATE).context["form"].secret
    client.post(ACTIVATE, {"code": app_code(secret)})
    kept = json.dumps([one.data for one in Authenticator.objects.all()])
    app = Authenticator.objects.get(type=TOTP)
    assert (secret in kept, MFAAdapter().decrypt(app.data["secret"])) == (False, secret)
    seed = Authenticator.objects.get(type=CODES).data["seed"]
    assert (len(MFAAdapter().decrypt(seed)), seed.startswith("gAAAA")) == (80, True)


def test_secrets_outlive_a_new_key_and_no_longer(settings):
    old = settings.SECRET_KEY
    kept = MFAAdapter().encrypt("JBSWY3DP")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, [old]
    assert MFAAdapter().decrypt(kept) == "JBSWY3DP"
    assert MFAAdapter().decrypt(MFAAdapter().encrypt("x")) == "x"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(InvalidToken):
        MFAAdapter().decrypt(kept)
