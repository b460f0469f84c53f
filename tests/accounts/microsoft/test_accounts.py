"""Connecting and disconnecting, the button, and that nothing is there where nothing is configured."""

import json
import os
import re
import subprocess
import sys

import pytest
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import AnonymousUser
from django.core import mail as outbox
from django.test import RequestFactory

from accounts.microsoft.second_factor import passed_at_microsoft
from accounts.models import CustomerMembership, User
from tests import factories
from tests.accounts.microsoft.test_admission import UID, connected
from tests.entra import OTHER_TENANT, TENANT
from tests.jobs import run_jobs
from tests.test_architecture import ROOT

PAGE = "/accounts/microsoft/"
ADDRESSES = [PAGE, f"{PAGE}disconnect/", *(f"{PAGE}global/{step}/" for step in ("login", "connect", "callback"))]


@pytest.mark.parametrize("who", ["", "alice"])
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_answers_where_nothing_is_configured(client, cast, settings, address, method, who):
    settings.MICROSOFT_SIGN_IN = {}
    if who:
        client.force_login(cast.alice)
    assert getattr(client, method)(address).status_code == 404


def test_nothing_shows_where_nothing_is_configured(client, cast, settings):
    settings.MICROSOFT_SIGN_IN = {}
    assert "Microsoft" not in client.get("/accounts/login/").text
    client.force_login(cast.alice)
    assert PAGE not in client.get("/me/settings/").text


@pytest.mark.parametrize("slug", ["us", "consumers", "microsoft-global"])
def test_authority_that_is_not_configured_does_not_answer(browser, cast, slug):
    for step in ("login", "connect", "callback"):
        assert browser.client.get(f"{PAGE}{slug}/{step}/").status_code == 404
        assert browser.client.post(f"{PAGE}{slug}/{step}/").status_code == 404


def test_no_page_of_allauths_own_is_there(client, cast, entra):
    client.force_login(cast.alice)
    for address in ("3rdparty/", "social/connections/", "social/signup/", "social/login/error/", "3rdparty/signup/"):
        assert client.get(f"/accounts/{address}").status_code == 404


def test_button_for_each_authority(client, db, entra, settings):
    settings.MICROSOFT_SIGN_IN = {"us": entra.settings(), "global": entra.settings()}
    page = client.get("/accounts/login/?next=/subscriptions/").text
    assert page.index("Sign in with Microsoft<") < page.index("Sign in with Microsoft (US Government)")
    assert page.count('name="next" value="/subscriptions/"') == 4


def test_looking_at_the_way_in_starts_nothing(browser, cast):
    assert browser.client.get(f"{PAGE}global/login/").status_code == 405
    assert "sessionid" not in browser.client.cookies


def test_starting_too_often_is_refused(browser, db, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
    answers = [browser.client.post(f"{PAGE}global/login/").status_code for _time in range(3)]
    assert answers == [302, 302, 429]


# --- Connecting ------------------------------------------------------------------------------------------------


def test_person_connects_any_account_and_signs_in_with_it(browser, cast, entra):
    entra.person("whoever@elsewhere.example", tenant=OTHER_TENANT, xms_edov=False)
    browser.client.force_login(cast.dana)
    answer = browser.connect()
    assert (answer.status_code, answer.url) == (302, PAGE)
    page = browser.client.get(PAGE).text
    assert "Your Microsoft account is connected." in page
    assert "whoever@elsewhere.example" in page
    browser.client.post("/accounts/logout/")
    browser.sign_in()
    assert browser.user_id() == str(cast.dana.pk)


def test_connecting_changes_neither_address_nor_name_nor_places(browser, cast, tenant):
    tenant.tenant_may_join = True
    tenant.save()
    before = User.objects.filter(pk=cast.charlie.pk).values("email", "name", "password").get()
    browser.client.force_login(cast.charlie)
    browser.connect()
    assert User.objects.filter(pk=cast.charlie.pk).values("email", "name", "password").get() == before
    assert not CustomerMembership.objects.filter(user=cast.charlie, customer=tenant).exists()


def test_account_of_somebody_else_is_not_connected(browser, cast):
    connected(cast.alice)
    browser.client.force_login(cast.bob)
    browser.connect()
    assert SocialAccount.objects.get().user == cast.alice
    assert browser.user_id() == str(cast.bob.pk)
    assert "connected with somebody else’s account" in browser.client.get(PAGE).text


def test_nobody_connects_without_being_signed_in(browser, cast):
    answer = browser.client.post(f"{PAGE}global/connect/")
    assert answer.url == f"/accounts/login/?next={PAGE}global/connect/"
    assert browser.client.get(PAGE).url == f"/accounts/login/?next={PAGE}"


def test_way_back_from_a_lost_session_leads_to_the_page(browser, cast):
    browser.client.force_login(cast.alice)
    for step in ("global/connect/", "disconnect/"):
        assert browser.client.get(PAGE + step).url == PAGE


def test_connection_begun_by_somebody_else_counts_for_nobody(browser, cast, entra):
    from tests.entra import path_of

    browser.client.force_login(cast.alice)
    back = path_of(entra.approve(browser.start(step="connect")))
    browser.client.force_login(cast.bob)
    assert browser.client.get(back).status_code == 400
    assert not SocialAccount.objects.exists()


def test_disconnected_account_opens_nothing(browser, cast):
    account = connected(cast.alice)
    browser.client.force_login(cast.alice)
    assert browser.client.post(f"{PAGE}disconnect/", {"account": account.pk}).url == PAGE
    assert "The Microsoft account is disconnected." in browser.client.get(PAGE).text
    browser.client.post("/accounts/logout/")
    assert (browser.sign_in().status_code, browser.user_id()) == (403, None)


def test_last_way_in_is_kept(browser, cast, settings, entra):
    account = connected(cast.alice)
    cast.alice.set_unusable_password()
    cast.alice.save()
    browser.client.force_login(cast.alice)
    page = browser.client.post(f"{PAGE}disconnect/", {"account": account.pk})
    assert "This is your only way to sign in. Choose a password first." in page.text
    unreachable = SocialAccount.objects.create(user=cast.alice, provider="microsoft-us", uid=UID)
    browser.client.post(f"{PAGE}disconnect/", {"account": account.pk})
    assert SocialAccount.objects.count() == 2  # one at an authority that is not configured opens nothing
    settings.MICROSOFT_SIGN_IN |= {"us": entra.settings()}
    browser.client.post(f"{PAGE}disconnect/", {"account": account.pk})
    assert list(SocialAccount.objects.all()) == [unreachable]


@pytest.mark.parametrize("value", ["{other}", "0", "", "x", "\0", "9" * 30])
def test_nobody_disconnects_what_is_not_theirs(browser, cast, value):
    other = connected(cast.alice)
    browser.client.force_login(cast.bob)
    answer = browser.client.post(f"{PAGE}disconnect/", {"account": value.format(other=other.pk)})
    assert answer.status_code == 200
    assert SocialAccount.objects.get() == other


def test_page_shows_ones_own_accounts_only(browser, cast):
    connected(cast.alice).save()
    SocialAccount.objects.update(extra_data={"username": "canary@victoria.example"})
    browser.client.force_login(cast.bob)
    assert "canary" not in browser.client.get(PAGE).text


def test_connecting_and_disconnecting_wait_for_the_password_where_the_site_asks_for_it(browser, cast, settings):
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    browser.client.force_login(cast.alice)
    assert browser.connect().url == "/accounts/reauthenticate/"
    assert not SocialAccount.objects.exists()
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
    browser.client.post("/accounts/reauthenticate/", {"password": factories.PASSWORD})
    account = SocialAccount.objects.get()
    assert account.user == cast.alice
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    suspended = browser.client.post(f"{PAGE}disconnect/", {"account": account.pk})
    assert suspended.url.startswith("/accounts/reauthenticate/")
    assert SocialAccount.objects.exists()
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
    browser.client.post(suspended.url, {"password": factories.PASSWORD})
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(("language", "word"), [("en", "Microsoft account was"), ("zh-hant", "Microsoft")])
def test_person_is_told_by_mail_where_the_site_does_so(browser, cast, settings, language, word):
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    User.objects.filter(pk=cast.alice.pk).update(language=language)
    browser.client.force_login(cast.alice)
    browser.connect()
    browser.client.post(f"{PAGE}disconnect/", {"account": SocialAccount.objects.get().pk})
    run_jobs()
    assert [message.to for message in outbox.outbox] == [[cast.alice.email]] * 2
    for message in outbox.outbox:
        assert word in message.subject
        assert "new@victoria.example" in message.body


# --- The settings ----------------------------------------------------------------------------------------------


def read_settings(**environment):
    """Return what a process makes of an environment: the registrations and the policy for forms, or its complaint."""
    code = (
        "from django.conf import settings as s; import json;"
        "print(json.dumps([s.MICROSOFT_SIGN_IN, s.SECURE_CSP['form-action'], s.MICROSOFT_MFA_TRUSTED]))"
    )
    plain = {"PORTAL_DEMO": "1", "DJANGO_SETTINGS_MODULE": "portal.settings", "PATH": os.environ["PATH"]}
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], env=plain | environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr.splitlines()[-1]


def test_registration_exists_where_its_id_and_secret_are_in_the_environment():
    assert read_settings() == [{}, ["'self'"], False]
    found = read_settings(PORTAL_MICROSOFT_US_CLIENT_ID="id", PORTAL_MICROSOFT_US_CLIENT_SECRET="secret")
    authority = "https://login.microsoftonline.us"
    us = {"authority": authority, "client_id": "id", "secret": "secret"}
    assert found == [{"us": us}, ["'self'", authority], False]
    assert "needs both the client ID and the client secret" in read_settings(PORTAL_MICROSOFT_CLIENT_ID="id")


# --- The second factor -----------------------------------------------------------------------------------------


def asked(browser, user):
    request = RequestFactory().get("/")
    request.session = browser.client.session
    return request, user


@pytest.mark.parametrize(
    ("methods", "trusted", "counts"),
    [
        (["pwd", "mfa"], True, True),
        (["pwd", "mfa"], False, False),
        (["pwd"], True, False),
        (None, True, False),
        ("mfa", True, False),
        ({"mfa": 1}, True, False),
    ],
)
def test_second_factor_at_microsoft_counts_where_it_is_trusted(
    browser, cast, entra, settings, methods, trusted, counts
):
    settings.MICROSOFT_MFA_TRUSTED = trusted
    connected(cast.dana)
    entra.person(amr=methods)
    browser.sign_in()
    assert passed_at_microsoft(*asked(browser, cast.dana)) is counts
    (record,) = get_authentication_records(*asked(browser, cast.dana))
    assert (record["method"], record["amr"]) == ("socialaccount", methods if isinstance(methods, list) else [])


def test_methods_are_recorded_after_a_step_in_between(browser, cast, entra, settings):
    """A sign-in that waits for something else is put into the session and taken out again."""
    settings.ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
    settings.MICROSOFT_MFA_TRUSTED = True
    settings.MICROSOFT_SIGN_IN |= {"us": entra.settings() | {"client_id": "another"}}
    connected(cast.dana)
    EmailAddress.objects.filter(user=cast.dana).update(verified=False)
    entra.person(amr=["pwd", "mfa"])
    assert browser.sign_in().url == "/accounts/confirm-email/"
    assert browser.user_id() is None
    run_jobs()
    browser.client.post(re.search(r"http://[^/]+(/accounts/confirm-email/\S+)", outbox.outbox[0].body).group(1))
    assert browser.user_id() == str(cast.dana.pk)
    assert passed_at_microsoft(*asked(browser, cast.dana))


def test_second_factor_of_one_person_is_not_anothers(browser, cast, entra, settings):
    settings.MICROSOFT_MFA_TRUSTED = True
    connected(cast.dana)
    entra.person(amr=["mfa"])
    browser.sign_in()
    assert not passed_at_microsoft(*asked(browser, cast.max))
    assert not passed_at_microsoft(*asked(browser, AnonymousUser()))


def test_connecting_with_a_second_factor_is_no_sign_in_with_one(browser, cast, entra, settings):
    settings.MICROSOFT_MFA_TRUSTED = True
    entra.person(amr=["mfa"], tenant=TENANT)
    browser.client.force_login(cast.dana)
    browser.connect()
    assert not passed_at_microsoft(*asked(browser, cast.dana))
