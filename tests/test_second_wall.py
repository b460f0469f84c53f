"""The second wall by itself: raw SQL as the application's role, with no queryset of ours in between.

Who sees which rows, who may leave which rows behind, that history is written once, and that forgetting to say who is
acting is an error instead of an empty page.
"""

import os
import re
import subprocess
import sys

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.utils import DataError, ProgrammingError
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from accounts import invitations, mail, middleware
from accounts.models import (
    Customer,
    CustomerMembership,
    Invitation,
    OutgoingMail,
    Partner,
    PartnerMembership,
    User,
)
from portal import checks
from portal.lib.acting import NOBODY, SITE, act_as, acting_as, look_people_up
from portal.lib.database_roles import database_owner
from portal.models import SelfServiceLink
from requests_app.models import RequestEvent, SubscriptionRequest
from tests import database, factories
from tests.asking import seen_on
from tests.jobs import nobody_has_said_who_acts

OPEN_TO_ALL = {
    "accounts_affiliation": "the application's role has no right to it at all",
    "accounts_user_groups": "Django's, unused: roles come from memberships",
    "accounts_user_user_permissions": "Django's, unused: roles come from memberships",
    "auth_group": "Django's, unused",
    "auth_group_permissions": "Django's, unused",
    "auth_permission": "names of Django's permissions, the same on every site",
    "account_emailconfirmation": "unused: confirmations are signed, not stored",
    "django_content_type": "names of models",
    "django_migrations": "names of migrations",
    "django_session": "found by its secret key alone, before anybody is known",
    "pghistory_context": "unused, and the application's role has no right to it at all",
    "portal_cache": "counts of tries",
    "procrastinate_events": "jobs carry ids, never texts",
    "procrastinate_jobs": "jobs carry ids, never texts",
    "procrastinate_periodic_defers": "jobs carry ids, never texts",
    "procrastinate_workers": "jobs carry ids, never texts",
    "socialaccount_socialapp": "read by nothing: registrations come from the environment",
}
"""Every table without row level security, and why."""


def fetch(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


@pytest.fixture
def rows(cast):
    """One of everything at each of the three customers; somebody at Victoria Dental has left since."""
    for customer, author, agent in (
        (cast.customer, cast.alice, cast.dana),
        (cast.sibling, cast.charlie, cast.max),
        (cast.foreign_customer, cast.frank, cast.erin),
    ):
        filed = factories.purchase(customer, author)
        factories.in_status(filed, "completed", agent=agent, author=author)
        LogEntry.objects.create(
            user=agent, content_type=ContentType.objects.get_for_model(filed), action_flag=ADDITION, object_repr="x"
        )
    return cast


# --- Every table ---


@pytest.mark.django_db
def test_every_table_has_the_wall_or_a_reason():
    tables = dict(
        fetch(
            "SELECT relname, relrowsecurity FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        )
    )
    assert {name for name, walled in tables.items() if not walled} == set(OPEN_TO_ALL)


@pytest.mark.django_db
def test_wall_stands_on_the_tables_owner_not_on_the_application():
    forced = fetch("SELECT count(*) FROM pg_policies WHERE NOT 'public' = ANY(roles::text[])")
    assert forced == [(0,)]
    assert fetch("SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]


# --- Reading ---

CUSTOMERS = "SELECT name FROM accounts_customer"
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


# --- Writing ---


def insert_subscription(cast, customer):
    return (
        "INSERT INTO requests_app_subscription (customer_id, partner_id, product_id, friendly_name, quantity, term_duration,"
        " billing_cycle, status, auto_renew_enabled, effective_start_date, external_id, order_id)"
        " SELECT %s, %s, id, '', 1, 'P1Y', 'monthly', 'active', true, '2026-01-01', '', '' FROM requests_app_product LIMIT 1"
    ), (customer.pk, customer.partner_id)


def insert_request(cast, customer, author):
    return (
        "INSERT INTO requests_app_subscriptionrequest (kind, customer_id, partner_id, author_id, cancel_when, note, status,"
        " deadline, decline_reason, external_reference, submitted_at)"
        " VALUES ('purchase', %s, %s, %s, '', '', 'submitted', now(), '', '', now())"
    ), (customer.pk, customer.partner_id, author.pk)


def insert_event(cast, of_request, actor):
    return (
        "INSERT INTO requests_app_requestevent (subscription_request_id, action, from_status, to_status, actor_id, note,"
        " created_at) VALUES (%s, 'claim', '', 'in_review', %s, '', now())"
    ), (of_request.pk, actor.pk)


def request_of(customer):
    return SubscriptionRequest.objects.get(customer=customer)


WRITES = {
    "an agent's subscription for a customer of theirs": ("dana", lambda c: insert_subscription(c, c.customer), True),
    "an agent's subscription for a foreign customer": ("dana", lambda c: insert_subscription(c, c.foreign_customer), False),
    "a customer's own subscription": ("alice", lambda c: insert_subscription(c, c.customer), False),
    "a request of one's own": ("alice", lambda c: insert_request(c, c.customer, c.alice), True),
    "a request in a colleague's name": ("alice", lambda c: insert_request(c, c.customer, c.bob), False),
    "a request at a sibling": ("alice", lambda c: insert_request(c, c.sibling, c.alice), False),
    "an agent's request in a customer's name": ("dana", lambda c: insert_request(c, c.customer, c.dana), False),
    "a superuser's request in a customer's name": ("root", lambda c: insert_request(c, c.customer, c.root), False),
    "an event of one's own": ("dana", lambda c: insert_event(c, request_of(c.customer), c.dana), True),
    "an event in another's name": ("dana", lambda c: insert_event(c, request_of(c.customer), c.max), False),
    "an event of a foreign request": ("dana", lambda c: insert_event(c, request_of(c.foreign_customer), c.dana), False),
    "a membership at another customer": (
        "alice",
        lambda c: ("INSERT INTO accounts_customermembership (user_id, customer_id, role) VALUES (%s, %s, 'admin')",
                   (c.alice.pk, c.sibling.pk)),
        False,
    ),
    "a membership at a partner": (
        "alice",
        lambda c: ("INSERT INTO accounts_partnermembership (user_id, partner_id, role) VALUES (%s, %s, 'manager')",
                   (c.alice.pk, c.partner.pk)),
        False,
    ),
    "a customer of another partner": (
        "max",
        lambda c: (
            ("INSERT INTO accounts_customer (partner_id, name, domain, tenant_prefix, cloud, tenant_may_join) "
            "VALUES (%s, 'X', '', '', 'commercial', false)"),
            (c.other_partner.pk,),
        ),
        False,
    ),
    "a log entry in another's name": (
        "dana",
        lambda c: (
            ("INSERT INTO django_admin_log (action_time, user_id, object_repr, action_flag, change_message) "
            "VALUES (now(), %s, 'x', 1, '')"),
            (c.max.pk,),
        ),
        False,
    ),
    "a person": (
        "root",
        lambda c: (
            ("INSERT INTO accounts_user (password, is_superuser, email, name, language, last_language, time_zone, "
            "is_active, is_staff, date_joined) VALUES ('', true, 'n@example.com', 'N', '', '', 'UTC', true, true, now())"),
            (),
        ),
        False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRITES)
def test_row_is_left_only_where_the_acting_person_belongs(rows, what):
    name, statement, allowed = WRITES[what]
    sql, values = statement(rows)
    with acting_as(getattr(rows, name).pk):
        if allowed:
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                assert cursor.rowcount == 1
            return
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            fetch(sql, *values)


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("alice", "UPDATE requests_app_subscription SET quantity = 9"),
        ("dana", "UPDATE requests_app_subscriptionrequest SET customer_id = {foreign}, partner_id = {other_partner}"),
        ("alice", "UPDATE accounts_customer SET partner_id = {other_partner}"),
    ],
)
def test_row_cannot_be_changed_into_what_would_not_be_allowed(rows, name, statement):
    sql = statement.format(foreign=rows.foreign_customer.pk, other_partner=rows.other_partner.pk)
    factories.subscription(rows.customer)
    with acting_as(getattr(rows, name).pk), pytest.raises(ProgrammingError, match="row-level"), transaction.atomic():
        fetch(sql)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("dana", "requests_app_offer"), ("erin", "requests_app_subscriptionrequest"), ("charlie", "accounts_customer"),
        ("alice", "requests_app_offer"), ("alice", "accounts_partner"), ("frank", "requests_app_subscription"),
        ("max", "accounts_user"),
    ],
)  # fmt: skip
def test_nobody_changes_rows_they_do_not_see(rows, name, table):
    """UPDATE reaches the rows of the acting person and no other; the checksum of the others stays."""
    column = {
        "requests_app_offer": "currency",
        "requests_app_subscriptionrequest": "note",
        "accounts_user": "time_zone",
    }
    name_of = column.get(table, "name" if table != "requests_app_subscription" else "order_id")
    with acting_as(getattr(rows, name).pk):
        own = {pk for (pk,) in fetch(f"SELECT id FROM {table}")}
        if table in ("requests_app_offer", "accounts_partner") and name == "alice":
            own = set()  # what customers see of their partner they do not write
        if table == "accounts_user":
            own = {rows.max.pk}
        if table == "requests_app_subscription":
            own = set()
    before = {pk: text for pk, text in fetch(f"SELECT id, {table}::text FROM {table}") if pk not in own}
    with acting_as(getattr(rows, name).pk), transaction.atomic():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"UPDATE {table} SET {name_of} = 'XXX'")
        except ProgrammingError as error:
            assert "row-level security" in str(error)  # noqa: PT017
    assert {pk: text for pk, text in fetch(f"SELECT id, {table}::text FROM {table}") if pk not in own} == before


@pytest.mark.parametrize(("name", "allowed"), [("sam", True), ("root", True), ("max", False), ("alice", False)])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE requests_app_product SET category = 'data'",
        "UPDATE portal_selfservicelink SET position = 9",
        "UPDATE requests_app_cancellationpolicy SET window_hours = 1 WHERE window_hours > 1",
    ],
)
def test_content_is_written_by_staff(rows, name, allowed, statement):
    SelfServiceLink.objects.create(key="x", title={"en": "X"}, category="configure")
    with acting_as(getattr(rows, name).pk), connection.cursor() as cursor:
        cursor.execute(statement)
        assert (cursor.rowcount > 0) is allowed


def test_log_of_the_desk_is_read_by_colleagues(rows):
    for name, seen in (("alice", 0), ("dana", 2), ("erin", 1), ("sam", 3)):
        with acting_as(getattr(rows, name).pk):
            assert len(fetch("SELECT 1 FROM django_admin_log")) == seen


# --- Who may do what ---

GRANTS = {
    "a viewer who makes herself an admin": ("carol", "UPDATE accounts_customermembership SET role = 'admin' WHERE user_id = {carol}"),
    "a requester who removes the admin": ("bob", "DELETE FROM accounts_customermembership WHERE user_id = {alice}"),
    "an agent who makes himself a manager": ("dana", "UPDATE accounts_partnermembership SET role = 'manager' WHERE user_id = {dana}"),
    "an agent who makes a customer's viewer an admin": ("dana", "UPDATE accounts_customermembership SET role = 'admin' WHERE user_id = {carol}"),
    "an agent who renames a customer": ("dana", "UPDATE accounts_customer SET name = 'X'"),
    "a viewer who lets the tenant join": ("carol", "UPDATE accounts_customer SET tenant_may_join = true"),
    "an agent who changes the partner": ("dana", "UPDATE accounts_partner SET name = 'X'"),
    "a viewer who accepts for somebody": ("carol", "UPDATE accounts_invitation SET role = 'admin'"),
    "a manager who looks after the site": ("max", "UPDATE accounts_user SET is_superuser = true WHERE id = {max}"),
    "staff who make themselves superuser": ("sam", "UPDATE accounts_user SET is_superuser = true WHERE id = {sam}"),
    "staff who make somebody staff": ("sam", "UPDATE accounts_user SET is_staff = true WHERE id = {alice}"),
    "staff who lock a superuser out": ("sam", "UPDATE accounts_user SET is_active = false WHERE id = {root}"),
    "staff who set somebody's password": ("sam", "UPDATE accounts_user SET password = 'x' WHERE id = {alice}"),
    "staff who take over an address": ("sam", "UPDATE accounts_user SET email = 'x@example.com' WHERE id = {alice}"),
    "a superuser who sets a password": ("root", "UPDATE accounts_user SET password = 'x' WHERE id = {alice}"),
    "a manager who moves a membership": ("max", "UPDATE accounts_customermembership SET user_id = {bob} WHERE user_id = {charlie}"),
    "an admin who adds somebody without asking them": ("alice", "INSERT INTO accounts_customermembership (user_id, customer_id, role) SELECT {frank}, customer_id, 'admin' FROM accounts_customermembership WHERE user_id = {alice}"),
    "a manager who gives himself a right of Django's": ("max", "INSERT INTO accounts_user_groups (user_id, group_id) VALUES ({max}, 1)"),
    "a person who lets herself in again": ("alice", "UPDATE accounts_user SET is_active = false WHERE id = {alice}"),
}  # fmt: skip


@pytest.mark.parametrize("what", GRANTS)
def test_nobody_grants_what_is_not_theirs_to_grant(rows, what):
    invitations.invite(rows.customer, email="waits@example.com", role="viewer", actor=rows.alice)
    name, statement = GRANTS[what]
    tables = [User, CustomerMembership, PartnerMembership, Customer, Partner, Invitation]
    before = [list(model.objects.order_by("pk").values()) for model in tables]
    with acting_as(getattr(rows, name).pk), transaction.atomic():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement.format(**{one: person.pk for one, person in rows.everybody().items()}))
        except ProgrammingError as error:
            refused = str(error)
        else:
            refused = "no such row"
    assert [list(model.objects.order_by("pk").values()) for model in tables] == before, refused


ALLOWED = {
    "an admin who promotes a colleague": ("alice", "UPDATE accounts_customermembership SET role = 'admin' WHERE user_id = {bob}"),
    "a manager who removes an agent": ("max", "DELETE FROM accounts_partnermembership WHERE user_id = {dana}"),
    "staff who lock somebody out": ("sam", "UPDATE accounts_user SET is_active = false WHERE id = {alice}"),
    "a superuser who makes somebody staff": ("root", "UPDATE accounts_user SET is_staff = true WHERE id = {sam}"),
    "a person who changes her own password": ("alice", "UPDATE accounts_user SET password = 'x' WHERE id = {alice}"),
}  # fmt: skip


@pytest.mark.parametrize("what", ALLOWED)
def test_those_in_charge_grant_what_is_theirs(rows, what):
    name, statement = ALLOWED[what]
    with acting_as(getattr(rows, name).pk), connection.cursor() as cursor:
        cursor.execute(statement.format(**{one: person.pk for one, person in rows.everybody().items()}))
        assert cursor.rowcount == 1


# --- History is written once ---


@pytest.mark.parametrize("acting", ["dana", "root", SITE])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE requests_app_requestevent SET note = 'x'",
        "DELETE FROM requests_app_requestevent",
        "TRUNCATE requests_app_requestevent",
        "UPDATE requests_app_requestline SET quantity = 1",
        "DELETE FROM requests_app_requestline",
        "DELETE FROM requests_app_subscriptionrequest",
        "UPDATE django_admin_log SET change_message = ''",
        "SELECT * FROM accounts_affiliation",
        "INSERT INTO accounts_affiliation (user_id, partner_id) VALUES (1, 1)",
    ],
)
def test_application_cannot_rewrite_history(rows, acting, statement):
    who = acting if acting == SITE else getattr(rows, acting).pk
    with acting_as(who), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        fetch(statement)


# --- Who is acting ---


@pytest.mark.parametrize(
    "table", ["accounts_user", "accounts_customer", "requests_app_offer", "requests_app_requestevent"]
)
def test_forgetting_to_say_who_acts_is_an_error(rows, table):
    with nobody_has_said_who_acts(), pytest.raises(ProgrammingError, match="who is acting"), transaction.atomic():
        fetch(f"SELECT count(*) FROM {table}")


@pytest.mark.parametrize("who", ["1; DROP TABLE accounts_user", "alice", "9" * 30])
def test_acting_as_nonsense_is_an_error(rows, who):
    with pytest.raises(DataError, match="bigint"), acting_as(who):
        fetch("SELECT 1 FROM accounts_user")


def acting():
    return fetch("SELECT portal_acting()")[0][0]


def test_whoever_acted_before_acts_again(cast):
    with acting_as(cast.alice.pk):
        with acting_as(SITE):
            assert acting() == -1
        assert acting() == cast.alice.pk
        act_as(cast.bob.pk)
        assert acting() == cast.bob.pk
        with pytest.raises(ValueError, match="x"), acting_as(cast.carol.pk):
            raise ValueError("x")
        assert acting() == cast.bob.pk
        with pytest.raises(ProgrammingError), acting_as(cast.carol.pk):
            fetch("SELECT * FROM accounts_affiliation")
        assert acting() == cast.bob.pk
    assert acting() == -1


@pytest.mark.django_db(transaction=True)
def test_acting_ends_with_its_transaction():
    with nobody_has_said_who_acts():
        with acting_as(SITE):
            assert acting() == -1
        with pytest.raises(ProgrammingError, match="who is acting"):
            acting()
        with pytest.raises(transaction.TransactionManagementError):
            act_as(SITE)


# --- Requests ---


def answer(person, view):
    from django.contrib.auth.models import AnonymousUser

    request = RequestFactory().get("/")
    request.session = {"_auth_user_id": str(person.pk)} if person else {}
    request.user = person or AnonymousUser()
    return middleware.ActingMiddleware(view)(request)


def test_streamed_answer_is_made_as_the_person(rows):
    def stream(request):
        return StreamingHttpResponse(name.encode() for (name,) in fetch(CUSTOMERS))

    def lazy(request):
        def rows_later():
            yield from (name.encode() for (name,) in fetch(CUSTOMERS))

        return StreamingHttpResponse(rows_later())

    for view in (stream, lazy):
        with nobody_has_said_who_acts():
            assert answer(rows.alice, view).getvalue() == b"Victoria Dental"


@pytest.mark.parametrize(("name", "seen"), [("alice", b"1"), ("dana", b"2"), ("", b"0")])
def test_each_request_acts_as_whoever_is_signed_in(rows, name, seen):
    def count(request):
        return HttpResponse(str(len(fetch(CUSTOMERS))))

    assert answer(getattr(rows, name, None), count).content == seen


def test_session_that_has_ended_acts_as_nobody(client, rows):
    client.force_login(rows.alice)
    User.objects.filter(pk=rows.alice.pk).update(is_active=False)
    assert client.get("/subscriptions/").status_code == 302
    assert rows.customer.name not in client.get("/").text


@pytest.mark.django_db(transaction=True)
def test_what_a_view_wrote_is_undone_where_it_raises(client, monkeypatch):
    from tests.conftest import make_cast

    cast = make_cast()
    client.force_login(cast.alice)
    client.raise_request_exception = False

    def breaks_later(*args, **kwargs):
        raise RuntimeError("after the request was filed")

    subscription = factories.subscription(cast.customer)
    form = {"subscription": subscription.pk, "when": "now", "reason": "x"}
    form |= seen_on(client.post("/requests/new/cancellation/", form))
    monkeypatch.setattr("requests_app.views.asking.receipt", breaks_later)
    assert client.post("/requests/new/cancellation/", form).status_code == 500
    assert SubscriptionRequest.objects.count() == 0


# --- What it costs ---


def test_membership_is_asked_once_for_a_statement(rows):
    """Each function of the policies is an InitPlan: its number of calls does not grow with the rows."""
    with acting_as(rows.dana.pk):
        plan = "\n".join(one for (one,) in fetch("EXPLAIN SELECT * FROM requests_app_subscriptionrequest"))
    filters = [line for line in plan.splitlines() if "Filter:" in line]
    assert "InitPlan" in plan
    assert [line for line in filters if "portal_" in line] == []


INDEXES_OF_LISTS = [
    "requests_app_req_queue",
    "requests_app_req_partner",
    "requests_app_req_customer",
    "requests_app_sub_partner",
]


@pytest.mark.django_db
@pytest.mark.parametrize("index", INDEXES_OF_LISTS)
def test_index_of_a_list_holds_what_the_policy_reads(index):
    """Counting then looks at the index alone."""
    ((definition,),) = fetch("SELECT indexdef FROM pg_indexes WHERE indexname = %s", index)
    assert {"partner_id", "customer_id"} <= set(re.findall(r"\w+", definition.split(" WHERE ")[0]))


# --- Start-up ---


@pytest.mark.django_db(transaction=True)
def test_connection_of_a_role_that_passes_the_wall_is_refused():
    with database_owner() as owner:
        owner.is_owner = False  # as if DATABASE_URL named the owner
        owner.close()
        with pytest.raises(checks.RolePassesTheWall, match="owns tables"):
            owner.connect()
        assert owner.connection is None
        owner.is_owner = True


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("role", "starts"), [("application", True), ("owner", False)])
def test_site_does_not_start_as_a_role_that_passes_the_wall(settings, role, starts):
    environment = os.environ | {"PORTAL_DEMO": "1", "DATABASE_URL": database.address(role)}
    command = [sys.executable, "-c", "import portal.wsgi"]
    run = subprocess.run(  # noqa: S603
        command, env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False, timeout=60
    )
    assert (run.returncode == 0) is starts
    assert ("RolePassesTheWall" in run.stderr) is not starts
