"""What guessing gets: little, slowly, and nothing about who is known here."""

import statistics
import threading
import time
from collections import Counter
from typing import ClassVar

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, MD5PasswordHasher
from django.core import mail as outbox
from django.core.cache import cache
from django.db import connections
from django.test import Client

from accounts.models import OutgoingMail
from tests import factories
from tests.jobs import run_jobs

UNKNOWN = "nobody@example.com"
WRONG = "wrong-password-1"


@pytest.fixture
def limits(settings, db):
    """The limits of production; other tests sign in far more often than people do."""
    settings.ACCOUNT_RATE_LIMITS = settings.SIGN_IN_LIMITS
    settings.MFA_RATE_LIMITS = {"webauthn_login": "20/m/ip"}
    cache.clear()
    yield
    cache.clear()


def try_password(person_address, password=WRONG, client=None):
    return (client or Client()).post("/accounts/login/", {"login": person_address, "password": password})


# --- How often -------------------------------------------------------------------------------------------------


def test_choosing_a_new_password_has_room_for_mistakes(client, cast, limits):
    client.force_login(cast.alice)
    form = {"oldpassword": factories.PASSWORD, "password1": "too short", "password2": "too short"}
    answers = [client.post("/accounts/password/change/", form).status_code for _one in range(11)]
    assert answers == [200] * 10 + [429]


class CountingHasher(MD5PasswordHasher):
    """Notes each password that is looked at."""

    looked_at: ClassVar[list[str]] = []

    def verify(self, password, encoded):
        self.looked_at.append(password)
        return super().verify(password, encoded)


@pytest.fixture
def cache_in_database(settings, transactional_db):
    """The cache of production; that of the other tests is in memory."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": settings.CACHE_TABLE}
    }
    cache.clear()
    yield
    cache.clear()


@pytest.mark.django_db(transaction=True, databases=["default", "cache"])
def test_fifty_parallel_wrong_passwords_do_not_pass_the_limit(settings, limits, cache_in_database):
    """Five are looked at, whoever comes first; and for five minutes the right one helps nobody either."""
    settings.PASSWORD_HASHERS = ["tests.accounts.test_limits.CountingHasher"]
    person = factories.person("alice")
    CountingHasher.looked_at.clear()
    statuses: Counter[int] = Counter()
    together = threading.Barrier(50)

    def guess():
        try:
            together.wait()
            statuses[try_password(person.email).status_code] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=guess) for _number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(statuses.values()) == 50
    assert 1 <= len(CountingHasher.looked_at) <= 5
    while len(CountingHasher.looked_at) < 5:  # who waited for the cache's lock too long was turned away uncounted
        try_password(person.email)
    browser = Client()
    try_password(person.email, factories.PASSWORD, browser)
    assert "_auth_user_id" not in browser.session
    assert CountingHasher.looked_at == [WRONG] * 5


def test_wrong_codes_of_the_second_factor_are_limited(client, cast, limits):
    codes = factories.second_factor(cast.alice)
    try_password(cast.alice.email, factories.PASSWORD, client)
    for _try in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    answer = client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("address", ["alice@example.com", UNKNOWN])
@pytest.mark.parametrize("page", ["/accounts/login/code/", "/accounts/password/reset/"])
def test_mails_are_limited_by_address(cast, limits, page, address):
    statuses = [Client().post(page, {"email": address}).status_code for _number in range(4)]
    assert statuses[:3] == [302, 302, 302]
    assert statuses[3] in (200, 429)
    assert OutgoingMail.objects.count() == (0 if address == UNKNOWN else 3)


def test_being_asked_again_is_limited_by_person(client, cast, limits):
    client.force_login(cast.alice)
    statuses = [client.post("/accounts/reauthenticate/", {"password": WRONG}).status_code for _number in range(11)]
    assert (statuses[:10], statuses[10]) == ([200] * 10, 429)


def test_page_about_the_limit_says_what_to_do(client, cast, limits):
    for _number in range(31):
        page = client.post("/accounts/login/", {"login": UNKNOWN, "password": ""})
    assert (page.status_code, "Wait a few minutes" in page.text) == (429, True)


# --- Who is known ----------------------------------------------------------------------------------------------


def told(answer):
    """Everything an answer tells a stranger: status, way on, headers; and the page but for tokens and the address."""
    import re

    headers = {name: value for name, value in answer.headers.items() if name not in ("Content-Length", "Expires")}
    cookies = sorted((name, {k: v for k, v in one.items() if k != "expires"}) for name, one in answer.cookies.items())
    text = re.sub(r'value="[A-Za-z0-9]{64}"|nonce="[^"]+"|[a-z]+@example\.com', "", answer.text)
    headers["Content-Security-Policy"] = re.sub(r"nonce-[^']+", "", headers.get("Content-Security-Policy", ""))
    return answer.status_code, headers, cookies, text


@pytest.mark.parametrize(
    ("page", "form"),
    [
        ("/accounts/login/", {"login": "{address}", "password": WRONG}),
        ("/accounts/login/code/", {"email": "{address}"}),
        ("/accounts/login/code/", {"login": "{address}", "password": ""}),
        ("/accounts/password/reset/", {"email": "{address}"}),
    ],
)
def test_known_and_unknown_addresses_get_the_same_answer(cast, page, form):
    answers = []
    for address in (cast.alice.email, UNKNOWN):
        browser = Client()
        first = browser.post(page, {name: value.format(address=address) for name, value in form.items()})
        answers.append([told(first)])
        if first.status_code == 302:
            answers[-1].append(told(browser.get(first.url)))
            if "code" in first.url:
                answers[-1].append(told(browser.post(first.url, {"code": "BBBB-BBBB"})))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("page", ["/accounts/login/code/", "/accounts/password/reset/"])
@pytest.mark.parametrize("address", [UNKNOWN, f"{'x' * 60}@{'y' * 60}.{'z' * 60}.{'w' * 60}.{'v' * 20}.example"])
def test_unknown_addresses_get_no_mail(client, cast, page, address):
    assert client.post(page, {"email": address}).status_code in (200, 302)
    run_jobs()
    assert (outbox.outbox, OutgoingMail.objects.count()) == ([], 0)


def test_unknown_address_gets_no_further_with_any_code(client, cast):
    client.post("/accounts/login/code/", {"email": UNKNOWN})
    for code in ("", "None", "BBBB-BBBB"):
        client.post("/accounts/login/code/confirm/", {"code": code})
    assert "_auth_user_id" not in client.session


def difference(known, unknown, times):
    """Return by which share the times of two calls differ: the median of the ratios of ``times`` neighbours.

    Neighbours meet the same load of the machine, and who goes first changes; one slow answer moves no median.
    """
    ratios = []
    for number in range(times):
        pair = (known, unknown) if number % 2 else (unknown, known)
        taken = {}
        for call in pair:
            began = time.perf_counter()
            call()
            taken[call] = time.perf_counter() - began
        ratios.append(taken[known] / taken[unknown])
    return abs(statistics.median(ratios) - 1)


class Argon2ForTests(Argon2PasswordHasher):
    """Argon2 at a cost that two hundred tries can afford; an answer without it is still seen at once."""

    time_cost, memory_cost, parallelism = 3, 8 * 1024, 1


@pytest.mark.parametrize(
    ("page", "form", "tolerance"),
    [
        ("/accounts/login/", {"login": "{address}", "password": WRONG}, 0.10),
        # A few milliseconds without Argon2, where one statement more or less is a tenth; a mail is a half.
        ("/accounts/login/code/", {"email": "{address}"}, 0.25),
        ("/accounts/password/reset/", {"email": "{address}"}, 0.25),
    ],
    ids=["password", "code", "reset"],
)
def test_known_and_unknown_addresses_are_answered_equally_fast(cast, settings, page, form, tolerance):
    settings.PASSWORD_HASHERS = ["tests.accounts.test_limits.Argon2ForTests"]
    cast.alice.set_password(factories.PASSWORD)
    cast.alice.save()
    browser = Client()

    def ask(address):
        browser.cookies.clear()
        browser.post(page, {name: value.format(address=address) for name, value in form.items()})

    def known():
        ask(cast.alice.email)

    def unknown():
        ask(UNKNOWN)

    difference(known, unknown, 5)  # templates are compiled
    differences = []
    while len(differences) < 3 and min(differences, default=1) >= tolerance:  # a loaded machine gets two more chances
        differences.append(difference(known, unknown, 100))
    assert min(differences) < tolerance, differences
