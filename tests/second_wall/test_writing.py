"""Who may leave which rows behind; and that history is written once."""

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from portal.lib.acting import SITE, acting_as
from portal.models import SelfServiceLink, SupportResource
from requests_app.models import SubscriptionRequest
from tests import factories
from tests.second_wall.sql import fetch


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


def insert_answer(cast, customer, reader):
    return (
        "INSERT INTO portal_helpanswer (kind, customer_id, partner_id, user_id, created_at)"
        " VALUES ('purchase', %s, %s, %s, now())"
    ), (customer.pk, customer.partner_id, reader.pk)


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
    "an answer of one's own": ("alice", lambda c: insert_answer(c, c.customer, c.alice), True),
    "an answer in a colleague's name": ("alice", lambda c: insert_answer(c, c.customer, c.bob), False),
    "an answer at a sibling": ("alice", lambda c: insert_answer(c, c.sibling, c.alice), False),
    "an agent's answer at a customer of theirs": ("dana", lambda c: insert_answer(c, c.customer, c.dana), False),
    "a superuser's answer at a customer": ("root", lambda c: insert_answer(c, c.customer, c.root), False),
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
        "UPDATE portal_supportresource SET position = 9",
        "DELETE FROM portal_supportresource",
        "UPDATE requests_app_cancellationpolicy SET window_hours = 1 WHERE window_hours > 1",
    ],
)
def test_content_is_written_by_staff(rows, name, allowed, statement):
    SelfServiceLink.objects.create(key="x", title={"en": "X"}, category="configure")
    SupportResource.objects.create(key="x", title={"en": "X"})
    with acting_as(getattr(rows, name).pk), connection.cursor() as cursor:
        cursor.execute(statement)
        assert (cursor.rowcount > 0) is allowed


def test_log_of_the_desk_is_read_by_colleagues(rows):
    for name, seen in (("alice", 0), ("dana", 2), ("erin", 1), ("sam", 3)):
        with acting_as(getattr(rows, name).pk):
            assert len(fetch("SELECT 1 FROM django_admin_log")) == seen


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
        "UPDATE portal_helpanswer SET kind = 'purchase'",
        "DELETE FROM portal_helpanswer",
        "UPDATE django_admin_log SET change_message = ''",
        "SELECT * FROM accounts_affiliation",
        "INSERT INTO accounts_affiliation (user_id, partner_id) VALUES (1, 1)",
    ],
)
def test_application_cannot_rewrite_history(rows, acting, statement):
    who = acting if acting == SITE else getattr(rows, acting).pk
    with acting_as(who), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        fetch(statement)
