"""What was opened: its reader sees it, who keeps content learns sums, and the application neither changes nor deletes it."""

import datetime

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.utils import timezone

from portal.content.openings import record_opening
from portal.lib.acting import SITE, acting_as
from portal.models import ContentOpening
from tests import factories
from tests.second_wall.sql import fetch

READERS = {"alice", "charlie", "frank"}
SUMS = {
    "max": {"heron": 2}, "erin": {"owl": 1},
    "sam": {"heron": 2, "owl": 1, "all": 3}, "root": {"heron": 2, "owl": 1, "all": 3},
}  # fmt: skip
EVERYBODY = ("alice", "bob", "carol", "charlie", "dana", "max", "erin", "frank", "sam", "root")


@pytest.fixture
def opened(cast):
    """The same link opened at each of the three customers."""
    cast.link = factories.link("x", address_commercial="https://x.example")
    for customer, reader in (
        (cast.customer, cast.alice), (cast.sibling, cast.charlie), (cast.foreign_customer, cast.frank),
    ):  # fmt: skip
        record_opening(cast.link, customer=customer, reader=reader, now=timezone.now())
    return cast


@pytest.mark.parametrize("name", EVERYBODY)
def test_both_walls_show_a_reader_their_own_and_nobody_else_any(opened, name):
    person = getattr(opened, name)
    expected = {person.pk} if name in READERS else set()
    assert {one.user_id for one in ContentOpening.objects.visible_to(person)} == expected
    with acting_as(person.pk):
        assert {pk for (pk,) in fetch("SELECT user_id FROM portal_contentopening")} == expected


@pytest.mark.parametrize("name", EVERYBODY)
def test_sums_are_for_staff_and_the_partners_managers(opened, name):
    today = timezone.now().date()
    of = {"heron": opened.partner.pk, "owl": opened.other_partner.pk, "all": None}
    with acting_as(getattr(opened, name).pk):
        counted = {
            where: sum(
                count
                for (count,) in fetch("SELECT opened FROM portal_content_effects(%s, %s, %s)", today, tomorrow, pk)
            )
            for where, pk in of.items()
            for tomorrow in [today + datetime.timedelta(days=1)]
        }
    assert {where: count for where, count in counted.items() if count} == SUMS.get(name, {})


@pytest.mark.parametrize(
    "statement", ["UPDATE portal_contentopening SET day = day", "DELETE FROM portal_contentopening"]
)
def test_opening_is_neither_changed_nor_deleted(opened, statement):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize(("who", "months"), [("root", 13), ("alice", 13), (SITE, 11), (SITE, 0)])
def test_what_is_a_year_old_is_forgotten_by_the_site_and_nothing_else(opened, who, months):
    day = timezone.now().date() - datetime.timedelta(days=30 * months)
    person = who if who == SITE else getattr(opened, who).pk
    with acting_as(person), pytest.raises(ProgrammingError, match="kept for a year"), transaction.atomic():
        fetch("SELECT portal_forget_openings(%s)", day)


def test_what_has_helped_whom_is_read_by_nobody(opened):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        fetch("SELECT * FROM portal_contenthelped")


@pytest.mark.parametrize(
    ("name", "where"), [("bob", "sibling"), ("dana", "customer"), ("sam", "customer"), ("max", "sibling")]
)
def test_opening_is_left_by_its_reader_at_a_customer_of_theirs(opened, name, where):
    person = getattr(opened, name)
    with acting_as(person.pk), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        record_opening(opened.link, customer=getattr(opened, where), reader=person, now=timezone.now())
    with acting_as(opened.bob.pk), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        record_opening(opened.link, customer=opened.customer, reader=opened.carol, now=timezone.now())
