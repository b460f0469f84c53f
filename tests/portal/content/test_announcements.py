"""Who reads an announcement: the rule in plain Python beside the database's; what is new, and what was done about it."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import Customer
from portal.content import announcements
from portal.lib.clouds import Cloud
from portal.models import Announcement, AnnouncementRead, Level, State
from tests import factories

NOW = timezone.now()
HOUR = datetime.timedelta(hours=1)
SERVICES = ["exchange", "teams", "azure"]


# --- The audience ---


def reads(announcement, customer, owned, now):
    """The rule, said once more without the database."""
    if announcement.state(now) != State.PUBLISHED:
        return False
    if announcement.partner_id is not None and announcement.partner_id != customer.partner_id:
        return False
    if announcement.partners and customer.partner_id not in announcement.partners:
        return False
    if announcement.customers and customer.pk not in announcement.customers:
        return False
    if announcement.clouds and customer.cloud not in announcement.clouds:
        return False
    return not announcement.to_owners_only or bool(owned & set(announcement.services))


@st.composite
def restrictions(draw):
    """Restrictions by number: partners and customers are filled in by the test."""
    of_partner = draw(st.sampled_from([None, 0, 1]))
    services = draw(st.lists(st.sampled_from(SERVICES), unique=True))
    begins = draw(st.sampled_from([-2, -1, 1]))
    return {
        "partner": of_partner,
        "partners": draw(st.lists(st.integers(0, 2), unique=True)) if of_partner is None else [],
        "customers": draw(st.lists(st.integers(0, 2), unique=True)) if of_partner is not None else [],
        "clouds": draw(st.lists(st.sampled_from(Cloud.values), unique=True)),
        "services": services,
        "to_owners_only": bool(services) and draw(st.booleans()),
        "is_draft": draw(st.booleans()),
        "begins": begins,
        "ends": draw(st.sampled_from([None, begins + 1])),
    }


NONE = {
    "partner": None, "partners": [], "customers": [], "clouds": [], "services": [], "to_owners_only": False,
    "is_draft": False, "begins": -1, "ends": None,
}  # fmt: skip


@pytest.fixture
def customers(cast):
    """Customers of both partners, in other clouds, with other services; one subscription has ended."""
    found = []
    for partner, cloud, owned, ended in (
        (cast.partner, Cloud.COMMERCIAL, ["exchange", "teams"], []),
        (cast.partner, Cloud.GCC, [], ["exchange"]),
        (cast.other_partner, Cloud.GCC_HIGH, ["azure"], []),
        (cast.other_partner, Cloud.COMMERCIAL, ["teams"], ["azure"]),
    ):
        customer = factories.customer(partner, f"{partner} {cloud}", cloud)
        for services, status in ((owned, "active"), (ended, "deleted")):
            if services:
                factories.subscription(customer, factories.product(services=services), status=status)
        found.append((customer, set(owned)))
    return cast, found


@given(said=restrictions())
@example(said=NONE)
@example(said=NONE | {"partners": [2]})
@example(said=NONE | {"partner": 0, "customers": [2]})
@example(said=NONE | {"services": ["exchange"], "to_owners_only": True})
@example(said=NONE | {"begins": -2, "ends": -1})
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_audience_is_the_plain_rule_from_both_sides(customers, said):
    cast, found = customers
    partners = [cast.partner.pk, cast.other_partner.pk, 799_999_999]
    known = list(
        Customer.objects.filter(partner=partners[said["partner"] or 0]).order_by("-pk").values_list("pk", flat=True)
    )
    publish_until = None if said["ends"] is None else NOW + said["ends"] * HOUR
    announcement = factories.announcement(
        "x",
        partner_id=None if said["partner"] is None else partners[said["partner"]],
        partners=[partners[at] for at in said["partners"]],
        customers=[known[at] for at in said["customers"] if at < len(known)],
        clouds=said["clouds"], services=said["services"], to_owners_only=said["to_owners_only"],
        is_draft=said["is_draft"], publish_from=NOW + said["begins"] * HOUR, publish_until=publish_until,
    )  # fmt: skip
    expected = {customer for customer, owned in found if reads(announcement, customer, owned, NOW)}
    mine = Announcement.objects.filter(pk=announcement.pk)
    everybody = {customer for customer, _owned in found}
    assert {one for one in everybody if mine.for_customer(one, NOW).exists()} == expected
    if announcement.state(NOW) == State.PUBLISHED:
        assert set(announcement.audience()) & everybody == expected
    announcement.delete()


MADE_UP = {
    "all": {}, "chosen": {"partner": "partner", "customers": "sibling"}, "own": {"partner": "partner"},
    "other": {"partner": "other_partner"}, "theirs": {"partners": ["partner"]}, "gcc": {"clouds": ["gcc"]},
    "teams": {"services": ["teams"], "to_owners_only": True},
}  # fmt: skip


@pytest.mark.parametrize(
    ("partner", "cloud", "services", "expected"),
    [
        (None, "commercial", set(), {"all"}),
        ("partner", "commercial", set(), {"all", "own", "chosen", "theirs"}),
        ("other_partner", "gcc", {"azure"}, {"all", "other", "gcc"}),
        (None, "commercial", {"teams"}, {"all", "teams"}),
    ],
)
def test_customer_who_is_made_up_is_each_of_the_chosen_ones(cast, partner, cloud, services, expected):
    for title, fields in MADE_UP.items():
        given = dict(fields)
        if "partner" in given:
            given["partner"] = getattr(cast, given["partner"])
        if "customers" in given:
            given["customers"] = [getattr(cast, given["customers"]).pk]
        if "partners" in given:
            given["partners"] = [getattr(cast, one).pk for one in given["partners"]]
        factories.announcement(title, **given)
    pk = getattr(cast, partner).pk if partner else None
    shown = Announcement.objects.for_made_up(pk, cloud, services)
    assert {str(one).removeprefix("Title of ") for one in shown} == expected


# --- What the database refuses ---


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"publish_until": NOW - 2 * HOUR}, "It would end before it begins."),
        ({"happens_from": NOW, "happens_until": NOW}, "What it tells of would end before it begins."),
        ({"publish_from": None}, "Say from when on it is published."),
        ({"to_owners_only": True}, "Tick the services whose owners get it."),
        ({"by_mail": True}, "Only an urgent announcement goes out by mail."),
        ({"customers": [1]}, "Customers are chosen in a partner&#x27;s announcement"),
        ({"address": "javascript:alert(1)"}, "not with javascript:"),
        ({"address": "http://one.example"}, "not with http:"),
        ({"address": "https://{tenant}.example"}, "Give a whole address that starts with https://"),
    ],
)
def test_announcement_that_makes_no_sense_is_refused(cast, wrong, says):
    values = {"title": {"en": "X"}, "publish_from": NOW - HOUR} | wrong
    with pytest.raises(ValidationError) as refused:
        Announcement(**values).full_clean()
    assert says.replace("&#x27;", "'") in " ".join(refused.value.messages)
    if "address" not in wrong:
        with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():  # the wall may be first
            Announcement.objects.create(**values)


# --- What is new, and what was done about it ---


def test_news_are_what_is_unread_and_the_newest_urgent_one(cast, django_assert_num_queries):
    factories.announcement("plain")
    first = factories.announcement("first", level=Level.URGENT, publish_from=NOW - 3 * HOUR)
    newest = factories.announcement("newest", level=Level.URGENT, publish_from=NOW - HOUR)
    factories.announcement("third", level=Level.URGENT, publish_from=NOW - 4 * HOUR)
    factories.announcement("foreign", partner=cast.other_partner, level=Level.URGENT)
    customer = Customer.objects.get(pk=cast.customer.pk)
    with django_assert_num_queries(1):
        found = announcements.news(cast.alice, customer, timezone.now())
    assert (found.unread, found.urgent, found.more_urgent) == (4, newest, 2)
    act(announcements.dismiss, cast.alice, newest)
    found = announcements.news(cast.alice, customer, timezone.now())
    assert (found.unread, found.urgent, found.more_urgent) == (4, first, 1)
    act(announcements.mark_read, cast.alice, first)
    found = announcements.news(cast.alice, customer, timezone.now())
    assert (found.unread, str(found.urgent), found.more_urgent) == (3, "Title of third", 0)
    assert announcements.news(cast.bob, customer, timezone.now()).unread == 4


def act(what, user, announcement):
    mine = Announcement.objects.as_read_by(user).get(pk=announcement.pk)
    return what(user, [mine] if what is announcements.mark_read else mine, timezone.now())


def test_reading_and_hiding_are_noted_once_each(cast):
    announcement = factories.announcement("x", level=Level.URGENT)
    assert act(announcements.dismiss, cast.alice, announcement) == 1
    (row,) = AnnouncementRead.objects.all()
    hidden = row.dismissed_at
    assert (row.read_at, hidden is None) == (None, False)
    assert act(announcements.mark_read, cast.alice, announcement) == 1
    assert act(announcements.mark_read, cast.alice, announcement) == 0
    assert act(announcements.dismiss, cast.alice, announcement) == 0
    (row,) = AnnouncementRead.objects.all()
    assert (row.dismissed_at, row.read_at is None) == (hidden, False)


def test_number_in_the_header_ends_somewhere(cast, monkeypatch):
    monkeypatch.setattr(announcements, "MOST", 2)
    for number in range(4):
        factories.announcement(str(number))
    found = announcements.news(cast.alice, cast.customer, timezone.now())
    assert (found.unread, found.shown) == (3, "2+")


# --- Publishing ---


def test_publishing_begins_now_and_keeps_what_is_published(cast):
    published = factories.announcement("published").publish_from
    factories.announcement("draft", is_draft=True, publish_from=NOW - 9 * HOUR)
    factories.announcement("never", is_draft=True, publish_from=None)
    factories.announcement("soon", publish_from=NOW + HOUR, publish_until=NOW + 2 * HOUR)
    factories.announcement("over", publish_from=NOW - 9 * HOUR, publish_until=NOW - HOUR)
    assert announcements.publish(Announcement.objects.all(), NOW) == 4
    now = announcements.begins(NOW)
    found = {
        str(one).removeprefix("Title of "): (one.is_draft, one.publish_from, one.publish_until)
        for one in Announcement.objects.all()
    }
    assert found == {
        "published": (False, published, None),
        "draft": (False, now, None),
        "never": (False, now, None),
        "soon": (False, now, NOW + 2 * HOUR),
        "over": (False, NOW - 9 * HOUR, None),
    }
