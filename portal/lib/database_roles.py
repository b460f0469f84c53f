"""Two roles of PostgreSQL: the owner, who migrates, and the application, which owns nothing.

Row level security cannot bind the owner of a table, so the application must never be it.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import Connection, sql


@contextmanager
def database_owner(alias: str = "default") -> Iterator[BaseDatabaseWrapper]:
    """Make ``connections[alias]`` of this thread a connection of the owner's, then give the application's back.

    Where it is the owner's already, it stays.

    Raises ImproperlyConfigured where DATABASE_OWNER_URL is missing or names the application's own role.
    """
    application = connections[alias]
    owner = settings.DATABASE_OWNER
    if getattr(application, "is_owner", False):
        yield application
        return
    if owner is None or owner["USER"] == application.settings_dict["USER"]:
        raise ImproperlyConfigured(
            "DATABASE_OWNER_URL must name the role that owns the tables, another than DATABASE_URL's. "
            "`manage.py prepare_database` makes both (docs/operations.md)."
        )
    connection = connections.create_connection(alias)
    connection.settings_dict = copy.deepcopy(application.settings_dict) | {
        key: owner[key] for key in ("USER", "PASSWORD", "HOST", "PORT") if key in owner
    }
    connection.settings_dict["OPTIONS"] = {
        key: value for key, value in connection.settings_dict["OPTIONS"].items() if key != "pool"
    }
    connection.is_owner = True  # type: ignore[attr-defined]
    connections[alias] = connection
    try:
        yield connection
    finally:
        connection.close()
        connections[alias] = application


WITHHELD = {
    "accounts_delivery": "INSERT, UPDATE, DELETE",  # a view: its rows are written where they stand
    "accounts_affiliation": "ALL",  # kept and read by the database's own functions
    "accounts_user_groups": "INSERT, UPDATE, DELETE",  # Django's own permissions: capabilities are used instead
    "accounts_user_user_permissions": "INSERT, UPDATE, DELETE",
    "auth_group": "INSERT, UPDATE, DELETE",
    "auth_group_permissions": "INSERT, UPDATE, DELETE",
    "auth_permission": "INSERT, UPDATE, DELETE",
    "socialaccount_socialapp": "INSERT, UPDATE, DELETE",
    "accounts_formermember": "INSERT, UPDATE, DELETE",
    "accounts_invitation": "DELETE",
    "django_admin_log": "UPDATE, DELETE",
    "django_migrations": "INSERT, UPDATE, DELETE",
    "requests_app_attachment": "UPDATE, DELETE",
    "pghistory_context": "ALL",  # unused: a history notes who was acting, which the transaction knows
    "requests_app_cancellationpolicyevent": "UPDATE, DELETE",
    "portal_announcementevent": "UPDATE, DELETE",
    "portal_contentaddressevent": "UPDATE, DELETE",
    "portal_contenthelped": "ALL",  # whom what has helped: counted by the database's own function
    "portal_contentopening": "UPDATE, DELETE",  # what is old is forgotten by the database's own function
    "portal_helpanswer": "UPDATE, DELETE",
    "portal_selfservicelinkevent": "UPDATE, DELETE",
    "portal_supportresourceevent": "UPDATE, DELETE",
    "requests_app_requestevent": "UPDATE, DELETE",
    "requests_app_requestline": "UPDATE, DELETE",
    "requests_app_subscriptionrequest": "DELETE",
}
"""What the application may not do to a table although it may with others. History is written once."""


def grant_to_application(connection: BaseDatabaseWrapper, role: str) -> None:
    """Let ``role`` read and write rows, and nothing else, in everything the connected owner owns. Safe to repeat."""
    database = sql.Identifier(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        for statement in (
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
            "GRANT CONNECT ON DATABASE {database} TO {role}",
        ):
            cursor.execute(sql.SQL(statement).format(role=sql.Identifier(role), database=database))
        for table in sorted(WITHHELD.keys() & set(connection.introspection.table_names(cursor, include_views=True))):
            cursor.execute(
                sql.SQL("REVOKE {what} ON {table} FROM {role}").format(
                    what=sql.SQL(WITHHELD[table]), table=sql.Identifier(table), role=sql.Identifier(role)
                )
            )


def prepare(
    admin: Connection[Any], *, database: str, owner: str, owner_password: str, app: str, app_password: str
) -> None:
    """Make both roles and the database on a server, as one of its administrators. Safe to repeat; keeps passwords new.

    ``admin`` must be in autocommit mode (CREATE DATABASE runs in no transaction).
    """
    for role, password in ((owner, owner_password), (app, app_password)):
        exists = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        admin.execute(
            sql.SQL(
                "{verb} ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {password}"
            ).format(
                verb=sql.SQL("ALTER" if exists else "CREATE"),
                role=sql.Identifier(role),
                password=sql.Literal(password),
            )
        )
    if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
        # An administrator who is no superuser may give a database only to a role that they are a member of.
        admin.execute(sql.SQL("GRANT {owner} TO CURRENT_USER").format(owner=sql.Identifier(owner)))
        admin.execute(
            sql.SQL("CREATE DATABASE {database} OWNER {owner} ENCODING 'UTF8' TEMPLATE template0").format(
                database=sql.Identifier(database), owner=sql.Identifier(owner)
            )
        )
    admin.execute(
        sql.SQL("GRANT CONNECT ON DATABASE {database} TO {app}").format(
            database=sql.Identifier(database), app=sql.Identifier(app)
        )
    )
