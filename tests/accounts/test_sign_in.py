"""Coming in: sign-in, sign-out, reset, and that nobody signs up uninvited."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail as outbox

from accounts.models import OutgoingMail, User
from tests import factories
from tests.jobs import run_jobs


def sign_in(client, person, password=factories.PASSWORD, **extra):
    return client.post("/accounts/login/", {"login": person.email, "password": password} | extra)


@pytest.mark.parametrize("spelling", ["alice@example.com", "ALICE@Example.com"])
def test_sign_in_by_address_however_it_is_spelled(client, cast, spelling):
    answer = client.post("/accounts/login/", {"login": spelling, "password": factories.PASSWORD})
    assert (answer.status_code, answer.url) == (302, "/")
    assert client.session["_auth_user_id"] == str(cast.alice.pk)


def test_sign_in_of_partner_people_leads_to_the_desk(client, cast):
    sign_in(client, cast.dana)
    assert client.get("/").url == "/admin/"


def test_wrong_password_and_unknown_address_get_the_same_answer(client, cast):
    known = sign_in(client, cast.alice, "wrong-password-1")
    unknown = client.post("/accounts/login/", {"login": "nobody@example.com", "password": "wrong-password-1"})
    assert known.context["form"].errors == unknown.context["form"].errors
    assert known.status_code == unknown.status_code == 200


def test_sign_up_is_closed(client, db):
    assert "password1" not in client.get("/accounts/signup/").text
    form = {"email": "new@example.com", "password1": factories.PASSWORD, "password2": factories.PASSWORD}
    client.post("/accounts/signup/", form)
    assert User.objects.count() == 0


def test_sign_out_needs_a_post(client, cast):
    client.force_login(cast.alice)
    client.get("/accounts/logout/")
    assert "_auth_user_id" in client.session
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def test_person_who_may_not_sign_in_does_not(client, cast):
    cast.alice.is_active = False
    cast.alice.save()
    sign_in(client, cast.alice)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(("language", "subject"), [("en", "password"), ("zh-hant", "密碼")])
def test_password_reset_from_the_form_to_the_new_password(client, cast, language, subject):
    cast.alice.language = language
    cast.alice.save()
    client.post("/accounts/password/reset/", {"email": cast.alice.email})
    assert outbox.outbox == []  # nothing is sent inside the request
    run_jobs()
    (message,) = outbox.outbox
    assert (message.to, subject in message.subject.lower()) == ([cast.alice.email], True)
    link = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", message.body).group(1)
    form_page = client.get(link, follow=True)
    new = "another-horse-battery"
    client.post(form_page.redirect_chain[-1][0], {"password1": new, "password2": new})
    assert sign_in(client, cast.alice, new).status_code == 302
    run_jobs()
    assert [mail.text for mail in OutgoingMail.objects.all()] == ["", ""]  # the link, and that it was used


def test_password_reset_of_an_unknown_address_answers_the_same_and_sends_nothing(client, cast):
    known = client.post("/accounts/password/reset/", {"email": cast.alice.email})
    run_jobs()
    outbox.outbox.clear()
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    run_jobs()
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert outbox.outbox == []


def test_first_sign_in_confirms_the_address(client, cast):
    person = User.objects.create_user("new@example.com", factories.PASSWORD, name="New")
    answer = sign_in(client, person)
    assert "_auth_user_id" not in client.session
    assert answer.url == "/accounts/confirm-email/"
    run_jobs()
    link = re.search(r"http://[^/]+(/accounts/confirm-email/\S+)", outbox.outbox[0].body).group(1)
    assert client.get(link).status_code == 200
    client.post(link)
    assert EmailAddress.objects.get(user=person).verified
    assert sign_in(client, person).status_code == 302


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_next_never_leads_away_from_the_site(client, cast, target):
    assert sign_in(client, cast.alice, next=target).url == "/"
    for address, form in (("/language/", {"language": "en"}), ("/theme/", {"theme": "dark"})):
        assert client.post(address, form | {"next": target}).url == "/"


def test_password_set_through_a_mailed_link_confirms_the_address(client, db):
    person = User.objects.create_user("new@example.com", name="New")
    client.post("/accounts/password/reset/", {"email": person.email})
    run_jobs()
    link = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", outbox.outbox[0].body).group(1)
    form_page = client.get(link, follow=True)
    new = "another-horse-battery"
    client.post(form_page.redirect_chain[-1][0], {"password1": new, "password2": new})
    assert sign_in(client, person, new).url == "/"
    assert client.session["_auth_user_id"] == str(person.pk)


def test_mail_follows_the_language_of_the_last_sign_in(cast):
    from django.test import Client

    browser = Client(headers={"accept-language": "zh-TW"})
    sign_in(browser, cast.alice)
    assert User.objects.get(pk=cast.alice.pk).last_language == "zh-hant"
    browser.post("/accounts/password/reset/", {"email": cast.alice.email})
    run_jobs()
    assert "密碼" in outbox.outbox[-1].subject


def test_wrong_code_is_told_in_the_words_of_the_site(client, cast):
    client.post("/accounts/login/code/", {"email": cast.alice.email})
    page = client.post("/accounts/login/code/confirm/", {"code": "WRNG-CODE"})
    assert "This code is not correct, or it is too old." in page.text


def test_mail_about_a_change_names_the_browser_in_words(client, cast, django_capture_on_commit_callbacks):
    client.force_login(cast.alice)
    form = {"oldpassword": factories.PASSWORD, "password1": "tundra pickle orbit", "password2": "tundra pickle orbit"}
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/password/change/", form, headers={"user-agent": "Call +1 900 now, Chrome/1 Windows"})
    run_jobs()
    assert "Browser: Chrome on Windows" in outbox.outbox[0].body
    assert "900" not in outbox.outbox[0].body
