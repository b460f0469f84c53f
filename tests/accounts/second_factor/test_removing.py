"""Who removes a second factor, and when it stays."""

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail as outbox
from django.core.management import CommandError, call_command

from tests import factories
from tests.accounts.second_factor.steps import AUTHENTICATE, PASSKEY, TOTP, passkey, sign_in
from tests.jobs import run_jobs


def test_last_second_factor_stays_where_it_is_needed(client, cast):
    factories.second_factor(cast.dana)
    client.force_login(cast.dana)
    page = client.post("/accounts/2fa/totp/deactivate/")
    assert "Your role needs a second factor" in page.text
    assert Authenticator.objects.filter(user=cast.dana, type=TOTP).count() == 1
    key = passkey(cast.dana)
    client.post("/accounts/2fa/totp/deactivate/")
    assert Authenticator.objects.filter(user=cast.dana, type=TOTP).count() == 0
    remove = f"/accounts/2fa/webauthn/keys/{key.pk}/remove/"
    assert "Your role needs a second factor" in client.get(remove).text
    assert client.post(remove).url == "/accounts/2fa/webauthn/"
    assert Authenticator.objects.filter(user=cast.dana, type=PASSKEY).count() == 1


def test_customers_remove_theirs_and_the_recovery_codes_go_too(client, cast):
    factories.second_factor(cast.alice)
    client.force_login(cast.alice)
    assert client.post("/accounts/2fa/totp/deactivate/").url == "/accounts/2fa/"
    assert Authenticator.objects.count() == 0


@pytest.mark.parametrize("page", ["edit", "remove"])
def test_somebody_elses_passkey_does_not_exist(client, cast, page):
    theirs = passkey(cast.charlie)
    client.force_login(cast.alice)
    address = f"/accounts/2fa/webauthn/keys/{theirs.pk}/{page}/"
    assert [client.get(address).status_code, client.post(address, {"name": "x"}).status_code] == [404, 404]
    assert Authenticator.objects.get().data["name"] == "Laptop"


def test_operator_removes_what_was_lost(client, cast, capsys):
    code = factories.second_factor(cast.dana)[0]
    sign_in(client, cast.dana)
    client.post(AUTHENTICATE, {"code": code})
    call_command("remove_second_factor", "Dana@example.com")
    assert capsys.readouterr().out == "The second factor of dana@example.com is removed; sessions ended: 1.\n"
    assert Authenticator.objects.count() == 0
    assert client.get("/accounts/2fa/").url.startswith("/accounts/login/")
    run_jobs()
    assert [message.subject for message in outbox.outbox] == ["Your second factor was removed"]
    for address, reason in (("dana@example.com", "has no second factor"), ("nobody@x.example", "Nobody signs in")):
        with pytest.raises(CommandError, match=reason):
            call_command("remove_second_factor", address)


@pytest.mark.parametrize("method", ["get", "post"])
def test_whoever_waits_at_the_second_step_when_it_is_removed_starts_over(client, cast, method):
    factories.second_factor(cast.dana)
    assert sign_in(client, cast.dana, next="/admin/?from=mail").url == AUTHENTICATE
    call_command("remove_second_factor", cast.dana.email)
    answer = getattr(client, method)(AUTHENTICATE, {"code": "123456"}, follow=True)
    assert answer.redirect_chain == [("/accounts/login/?next=%2Fadmin%2F%3Ffrom%3Dmail", 302)]
    assert "_auth_user_id" not in client.session
    assert sign_in(client, cast.dana, next="/admin/?from=mail").url == "/admin/?from=mail"
