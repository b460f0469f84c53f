"""Signing in with more than a password, in a real browser: a passkey, an authenticator app, a recovery code."""

import time
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from tests.conftest import make_cast

LANGUAGES = [("en", 1280), ("zh-TW", 375)]
DESK = "/admin/requests_app/offer/"


@pytest.fixture
def bare_cast(transactional_db):
    """The cast before any of them has a second factor."""
    return make_cast()


def add_authenticator(visitor, *, verified=True):
    """Give the browser a virtual authenticator, as a laptop with a fingerprint reader has one."""
    devtools = visitor.context.new_cdp_session(visitor.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verified,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def app_code(secret):
    """What an authenticator app shows for ``secret``. It is taken for half a minute longer (MFA_TOTP_TOLERANCE)."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def give_password(visitor, person, target):
    from tests import factories

    visitor.context.clear_cookies(name="sessionid")
    visitor.go(f"/accounts/login/?next={target}")
    visitor.page.fill("[name=login]", person.email)
    visitor.page.fill("[name=password]", factories.PASSWORD)
    visitor.press("main form button")


def sign_out(visitor):
    visitor.go("/accounts/logout/")
    visitor.look()
    visitor.press("main form button")


@pytest.mark.parametrize(("language", "width"), LANGUAGES)
def test_agent_sets_up_a_passkey_and_signs_in_with_it(visit, bare_cast, language, width):
    dana = visit(language=language, width=width)
    add_authenticator(dana)
    give_password(dana, bare_cast.dana, DESK)
    assert dana.path() == "/me/second-factor/?next=%2Fadmin%2Frequests_app%2Foffer%2F"
    dana.look()
    dana.press("main a.button-primary")
    dana.look()
    with dana.page.expect_navigation():
        dana.page.press("[name=name]", "Enter")
    assert dana.path().startswith("/accounts/2fa/recovery-codes/")
    dana.look()
    dana.press("main a.button-primary")
    assert dana.path() == DESK
    sign_out(dana)

    dana.go(f"/accounts/login/?next={DESK}")
    dana.look()
    dana.press("#passkey-button")
    assert dana.path() == DESK
    sign_out(dana)

    give_password(dana, bare_cast.dana, DESK)  # the passkey as a second step
    assert dana.path() == "/accounts/2fa/authenticate/"
    dana.look()
    dana.press("#passkey-button")
    assert dana.path() == DESK

    key = Authenticator.objects.get(type="webauthn")
    pages = ("", f"keys/{key.pk}/edit/", f"keys/{key.pk}/remove/", "reauthenticate/")
    for page in ("/accounts/2fa/", "/me/sessions/", *(f"/accounts/2fa/webauthn/{one}" for one in pages)):
        dana.go(page)
        dana.look()


@pytest.mark.parametrize(("language", "width"), LANGUAGES)
def test_manager_sets_up_an_app_and_uses_a_code_and_a_recovery_code(visit, bare_cast, language, width):
    max_ = visit(language=language, width=width)
    give_password(max_, bare_cast.max, DESK)
    max_.press("main a[href*=totp]")
    max_.look()
    max_.page.click("summary:below(.qr)")
    secret = max_.page.inner_text("#authenticator_secret")
    max_.page.fill("[name=code]", "000000")
    max_.press("main .actions button")
    assert max_.page.locator("[name=code]").get_attribute("aria-invalid") == "true"
    max_.look()
    max_.page.fill("[name=code]", app_code(secret))
    max_.press("main .actions button")
    assert max_.path().startswith("/accounts/2fa/recovery-codes/")
    max_.look()
    with max_.page.expect_download() as download:
        max_.page.click("main a[download]")
    codes = [line for line in Path(download.value.path()).read_text().splitlines() if line.isdigit()]
    assert codes == max_.page.locator(".recovery-codes li").all_inner_texts()
    max_.press("main a.button-primary")
    assert max_.path() == DESK

    give_password(max_, bare_cast.max, DESK)
    max_.page.fill("[name=code]", app_code(secret))
    max_.press("main form:has([name=code]) button")
    assert max_.path() == DESK

    for expected in (DESK, "/accounts/2fa/authenticate/"):
        give_password(max_, bare_cast.max, DESK)
        max_.page.fill("[name=code]", codes[0])
        max_.press("main form:has([name=code]) button")
        assert max_.path() == expected
    max_.look()
    max_.page.fill("[name=code]", codes[1])
    max_.press("main form:has([name=code]) button")
    assert max_.path() == DESK
    for page in ("totp/deactivate/", "recovery-codes/", "recovery-codes/generate/", "reauthenticate/", ""):
        max_.go(f"/accounts/2fa/{page}")
        max_.look()


def test_passkey_that_does_not_come_about_is_told_and_the_page_stays(visit, bare_cast):
    dana = visit()
    add_authenticator(dana, verified=False)
    give_password(dana, bare_cast.dana, DESK)
    dana.press("main a.button-primary")
    dana.page.click("#passkey-button")
    dana.page.locator("[data-passkey-failed]").wait_for(state="visible")
    dana.look()
    assert dana.page.locator("#passkey-button").is_enabled()


@pytest.mark.parametrize(("language", "width"), LANGUAGES)
def test_customer_signs_in_with_a_code_from_the_mail(visit, bare_cast, worker, language, width):
    import re

    alice = visit(language=language, width=width)
    alice.go("/accounts/login/?next=/subscriptions/")
    alice.page.fill("[name=login]", bare_cast.alice.email)
    alice.press("button[formaction]")
    assert alice.path() == "/accounts/login/code/confirm/?next=%2Fsubscriptions%2F"
    alice.look()
    (message,) = worker()
    alice.page.fill("[name=code]", re.search(r"^[A-Z]{4}-[A-Z]{4}$", message.body, re.MULTILINE).group())
    alice.press("main form button")
    assert alice.path() == "/subscriptions/"
    for page in ("/me/sessions/", "/accounts/2fa/", "/accounts/2fa/webauthn/", "/accounts/reauthenticate/"):
        alice.go(page)
        alice.look()
