"""Every table has the wall or a reason, and asking it costs as little as it can."""

import re

import pytest

from portal.lib.acting import acting_as
from tests.second_wall.sql import fetch

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
    "requests_app_req_assignee",
    "requests_app_open_state",
    "requests_app_open_kind",
    "requests_app_open_holder",
    "requests_app_open_asker",
    "requests_app_open_age",
    "requests_app_open_state_age",
    "requests_app_open_kind_age",
    "requests_app_closed",
    "requests_app_closed_kind",
    "requests_app_sub_partner",
]


@pytest.mark.django_db
@pytest.mark.parametrize("index", INDEXES_OF_LISTS)
def test_index_of_a_list_holds_what_the_policy_reads(index):
    """Counting then looks at the index alone."""
    ((definition,),) = fetch("SELECT indexdef FROM pg_indexes WHERE indexname = %s", index)
    assert {"partner_id", "customer_id"} <= set(re.findall(r"\w+", definition.split(" WHERE ")[0]))
