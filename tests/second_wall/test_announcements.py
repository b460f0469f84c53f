"""An announcement is read by those it is for and kept by whoever keeps it; what somebody has read is their own."""

import pytest
from django.db import connection
from django.db.utils import ProgrammingError

from portal.lib.acting import NOBODY, SITE, acting_as
from portal.models import Announcement, AnnouncementRead
from tests import factories
from tests.second_wall.sql import fetch

EVERY = {"all", "heron", "owl", "sibling", "chosen"}
READS = {
    "alice": {"all", "heron"}, "carol": {"all", "heron"}, "charlie": {"all", "heron", "sibling"},
    "dana": {"all", "heron", "sibling"}, "max": {"all", "heron", "sibling"}, "erin": {"all", "owl", "chosen"},
    "frank": {"all", "owl", "chosen"}, "sam": EVERY, "root": EVERY,
}  # fmt: skip
WRITES = {"max": {"heron", "sibling"}, "erin": {"owl"}, "sam": {"all", "chosen"}, "root": EVERY}
TITLES = "SELECT title->>'en' FROM portal_announcement"


@pytest.fixture
def said(cast):
    for title, fields in {
        "all": {}, "heron": {"partner": cast.partner}, "owl": {"partner": cast.other_partner},
        "sibling": {"partner": cast.partner, "customers": [cast.sibling.pk]},
        "chosen": {"partners": [cast.other_partner.pk]},
    }.items():  # fmt: skip
        factories.announcement(title, title={"en": title}, **fields)
    return cast


@pytest.mark.parametrize("name", READS)
def test_both_walls_show_the_same(said, name):
    person = getattr(said, name)
    assert {str(one) for one in Announcement.objects.visible_to(person)} == READS[name]
    with acting_as(person.pk):
        assert {title for (title,) in fetch(TITLES)} == READS[name]


def test_visitors_see_what_is_for_all_and_the_site_everything(said):
    for who, seen in ((NOBODY, {"all"}), (SITE, EVERY)):
        with acting_as(who):
            assert {title for (title,) in fetch(TITLES)} == seen


@pytest.mark.parametrize("statement", ["UPDATE portal_announcement SET note = 'x'", "DELETE FROM portal_announcement"])
@pytest.mark.parametrize("name", READS)
def test_rows_are_written_by_who_keeps_them(said, name, statement):
    with acting_as(getattr(said, name).pk), connection.cursor() as cursor:
        cursor.execute(f"{statement} RETURNING title->>'en'")
        assert {title for (title,) in cursor.fetchall()} == WRITES.get(name, set())


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("dana", {"partner": "partner"}), ("alice", {"partner": "partner"}), ("max", {}),
        ("max", {"partner": "other_partner"}), ("sam", {"partner": "partner"}),
        ("max", {"partner": "partner", "customers": "foreign_customer"}),
    ],
)  # fmt: skip
def test_nobody_adds_what_is_not_theirs_to_say(said, name, fields):
    partner = getattr(said, fields["partner"]) if "partner" in fields else None
    customers = [getattr(said, fields["customers"]).pk] if "customers" in fields else []
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(getattr(said, name).pk):
        factories.announcement("x", partner=partner, customers=customers)


@pytest.mark.parametrize("name", ["max", "sam", "root"])
def test_who_keeps_it_may_add(said, name):
    fields = {"max": {"partner": said.partner, "customers": [said.sibling.pk]}, "sam": {"partners": [said.partner.pk]}}
    with acting_as(getattr(said, name).pk):
        factories.announcement("x", **fields.get(name, {}))


def test_row_is_not_moved_to_another_partners_customers(said):
    mine = Announcement.objects.filter(title__en="sibling")
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(said.max.pk):
        mine.update(customers=[said.foreign_customer.pk])
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(said.max.pk):
        mine.update(partner=said.other_partner, customers=[])


# --- What somebody has read ---


@pytest.fixture
def read(said):
    for name in ("alice", "charlie", "frank"):
        person = getattr(said, name)
        for announcement in Announcement.objects.visible_to(person):
            AnnouncementRead.objects.create(announcement=announcement, user=person, read_at=announcement.publish_from)
    return said


@pytest.mark.parametrize("name", READS)
def test_what_was_read_is_ones_own(read, name):
    person = getattr(read, name)
    expected = len(READS[name]) if name in ("alice", "charlie", "frank") else 0
    with acting_as(person.pk), connection.cursor() as cursor:
        assert {user for (user,) in fetch("SELECT user_id FROM portal_announcementread")} <= {person.pk}
        cursor.execute("UPDATE portal_announcementread SET dismissed_at = now()")
        assert cursor.rowcount == expected
        cursor.execute("DELETE FROM portal_announcementread")
        assert cursor.rowcount == 0


@pytest.mark.parametrize(("reader", "of"), [("bob", "all"), ("alice", "owl"), ("alice", "sibling")])
def test_nobody_reads_in_anothers_name_or_what_is_not_for_them(said, reader, of):
    announcement = Announcement.objects.get(title__en=of)
    user = getattr(said, reader)
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(said.alice.pk):
        AnnouncementRead.objects.create(announcement=announcement, user=user, read_at=announcement.publish_from)


COUNTS = {
    "sam": {"all": 3, "heron": 2, "owl": 1, "sibling": 1, "chosen": 1}, "max": {"heron": 2, "sibling": 1},
    "erin": {"owl": 1},
}  # fmt: skip


@pytest.mark.parametrize("name", READS)
def test_how_many_have_read_is_for_who_keeps_it(read, name):
    with acting_as(getattr(read, name).pk):
        counted = dict(fetch("SELECT title->>'en', portal_announcement_readers(id) FROM portal_announcement"))
    expected = COUNTS["sam"] if name == "root" else COUNTS.get(name, {})
    assert {title: count for title, count in counted.items() if count} == expected


def test_reading_goes_with_its_announcement(read):
    with acting_as(read.max.pk):
        Announcement.objects.get(title__en="heron").delete()
    assert AnnouncementRead.objects.filter(user=read.alice).count() == 1
