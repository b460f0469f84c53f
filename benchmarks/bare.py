"""A copy of the table of requests as Django makes it, for a plain admin that borrows none of the site's indexes.

It has a primary key, what a field says is unique, and an index for each foreign key. It lies in a schema of its own, which
the plain admin finds first (``PLAIN_SCHEMA``); everything that is joined is the site's.
"""

from typing import Any

import psycopg

SCHEMA = "as_django_makes_it"


def copy(rows: psycopg.Connection[Any]) -> None:
    """Write the copy, where it is not there from before."""
    from requests_app.models import SubscriptionRequest

    table = SubscriptionRequest._meta.db_table
    if rows.execute("SELECT to_regclass(%s)", [f"{SCHEMA}.{table}"]).fetchone() != (None,):
        return
    rows.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    with rows.transaction():
        rows.execute(f"CREATE SCHEMA {SCHEMA}")
        rows.execute(f"CREATE TABLE {SCHEMA}.{table} (LIKE public.{table})")
        rows.execute(f"INSERT INTO {SCHEMA}.{table} SELECT * FROM public.{table}")
        for column in SubscriptionRequest._meta.concrete_fields:
            if column.primary_key:
                rows.execute(f"ALTER TABLE {SCHEMA}.{table} ADD PRIMARY KEY ({column.column})")
            elif column.unique:
                rows.execute(f"ALTER TABLE {SCHEMA}.{table} ADD UNIQUE ({column.column})")
            elif column.is_relation:
                rows.execute(f"CREATE INDEX ON {SCHEMA}.{table} ({column.column})")
        rows.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO portal_owner")
        rows.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO portal_owner")
    rows.execute(f"VACUUM (ANALYZE) {SCHEMA}.{table}")
