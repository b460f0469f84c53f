"""Passkeys: in the place of a password and after one; and what is none."""

import pytest
from allauth.mfa.models import Authenticator

from tests.accounts.second_factor.steps import (
    AUTHENTICATE,
    LOGIN_BY_PASSKEY,
    options_of,
    set_up_passkey,
    sign_in,
    use_passkey,
)
from tests.passkeys import SoftPasskey

BROKEN = {
    "list": "[]", "number": "1", "text": '"x"', "null": "null", "empty object": "{}", "half": "{", "nothing": "", "nul": "\0",
    "number as id": '{"id": 1}', "list as response": '{"response": []}',
    "number as handle": '{"id": "x", "rawId": "x", "type": "public-key", "response": {"userHandle": 7}}',
    "huge handle": '{"id": "eA", "rawId": "eA", "type": "public-key", "response": {"clientDataJSON": "e30",'
    ' "authenticatorData": "eA", "signature": "eA", "userHandle": "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk"}}',
}  # fmt: skip


def test_passkey_takes_the_place_of_password_and_second_factor(client, cast):
    key = SoftPasskey()
    sign_in(client, cast.dana)
    assert set_up_passkey(client, key, "/admin/").url == "/accounts/2fa/recovery-codes/?next=%2Fadmin%2F"
    assert client.get("/admin/").status_code == 200
    client.post("/accounts/logout/")
    assert use_passkey(client, key, next="/admin/").url == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_passkey_is_the_second_step_after_a_password(client, cast):
    key = SoftPasskey()
    sign_in(client, cast.dana)
    set_up_passkey(client, key)
    client.post("/accounts/logout/")
    assert sign_in(client, cast.dana).url == AUTHENTICATE
    options = options_of(client.get(AUTHENTICATE))["request_options"]
    client.post(AUTHENTICATE, {"credential": key.sign(options)})
    assert client.get("/admin/").status_code == 200


def test_key_that_does_not_check_its_holder_is_no_passkey(client, cast):
    sign_in(client, cast.dana)
    page = set_up_passkey(client, SoftPasskey(user_verified=False))
    assert "This passkey was not accepted." in page.text
    assert Authenticator.objects.count() == 0


def test_passkey_alone_has_to_check_its_holder_each_time(client, cast):
    key = SoftPasskey()
    sign_in(client, cast.dana)
    set_up_passkey(client, key)
    client.post("/accounts/logout/")
    key.flags = 0x01
    assert use_passkey(client, key).url == "/accounts/login/"
    assert "_auth_user_id" not in client.session
    assert "This passkey was not accepted." in client.get("/accounts/login/").text


@pytest.mark.parametrize("origin", ["http://evil.example", "https://localhost.evil.example", "http://127.0.0.1:8000"])
def test_passkey_for_another_site_is_refused(client, cast, origin):
    sign_in(client, cast.alice)
    assert "This passkey was not accepted." in set_up_passkey(client, SoftPasskey(origin)).text
    assert Authenticator.objects.count() == 0


def test_passkey_of_somebody_who_may_not_sign_in_does_not_help(client, cast):
    key = SoftPasskey()
    sign_in(client, cast.alice)
    set_up_passkey(client, key)
    client.post("/accounts/logout/")
    cast.alice.is_active = False
    cast.alice.save()
    use_passkey(client, key)
    assert "_auth_user_id" not in client.session


def test_start_of_passkey_sign_in_tells_of_nobody(client, cast):
    start = client.get(LOGIN_BY_PASSKEY, headers={"accept": "application/json"}).json()["request_options"]["publicKey"]
    assert sorted(start) == ["allowCredentials", "challenge", "rpId", "userVerification"]
    assert (start["allowCredentials"], start["rpId"], start["userVerification"]) == ([], "localhost", "required")


@pytest.mark.parametrize("credential", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("page", ["login", "reauthenticate", "add"])
def test_what_is_no_passkey_is_refused_and_never_an_error(client, cast, page, credential):
    if page != "login":
        sign_in(client, cast.alice)
    if page == "reauthenticate":
        set_up_passkey(client, SoftPasskey())
    before = Authenticator.objects.count()
    client.get(f"/accounts/2fa/webauthn/{page}/", headers={"accept": "application/json"})
    answer = client.post(f"/accounts/2fa/webauthn/{page}/", {"credential": credential, "name": "x"})
    assert (answer.status_code, answer.get("Location", "")) in ((200, ""), (302, "/accounts/login/"))
    assert ("_auth_user_id" in client.session) == (page != "login")
    assert Authenticator.objects.count() == before
