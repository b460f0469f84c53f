"""What stands between a browser that comes back from Microsoft and a session: each check, once wrong."""

import base64
import json
import time

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from tests import entra as provider
from tests.accounts.microsoft.test_admission import UID, connected
from tests.entra import CONSUMERS, OBJECT, OTHER_TENANT, TENANT, parameters, path_of, says

INVALID = "Microsoft’s answer could not be accepted"
EXPIRED = "This sign-in is no longer valid"
UNAVAILABLE = "Microsoft does not answer"
NO_ACCESS = "This Microsoft account opens nothing here yet"


@pytest.fixture(autouse=True)
def alice_is_connected(cast):
    connected(cast.alice)


def title(answer, browser):
    """Return the title of the page, of which the tests only ask where nobody has been signed in."""
    assert browser.user_id() is None
    assert SocialAccount.objects.get().uid == UID
    return answer.context["title"]


def test_sign_in_asks_microsoft_for_a_code_with_everything_that_binds_it(browser, entra):
    address = browser.start()
    asked = parameters(address)
    assert address.startswith(f"{entra.authority}/organizations/oauth2/v2.0/authorize?")
    assert asked | {"state": "", "nonce": "", "code_challenge": ""} == {
        "client_id": entra.client_id,
        "redirect_uri": "http://localhost:8000/accounts/microsoft/global/callback/",
        "response_type": "code",
        "response_mode": "query",
        "scope": asked["scope"],
        "prompt": "select_account",
        "code_challenge_method": "S256",
        "state": "", "nonce": "", "code_challenge": "",
    }  # fmt: skip
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    assert (len(asked["nonce"]), len(asked["code_challenge"])) == (43, 43)
    again = parameters(browser.start())
    assert not {asked["nonce"], asked["state"], asked["code_challenge"]} & set(again.values())


def test_request_adds_nothing_to_what_microsoft_is_asked(browser):
    query = "?scope=Mail.Read&auth_params=nonce%3Dmine%26redirect_uri%3Dx&process=redirect&action=rerequest"
    asked = parameters(browser.client.post(f"/accounts/microsoft/global/login/{query}").url)
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    assert asked["nonce"] != "mine"
    assert asked["redirect_uri"] == "http://localhost:8000/accounts/microsoft/global/callback/"


def test_callback_is_on_this_site_whatever_the_host_header_says(browser):
    answer = browser.client.post("/accounts/microsoft/global/login/", headers={"host": "127.0.0.1"})
    assert parameters(answer.url)["redirect_uri"].startswith("http://localhost:8000/")


def test_no_token_is_kept_anywhere(browser, entra):
    browser.sign_in()
    texts = [json.dumps(session.get_decoded()) for session in Session.objects.all()]
    assert len(texts) > 0
    assert not any("eyJ" in text or "access_token" in text for text in texts)
    assert entra.asked.count("/organizations/oauth2/v2.0/token") == 1


# --- The ID token ----------------------------------------------------------------------------------------------

UPPER = TENANT.upper()
WRONG_CLAIMS = [
    ("iss", "https://evil.example/v2.0"),
    ("iss", "{authority}/" + OTHER_TENANT + "/v2.0"),
    ("iss", "{authority}/" + TENANT + "/v2.0/"),
    ("iss", "{authority}/" + TENANT),
    ("iss", "{authority}/{tenantid}/v2.0"),
    ("iss", None),
    ("tid", OTHER_TENANT),
    ("tid", UPPER),
    ("tid", "common"),
    ("tid", None),
    ("oid", None),
    ("oid", "../alice"),
    ("oid", OBJECT.replace("-", "")),
    ("nonce", "another"),
    ("nonce", None),
    ("nonce", ""),
    ("aud", "another-client"),
    ("aud", None),
    ("exp", -120),
    ("exp", None),
    ("nbf", 3600),
    ("nbf", None),
    ("iat", 3600),
    ("iat", None),
    ("sub", None),
]
"""A claim, and what it says instead: nothing, a text, or so many seconds from now."""


@pytest.mark.parametrize(("claim", "value"), WRONG_CLAIMS)
def test_token_with_a_wrong_claim_is_refused(browser, entra, claim, value):
    if isinstance(value, int):
        value += int(time.time())
    elif value:
        value = value.replace("{authority}", entra.authority)
    entra.claims[claim] = value
    if claim == "tid" and value in (UPPER, "common"):
        entra.claims["iss"] = f"{entra.authority}/{value}/v2.0"
    answer = browser.sign_in()
    assert (title(answer, browser), answer.status_code) == (INVALID, 400)


def test_token_meant_for_several_clients_is_refused(browser, entra):
    entra.claims["aud"] = [entra.client_id, "another"]
    assert title(browser.sign_in(), browser) == INVALID


@pytest.mark.parametrize(("claim", "seconds"), [("exp", -20), ("nbf", 30), ("iat", 30)])
def test_clocks_may_differ_a_little(browser, entra, claim, seconds):
    entra.claims[claim] = int(time.time()) + seconds
    assert browser.sign_in().status_code == 302


def test_personal_account_is_turned_away_even_if_it_were_connected(browser, cast, entra):
    connected(cast.bob, f"{CONSUMERS}:{OBJECT}")
    entra.person(tenant=CONSUMERS)
    answer = browser.sign_in()
    assert (answer.status_code, answer.context["title"], browser.user_id()) == (403, NO_ACCESS, None)


def test_personal_account_is_not_connected(browser, cast, entra):
    entra.person(tenant=CONSUMERS)
    browser.client.force_login(cast.bob)
    assert browser.connect().context["title"] == NO_ACCESS
    assert not SocialAccount.objects.filter(user=cast.bob).exists()


def public_pem(entra):
    return entra.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def unsigned(claims, kid):
    parts = [{"alg": "none", "typ": "JWT", "kid": kid}, claims]
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def hs256(entra, claims):
    """Sign with the public key as a secret: PyJWT refuses to, so by hand."""
    import hashlib
    import hmac

    head = unsigned(claims, entra.key_id).split(".")
    head[0] = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": entra.key_id}).encode()).decode().rstrip("=")
    signature = hmac.digest(public_pem(entra), ".".join(head[:2]).encode(), hashlib.sha256)
    return ".".join([*head[:2], base64.urlsafe_b64encode(signature).decode().rstrip("=")])


FORGERIES = {
    "another key": lambda entra, claims: jwt.encode(
        claims, rsa.generate_private_key(public_exponent=65537, key_size=2048), "RS256", {"kid": entra.key_id}
    ),
    "no signature": lambda entra, claims: unsigned(claims, entra.key_id),
    "public key as secret": hs256,
    "RS512": lambda entra, claims: jwt.encode(claims, entra.key, "RS512", {"kid": entra.key_id}),
    "PS256": lambda entra, claims: jwt.encode(claims, entra.key, "PS256", {"kid": entra.key_id}),
    "unknown key": lambda entra, claims: jwt.encode(claims, entra.key, "RS256", {"kid": "nobody's"}),
    "no key": lambda entra, claims: jwt.encode(claims, entra.key, "RS256"),
    "changed after signing": lambda entra, claims: (
        entra.sign_well(claims | {"oid": TENANT}).rsplit(".", 1)[0] + "." + entra.sign_well(claims).rsplit(".", 1)[1]
    ),
    "nonsense": lambda entra, claims: "a.b.c",
    "no text": lambda entra, claims: ["a"],
    "deep": lambda entra, claims: ".".join(
        [base64.urlsafe_b64encode(b'{"alg":"RS256","kid":' + b"[" * 20000).decode().rstrip("="), "e30", "eA"]
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_token_is_refused(browser, entra, forgery):
    browser.sign_in()
    browser.client.logout()  # by now the keys are known
    entra.sign = lambda claims: FORGERIES[forgery](entra, claims)
    assert title(browser.sign_in(), browser) == INVALID


def test_key_of_another_issuer_is_refused(browser, entra):
    entra.key_issuer = "{authority}/" + CONSUMERS + "/v2.0"
    assert title(browser.sign_in(), browser) == INVALID


def test_key_that_is_too_short_is_refused(browser, entra):
    entra.key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - on purpose
    entra.published[entra.key_id] = entra.key.public_key()
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        answer = browser.sign_in()
    assert title(answer, browser) == INVALID


def test_new_key_is_fetched_when_a_token_names_it_but_not_more_often_than_once_a_minute(browser, entra):
    keys = "/organizations/discovery/v2.0/keys"
    browser.sign_in()
    browser.sign_in()
    assert entra.asked.count(keys) == 1
    entra.new_key("key-2")
    assert browser.sign_in().status_code == 302
    assert entra.asked.count(keys) == 2
    entra.new_key("key-3")
    assert title_of_refused(browser) == INVALID
    assert entra.asked.count(keys) == 2


def title_of_refused(browser):
    browser.client.logout()
    return browser.sign_in().context["title"]


# --- State, code, PKCE -----------------------------------------------------------------------------------------


def test_answer_without_a_state_is_refused(browser, entra):
    address = path_of(entra.approve(browser.start()))
    answer = browser.client.get(address.replace("state=", "other="))
    assert (title(answer, browser), answer.status_code) == (EXPIRED, 400)


def test_answer_in_another_browser_is_refused(browser, entra):
    address = path_of(entra.approve(browser.start()))
    answer = Client().get(address)
    assert answer.context["title"] == EXPIRED
    assert "_auth_user_id" not in answer.client.session


def test_answer_counts_once(browser, entra):
    address = path_of(entra.approve(browser.start()))
    assert browser.client.get(address).status_code == 302
    browser.client.post("/accounts/logout/")
    assert title(browser.client.get(address), browser) == EXPIRED


def test_answer_comes_within_ten_minutes(browser, entra):
    address = path_of(entra.approve(browser.start()))
    session = browser.client.session
    states = session["socialaccount_states"]
    session["socialaccount_states"] = {key: [one[0], one[1] - 601, one[2]] for key, one in states.items()}
    session.save()
    assert title(browser.client.get(address), browser) == EXPIRED


def test_state_of_one_authority_does_not_do_at_the_other(browser, entra, settings):
    settings.MICROSOFT_SIGN_IN = {"global": entra.settings(), "us": entra.settings()}
    address = path_of(entra.approve(browser.start()))
    assert title(browser.client.get(address.replace("/global/", "/us/")), browser) == EXPIRED


def test_code_of_an_earlier_sign_in_is_refused_by_microsoft(browser, entra):
    first = entra.approve(browser.start())
    browser.client.get(path_of(first))
    browser.client.post("/accounts/logout/")
    state = parameters(browser.start())["state"]
    code = parameters(first)["code"]
    answer = browser.client.get(f"/accounts/microsoft/global/callback/?code={code}&state={state}")
    assert title(answer, browser) == INVALID


def test_stolen_code_does_not_do_in_another_sign_in(browser, entra):
    """The provider refuses it for its verifier: the thief's sign-in has another one."""
    code = parameters(entra.approve(browser.start()))["code"]
    state = parameters(browser.start())["state"]
    answer = browser.client.get(f"/accounts/microsoft/global/callback/?code={code}&state={state}")
    assert title(answer, browser) == INVALID
    assert entra.token_requests[-1]["code"] == code


def test_wrong_secret_is_refused_by_microsoft(browser, entra, settings):
    settings.MICROSOFT_SIGN_IN = {"global": entra.settings() | {"secret": "another"}}
    assert title(browser.sign_in(), browser) == INVALID


# --- Answers that are none -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("error=access_denied&error_subcode=cancel", "You stopped the sign-in at Microsoft"),
        ("error=access_denied&error_description=AADSTS65004%3A+declined", "You stopped the sign-in at Microsoft"),
        ("error=access_denied&error_description=AADSTS90094%3A+admin", "Your company has not allowed this site yet"),
        ("error=consent_required", "Your company has not allowed this site yet"),
        ("error=temporarily_unavailable", UNAVAILABLE),
        ("error=invalid_client", INVALID),
        ("error=%0Aforged+line", INVALID),
        ("error=", INVALID),
        ("", INVALID),
        ("code=", INVALID),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_error_at_microsoft_is_explained(browser, caplog, query, expected, language):
    browser.client.cookies["django_language"] = language
    state = parameters(browser.start())["state"]
    answer = browser.client.get(f"/accounts/microsoft/global/callback/?{query}&state={state}")
    with translation.override(language):
        assert title(answer, browser) == gettext(expected)
    assert [record.message.count("\n") for record in caplog.records if record.name == "accounts.microsoft"] == [0]


def test_error_without_a_state_says_nothing_of_the_sender(browser):
    answer = browser.client.get("/accounts/microsoft/global/callback/?error=access_denied")
    assert title(answer, browser) == EXPIRED


def test_person_may_decline_at_the_provider(browser):
    answer = browser.finish(browser.start(), action="deny")
    assert title(answer, browser) == "You stopped the sign-in at Microsoft"


BAD_ANSWERS = {
    "not JSON": (says(b"<html>"), INVALID),
    "no object": (says(b'["id_token"]'), INVALID),
    "nested": (says(b"[" * 50_000), INVALID),
    "nothing": (says(b""), INVALID),
    "no token": (says(b"{}"), INVALID),
    "redirect": (says(b"{}", "307 Elsewhere", Location="/oauth2/token"), INVALID),
    "no UTF-8": (says(b"\xff\xfe{}"), INVALID),
    "error 500": (says(b"{}", "500 Sorry"), UNAVAILABLE),
    "busy": (says(b"{}", "429 Busy"), UNAVAILABLE),
    "refused": (says(b'{"error": ["x"], "error_description": 3}', "400 Bad"), INVALID),
}


@pytest.mark.parametrize("bad", BAD_ANSWERS)
@pytest.mark.parametrize("where", ["token", "keys"])
def test_strange_answer_is_no_error_of_ours(browser, entra, where, bad):
    entra.lies[where], expected = BAD_ANSWERS[bad]
    answer = browser.sign_in()
    assert title(answer, browser) == expected
    assert "/oauth2/token" not in entra.asked


def test_answer_that_is_too_large_is_not_read(browser, entra):
    entra.sign = lambda claims: entra.sign_well(claims | {"padding": "x" * 100_000})
    assert title(browser.sign_in(), browser) == INVALID


@pytest.mark.parametrize("keys", [b'{"keys": {}}', b'{"keys": [1, {"kid": 2}]}', b'{"keys": [{"kid": "key-1", "kty": "RSA"}]}', b'{"keys": [{"kid": "key-1", "kty": "oct", "k": "AAAA"}]}'])  # fmt: skip
def test_strange_keys_are_refused(browser, entra, keys):
    entra.lies["keys"] = says(keys)
    assert title(browser.sign_in(), browser) == INVALID


def test_provider_that_is_down_is_told(browser, entra, settings):
    address = browser.start()
    back = path_of(entra.approve(address))
    settings.MICROSOFT_SIGN_IN = {"global": entra.settings() | {"authority": "http://localhost:9"}}
    answer = browser.client.get(back)
    assert (title(answer, browser), answer.status_code) == (UNAVAILABLE, 503)


@pytest.mark.parametrize("pause", [0.1, 3], ids=["byte by byte", "silent"])
def test_provider_that_is_slow_is_not_waited_for(browser, entra, monkeypatch, pause):
    from accounts.microsoft import outgoing

    monkeypatch.setattr(outgoing, "TIMEOUTS", (1, 1))
    monkeypatch.setattr(outgoing, "DEADLINE", 1)
    entra.lies["token"] = provider.dawdles(pause, pieces=round(5 / pause))
    began = time.monotonic()
    assert title(browser.sign_in(), browser) == UNAVAILABLE
    assert time.monotonic() - began < 2.5


def test_log_names_no_secret_token_code_or_address(browser, entra, caplog):
    caplog.set_level("DEBUG")
    entra.claims["nonce"] = "another"
    back = entra.approve(browser.start())
    browser.client.get(path_of(back))
    entra.person("stranger@victoria.example", oid=TENANT)
    browser.sign_in()
    lines = [record.getMessage() for record in caplog.records if record.name == "accounts.microsoft"]
    assert lines == [
        "Sign-in with Microsoft ended: invalid, another nonce",
        f"Sign-in with Microsoft ended: no_access, nobody here, tenant {TENANT}",
    ]
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith(("accounts", "django", "portal", "allauth")))  # fmt: skip
    secrets = [entra.secret, "eyJ", "stranger@", parameters(back)["code"]]
    assert [secret for secret in secrets if secret in ours] == []
