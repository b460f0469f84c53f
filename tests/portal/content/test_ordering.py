"""Putting content in order: what is kept, what is moved, what somebody else has added meanwhile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.content.ordering import moved_by_one, reorder
from portal.models import SelfServiceLink, SupportResource
from tests import factories

LINKS, RESOURCES = "/admin/portal/selfservicelink/order/", "/admin/portal/supportresource/order/"


@pytest.fixture
def as_(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


def order(model=SelfServiceLink, **rows):
    return list(model.objects.filter(**rows).order_by("position", "pk").values_list("key", flat=True))


def pks(*keys):
    return [SelfServiceLink.objects.get(key=key).pk for key in keys]


@pytest.fixture
def links(cast):
    for key in "abcd":
        factories.link(key)
    return cast


@pytest.mark.django_db
def test_rows_stand_as_they_were_sent(links):
    assert reorder(SelfServiceLink.objects.all(), pks(*"dbac")) == 4
    assert order() == ["d", "b", "a", "c"]
    assert [one.position for one in SelfServiceLink.objects.order_by("position")] == [10, 20, 30, 40]


@pytest.mark.django_db
def test_same_order_writes_nothing(links):
    reorder(SelfServiceLink.objects.all(), pks(*"dbac"))
    assert reorder(SelfServiceLink.objects.all(), pks(*"dbac")) == 0


@pytest.mark.django_db
def test_what_was_added_meanwhile_comes_last_and_what_is_gone_means_nothing(links):
    wanted = pks(*"cba")
    gone = SelfServiceLink.objects.get(key="b")
    gone.delete()
    reorder(SelfServiceLink.objects.all(), [*wanted, 10**18, *wanted])
    assert order() == ["c", "a", "d"]


@given(st.permutations([1, 2, 3, 4, 5, 6]), st.sets(st.integers(1, 6)), st.integers(1, 7), st.booleans())
def test_one_step_swaps_neighbours_of_a_group_and_nothing_else(start, among, pk, up):
    moved = moved_by_one(start, pk, up=up, among=among)
    group = [one for one in start if one in among]
    expected = list(group)
    if pk in group:
        at, to = group.index(pk), group.index(pk) + (-1 if up else 1)
        if 0 <= to < len(group):
            expected[at], expected[to] = expected[to], expected[at]
    assert [one for one in moved if one in among] == expected
    assert [one for one in moved if one not in among] == [one for one in start if one not in among]


@pytest.mark.parametrize(("name", "keys"), [("sam", ["a", "b", "new"]), ("max", ["a", "b", "own", "new"])])
def test_what_is_new_comes_behind_what_its_readers_have(as_, cast, name, keys):
    for position, (key, partner) in enumerate(
        (("a", None), ("b", None), ("own", cast.partner), ("far", cast.other_partner))
    ):
        factories.link(key, partner=partner, position=1000 if key == "far" else position)
    form = {"key": "new", "title_en": "New", "category": "help", "partner": cast.partner.pk}
    as_(getattr(cast, name)).post("/admin/portal/selfservicelink/add/", form)
    new = SelfServiceLink.objects.get(key="new")
    assert new.position == {"sam": 11, "max": 12}[name]
    assert order(key__in=keys) == keys


# --- The page ---


def test_page_groups_links_by_what_they_are_for(as_, cast):
    factories.link("health", category="health")
    factories.link("two", position=2)
    factories.link("one", position=1)
    text = as_(cast.sam).get(LINKS).text
    names = ["Set up a service", "Title of one", "Title of two", "Check service health", "Title of health"]
    assert sorted(names, key=lambda name: text.index(f">{name}<")) == names


@pytest.mark.parametrize(("rows", "statements"), [(1, 4), (3, 4)])
@pytest.mark.parametrize("address", [LINKS, RESOURCES])
def test_page_takes_the_same_statements_for_any_number_of_rows(as_, cast, assert_statements, address, rows, statements):
    for number in range(rows):
        factories.link(f"l{number}")
        factories.resource(f"r{number}")
    browser = as_(cast.sam)
    with assert_statements(statements):
        assert browser.get(address).text.count('name="order"') == rows


def test_whole_order_is_saved_at_once(as_, links):
    page = as_(links.sam).post(LINKS, {"order": pks(*"dcba")}, follow=True)
    assert "The order is saved." in page.text
    assert order() == ["d", "c", "b", "a"]


@pytest.mark.parametrize(
    ("move", "expected"), [("up-c", "acbd"), ("down-a", "bacd"), ("up-a", "abcd"), ("down-d", "abcd")]
)
def test_without_a_script_a_button_moves_its_row_by_one(as_, links, move, expected):
    direction, key = move.split("-")
    (pk,) = pks(key)
    answer = as_(links.sam).post(LINKS, {"order": pks(*"abcd"), "move": f"{direction}-{pk}"})
    assert answer.url == f"{LINKS}#row-{pk}"
    assert order() == list(expected)


@pytest.mark.parametrize("sent", [{}, {"order": ["x", "\0", "9" * 30, "-1", "²"]}, {"move": "up-\0"}, {"move": "x"}])
def test_nonsense_changes_nothing(as_, links, sent):
    before = order()
    assert as_(links.sam).post(LINKS, sent).status_code == 302
    assert order() == before


def test_manager_puts_the_partners_own_in_order_and_nothing_else(as_, links):
    for key in ("x", "y"):
        factories.link(key, partner=links.partner)
    factories.link("foreign", partner=links.other_partner)
    everything = pks("y", "x", "foreign", *"dcba")
    browser = as_(links.max)
    assert "Title of a<" not in browser.get(LINKS).text
    browser.post(LINKS, {"order": everything})
    assert order(partner=links.partner) == ["y", "x"]
    assert order(partner=None) == ["a", "b", "c", "d"]
    assert SelfServiceLink.objects.get(key="foreign").position == 0


@pytest.mark.parametrize("name", ["dana", "alice"])
@pytest.mark.parametrize("address", [LINKS, RESOURCES])
def test_page_is_for_who_keeps_content(as_, cast, name, address):
    assert as_(getattr(cast, name)).get(address).status_code in (302, 403)
    assert SupportResource.objects.count() == 0
