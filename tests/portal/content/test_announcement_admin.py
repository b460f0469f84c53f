"""Announcements at the desk: whose they are, for whom they may be, what the form refuses, versions, many at once."""

import datetime
import re

import pytest
from django.utils import timezone

from portal.models import Announcement, AnnouncementRead, Level
from tests import factories
from tests.conftest import make_cast
from tests.surface.pages import forms

LIST = "/admin/portal/announcement/"
NOW = timezone.now()
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def as_(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def said(cast):
    factories.announcement("all")
    factories.announcement("heron", partner=cast.partner, customers=[cast.customer.pk])
    factories.announcement("owl", partner=cast.other_partner)
    return cast


def of(name):
    return Announcement.objects.get(title__en=f"Title of {name}")


def titles(page):
    return set(re.findall(r"Title of (\w+)", page.text))


@pytest.mark.parametrize(("name", "seen"), [("max", {"heron"}), ("erin", {"owl"}), ("sam", {"all", "heron", "owl"})])
def test_list_shows_what_is_kept_and_staff_all(as_, said, name, seen):
    assert titles(as_(getattr(said, name)).get(LIST)) == seen


@pytest.mark.parametrize("name", ["dana", "alice"])
def test_others_have_no_list(as_, said, name):
    assert as_(getattr(said, name)).get(LIST).status_code in (302, 403)


CHANGES = {
    ("max", "heron"): 302, ("max", "all"): 404, ("max", "owl"): 404, ("sam", "all"): 302, ("sam", "heron"): 403,
    ("root", "owl"): 302, ("dana", "heron"): 403,
}  # fmt: skip


@pytest.mark.parametrize(("name", "title"), CHANGES)
def test_announcement_is_changed_by_who_keeps_it(as_, said, name, title):
    pk = of(title).pk
    form = {"title_en": "New", "level": "warning"}
    answer = as_(getattr(said, name)).post(f"{LIST}{pk}/change/", form)
    assert answer.status_code == CHANGES[name, title]
    changed = CHANGES[name, title] == 302
    assert str(Announcement.objects.get(pk=pk)) == ("New" if changed else f"Title of {title}")


def test_staff_read_a_partners_row_without_inputs(as_, said):
    page = as_(said.sam).get(f"{LIST}{of('heron').pk}/change/").text
    assert [one for one in ("Title of heron", "heron 的標題", "Text of heron", "1 customer") if one not in page] == []
    assert ('name="title_en"' in page, "Victoria Dental" in page) == (False, False)


ASKED = {"max": {"customers"}, "sam": {"partners"}, "root": {"customers", "partners", "partner"}}


@pytest.mark.parametrize("name", ASKED)
def test_form_offers_whom_the_person_may_address(as_, said, name):
    page = as_(getattr(said, name)).get(f"{LIST}add/").text
    asked = {one for one in ("customers", "partners", "partner") if f'name="{one}"' in page}
    assert asked - {"partner"} == ASKED[name] - {"partner"}
    offered = {one for one in ("Victoria Dental", "Sibling Foods", "Foreign Works") if one in page}
    assert offered == {"max": {"Victoria Dental", "Sibling Foods"}, "sam": set()}.get(
        name, {"Victoria Dental", "Sibling Foods", "Foreign Works"}
    )


def test_new_announcement_begins_at_once_for_its_audience(as_, cast):
    form = {
        "partner": cast.partner.pk, "title_en": "New", "level": "information", "customers": [cast.sibling.pk],
        "clouds": ["commercial"], "services": ["teams"], "to_owners_only": "on",
    }  # fmt: skip
    assert as_(cast.max).post(f"{LIST}add/", form).status_code == 302
    made = Announcement.objects.get()
    assert (made.partner, made.customers, made.clouds, made.services) == (
        cast.partner, [cast.sibling.pk], ["commercial"], ["teams"],
    )  # fmt: skip
    assert (made.to_owners_only, made.state(timezone.now())) == (True, "published")
    assert timezone.now() - made.publish_from < datetime.timedelta(minutes=2)


REFUSED = {
    "ends before it begins": ({"publish_from": "2026-01-02T00:00", "publish_until": "2026-01-01T00:00"}, "It would end before it begins."),
    "has ended before now": ({"publish_until": "2026-01-01T00:00"}, "It would end before it begins."),
    "happens backwards": ({"happens_from": "2026-01-02T00:00", "happens_until": "2026-01-01T00:00"}, "What it tells of would end before it begins."),
    "a script for an address": ({"address": "javascript:alert(1)"}, "An address starts with https://, not with javascript:."),
    "plain http": ({"address": "http://one.example"}, "not with http:"),
    "a placeholder": ({"address": "https://{tenant}.example"}, "Give a whole address that starts with https://"),
    "owners of nothing": ({"to_owners_only": "on"}, "Tick the services whose owners get it."),
    "mail about nothing urgent": ({"by_mail": "on"}, "Only an urgent announcement goes out by mail."),
    "no title": ({"title_en": "", "title_zh-hant": "", "body_zh-hant": "新的"}, "This field is required."),
    "somebody else's customer": ({"customers": "foreign"}, "Select a valid choice."),
    "no such level": ({"level": "shouting"}, "Select a valid choice."),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_form_says_what_is_wrong_and_keeps_the_rest(as_, cast, what):
    wrong, says = REFUSED[what]
    wrong = {key: cast.foreign_customer.pk if value == "foreign" else value for key, value in wrong.items()}
    form = {"partner": cast.partner.pk, "title_en": "New", "title_zh-hant": "新的", "level": "information"} | wrong
    page = as_(cast.max).post(f"{LIST}add/", form)
    assert (page.status_code, says in page.text, "新的" in page.text) == (200, True, True)
    assert not Announcement.objects.exists()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"customers": ["customer"]}, "Say first whose customers they are, above."),
        ({"partner": "other_partner", "customers": ["customer"]}, "Choose customers of that partner."),
        ({"partner": "partner", "partners": ["other_partner"]}, "It is one partner&#x27;s own already"),
    ],
)
def test_audience_has_to_fit_whose_it_is(as_, cast, fields, says):
    form = {"title_en": "New", "level": "information"}
    for name, value in fields.items():
        form[name] = [getattr(cast, one).pk for one in value] if isinstance(value, list) else getattr(cast, value).pk
    page = as_(cast.root).post(f"{LIST}add/", form)
    assert (page.status_code, says in page.text) == (200, True)


def form_of(browser, row):
    address = f"{LIST}{row.pk}/change/"
    form = next(one for one in forms(browser.get(address).text, address) if "as_shown" in one.filled())
    return address, form.filled()


def test_form_that_is_sent_back_as_it_came_changes_nothing(as_, cast):
    minute = NOW.replace(second=0, microsecond=0)
    row = factories.announcement(
        "x", partner=cast.partner, customers=[cast.customer.pk, cast.sibling.pk], clouds=["gcc"], services=["teams"],
        publish_from=minute, publish_until=minute + HOUR, happens_from=minute, level=Level.URGENT, by_mail=True,
    )  # fmt: skip
    before = Announcement.objects.values().get()
    address, form = form_of(as_(cast.max), row)
    assert as_(cast.max).post(address, form).status_code == 302
    after = Announcement.objects.values().get()
    assert sorted(after.pop("customers")) == sorted(before.pop("customers"))
    assert after == before


def test_what_somebody_saved_meanwhile_stays(as_, said):
    row = of("heron")
    address, form = form_of(as_(said.max), row)
    Announcement.objects.filter(pk=row.pk).update(title={"en": "Theirs"})
    page = as_(said.max).post(address, form | {"title_en": "Mine"})
    assert (page.status_code, "Meanwhile somebody has changed this to: Theirs" in page.text) == (200, True)
    assert str(Announcement.objects.get(pk=row.pk)) == "Theirs"


def test_versions_name_customers_and_come_back(as_, transactional_db):
    cast = make_cast()
    begun = NOW.replace(second=0, microsecond=0)  # as every form leaves it
    row = factories.announcement("x", partner=cast.partner, customers=[cast.customer.pk], publish_from=begun)
    browser = as_(cast.max)
    address, form = form_of(browser, row)
    browser.post(address, form | {"title_en": "Changed", "customers": [cast.sibling.pk]})
    history = browser.get(f"{LIST}{row.pk}/history/").text
    assert re.findall(r"</span>([^<]+)</(?:del|ins)>", history) == [
        "Title of x", "Changed", "Victoria Dental", "Sibling Foods",
    ]  # fmt: skip
    browser.post(f"{LIST}{row.pk}/restore/", {"version": "1", "newest": "2"})
    row.refresh_from_db()
    assert (str(row), row.customers) == ("Title of x", [cast.customer.pk])


@pytest.mark.parametrize(("name", "touched"), [("max", {"heron"}), ("sam", {"all"}), ("root", {"all", "heron", "owl"})])
@pytest.mark.parametrize("action", ["unpublish", "publish"])
def test_many_are_published_and_taken_back_by_who_keeps_them(as_, said, name, touched, action):
    Announcement.objects.update(is_draft=action == "publish")
    chosen = list(Announcement.objects.values_list("pk", flat=True))
    as_(getattr(said, name)).post(LIST, {"action": action, "_selected_action": chosen})
    changed = {
        str(one).removeprefix("Title of ") for one in Announcement.objects.filter(is_draft=action == "unpublish")
    }
    assert changed == touched


def test_what_was_read_can_be_deleted(as_, said):
    row = of("heron")
    AnnouncementRead.objects.create(announcement=row, user=said.alice, read_at=NOW)
    assert as_(said.max).post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Announcement.objects.filter(pk=row.pk).exists()
    assert not AnnouncementRead.objects.exists()


FILTERS = {
    "level__exact=urgent": {"urgent"}, "state=draft": {"draft"}, "state=scheduled": {"soon"}, "missing=zh-hant": {"english"},
    "needs=translation": {"english"}, "q=urgent": {"urgent"}, "level__exact=nonsense": set(),
}  # fmt: skip


@pytest.mark.parametrize("query", FILTERS)
def test_list_is_narrowed_down(as_, cast, query):
    factories.announcement("urgent", level=Level.URGENT)
    factories.announcement("draft", is_draft=True)
    factories.announcement("soon", publish_from=NOW + HOUR)
    factories.announcement("english", title={"en": "Title of english"}, body={})
    page = as_(cast.sam).get(f"{LIST}?{query}", follow=True)
    assert titles(page) == FILTERS[query]


WORDS = [
    ({}, "All customers"),
    ({"clouds": ["gcc", "gcc_high"]}, "In GCC, GCC High"),
    ({"services": ["exchange"], "to_owners_only": True}, "Owners of Exchange Online"),
    ({"services": ["exchange"]}, "All customers"),
    ({"partner": "partner"}, "All customers of the partner"),
    ({"partner": "partner", "customers": ["customer", "sibling"], "clouds": ["gcc"]}, "2 customers; in GCC"),
    ({"partners": ["partner"]}, "Customers of 1 partner"),
]


@pytest.mark.parametrize(("fields", "words"), WORDS)
def test_audience_is_said_in_words(as_, cast, fields, words):
    fields = dict(fields)
    for name in ("customers", "partners"):
        fields[name] = [getattr(cast, one).pk for one in fields.get(name, [])]
    if "partner" in fields:
        fields["partner"] = cast.partner
    factories.announcement("x", **fields)
    assert f'<td class="field-shown_audience">{words}</td>' in as_(cast.sam).get(LIST).text


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_the_same_statements_for_any_number_of_rows(as_, cast, assert_statements, rows):
    for number in range(rows):
        row = factories.announcement(f"m{number}", partner=cast.partner, customers=[cast.customer.pk])
        for person in (cast.alice, cast.bob):
            AnnouncementRead.objects.create(announcement=row, user=person, read_at=NOW)
    browser = as_(cast.root)
    with assert_statements(6):
        assert browser.get(LIST).text.count('<td class="field-readers">2</td>') == rows


def test_index_counts_announcements_and_verifies_none(as_, said):
    text = as_(said.sam).get("/admin/").text
    counted = re.findall(rf'href="{LIST}\?([^"]+)"[^>]*><strong>(\d+)<', text)
    assert counted == [("state=published", "3"), ("needs=translation", "0")]


@pytest.mark.parametrize(
    ("query", "seen"), [({}, {"heron"}), ({"cloud": "dod"}, {"heron"}), ({"with_drafts": "on"}, {"heron", "draft"})]
)
def test_preview_shows_announcements(as_, cast, query, seen):
    factories.announcement("heron", partner=cast.partner, customers=[cast.customer.pk])
    factories.announcement("draft", partner=cast.partner, is_draft=True)
    factories.announcement("gcc", partner=cast.partner, clouds=["gcc"])
    factories.announcement("owl", partner=cast.other_partner)
    page = as_(cast.max).get("/admin/content/preview/", query)
    assert titles(page) == seen
