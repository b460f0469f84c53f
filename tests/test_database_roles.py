"""The application owns nothing, migrations run as the owner."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import ProgrammingError, connection, transaction

from portal.checks import application_role_owns_nothing
from portal.lib.database_roles import database_owner


def one(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_application_owns_no_table():
    assert one("SELECT count(*) FROM pg_tables WHERE tableowner = current_user") == 0
    assert one("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") > 20


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (id int)",
        "ALTER TABLE requests_app_subscriptionrequest ADD COLUMN mine int",
        "DROP TABLE requests_app_requestevent",
        "TRUNCATE requests_app_requestevent",
        "DELETE FROM django_migrations",
        "ALTER TABLE requests_app_subscriptionrequest DISABLE TRIGGER ALL",
        "SET ROLE portal_owner",
    ],
)
def test_application_may_not_change_the_schema(statement):
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_check_accepts_the_application():
    assert application_role_owns_nothing(databases=["default"]) == []


@pytest.mark.django_db(transaction=True)
def test_check_refuses_the_owner():
    with database_owner():
        assert [message.id for message in application_role_owns_nothing(databases=["default"])] == ["portal.E001"]
    assert one("SELECT current_user") != "portal_owner"


@pytest.mark.django_db
def test_owner_that_is_not_named_is_asked_for(settings):
    settings.DATABASE_OWNER = None
    with pytest.raises(ImproperlyConfigured, match="DATABASE_OWNER_URL"), database_owner():
        pass
