"""Who sees which rows, whatever statement is sent."""

import pytest
from django.db import DataError, ProgrammingError, transaction

from accounts import mail
from accounts.models import CustomerMembership, OutgoingMail, PartnerMembership, User
from portal.lib.acting import NOBODY, SITE, acting_as, look_people_up
from requests_app.models import RequestEvent
from tests import factories
from tests.second_wall.sql import CUSTOMERS, fetch

OF_WHOM = {
    "customers": CUSTOMERS,
    "subscriptions": "SELECT c FROM requests_app_subscription s JOIN names ON names.id = s.customer_id",
    "requests": "SELECT c FROM requests_app_subscriptionrequest r JOIN names ON names.id = r.customer_id",
    "lines": (
        "SELECT c FROM requests_app_requestline l JOIN requests_app_subscriptionrequest r"
        " ON r.id = l.subscription_request_id JOIN names ON names.id = r.customer_id"
    ),
    "events": (
        "SELECT c FROM requests_app_requestevent e JOIN requests_app_subscriptionrequest r"
        " ON r.id = e.subscription_request_id JOIN names ON names.id = r.customer_id"
    ),
    "memberships": "SELECT c FROM accounts_customermembership m JOIN names ON names.id = m.customer_id",
}
SEES = {
    "alice": {"Victoria Dental"},
    "carol": {"Victoria Dental"},
    "charlie": {"Sibling Foods"},
    "frank": {"Foreign Works"},
    "dana": {"Victoria Dental", "Sibling Foods"},
    "max": {"Victoria Dental", "Sibling Foods"},
    "erin": {"Foreign Works"},
    "sam": set(),
    "root": {"Victoria Dental", "Sibling Foods", "Foreign Works"},
}


@pytest.mark.parametrize("kind", OF_WHOM)
@pytest.mark.parametrize("name", SEES)
def test_person_sees_the_rows_of_their_customers(rows, kind, name):
    names = {"id": [], "c": []}
    for pk, customer in fetch("SELECT id, name FROM accounts_customer"):
        names["id"].append(pk)
        names["c"].append(customer)
    statement = OF_WHOM[kind]
    if statement != CUSTOMERS:
        statement = f"WITH names AS (SELECT unnest(%s::bigint[]) AS id, unnest(%s::text[]) AS c) {statement}"
    with acting_as(getattr(rows, name).pk):
        seen = {one for (one,) in fetch(statement, *([names["id"], names["c"]] if statement != CUSTOMERS else []))}
    assert seen == SEES[name]


def offers_of(cast, name):
    """Staff look after partners, not after what they sell; superusers see everything."""
    own, other = cast.partner.pk, cast.other_partner.pk
    return {"alice": {own}, "dana": {own}, "frank": {other}, "erin": {other}, "sam": set(), "root": {own, other}}[name]


@pytest.mark.parametrize(
    ("name", "partners", "colleagues"),
    [
        ("alice", {"Blue Heron Cloud"}, set()),
        ("frank", {"Grey Owl Cloud"}, set()),
        ("dana", {"Blue Heron Cloud"}, {"Dana", "Max"}),
        ("erin", {"Grey Owl Cloud"}, {"Erin"}),
        ("sam", {"Blue Heron Cloud", "Grey Owl Cloud"}, {"Dana", "Max", "Erin"}),
        ("root", {"Blue Heron Cloud", "Grey Owl Cloud"}, {"Dana", "Max", "Erin"}),
    ],
)
def test_person_sees_their_partner_and_colleagues(rows, name, partners, colleagues):
    with acting_as(getattr(rows, name).pk):
        assert {one for (one,) in fetch("SELECT name FROM accounts_partner")} == partners
        seen = fetch("SELECT u.name FROM accounts_partnermembership m JOIN accounts_user u ON u.id = m.user_id")
        assert {one for (one,) in seen} == colleagues
        assert {one for (one,) in fetch("SELECT partner_id FROM requests_app_offer")} == offers_of(rows, name)


KNOWS = {
    "alice": {"Alice", "Bob", "Carol", "Dana", "Max", "Sam", "Root"},
    "charlie": {"Charlie", "Dana", "Max", "Sam", "Root"},
    "dana": {"Alice", "Bob", "Carol", "Charlie", "Dana", "Max", "Sam", "Root"},
    "erin": {"Erin", "Frank", "Sam", "Root"},
    "frank": {"Erin", "Frank", "Sam", "Root"},
}


@pytest.mark.parametrize("name", KNOWS)
def test_person_knows_who_they_have_to_do_with(rows, name):
    with acting_as(getattr(rows, name).pk):
        assert {one for (one,) in fetch("SELECT name FROM accounts_user")} == KNOWS[name]


@pytest.mark.parametrize("name", ["sam", "root"])
def test_staff_look_after_everybody(rows, name):
    with acting_as(getattr(rows, name).pk):
        assert len(fetch("SELECT 1 FROM accounts_user")) == len(rows.everybody())


def test_history_keeps_the_names_of_those_who_left(rows):
    PartnerMembership.objects.filter(user=rows.dana).delete()
    CustomerMembership.objects.filter(user=rows.alice).delete()
    with acting_as(rows.bob.pk):
        events = RequestEvent.objects.select_related("actor")
        assert {event.actor.name for event in events} == {"Alice", "Dana"}
        assert len(events) == 4
    with acting_as(rows.dana.pk):
        assert fetch("SELECT 1 FROM requests_app_requestevent") == []
        assert {one for (one,) in fetch("SELECT name FROM accounts_user")} == {"Dana", "Sam", "Root"}


def test_history_names_somebody_of_the_site_who_took_a_step(rows):
    from requests_app import workflow

    workflow.claim(factories.purchase(rows.customer, rows.bob), actor=rows.root)
    User.objects.filter(pk=rows.root.pk).update(is_superuser=False, is_staff=False)
    with acting_as(rows.alice.pk):
        assert {event.actor.name for event in RequestEvent.objects.select_related("actor")} == {
            "Alice", "Bob", "Dana", "Root"}  # fmt: skip


@pytest.mark.parametrize("name", ["alice", "dana", "max", "sam", "root"])
def test_who_is_locked_out_sees_nothing(rows, name):
    person = getattr(rows, name)
    User.objects.filter(pk=person.pk).update(is_active=False)
    with acting_as(person.pk):
        for table in (
            "accounts_customer",
            "accounts_partner",
            "requests_app_subscriptionrequest",
            "requests_app_offer",
        ):
            assert fetch(f"SELECT 1 FROM {table}") == []


@pytest.mark.parametrize("table", sorted({"accounts_invitation", "accounts_formermember", "django_admin_log", "requests_app_requestevent", "requests_app_requestline", "requests_app_subscriptionrequest"} | {"accounts_user", "accounts_customer", "account_emailaddress"}))  # fmt: skip
def test_nobody_sees_nothing(rows, table):
    with acting_as(NOBODY):
        assert fetch(f"SELECT 1 FROM {table}") == []


def test_looking_people_up_opens_people_and_no_more(rows):
    with acting_as(NOBODY):
        look_people_up(NOBODY)
        assert len(fetch("SELECT 1 FROM accounts_user")) == len(fetch("SELECT 1 FROM account_emailaddress")) == 10
        for table in (
            "accounts_customer",
            "accounts_partner",
            "requests_app_subscriptionrequest",
            "requests_app_offer",
        ):
            assert fetch(f"SELECT 1 FROM {table}") == []


@pytest.mark.parametrize(("name", "seen"), [("alice", 1), ("max", 1), ("sam", 1)])
def test_addresses_are_their_owners(rows, name, seen):
    with acting_as(getattr(rows, name).pk):
        assert fetch("SELECT user_id FROM account_emailaddress") == [(getattr(rows, name).pk,)] * seen


@pytest.mark.parametrize("name", ["alice", "max", "sam", "root"])
def test_mail_on_its_way_is_read_by_nobody(rows, name):
    with acting_as(getattr(rows, name).pk):
        mail.queue(mail.Message("Subject", "text", ""), recipient="x@example.com")
        assert fetch("SELECT 1 FROM accounts_outgoingmail") == []
    assert OutgoingMail.objects.filter(recipient="x@example.com").count() == 1


@pytest.mark.parametrize(
    ("name", "seen"),
    [("alice", 0), ("dana", 0), ("max", 0), ("erin", 0), ("sam", 1), ("root", 1), (SITE, 1), (NOBODY, 0)],
)
def test_what_became_of_a_mail_is_seen_by_staff_and_not_what_it_says(rows, name, seen):
    mail.queue(mail.Message("Subject-zq", "Text-zq", "<p>Html-zq</p>"), recipient="x@example.com")
    with acting_as(getattr(rows, name).pk if hasattr(rows, name) else name):
        shown = fetch("SELECT one::text FROM accounts_delivery one")
    assert len(shown) == seen
    assert "zq" not in str(shown)
    assert all("x@example.com" in one for (one,) in shown)


def test_no_row_of_this_view_is_read_before_it_is_known_who_asks(rows):
    """A condition that fails on any row would tell those who see none that there is one."""
    mail.queue(mail.Message("Subject", "text", ""), recipient="x@example.com")
    fails = "SELECT 1 FROM accounts_delivery WHERE 1 / (length(recipient) - length(recipient)) > 0"
    with acting_as(rows.alice.pk):
        assert fetch(fails) == []
        plan = "\n".join(one for (one,) in fetch("EXPLAIN SELECT * FROM accounts_delivery ORDER BY id DESC LIMIT 25"))
    assert "One-Time Filter" in plan
    with acting_as(rows.sam.pk), pytest.raises(DataError, match="division by zero"), transaction.atomic():
        fetch(fails)


@pytest.mark.django_db
def test_only_these_views_pass_the_wall():
    """A view is read as its owner, whom no policy binds: each needs a condition of its own, and a test of it.

    What has helped (``portal_contenthelped``) is read by a function of the database alone: see ``test_openings``.
    """
    views = fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace ORDER BY 1"
    )
    assert views == [("accounts_delivery",), ("portal_contenthelped",)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_delivery SET recipient = 'me@example.com'",
        "DELETE FROM accounts_delivery",
        "INSERT INTO accounts_delivery (recipient) VALUES ('me@example.com')",
    ],
)
@pytest.mark.parametrize("name", ["sam", "root"])
def test_nobody_writes_to_mails_through_what_staff_see_of_them(rows, name, statement):
    with (
        acting_as(getattr(rows, name).pk),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        fetch(statement)
