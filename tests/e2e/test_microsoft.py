"""Sign-in with Microsoft in a real browser: the form's way to another site and back, under the site's own policy."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache

from accounts.models import CustomerMembership
from tests import entra as provider
from tests.entra import TENANT


@pytest.fixture(scope="module")
def running_provider():
    with provider.running() as entra:
        yield entra


@pytest.fixture
def entra(running_provider, live_server, settings):
    entra = running_provider
    entra.forget()
    entra.register(f"{live_server.url}/accounts/microsoft/global/callback/")
    settings.MICROSOFT_SIGN_IN = {"global": entra.settings()}
    settings.SECURE_CSP = settings.SECURE_CSP | {"form-action": [*settings.SECURE_CSP["form-action"], entra.authority]}
    cache.clear()
    return entra


AT_MICROSOFT = "button[value=worker]"


@pytest.mark.parametrize(("width", "language"), [(1280, "en"), (375, "zh-TW")])
def test_person_connects_signs_in_and_disconnects(live_cast, visit, entra, width, language):
    visitor = visit(width=width, language=language)
    visitor.sign_in(live_cast.alice)
    visitor.go("/accounts/microsoft/")
    visitor.look()
    visitor.press("main form[action$='/connect/'] button")
    visitor.press(AT_MICROSOFT)
    assert visitor.path() == "/accounts/microsoft/"
    assert SocialAccount.objects.get().user == live_cast.alice
    visitor.look()

    visitor.context.clear_cookies(name="sessionid")
    visitor.go("/accounts/login/?next=/requests/")
    visitor.look()
    visitor.press("main form[action$='/global/login/'] button")
    assert visitor.page.url.startswith(entra.authority)
    visitor.press(AT_MICROSOFT)
    assert visitor.path() == "/requests/"

    visitor.go("/accounts/microsoft/")
    visitor.press("main form[action$='/disconnect/'] button")
    assert not SocialAccount.objects.exists()


def test_person_of_a_tenant_that_may_join_comes_in_and_looks_around(live_cast, visit, entra):
    customer = live_cast.customer
    customer.tenant_id, customer.tenant_may_join = TENANT, True
    customer.save()
    visitor = visit()
    visitor.go("/accounts/login/")
    visitor.press("main form[action$='/global/login/'] button")
    visitor.press(AT_MICROSOFT)
    assert visitor.path() == "/"
    assert CustomerMembership.objects.get(user__email="new@victoria.example").role == "viewer"
    visitor.look()
    visitor.go("/accounts/microsoft/")
    visitor.press("main form[action$='/disconnect/'] button")
    assert visitor.page.locator("[role=alert] a[href$='/password/set/']").count() == 1
    visitor.look()


@pytest.mark.parametrize(("width", "language"), [(1280, "en"), (375, "zh-TW")])
def test_stranger_is_told_whom_to_ask(live_cast, visit, entra, width, language):
    visitor = visit(width=width, language=language)
    visitor.go("/accounts/login/")
    visitor.press("main form[action$='/global/login/'] button")
    visitor.press(AT_MICROSOFT)
    assert visitor.page.locator("text=new@victoria.example").count() == 1
    visitor.look()
    visitor.press("main .button-primary")
    assert visitor.path() == "/accounts/login/"


def test_policy_stops_a_form_that_leads_elsewhere(live_cast, visit, entra, settings):
    """Without the authority in ``form-action`` the browser does not go there: the tests above would be worth nothing."""
    settings.SECURE_CSP = settings.SECURE_CSP | {"form-action": ["'self'"]}
    visitor = visit()
    visitor.go("/accounts/login/")
    visitor.page.locator("main form[action$='/global/login/'] button").click()
    visitor.page.wait_for_timeout(1000)
    assert not visitor.page.url.startswith(entra.authority)
    assert any("form-action" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()
