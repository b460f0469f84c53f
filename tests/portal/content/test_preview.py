"""The page that shows content as a customer would read it."""

import datetime
import re

import pytest
from django.utils import timezone

from tests import factories

PAGE = "/admin/content/preview/"
NOW = timezone.now()
DAY = datetime.timedelta(days=1)


@pytest.fixture
def as_(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def content(cast):
    factories.link("mail", service="exchange", address_commercial="https://mail.example")
    factories.link("sites", service="sharepoint", address_gcc="https://{tenant}.example")
    factories.link("draft", is_draft=True, address_commercial="https://draft.example")
    factories.link("soon", publish_from=NOW + DAY, address_commercial="https://soon.example")
    factories.link("heron", partner=cast.partner, address_commercial="https://heron.example")
    factories.link("owl", partner=cast.other_partner, address_commercial="https://owl.example")
    factories.resource("each")
    factories.resource("azure", services=["azure"])
    return cast


def shown(page):
    return set(re.findall(r'href="https://(\w+)\.example"', page.text)) | set(re.findall(r"Text of (\w+)", page.text))


ASKED = {
    "nothing": ("", {"mail", "each"}),
    "a cloud": ("cloud=gcc", {"contoso", "each"}),
    "a service": ("services=azure", {"mail", "each", "azure"}),
    "drafts": ("with_drafts=on", {"mail", "draft", "each"}),
    "a cloud that is none": ("cloud=mars&services=pluto&at=never&language=xx&partner=0", {"mail", "each"}),
}


@pytest.mark.parametrize(("query", "expected"), ASKED.values(), ids=ASKED)
def test_preview_is_what_such_a_customer_reads(as_, content, query, expected):
    assert shown(as_(content.sam).get(f"{PAGE}?{query}")) == expected


def test_preview_is_of_the_moment_that_is_asked_for(as_, content):
    there = as_(content.sam)
    assert "soon" in shown(there.get(PAGE, {"at": (NOW + 2 * DAY).isoformat()}))


@pytest.mark.parametrize(("name", "partner", "own"), [
    ("sam", "", set()), ("sam", "partner", {"heron"}), ("sam", "other_partner", {"owl"}), ("max", "", {"heron"}),
    ("max", "partner", {"heron"}), ("max", "other_partner", {"heron"}), ("erin", "", {"owl"}),
])  # fmt: skip
def test_preview_is_of_a_partners_customer(as_, content, name, partner, own):
    pk = getattr(content, partner).pk if partner else ""
    assert shown(as_(getattr(content, name)).get(PAGE, {"partner": pk})) == {"mail", "each"} | own


@pytest.mark.parametrize(("language", "text"), [("en", "Text of each"), ("zh-hant", "each 的內容")])
def test_preview_speaks_the_language_that_is_asked_for(as_, content, language, text):
    page = as_(content.sam).get(PAGE, {"language": language})
    assert text in page.text
    assert f'lang="{language}" aria-label="What the customer reads"' in page.text


def test_services_that_are_owned_come_first(as_, content):
    factories.link("first", address_commercial="https://first.example", position=0)
    factories.link("teams", service="teams", address_commercial="https://teams.example", position=90)
    text = as_(content.sam).get(PAGE, {"services": "teams"}).text
    assert text.index("https://teams.example") < text.index("https://first.example")


@pytest.mark.parametrize("rows", [1, 3])
def test_preview_takes_the_same_statements_for_any_number_of_rows(as_, cast, assert_statements, rows):
    for number in range(rows):
        factories.link(f"l{number}", address_commercial="https://a.example")
        factories.resource(f"r{number}", address_commercial="https://a.example")
    browser = as_(cast.sam)
    with assert_statements(7):
        assert browser.get(PAGE).text.count('href="https://a.example"') == 2 * rows


@pytest.mark.parametrize("name", ["dana", "alice"])
def test_preview_is_for_who_keeps_content(as_, content, name):
    assert as_(getattr(content, name)).get(PAGE).status_code in (302, 403)
