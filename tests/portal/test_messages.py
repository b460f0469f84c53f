"""The page "Messages", one message, the banner, home: for whom, in which order, in how many statements; POST alone notes."""

import datetime
import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import CustomerMembership
from portal.lib.clouds import Cloud
from portal.lib.paging import PAGE_SIZE
from portal.models import Announcement, AnnouncementRead, Level
from tests import factories

NOW = timezone.now()
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


@pytest.fixture
def as_(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


def titles(page):
    return re.findall(r'<span class="row-title">Title of (\w+)', page.text)


@pytest.fixture
def said(cast):
    """One message for each reader that there is, newest last."""
    factories.announcement("all", publish_from=NOW - 5 * DAY)
    factories.announcement("heron", partner=cast.partner, level=Level.WARNING, publish_from=NOW - 4 * DAY)
    factories.announcement("owl", partner=cast.other_partner, publish_from=NOW - 3 * DAY)
    factories.announcement("sibling", partner=cast.partner, customers=[cast.sibling.pk], publish_from=NOW - 2 * DAY)
    factories.announcement("chosen", partners=[cast.other_partner.pk], publish_from=NOW - 2 * HOUR)
    factories.announcement("gcc", clouds=[Cloud.GCC])
    factories.announcement("draft", is_draft=True)
    factories.announcement("soon", publish_from=NOW + HOUR)
    factories.announcement("over", publish_until=NOW - datetime.timedelta(minutes=1))
    return cast


READS = {
    "alice": ["heron", "all"], "carol": ["heron", "all"], "charlie": ["sibling", "heron", "all"],
    "frank": ["chosen", "owl", "all"],
}  # fmt: skip


@pytest.mark.parametrize("name", READS)
def test_list_shows_what_is_for_the_customer_newest_first(as_, said, name):
    assert titles(as_(getattr(said, name)).get("/messages/")) == READS[name]


@pytest.mark.parametrize("name", READS)
def test_page_opens_for_its_readers_alone(as_, said, name):
    browser = as_(getattr(said, name))
    opens = {
        str(one).removeprefix("Title of ")
        for one in Announcement.objects.all()
        if browser.get(one.get_absolute_url()).status_code == 200
    }
    assert opens == set(READS[name])


@pytest.mark.parametrize("what", ["read", "dismiss"])
def test_nobody_notes_anything_about_what_is_not_for_them(as_, said, what):
    foreign = factories.announcement("x", partner=said.other_partner, level=Level.URGENT)
    assert as_(said.alice).post(f"/messages/{foreign.pk}/{what}/").status_code == 404
    assert as_(said.alice).post(f"/messages/799999999/{what}/").status_code == 404
    assert not AnnouncementRead.objects.exists()


def test_message_for_another_of_ones_customers_opens_in_its_name(as_, cast):
    CustomerMembership.objects.create(user=cast.alice, customer=cast.sibling, role="viewer")
    own = factories.announcement("x", partner=cast.partner, customers=[cast.customer.pk])
    page = as_(cast.alice).get(own.get_absolute_url())
    assert (page.status_code, page.context["current_customer"]()) == (200, cast.customer)
    assert titles(as_(cast.alice).get("/messages/")) == []  # the site is looked at for the sibling, by name the first


def test_unread_come_first_and_filters_narrow_down(as_, said):
    browser = as_(said.alice)
    factories.announcement("urgent", level=Level.URGENT)
    pk = {one: pk_of(one) for one in ("urgent", "all")}
    browser.post(f"/messages/{pk['urgent']}/read/")
    assert titles(browser.get("/messages/")) == ["heron", "all", "urgent"]
    assert titles(browser.get("/messages/?unread=1")) == ["heron", "all"]
    assert titles(browser.get("/messages/?level=warning")) == ["heron"]
    assert titles(browser.get("/messages/?level=urgent&unread=1")) == []
    assert "No such messages" in browser.get("/messages/?level=urgent&unread=1").text
    assert titles(browser.get("/messages/?level=nonsense&unread=2&page=nonsense")) == ["heron", "all", "urgent"]


def pk_of(title):
    return Announcement.objects.get(title__en=f"Title of {title}").pk


def test_nothing_is_said_kindly(as_, cast):
    assert "Maintenance, changes of a service and other news" in as_(cast.alice).get("/messages/").text
    assert "No messages now" in as_(cast.alice).get("/").text


def test_long_list_goes_on(as_, cast):
    for number in range(PAGE_SIZE + 2):
        factories.announcement(f"m{number:02}", publish_from=NOW - number * HOUR)
    browser = as_(cast.alice)
    first = browser.get("/messages/")
    (older,) = re.findall(r'rel="next" href="([^"]+)"', first.text)
    second = browser.get(f"/messages/{older.replace('&amp;', '&')}")
    assert titles(first) + titles(second) == [f"m{number:02}" for number in range(PAGE_SIZE + 2)]
    assert len(titles(second)) == 2


# --- Reading and hiding ---


@pytest.mark.parametrize("address", ["", "read/", "dismiss/"])
def test_get_notes_nothing(as_, cast, address):
    announcement = factories.announcement("x", level=Level.URGENT)
    status = as_(cast.alice).get(f"{announcement.get_absolute_url()}{address}").status_code
    assert status == (405 if address else 200)
    assert as_(cast.alice).get("/messages/read/").status_code == 405
    assert not AnnouncementRead.objects.exists()


def test_reading_is_the_readers_own_and_is_counted(as_, said):
    browser = as_(said.alice)
    assert unread(browser.get("/messages/")) == "2"
    browser.post(f"/messages/{pk_of('all')}/read/")
    page = browser.get("/messages/")
    assert (unread(page), page.text.count("data-read-form")) == ("1", 1)
    assert unread(as_(said.bob).get("/messages/")) == "2"
    answer = as_(said.bob).post("/messages/read/", follow=True)
    assert "2 messages are marked as read." in answer.text
    assert unread(answer) is None
    assert {row.user for row in AnnouncementRead.objects.all()} == {said.alice, said.bob}


def test_what_was_published_while_somebody_looked_stays_new(as_, said):
    browser = as_(said.alice)
    assert re.search(r'name="shown_at" value="([^"]+)"', browser.get("/messages/").text)
    factories.announcement("later", publish_from=NOW - HOUR)
    answer = browser.post("/messages/read/", {"shown_at": (NOW - 2 * HOUR).isoformat()}, follow=True)
    assert "2 messages are marked as read." in answer.text
    assert titles(browser.get("/messages/?unread=1")) == ["later"]


@pytest.mark.parametrize("nonsense", ["", "now", "2026-11-23T00:00:00", "2026-13-01T00:00:00+00:00"])
def test_all_are_marked_where_the_page_does_not_say_when_it_was_shown(as_, said, nonsense):
    answer = as_(said.alice).post("/messages/read/", {"shown_at": nonsense}, follow=True)
    assert "2 messages are marked as read." in answer.text


def unread(page):
    found = re.search(r"data-news-count>([^<]+)<", page.text)
    return found and found[1]


@pytest.mark.parametrize(
    "page", ["/", "/subscriptions/", "/requests/", "/renewals/", "/people/", "/messages/", "/settings/"]
)
def test_banner_stands_on_every_page_until_it_is_hidden(as_, cast, page):
    first = factories.announcement("first", level=Level.URGENT, publish_from=NOW - 2 * HOUR)
    newest = factories.announcement("newest", level=Level.URGENT)
    browser = as_(cast.carol)
    assert banner(browser.get(page)) == ("Title of newest", "and 1 more")
    answer = browser.post(f"/messages/{newest.pk}/dismiss/", {"next": f"{page}?x=1"})
    assert (answer.status_code, answer["location"]) == (302, f"{page}?x=1")
    assert banner(browser.get(page)) == ("Title of first", None)
    browser.post(f"/messages/{first.pk}/read/")
    assert banner(browser.get(page)) is None
    assert banner(as_(cast.bob).get(page)) == ("Title of newest", "and 1 more")


def banner(page):
    found = re.search(r'<section class="notice notice-danger urgent".*?</section>', page.text, re.S)
    if not found:
        return None
    more = re.search(r">(and \d+ more)<", found[0])
    return re.search(r"Title of \w+", found[0])[0], more and more[1]


def test_hiding_leads_nowhere_else(as_, cast):
    announcement = factories.announcement("x", level=Level.URGENT)
    answer = as_(cast.alice).post(f"/messages/{announcement.pk}/dismiss/", {"next": "https://evil.example/"})
    assert answer["location"] == "/messages/"


@pytest.mark.parametrize("level", [Level.INFORMATION, Level.WARNING])
def test_what_does_not_press_has_no_banner(as_, cast, level):
    factories.announcement("x", level=level)
    assert banner(as_(cast.alice).get("/")) is None


def test_home_shows_three_unread_first(as_, cast):
    for number in range(4):
        factories.announcement(f"m{number}", publish_from=NOW - number * HOUR)
    browser = as_(cast.alice)
    browser.post(f"/messages/{pk_of('m0')}/read/")
    shown = re.findall(r'href="/messages/\d+/">Title of (\w+)', browser.get("/").text)
    assert shown == ["m1", "m2", "m3"]


@pytest.mark.parametrize(("language", "text"), [("en", "Text of x"), ("zh-hant", "x 的內容")])
def test_message_is_read_in_ones_language(cast, language, text):
    announcement = factories.announcement("x", services=["teams"], address="https://more.example/x", happens_from=NOW)
    browser = Client(headers={"accept-language": language})
    browser.force_login(cast.alice)
    page = browser.get(announcement.get_absolute_url()).text
    assert [one for one in (text, "Microsoft Teams", 'href="https://more.example/x"') if one not in page] == []


def test_text_is_text(as_, cast):
    announcement = factories.announcement("x", body={"en": "<script>alert(1)</script>"}, title={"en": "<b>x</b>"})
    page = as_(cast.alice).get(announcement.get_absolute_url()).text
    assert ("<script>alert" in page, "<b>x" in page, "&lt;script&gt;" in page) == (False, False, True)


@pytest.mark.parametrize("name", ["dana", "max", "sam"])
def test_desks_people_are_led_to_the_desk(as_, cast, name):
    announcement = factories.announcement("x")
    for address in ("/messages/", announcement.get_absolute_url()):
        assert as_(getattr(cast, name)).get(address)["location"] == "/admin/"


# --- In how many statements ---


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("page", "statements"), [("/messages/", 7), ("/messages/{pk}/", 7)])
def test_pages_take_the_same_statements_for_any_number_of_rows(as_, cast, assert_statements, page, statements, rows):
    for number in range(rows):
        pk = factories.announcement(f"m{number}", level=Level.URGENT, partner=cast.partner).pk
    browser = as_(cast.alice)
    with assert_statements(statements):
        assert browser.get(page.format(pk=pk)).status_code == 200
