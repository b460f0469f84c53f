"""The lists and forms of content at the desk: what is missing, what is due, and two editors at once."""

import datetime
import json
import re

import pytest
from django.utils import timezone

from portal.content import needs
from portal.models import Announcement, SelfServiceLink, SupportResource
from tests import factories
from tests.surface.pages import forms

LINKS, RESOURCES = "/admin/portal/selfservicelink/", "/admin/portal/supportresource/"
NOW = timezone.now()
DAY = datetime.timedelta(days=1)
LONG_AGO = NOW.date() - 200 * DAY


@pytest.fixture
def as_(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def many(cast):
    """One link of each kind that an editor looks for, the first of them all right."""
    fine = {"description": {"en": "A", "zh-hant": "甲"}}
    factories.link("fine", **fine, address_gcc="https://a.example")
    factories.link("bare", description={})
    factories.link("draft", is_draft=True, **fine)
    factories.link("soon", publish_from=NOW + DAY, **fine)
    factories.link("over", publish_until=NOW - DAY, **fine)
    factories.link("english", title={"en": "Title of english"}, address_dod="https://a.example")
    factories.link("chinese", description={"en": "", "zh-hant": "乙"})
    factories.link("old", address_commercial="https://a.example")
    for key, day in (("fine", NOW.date()), ("english", NOW.date()), ("old", LONG_AGO)):
        SelfServiceLink.objects.get(key=key).addresses.update(verified_on=day)
    return cast


def titles(page):
    return set(re.findall(r"Title of (\w+)", page.text))


FILTERS = {
    "state=draft": {"draft"},
    "state=scheduled": {"soon"},
    "state=expired": {"over"},
    "state=published": {"fine", "bare", "english", "chinese", "old"},
    "cloud=dod": {"english"},
    "cloud=gcc": {"fine"},
    "missing=zh-hant": {"english"},
    "missing=en": {"chinese"},
    "needs=translation": {"english", "chinese"},
    "needs=verification": {"old"},
    "state=nonsense": {"fine", "bare", "draft", "soon", "over", "english", "chinese", "old"},
    "state=published&cloud=dod": {"english"},
}


@pytest.mark.parametrize("query", FILTERS)
def test_list_is_narrowed_down(as_, many, query):
    assert titles(as_(many.sam).get(f"{LINKS}?{query}")) == FILTERS[query]


def test_what_is_missing_is_counted(many):
    links, announcements = needs.count([SelfServiceLink.objects.all(), Announcement.objects.all()], NOW, NOW.date())
    assert links == needs.Counts(draft=1, scheduled=1, published=5, expired=1, due=1, untranslated=2)
    assert announcements == needs.Counts(draft=0, scheduled=0, published=0, expired=0, due=None, untranslated=0)


def test_index_counts_and_leads_to_each_list(as_, many):
    text = as_(many.sam).get("/admin/").text
    counted = dict(re.findall(rf'href="{LINKS}\?([^"]+)"[^>]*><strong>(\d+)<', text))
    assert counted == {
        "state=published": "5", "state=scheduled": "1", "state=draft": "1", "state=expired": "1",
        "needs=verification": "1", "needs=translation": "2",
    }  # fmt: skip


def test_index_says_nothing_of_what_there_is_nothing_of(as_, cast):
    factories.link("x", partner=cast.partner)
    text = as_(cast.max).get("/admin/").text
    assert re.findall(r'href="/admin/portal/(\w+)/\?(\w+=\w+)"', text) == [
        ("selfservicelink", "state=published"),
        ("selfservicelink", "needs=verification"),
        ("selfservicelink", "needs=translation"),
    ]


def test_row_says_in_which_language_it_is_missing(as_, many):
    text = as_(many.sam).get(f"{LINKS}?missing=zh-hant").text
    assert "missing: 繁體中文" in text
    assert "missing: English" not in text


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "due"), [(None, 1), (10, 0), (200, 1)])
def test_text_of_a_resource_is_due_like_an_address(days, due):
    factories.resource("x", verified_on=None if days is None else NOW.date() - days * DAY)
    assert needs.count([SupportResource.objects.all()], NOW, NOW.date())[0].due == due


# --- The form ---


DAY_OF_OLD = datetime.date(2026, 1, 1)


def form_of(browser, row):
    address = f"/admin/portal/{row._meta.model_name}/{row.pk}/change/"
    page = browser.get(address)
    form = next(one for one in forms(page.text, address) if "as_shown" in one.filled())
    return address, form.filled()


def test_form_that_is_sent_back_as_it_came_changes_nothing(as_, cast):
    for make, model in ((factories.link, SelfServiceLink), (factories.resource, SupportResource)):
        row = make(
            "x", address_gcc="https://{tenant}.example", publish_until=NOW.replace(second=0, microsecond=0) + DAY
        )
        before = model.objects.values().get(), list(row.addresses.values())
        address, form = form_of(as_(cast.sam), row)
        assert as_(cast.sam).post(address, form).status_code == 302
        assert (model.objects.values().get(), list(row.addresses.values())) == before


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("address_gcc", "javascript:alert(1)", "not with javascript:"),
        ("address_dod", "https://{domain}.example", "Unknown placeholder: {domain}."),
        ("source_dod", "A page", "Give the address that the source and the date are about."),
        ("verified_on_dod", "2026-01-01", "Give the address that the source and the date are about."),
        ("verified_on_gcc", "2100-01-01", "This day is still to come."),
        ("publish_until", "2000-01-01T00:00", "It would end before it begins."),
        ("title_en", "x" * 101, "at most 100 characters"),
    ],
)
def test_mistake_is_told_and_nothing_is_saved(as_, cast, field, value, says):
    link = factories.link("x", address_gcc="https://a.example", publish_from=NOW)
    browser = as_(cast.sam)
    address, form = form_of(browser, link)
    page = browser.post(address, form | {field: value, "note": "New"})
    assert page.status_code == 200
    assert says in page.text
    assert SelfServiceLink.objects.get().note == ""
    assert [one.address for one in link.addresses.all()] == ["https://a.example"]


def test_emptied_address_is_taken_out_with_what_was_known_of_it(as_, cast):
    link = factories.link("x", address_gcc="https://a.example")
    link.addresses.update(source="A page", verified_on=NOW.date())
    browser = as_(cast.sam)
    address, form = form_of(browser, link)
    assert browser.post(address, form | {"address_gcc": ""}).status_code == 302
    assert link.addresses.count() == 0


@pytest.mark.parametrize(
    ("typed", "verified"),
    [
        ({}, None),
        ({"verified_on_gcc": "2026-02-02"}, datetime.date(2026, 2, 2)),
        ({"address_gcc": "https://a.example"}, DAY_OF_OLD),
    ],
    ids=["another address", "another address and day", "the same address"],
)
def test_day_that_was_about_the_old_address_does_not_stand_for_another(as_, cast, typed, verified):
    link = factories.link("x", address_gcc="https://a.example")
    link.addresses.update(verified_on=DAY_OF_OLD)
    browser = as_(cast.sam)
    address, form = form_of(browser, link)
    assert browser.post(address, form | {"address_gcc": "https://b.example"} | typed).status_code == 302
    assert link.addresses.get().verified_on == verified


def test_end_before_the_beginning_is_marked_where_it_stands(as_, cast):
    link = factories.link("x", publish_from=NOW)
    browser = as_(cast.sam)
    address, form = form_of(browser, link)
    page = browser.post(address, form | {"publish_until": "2000-01-01T00:00"})
    assert list(page.context["adminform"].form.errors) == ["publish_until"]


def test_two_editors_do_not_undo_each_other(as_, cast):
    """Texts in each language, addresses and boxes: what the other has saved is taken over, and shown before it is saved."""
    row = factories.resource("x", kinds=["purchase"], address_gcc="https://a.example")
    browser = as_(cast.sam)
    address, mine = form_of(browser, row)
    _address, theirs = form_of(browser, row)
    theirs |= {"title_zh-hant": "新標題", "kinds": ["cancellation"], "address_gcc": "https://b.example"}
    assert browser.post(address, theirs).status_code == 302
    page = browser.post(address, mine | {"note": "Mine"})
    assert page.status_code == 200
    assert "Somebody else has saved this meanwhile." in page.text
    row.refresh_from_db()
    assert row.note == ""
    again = next(one for one in forms(page.text, address) if "as_shown" in one.filled()).filled()
    assert json.loads(*again["as_shown"])["address_gcc"] == "https://b.example"
    assert browser.post(address, again).status_code == 302
    row.refresh_from_db()
    assert (row.note, row.title["zh-hant"], row.kinds) == ("Mine", "新標題", ["cancellation"])
    assert [one.address for one in row.addresses.all()] == ["https://b.example"]
