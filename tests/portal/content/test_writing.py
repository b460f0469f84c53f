"""Writing an article at the desk: what is refused with its line, and how it will read."""

import re
from html import unescape

import pytest

from portal.lib.acting import acting_as
from portal.models import SupportResource
from tests import factories
from tests.conftest import make_cast
from tests.portal.content.test_articles import picture
from tests.surface.pages import forms

RESOURCES, SHOWN = "/admin/portal/supportresource/", "/admin/content/article/"


@pytest.fixture
def as_(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


def save(client, resource, **texts):
    page = f"{RESOURCES}{resource.pk}/change/"
    form = next(one for one in forms(client.get(page).text, page) if one.action == page)
    return client.post(page, {**form.filled(), **texts})


def test_article_is_saved_up_to_its_length(as_, cast):
    resource = factories.resource("x")
    long = "授" * 20_000
    assert save(as_(cast.sam), resource, **{"body_zh-hant": long}).status_code == 302
    assert SupportResource.objects.get().body["zh-hant"] == long
    page = save(as_(cast.sam), resource, body_en="a" * 20_001)
    assert page.status_code == 200
    assert "20000" in page.text


def test_editor_is_told_language_line_and_what_to_do(as_, cast):
    resource = factories.resource("x")
    page = save(as_(cast.sam), resource, body_en="Fine\n\n<script>alert(1)</script>", **{"body_zh-hant": "[x](http://a.example)"})  # fmt: skip
    assert page.status_code == 200
    told = [unescape(one) for one in re.findall(r"(?:English|繁體中文): Line \d+: [^<]+", page.text)]
    html = "HTML is not taken (<script>alert(1)</script>). Write it in Markdown; to show it to readers as it is, put it"
    link = "A link cannot lead to “http://a.example”. Give a whole address that starts with https:// or mailto:."
    assert sorted(set(told)) == [f"English: Line 3: {html} between `backticks`.", f"繁體中文: Line 1: {link}"]
    assert "<script>alert(1)" not in page.text
    assert "Fine\n\n&lt;script&gt;" in page.text.replace("\r", "")  # what was typed stays
    assert str(SupportResource.objects.get().body) == "Text of x"


@pytest.mark.parametrize(("name", "key", "taken"), [("max", "heron", True), ("max", "all", True), ("max", "owl", False), ("sam", "all", True), ("sam", "heron", False)])  # fmt: skip
def test_article_shows_only_pictures_that_its_readers_may_see(as_, cast, name, key, taken):
    for one, partner in (("all", None), ("heron", cast.partner), ("owl", cast.other_partner)):
        picture(one, partner)
    resource = factories.resource("x", partner=cast.partner if name == "max" else None)
    page = save(as_(getattr(cast, name)), resource, body_en=f"![](image:{key})")
    assert page.status_code == (302 if taken else 200)
    if not taken:
        assert f"There is no picture “{key}”." in page.text


def test_preview_shows_each_language_and_what_is_wrong(as_, cast):
    picture("all")
    client = as_(cast.max)
    texts = {"body_en": "# One\n\n![](image:all) <b>", "body_zh-hant": "**二**"}
    for live in ({}, {"live": "1"}):
        page = client.post(SHOWN, texts | live)
        assert page.status_code == 200
        assert '<h2 id="section-en-one">' in page.text
        assert "<strong>二</strong>" in page.text
        assert 'alt="all"' in page.text
        assert "Line 3: HTML is not taken (&lt;b&gt;)." in page.text
        assert ("<html" in page.text) is not bool(live)
    assert not SupportResource.objects.exists()


@pytest.mark.parametrize(
    ("name", "status", "to"),
    [("max", 302, "/admin/portal/supportresource/"), ("dana", 403, None), ("alice", 302, "/admin/login/")],
)
def test_preview_is_asked_for_by_a_post_and_its_address_leads_to_the_articles(as_, cast, name, status, to):
    answer = as_(getattr(cast, name)).get(SHOWN)
    assert (answer.status_code, answer.get("location", "").partition("?")[0] or None) == (status, to)


def test_preview_is_for_who_writes(as_, cast):
    assert as_(cast.dana).post(SHOWN, {"body_en": "a"}).status_code == 403


def test_preview_shows_no_picture_of_somebody_else(as_, cast):
    picture("owl", cast.other_partner)
    page = as_(cast.max).post(SHOWN, {"body_en": "![Alt](image:owl)"}).text
    assert "<img" not in page.split("<main", 1)[1]
    assert "There is no picture “owl”." in page


def test_customers_preview_shows_articles_as_written(as_, cast):
    factories.resource("x", body={"en": "**bold**"})
    assert "<strong>bold</strong>" in as_(cast.sam).get("/admin/content/preview/").text


def test_earlier_version_that_would_be_refused_today_is_not_brought_back(client, transactional_db):
    cast = make_cast()
    with acting_as(cast.sam.pk):
        resource = factories.resource("x", body={"en": "<b>old</b>"})
    with acting_as(cast.sam.pk):
        SupportResource.objects.update(body={"en": "new"})
    client.force_login(cast.sam)
    page = client.post(f"{RESOURCES}{resource.pk}/restore/", {"version": "1", "newest": "2"}, follow=True)
    assert "Line 1: HTML is not taken (&lt;b&gt;)." in page.text
    assert str(SupportResource.objects.get().body) == "new"
