"""The second factor: set up, used, removed, kept secret; and no door of the desk that does not ask for it."""

import json
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.fernet import InvalidToken
from django.contrib import admin
from django.core import mail as outbox
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.urls import URLPattern, URLResolver

from accounts.second_factor import MFAAdapter
from tests import factories
from tests.jobs import run_jobs
from tests.passkeys import SoftPasskey

TOTP, PASSKEY, CODES = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES
AUTHENTICATE, ACTIVATE = "/accounts/2fa/authenticate/", "/accounts/2fa/totp/activate/"
ADD, LOGIN_BY_PASSKEY = "/accounts/2fa/webauthn/add/", "/accounts/2fa/webauthn/login/"
DESK_PEOPLE = ["dana", "max", "erin", "sam", "root"]


def sign_in(client, person, **extra):
    return client.post("/accounts/login/", {"login": person.email, "password": factories.PASSWORD} | extra)


def app_code(secret):
    """What an authenticator app shows for ``secret``; waits where it would change before it is read."""
    if time.time() % 30 > 25:
        time.sleep(6)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def set_up_app(client, target=""):
    secret = client.get(f"{ACTIVATE}?next={target}").context["form"].secret
    return client.post(ACTIVATE, {"code": app_code(secret), "next": target})


def passkey(person, name="Laptop"):
    return Authenticator.objects.create(user=person, type=PASSKEY, data={"name": name, "credential": {}})


# --- Setting up and using --------------------------------------------------------------------------------------


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


def test_page_before_the_last_passkey_goes_says_what_goes_with_it(client, cast):
    client.force_login(cast.alice)
    address = f"/accounts/2fa/webauthn/keys/{passkey(cast.alice).pk}/remove/"
    assert "It is your only second factor." in client.get(address).text
    passkey(cast.alice, "Phone")
    assert "It is your only second factor." not in client.get(address).text


BROKEN = {
    "list": "[]", "number": "1", "text": '"x"', "null": "null", "empty object": "{}", "half": "{", "nothing": "", "nul": "\0",
    "number as id": '{"id": 1}', "list as response": '{"response": []}',
    "number as handle": '{"id": "x", "rawId": "x", "type": "public-key", "response": {"userHandle": 7}}',
    "huge handle": '{"id": "eA", "rawId": "eA", "type": "public-key", "response": {"clientDataJSON": "e30",'
    ' "authenticatorData": "eA", "signature": "eA", "userHandle": "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk"}}',
}  # fmt: skip


def options_of(page):
    return json.loads(re.search(r'id="passkey-options" type="application/json">(.*?)</script>', page.text).group(1))


def set_up_passkey(client, key, target=""):
    options = options_of(client.get(f"{ADD}?next={target}"))["creation_options"]
    return client.post(ADD, {"credential": key.register(options), "name": "Laptop", "next": target})


def use_passkey(client, key, **extra):
    start = client.get(LOGIN_BY_PASSKEY, headers={"accept": "application/json"})
    return client.post(LOGIN_BY_PASSKEY, {"credential": key.sign(start.json()["request_options"])} | extra)


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


# --- Secrets at rest -------------------------------------------------------------------------------------------


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


# --- The desk --------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil"])
def test_setting_up_leads_nowhere_else(client, cast, target):
    sign_in(client, cast.alice)
    assert client.get("/me/second-factor/", {"next": target}).url == "/"
    set_up_app(client)
    links = re.findall(r'href="([^"]*)"', client.get("/accounts/2fa/recovery-codes/", {"next": target}).text)
    assert [link for link in links if "evil" in link or "javascript" in link] == []


# --- Removing --------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(("page", "alone"), [(ADD, "/accounts/2fa/webauthn/"), (ACTIVATE, "/accounts/2fa/")])
def test_giving_up_leads_back_to_the_choice(client, cast, page, alone):
    sign_in(client, cast.dana)
    assert f'<a class="button button-quiet" href="{alone}">' in client.get(page).text
    assert (
        '<a class="button button-quiet" href="/admin/?from=mail">' in client.get(f"{page}?next=/admin/?from=mail").text
    )
    assert f'<a class="button button-quiet" href="{alone}">' in client.get(f"{page}?next=https://evil.example/").text


@pytest.mark.parametrize(("required", "found"), [(True, []), (False, ["portal.W001"])])
def test_check_of_a_deployment_tells_that_it_is_switched_off(settings, required, found):
    settings.SECOND_FACTOR_REQUIRED = required
    messages = run_checks(tags=["security"], include_deployment_checks=True)
    assert [one.id for one in messages if one.id.startswith("portal.")] == found


@pytest.mark.parametrize(
    ("name", "words"), [("dana", "The desk: what customers ask for"), ("alice", "You manage your")]
)
def test_foot_of_the_settings_speaks_to_its_reader(client, cast, name, words):
    client.force_login(getattr(cast, name))
    assert words in client.get("/accounts/2fa/").text


def test_address_can_be_changed_with_a_second_factor(client, cast):
    factories.second_factor(cast.alice)
    client.force_login(cast.alice)
    client.post("/accounts/email/", {"action_add": "", "email": "new@example.com"})
    run_jobs()
    assert [message.to for message in outbox.outbox] == [["new@example.com"]]
