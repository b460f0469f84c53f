"""Who changed what in a link or a resource, and the way back: kept by the database, whichever way a change came."""

import datetime

import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.utils import timezone, translation

from portal.content.addresses import Known, set_addresses
from portal.content.history import versions
from portal.lib.acting import SITE, acting_as
from portal.models import ContentAddress, SelfServiceLink, SelfServiceLinkEvent, SupportResource
from tests import factories
from tests.conftest import make_cast

LINKS = "/admin/portal/selfservicelink/"
DAY = datetime.date(2026, 11, 1)


@pytest.fixture
def as_(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def edited(transactional_db):
    """A link that Sam has made, changed twice, once with its addresses; each change in a transaction of its own."""
    cast = make_cast()
    with acting_as(cast.sam.pk):
        link = factories.link("x", title={"en": "One"}, note="n", address_gcc="https://a.example")
    with acting_as(cast.sam.pk):
        SelfServiceLink.objects.filter(pk=link.pk).update(title={"en": "Two", "zh-hant": "二"}, service="azure")
        set_addresses(link, {"gcc": Known("https://b.example", "A page", "H", DAY), "dod": Known("https://d.example")})
    with acting_as(cast.root.pk), connection.cursor() as cursor:
        cursor.execute("UPDATE portal_selfservicelink SET note = 'by hand'")
        cursor.execute("DELETE FROM portal_contentaddress WHERE cloud = 'dod'")
    return cast, SelfServiceLink.objects.get()


def told(version):
    return [(one.name, one.before, one.after) for one in version.changes]


def test_versions_tell_who_changed_what(edited):
    cast, link = edited
    first, second, third = versions(link)
    assert [one.number for one in (first, second, third)] == [1, 2, 3]
    assert [one.by for one in (first, second, third)] == [cast.sam, cast.sam, cast.root]
    assert told(first) == []
    assert told(second) == [
        ("Title (English)", "One", "Two"),
        ("Title (繁體中文)", "–", "二"),
        ("Service", "–", "Azure"),
        ("GCC: address", "https://a.example", "https://b.example"),
        ("GCC: source", "–", "A page"),
        (
            "GCC: confidence",
            "medium: one good secondary source",
            "high: Microsoft's own page, or two independent sources",
        ),
        ("GCC: verified on", "–", "1 Nov 2026"),
        ("DoD: address", "–", "https://d.example"),
        ("DoD: confidence", "–", "medium: one good secondary source"),
    ]
    assert told(third) == [
        ("Note", "n", "by hand"),
        ("DoD: address", "https://d.example", "–"),
        ("DoD: confidence", "medium: one good secondary source", "–"),
    ]
    assert second.snapshot.addresses["gcc"] == Known("https://b.example", "A page", "H", DAY)


def test_versions_take_two_statements(edited, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert len(versions(edited[1])) == 3


def test_what_is_not_told_makes_no_version(edited):
    _cast, link = edited
    SelfServiceLink.objects.update(position=99)
    ContentAddress.objects.update(checked_at=timezone.now(), check_result="opens")
    assert len(versions(link)) == 3


def test_site_is_named_as_itself(edited):
    _cast, link = edited
    with acting_as(SITE):
        SelfServiceLink.objects.update(is_draft=True)
    last = versions(link)[-1]
    assert (last.by, last.by_the_site, told(last)) == (None, True, [("Draft", "No", "Yes")])


@pytest.mark.parametrize("statement", ["UPDATE {} SET pgh_label = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("table", ["selfservicelinkevent", "supportresourceevent", "contentaddressevent"])
@pytest.mark.django_db
def test_history_is_neither_changed_nor_deleted(table, statement):
    with pytest.raises(ProgrammingError, match="permission denied"), acting_as(SITE), connection.cursor() as cursor:
        cursor.execute(statement.format(f"portal_{table}"))


@pytest.mark.django_db
def test_history_is_written_by_triggers_alone(cast):
    link = factories.link("x")
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(cast.root.pk):
        SelfServiceLinkEvent.objects.create(pgh_obj=link, pgh_label="insert", id=link.pk, title={"en": "Forged"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "seen"), [("sam", 3), ("root", 3), ("max", 1), ("erin", 1), ("dana", 0), ("alice", 0), ("frank", 0)]
)
def test_history_is_read_by_who_keeps_the_row_and_staff(cast, name, seen):
    for key, partner in (("all", None), ("heron", cast.partner), ("owl", cast.other_partner)):
        factories.link(key, partner=partner, address_gcc="https://a.example")
        factories.resource(key, partner=partner)
    with acting_as(getattr(cast, name).pk), connection.cursor() as cursor:
        for table in ("selfservicelinkevent", "supportresourceevent", "contentaddressevent"):
            cursor.execute(f"SELECT count(*) FROM portal_{table}")
            assert (table, cursor.fetchone()) == (table, (seen,))


# --- At the desk ---


def restore(browser, link, version, newest=3):
    return browser.post(f"{LINKS}{link.pk}/restore/", {"version": version, "newest": newest}, follow=True)


def test_history_page_shows_each_version(as_, edited):
    cast, link = edited
    page = as_(cast.sam).get(f"{LINKS}{link.pk}/history/")
    assert page.text.count("Restore this version") == 2
    assert page.text.index("Version 3") < page.text.index("Version 2") < page.text.index("Version 1")
    assert "</span>https://a.example</del>" in page.text
    assert "</span>https://b.example</ins>" in page.text


def test_version_comes_back_as_a_new_one_and_stays_as_visible_as_it_is(as_, edited):
    cast, link = edited
    SelfServiceLink.objects.update(is_draft=True)
    page = restore(as_(cast.sam), link, 1, newest=4)
    assert "It is as it was in version 1." in page.text
    link.refresh_from_db()
    assert (link.title, link.service, link.note, link.is_draft) == ({"en": "One"}, "", "n", True)
    assert [(one.cloud, one.address, one.source, one.verified_on) for one in link.addresses.all()] == [
        ("gcc", "https://a.example", "", None)
    ]
    newest = versions(link)[-1]
    assert (newest.number, newest.by) == (5, cast.sam)


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_resource_comes_back_with_all_its_languages_and_boxes(as_, transactional_db, language):
    cast = make_cast()
    fields = {"kinds": ["purchase", "more_seats"], "services": ["azure", "teams"], "verified_on": DAY}
    with acting_as(SITE):
        resource = factories.resource("x", address_dod="https://d.example", **fields)
    before = SupportResource.objects.values().get()
    with translation.override(language):
        SupportResource.objects.update(title={"en": "Other"}, body={}, kinds=[], services=[], verified_on=None)
        resource.addresses.all().delete()
        browser = as_(cast.sam)
        browser.cookies["django_language"] = language
        browser.post(f"/admin/portal/supportresource/{resource.pk}/restore/", {"version": "1", "newest": "3"})
    assert SupportResource.objects.values().get() == before
    assert [one.address for one in resource.addresses.all()] == ["https://d.example"]


def test_nothing_comes_back_over_what_somebody_has_saved_meanwhile(as_, edited):
    cast, link = edited
    page = restore(as_(cast.sam), link, 1, newest=2)
    assert "Somebody has saved this meanwhile." in page.text
    link.refresh_from_db()
    assert (str(link.title), len(versions(link))) == ("Two", 3)


def test_what_would_be_refused_today_does_not_come_back(as_, edited):
    """A key may have been given to another link since."""
    cast, link = edited
    SelfServiceLink.objects.update(key="y")
    factories.link("x")
    page = restore(as_(cast.sam), link, 1, newest=4)
    assert "There is one with this key already." in page.text
    assert "Version 1 was not restored." in page.text
    link.refresh_from_db()
    assert (link.key, str(link.title)) == ("y", "Two")


@pytest.mark.parametrize("version", ["", "0", "99", "x", "\0"])
def test_version_that_is_not_there_does_not_come_back(as_, edited, version):
    cast, link = edited
    assert restore(as_(cast.sam), link, version).status_code == 404
    assert len(versions(link)) == 3


@pytest.mark.parametrize(("name", "status"), [("max", 404), ("erin", 404), ("dana", 404), ("alice", 302)])
def test_version_comes_back_for_who_keeps_the_row_alone(as_, edited, name, status):
    cast, link = edited
    browser = as_(getattr(cast, name))
    answer = browser.post(f"{LINKS}{link.pk}/restore/", {"version": "1", "newest": "3"})
    assert answer.status_code == status
    link.refresh_from_db()
    assert str(link.title) == "Two"


def test_looking_at_the_way_back_changes_nothing(as_, edited):
    cast, link = edited
    assert as_(cast.sam).get(f"{LINKS}{link.pk}/restore/?version=1&newest=3").status_code == 302
    assert len(versions(link)) == 3
