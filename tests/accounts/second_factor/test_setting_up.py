"""The authenticator app and its recovery codes: set up, used once, and told of."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail as outbox
from django.core.cache import cache

from accounts.second_factor import MFAAdapter
from tests import factories
from tests.accounts.second_factor.steps import (
    AUTHENTICATE,
    CODES,
    PASSKEY,
    TOTP,
    app_code,
    passkey,
    set_up_app,
    sign_in,
)
from tests.jobs import run_jobs


def test_app_is_set_up_and_its_code_asked_for(client, cast):
    sign_in(client, cast.alice)
    answer = set_up_app(client)
    assert answer.url == "/accounts/2fa/recovery-codes/"
    client.post("/accounts/logout/")
    assert sign_in(client, cast.alice).url == AUTHENTICATE
    assert "_auth_user_id" not in client.session
    secret = MFAAdapter().decrypt(Authenticator.objects.get(type=TOTP).data["secret"])
    assert client.post(AUTHENTICATE, {"code": app_code(secret)}).url == "/"
    assert client.session["_auth_user_id"] == str(cast.alice.pk)


def test_wrong_code_lets_nobody_in(client, cast):
    factories.second_factor(cast.alice)
    sign_in(client, cast.alice)
    answer = client.post(AUTHENTICATE, {"code": "000000"})
    assert answer.context["form"].errors == {"code": ["This code is not correct, or it has been used already."]}
    assert "_auth_user_id" not in client.session


def test_code_of_the_app_works_once(client, cast):
    factories.second_factor(cast.alice)
    code = app_code(factories.TOTP_SECRET)
    for expected in (302, 200):
        sign_in(client, cast.alice)
        assert client.post(AUTHENTICATE, {"code": code}).status_code == expected
        client.post("/accounts/logout/")


def test_code_of_the_app_works_once_for_as_long_as_it_is_valid(client, cast):
    """A code is valid for a minute and a half, and allauth remembers for half a minute that it was used."""
    factories.second_factor(cast.alice)
    code = app_code(factories.TOTP_SECRET)
    sign_in(client, cast.alice)
    assert client.post(AUTHENTICATE, {"code": code}).status_code == 302
    client.post("/accounts/logout/")
    app = Authenticator.objects.get(user=cast.alice, type=Authenticator.Type.TOTP).wrap()
    assert cache.delete(app._get_used_cache_key(code))
    sign_in(client, cast.alice)
    assert client.post(AUTHENTICATE, {"code": f"{code[:3]} {code[3:]}"}).status_code == 200


def test_recovery_code_works_once(client, cast):
    first, second, *_rest = factories.second_factor(cast.alice)
    for code, expected in ((first, 302), (first, 200), (second, 302)):
        client.post("/accounts/logout/")
        sign_in(client, cast.alice)
        assert client.post(AUTHENTICATE, {"code": code}).status_code == expected


def test_recovery_codes_are_shown_and_downloaded(client, cast):
    codes = factories.second_factor(cast.alice)
    client.force_login(cast.alice)
    page = client.get("/accounts/2fa/recovery-codes/")
    assert re.findall(r'<li class="code">(\d+)</li>', page.text) == codes
    file = client.get("/accounts/2fa/recovery-codes/download/")
    assert file.headers["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert re.findall(r"^\d{8}$", file.text, re.MULTILINE) == codes


def test_looking_at_new_recovery_codes_writes_nothing(client, cast, django_assert_num_queries):
    factories.second_factor(cast.alice)
    client.force_login(cast.alice)
    before = Authenticator.objects.get(type=CODES).data
    client.get("/accounts/2fa/recovery-codes/")
    assert Authenticator.objects.get(type=CODES).data == before


@pytest.mark.parametrize(("language", "subject"), [("en", "An authenticator app was set up for your account"),
                                                   ("zh-hant", "您的帳戶已設定驗證器應用程式")])  # fmt: skip
def test_person_is_told_of_the_change_in_their_language(
    client, cast, django_capture_on_commit_callbacks, language, subject
):
    cast.alice.language = language
    cast.alice.save()
    client.force_login(cast.alice)
    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(client)
    run_jobs()
    (message,) = outbox.outbox
    assert (message.to, message.subject) == ([cast.alice.email], subject)


@pytest.mark.parametrize(
    ("before", "address", "form", "subject"),
    [
        ([TOTP], "/accounts/2fa/totp/deactivate/", {}, "The authenticator app was removed from your account"),
        ([TOTP], "/accounts/2fa/recovery-codes/generate/", {}, "Your account has new recovery codes"),
        ([PASSKEY], "/accounts/2fa/webauthn/keys/{pk}/remove/", {}, "A passkey was removed from your account"),
    ],
)
def test_every_other_change_is_told_too(
    client, cast, django_capture_on_commit_callbacks, before, address, form, subject
):
    if before == [TOTP]:
        factories.second_factor(cast.alice)
    else:
        address = address.format(pk=passkey(cast.alice).pk)
    client.force_login(cast.alice)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(address, form).status_code == 302
    run_jobs()
    assert [message.subject for message in outbox.outbox] == [subject]


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil"])
def test_setting_up_leads_nowhere_else(client, cast, target):
    sign_in(client, cast.alice)
    assert client.get("/me/second-factor/", {"next": target}).url == "/"
    set_up_app(client)
    links = re.findall(r'href="([^"]*)"', client.get("/accounts/2fa/recovery-codes/", {"next": target}).text)
    assert [link for link in links if "evil" in link or "javascript" in link] == []


def test_address_can_be_changed_with_a_second_factor(client, cast):
    factories.second_factor(cast.alice)
    client.force_login(cast.alice)
    client.post("/accounts/email/", {"action_add": "", "email": "new@example.com"})
    run_jobs()
    assert [message.to for message in outbox.outbox] == [["new@example.com"]]
