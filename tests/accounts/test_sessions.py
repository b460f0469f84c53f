"""Where somebody is signed in: seen, ended one by one, ended by a new password."""

import re

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail as outbox
from django.test import Client
from django.utils import timezone

from accounts import sessions
from tests import factories
from tests.jobs import run_jobs

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1"
NEW = "three-otters-juggle-lamps"


def signed_in(person, user_agent=CHROME):
    browser = Client(headers={"user-agent": user_agent})
    browser.post("/accounts/login/", {"login": person.email, "password": factories.PASSWORD})
    assert is_in(browser)
    return browser


def is_in(browser):
    return browser.get("/me/settings/").status_code == 200


def listed(browser):
    return [(one.device, one.is_current) for one in browser.get("/me/sessions/").context["sessions"]]


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (CHROME, "Chrome on Windows"),
        (IPHONE, "Safari on iPhone"),
        (f"{CHROME} Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) Version/18.0 Safari/605.1", "Safari on macOS"),
        ("curl/8.0", "Unknown device"),
        ("", "Unknown device"),
        ("<script>", "Unknown device"),
    ],
)
def test_device_in_words(user_agent, name):
    assert sessions.device(user_agent) == name


def test_page_shows_each_device_and_marks_this_one(cast):
    phone, desktop = signed_in(cast.alice, IPHONE), signed_in(cast.alice)
    signed_in(cast.bob)
    assert listed(desktop) == [("Chrome on Windows", True), ("Safari on iPhone", False)]
    assert listed(phone) == [("Safari on iPhone", True), ("Chrome on Windows", False)]


def test_looking_writes_nothing(cast):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser = signed_in(cast.alice)
    signed_in(cast.alice, IPHONE)
    Session.objects.exclude(pk=browser.session.session_key).delete()  # gone without a word
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert listed(browser) == [("Chrome on Windows", True)]
        browser.get("/")
    assert [one["sql"] for one in seen if not one["sql"].startswith(("SELECT", "SAVEPOINT", "RELEASE"))] == []


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_as_many_statements_for_one_as_for_three(cast, assert_statements, count):
    browsers = [signed_in(cast.alice) for _number in range(count)]
    with assert_statements(8):
        browsers[0].get("/me/sessions/")


def test_one_session_is_ended_and_its_next_request_comes_from_a_stranger(cast):
    phone, desktop = signed_in(cast.alice, IPHONE), signed_in(cast.alice)
    theirs = UserSession.objects.get(session_key=phone.session.session_key)
    assert desktop.post("/me/sessions/", {"session": theirs.pk}).url == "/me/sessions/"
    assert (is_in(phone), is_in(desktop)) == (False, True)
    assert listed(desktop) == [("Chrome on Windows", True)]


def test_all_others_are_ended(cast):
    phone, tablet, desktop = (signed_in(cast.alice) for _number in range(3))
    bob = signed_in(cast.bob)
    desktop.post("/me/sessions/")
    assert [is_in(one) for one in (phone, tablet, desktop, bob)] == [False, False, True, True]


@pytest.mark.parametrize("pk", ["theirs", "0", "-1", "x", "²", "9" * 30, "\0"])
def test_somebody_elses_session_does_not_exist(cast, pk):
    bob, alice = signed_in(cast.bob), signed_in(cast.alice)
    if pk == "theirs":
        pk = UserSession.objects.get(user=cast.bob).pk
    assert alice.post("/me/sessions/", {"session": pk}).status_code == 404
    assert is_in(bob)


def test_password_change_ends_the_others_and_keeps_this_one(cast):
    phone, desktop = signed_in(cast.alice, IPHONE), signed_in(cast.alice)
    form = {"oldpassword": factories.PASSWORD, "password1": NEW, "password2": NEW}
    assert desktop.post("/accounts/password/change/", form).status_code == 302
    assert (is_in(phone), is_in(desktop)) == (False, True)
    assert listed(desktop) == [("Chrome on Windows", True)]
    assert Session.objects.filter(pk=phone.cookies["sessionid"].value).count() == 0


def test_password_reset_ends_every_session(cast, client):
    phone = signed_in(cast.alice, IPHONE)
    client.post("/accounts/password/reset/", {"email": cast.alice.email})
    run_jobs()
    link = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", outbox.outbox[0].body).group(1)
    page = client.get(link, follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    assert Session.objects.filter(pk=phone.cookies["sessionid"].value).count() == 0
    assert not is_in(phone)


def test_password_set_behind_the_sites_back_empties_the_list(cast):
    phone = signed_in(cast.alice, IPHONE)
    key = phone.session.session_key
    cast.alice.set_password(NEW)
    cast.alice.save()
    assert sessions.of(cast.alice, None, timezone.now()) == []
    assert Session.objects.filter(pk=key).count() == 1


def test_session_stays_in_the_list_over_a_new_secret_key(cast, settings):
    phone, desktop = signed_in(cast.alice, IPHONE), signed_in(cast.alice)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, [settings.SECRET_KEY]
    assert is_in(phone)  # Django gives it another key
    assert listed(desktop) == [("Chrome on Windows", True), ("Safari on iPhone", False)]
    desktop.post("/me/sessions/")
    assert (is_in(phone), is_in(desktop)) == (False, True)
