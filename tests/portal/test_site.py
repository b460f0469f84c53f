"""The site as such: home, language, theme, headers, and what is shown when something is wrong."""

import logging
import re

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from portal.content.showing import grouped_links
from tests import factories
from tests.factories import link


def test_welcome_explains_and_offers_sign_in(client, db):
    page = client.get("/")
    assert page.status_code == 200
    assert 'href="/accounts/login/"' in page.text
    assert "/requests/" not in page.text


@pytest.mark.parametrize("name", ["dana", "sam", "root"])
def test_home_of_those_without_a_customer_is_the_desk(client, cast, name):
    client.force_login(getattr(cast, name))
    assert client.get("/").url == "/admin/"


def test_home_of_somebody_who_belongs_nowhere_explains(client, db):
    client.force_login(factories.person("lost"))
    page = client.get("/")
    assert page.status_code == 403
    assert "lost@example.com" in page.text


@pytest.mark.django_db
def test_links_are_those_of_the_customers_cloud_owned_services_first(cast):
    link("exchange", service="exchange", address_commercial="https://exchange.example/", position=1)
    link("teams", service="teams", address_commercial="https://teams.example/", position=2)
    link("high", address_gcc_high="https://high.example/", position=3)
    link("tenant", address_commercial="https://{tenant}-admin.example/", position=4)
    link("hidden", address_commercial="https://hidden.example/", is_draft=True)
    (group,) = grouped_links(cast.customer, {"teams"}, timezone.now())
    assert [one.key for one in group.links] == ["teams", "exchange"]
    cast.customer.tenant_prefix = "victoria"
    (group,) = grouped_links(cast.customer, set(), timezone.now())
    assert [one.address for one in group.links][-1] == "https://victoria-admin.example/"


@pytest.mark.parametrize("language", ["zh-hant", "en"])
def test_language_is_kept_with_the_person_and_in_the_browser(client, cast, language):
    client.force_login(cast.alice)
    answer = client.post("/language/", {"language": language, "next": "/requests/?show=open"})
    assert answer.url == "/requests/?show=open"
    assert User.objects.get(pk=cast.alice.pk).language == language
    client.post("/accounts/logout/")
    assert f'<html lang="{language}"' in client.get("/").text


@pytest.mark.parametrize("language", ["xx", "", "zh-hant; drop", "\0"])
def test_unknown_language_changes_nothing(client, cast, language):
    client.force_login(cast.alice)
    assert client.post("/language/", {"language": language}).url == "/"
    assert User.objects.get(pk=cast.alice.pk).language == ""


@pytest.mark.parametrize(
    ("accepts", "language"), [("zh-TW,zh;q=0.9", "zh-hant"), ("zh-Hant", "zh-hant"), ("de,en;q=0.5", "en"), ("", "en")]
)
def test_language_of_strangers_is_their_browsers(db, accepts, language):
    page = Client(headers={"accept-language": accepts}).get("/")
    assert f'<html lang="{language}"' in page.text


@pytest.mark.parametrize(("theme", "kept"), [("dark", "dark"), ("light", "light"), ("", ""), ('"><script>', "")])
def test_theme_is_kept_in_the_browser(client, db, theme, kept):
    client.post("/theme/", {"theme": theme})
    assert f'data-theme="{kept}"' in client.get("/").text


def test_health(client, db):
    assert client.get("/health/").json() == {"status": "ok"}


# --- When something is wrong ---


def test_missing_page_looks_like_the_site(client, cast):
    client.force_login(cast.alice)
    page = client.get("/nowhere/")
    assert page.status_code == 404
    assert 'href="/"' in page.text
    assert cast.customer.name not in re.sub(r"<header.*?</header>", "", page.text, flags=re.DOTALL)


def test_missing_page_of_strangers_says_nothing_more(client, db):
    assert client.get("/nowhere/").status_code == 404


def test_server_error_page_needs_neither_database_nor_session(cast, monkeypatch, caplog):
    def broken(*args, **kwargs):
        raise DatabaseError("gone")

    browser = Client(raise_request_exception=False)
    browser.force_login(cast.alice)
    monkeypatch.setattr("requests_app.overview.of_customer", broken)
    with caplog.at_level(logging.CRITICAL):
        answer = browser.get("/")
    assert answer.status_code == 500
    assert "gone" not in answer.text
    assert "系統" in answer.text  # both languages: the reader's may not be known


def test_error_pages_are_translated(client, cast):
    client.force_login(cast.alice)
    client.post("/language/", {"language": "zh-hant"})
    text = client.get("/nowhere/").text
    with translation.override("zh-hant"):
        assert "找不到" in text
