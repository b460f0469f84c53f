"""No door of the desk opens without a second factor that this session was signed in with."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.core import mail as outbox
from django.core.checks import run_checks
from django.urls import URLPattern, URLResolver

from tests import factories
from tests.accounts.second_factor.steps import ACTIVATE, AUTHENTICATE, set_up_app, sign_in
from tests.jobs import run_jobs

DESK_PEOPLE = ["dana", "max", "erin", "sam", "root"]


def admin_addresses(patterns, prefix="/admin/"):
    """Every address of the admin, with a number wherever a row is named."""
    for one in patterns:
        route = re.sub(r"\(\?P<app_label>[^)]*\)", "accounts", str(one.pattern))
        route = re.sub(r"\(\?P<url>\.\*\)", "nowhere", route)
        address = prefix + re.sub(r"<[^>]+>", "1", route).strip("^$")
        if isinstance(one, URLResolver):
            yield from admin_addresses(one.url_patterns, address)
        elif isinstance(one, URLPattern):
            yield address, one.name


ADDRESSES = sorted(dict(admin_addresses(admin.site.get_urls())).items())
OWN_DOORS = {"login", "logout"}


def test_the_list_of_addresses_is_whole():
    assert len(ADDRESSES) > 60
    assert {"index", "jsi18n", "app_list", "accounts_user_history", "requests_app_subscriptionrequest_changelist"} <= {
        name for _address, name in ADDRESSES
    }
    assert "/admin/requests_app/subscriptionrequest/1/claim/" in dict(ADDRESSES)


@pytest.mark.parametrize("name", DESK_PEOPLE)
def test_no_address_of_the_desk_opens_without_a_second_factor(client, cast, name):
    sign_in(client, getattr(cast, name))
    assert "_auth_user_id" in client.session
    for address, url_name in ADDRESSES:
        if url_name in OWN_DOORS:
            continue
        for method in (client.get, client.post):
            answer = method(address)
            assert (answer.status_code, answer.get("Location", "").split("?")[0]) == (302, "/admin/login/"), address


@pytest.mark.parametrize("name", DESK_PEOPLE)
def test_the_desk_leads_to_setting_one_up_and_back(client, cast, name):
    target = "/admin/?from=mail"
    sign_in(client, getattr(cast, name), next=target)
    page = client.get(target, follow=True)
    assert page.redirect_chain[-1][0] == "/me/second-factor/?next=%2Fadmin%2F%3Ffrom%3Dmail"
    assert f"{ACTIVATE}?next=%2Fadmin%2F%3Ffrom%3Dmail" in page.text
    answer = set_up_app(client, "%2Fadmin%2F%3Ffrom%3Dmail".replace("%2F", "/").replace("%3F", "?").replace("%3D", "="))
    assert answer.url == "/accounts/2fa/recovery-codes/?next=%2Fadmin%2F%3Ffrom%3Dmail"
    assert 'href="/admin/?from=mail"' in client.get(answer.url).text
    assert client.get(target).status_code == 200


@pytest.mark.parametrize("name", DESK_PEOPLE)
def test_a_second_factor_that_this_session_did_not_use_opens_nothing(client, cast, name):
    person = getattr(cast, name)
    sign_in(client, person)
    code = factories.second_factor(person)[0]  # set up elsewhere meanwhile
    assert client.get("/admin/").status_code == 302
    page = client.get("/me/second-factor/?next=/admin/")
    assert "/accounts/2fa/reauthenticate/?next=%2Fadmin%2F" in page.text
    assert client.post("/accounts/2fa/reauthenticate/?next=/admin/", {"code": code}).url == "/admin/"
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    "address", ["recovery-codes/", "recovery-codes/generate/", "totp/deactivate/", "webauthn/add/"]
)
@pytest.mark.parametrize("name", ["alice", "dana"])
def test_a_session_from_before_the_second_factor_cannot_change_it(client, cast, name, address):
    """Its password, even asked for again, is no way to recovery codes or to a second factor of one's own."""
    person = getattr(cast, name)
    sign_in(client, person)
    code = factories.second_factor(person)[0]  # set up elsewhere meanwhile
    for _time in range(2):
        answer = client.get(f"/accounts/2fa/{address}")
        assert (answer.status_code, answer.url.partition("?")[0]) == (302, "/accounts/2fa/reauthenticate/")
        asked = client.post("/accounts/reauthenticate/", {"password": factories.PASSWORD})
        assert asked.url.partition("?")[0] == "/accounts/2fa/reauthenticate/"
    assert Authenticator.objects.filter(user=person).count() == 2
    client.post("/accounts/2fa/reauthenticate/", {"code": code})
    assert client.get(f"/accounts/2fa/{address}").status_code == 200


def test_a_code_by_mail_is_one_factor(client, cast):
    client.post("/accounts/login/code/", {"email": cast.dana.email})
    run_jobs()
    code = re.search(r"^[A-Z]{4}-[A-Z]{4}$", outbox.outbox[0].body, re.MULTILINE).group()
    client.post("/accounts/login/code/confirm/", {"code": code})
    assert "_auth_user_id" in client.session
    assert client.get("/admin/").status_code == 302


def test_what_somebody_else_proved_in_this_browser_does_not_count(client, cast):
    code = factories.second_factor(cast.sam)[0]
    sign_in(client, cast.sam)
    client.post(AUTHENTICATE, {"code": code})
    assert client.get("/admin/").status_code == 200
    sign_in(client, cast.dana)  # somebody who is signed in is only led on
    client.post("/accounts/logout/")
    sign_in(client, cast.dana)
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("name", ["alice", "carol"])
def test_customers_need_none(client, cast, name):
    sign_in(client, getattr(cast, name))
    assert client.get("/").status_code == 200
    assert client.get("/me/second-factor/?next=/requests/").url == "/requests/"
    assert client.get("/admin/", follow=True).status_code == 403


def test_the_rule_can_be_switched_off(client, cast, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    sign_in(client, cast.dana)
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(("required", "found"), [(True, []), (False, ["portal.W001"])])
def test_check_of_a_deployment_tells_that_it_is_switched_off(settings, required, found):
    settings.SECOND_FACTOR_REQUIRED = required
    messages = run_checks(tags=["security"], include_deployment_checks=True)
    assert [one.id for one in messages if one.id.startswith("portal.")] == found
