"""What is for all customers is read by everybody and written by staff; a partner's own by its people and its customers,
and written by its managers alone."""

import pytest
from django.db import connection
from django.db.utils import ProgrammingError

from portal.lib.acting import NOBODY, SITE, acting_as
from portal.models import ContentAddress, SelfServiceLink, SupportResource
from tests import factories
from tests.second_wall.sql import fetch

HERON, OWL = {"all", "heron"}, {"all", "owl"}
READS = {
    "alice": HERON, "carol": HERON, "charlie": HERON, "dana": HERON, "max": HERON, "erin": OWL, "frank": OWL,
    "sam": {"all", "heron", "owl"}, "root": {"all", "heron", "owl"},
}  # fmt: skip
WRITES = {"max": {"heron"}, "erin": {"owl"}, "sam": {"all"}, "root": {"all", "heron", "owl"}}
MODELS = {"selfservicelink": SelfServiceLink, "supportresource": SupportResource}


@pytest.fixture
def content(cast):
    for key, partner in (("all", None), ("heron", cast.partner), ("owl", cast.other_partner)):
        for make in (factories.link, factories.resource):
            make(key, partner=partner, address_gcc=f"https://{key}.example")
    return cast


@pytest.mark.parametrize("table", MODELS)
@pytest.mark.parametrize("name", READS)
def test_both_walls_show_the_same(content, name, table):
    person = getattr(content, name)
    assert {one.key for one in MODELS[table].objects.visible_to(person)} == READS[name]
    with acting_as(person.pk):
        assert {key for (key,) in fetch(f"SELECT key FROM portal_{table}")} == READS[name]


@pytest.mark.parametrize("name", READS)
def test_address_is_seen_with_what_it_belongs_to(content, name):
    with acting_as(getattr(content, name).pk):
        seen = fetch("SELECT address FROM portal_contentaddress")
    assert sorted(one for (one,) in seen) == sorted(f"https://{key}.example" for key in READS[name] for _ in MODELS)


@pytest.mark.parametrize("table", MODELS)
def test_visitors_see_what_is_for_all_and_the_site_everything(content, table):
    for who, seen in ((NOBODY, {"all"}), (SITE, {"all", "heron", "owl"})):
        with acting_as(who):
            assert {key for (key,) in fetch(f"SELECT key FROM portal_{table}")} == seen


@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
@pytest.mark.parametrize("name", READS)
def test_rows_are_written_by_who_keeps_them(content, name, verb):
    expected = WRITES.get(name, set())
    for table in MODELS:
        with acting_as(getattr(content, name).pk), connection.cursor() as cursor:
            cursor.execute(verb.format("portal_contentaddress", "source", "'x'"))
            assert cursor.rowcount == len(expected) * (2 if table == "selfservicelink" else len(MODELS)) or (
                verb.startswith("DELETE") and cursor.rowcount == 0
            )
            cursor.execute(verb.format(f"portal_{table}", "position", "9"))
            assert cursor.rowcount == len(expected)


@pytest.mark.parametrize(
    ("name", "allowed"), [("max", {"heron"}), ("erin", {"owl"}), ("sam", {"all"}), ("dana", set()), ("alice", set())]
)
@pytest.mark.parametrize("place", ["all", "heron", "owl"])
def test_rows_are_added_where_they_are_kept(content, name, allowed, place):
    partner = {"all": None, "heron": content.partner.pk, "owl": content.other_partner.pk}[place]
    insert = (
        "INSERT INTO portal_selfservicelink (key, title, description, category, service, position, note, is_draft,"
        " partner_id) VALUES ('new', '{}', '{}', 'help', '', 0, '', false, %s)"
    )
    with acting_as(getattr(content, name).pk), connection.cursor() as cursor:
        if place in allowed:
            cursor.execute(insert, [partner])
            assert cursor.rowcount == 1
            return
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        acting_as(getattr(content, name).pk),
        connection.cursor() as cursor,
    ):
        cursor.execute(insert, [partner])


@pytest.mark.parametrize(("name", "of"), [("max", "owl"), ("max", "all"), ("dana", "heron"), ("sam", "heron")])
def test_address_is_not_added_to_what_somebody_else_keeps(content, name, of):
    link = SelfServiceLink.objects.get(key=of)
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(getattr(content, name).pk):
        ContentAddress.objects.create(link=link, cloud="dod", address="https://evil.example")


def test_row_is_not_moved_to_another_partner(content):
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(content.max.pk):
        SelfServiceLink.objects.filter(key="heron").update(partner=content.other_partner)
    with pytest.raises(ProgrammingError, match="row-level security"), acting_as(content.max.pk):
        SelfServiceLink.objects.filter(key="heron").update(partner=None)
