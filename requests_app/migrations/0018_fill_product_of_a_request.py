"""Products of what is on file; the keys by which they stay those of subscriptions and offers; the indexes they are for.

In batches, each a transaction of its own, and nothing is written twice; the keys are there before, so that corrections
follow meanwhile. They are validated, and indexes are built, without stopping anybody's writing. What follows a
correction is written as the owner of the tables: no policy is asked.
"""

from collections.abc import Iterator
from typing import Any

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

BATCH = 10_000

REQUESTS = """
UPDATE requests_app_subscriptionrequest r SET product_id = s.product_id
FROM requests_app_subscription s
WHERE s.id = r.subscription_id AND r.product_id IS NULL AND r.id BETWEEN %s AND %s
"""

LINES = """
UPDATE requests_app_requestline l SET product_id = o.product_id, submitted_at = r.submitted_at
FROM requests_app_offer o, requests_app_subscriptionrequest r
WHERE o.id = l.offer_id AND r.id = l.subscription_request_id AND l.product_id IS NULL
  AND l.subscription_request_id BETWEEN %s AND %s
"""

REQUEST, LINE = "requests_app_subscriptionrequest", "requests_app_requestline"
SUBSCRIPTION, OFFER = "requests_app_subscription", "requests_app_offer"
ABOUT_BOTH = "(product_id IS NULL) = (subscription_id IS NULL)"

# table, model, name, columns as they are from now on, columns until now
UNIQUE: list[tuple[str, str, str, tuple[str, ...], tuple[str, ...]]] = [
    (SUBSCRIPTION, "subscription", "requests_app_subscription_product", ("id", "product"), ()),
    (OFFER, "offer", "requests_app_offer_partner", ("id", "partner", "product"), ("id", "partner")),
    (
        REQUEST,
        "subscriptionrequest",
        "requests_app_request_partner",
        ("id", "partner", "submitted_at"),
        ("id", "partner"),
    ),
]
# table, name, columns and what they refer to from now on, both until now
KEYS: list[tuple[str, str, tuple[str, str], tuple[str, str] | None]] = [
    (
        REQUEST,
        "requests_app_request_of_subscriptions_product",
        ("subscription_id, product_id", f"{SUBSCRIPTION} (id, product_id)"),
        None,
    ),
    (
        LINE,
        "requests_app_line_of_partners_request",
        ("subscription_request_id, partner_id, submitted_at", f"{REQUEST} (id, partner_id, submitted_at)"),
        ("subscription_request_id, partner_id", f"{REQUEST} (id, partner_id)"),
    ),
    (
        LINE,
        "requests_app_line_of_partners_offer",
        ("offer_id, partner_id, product_id", f"{OFFER} (id, partner_id, product_id)"),
        ("offer_id, partner_id", f"{OFFER} (id, partner_id)"),
    ),
]


def fill(apps: Any, schema_editor: Any) -> None:
    """Fill the columns in, ``BATCH`` keys at a time; outside a transaction each statement commits by itself."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM requests_app_subscriptionrequest")
        first, last = cursor.fetchone()
        for start in range(first, last + 1, BATCH):
            for statement in (REQUESTS, LINES):
                cursor.execute(statement, [start, start + BATCH - 1])


def unique(table: str, name: str, columns: tuple[str, ...]) -> list[str]:
    """Return how a unique constraint comes to be under another name: its index first, nobody waits for that."""
    names = ", ".join(column if column in ("id", "submitted_at") else f"{column}_id" for column in columns)
    return [
        f"CREATE UNIQUE INDEX CONCURRENTLY {name}_new ON {table} ({names})",
        f"ALTER TABLE {table} ADD CONSTRAINT {name}_new UNIQUE USING INDEX {name}_new",
    ]


def key(table: str, name: str, columns: str, target: str, follow: str = "") -> str:
    definition = f"FOREIGN KEY ({columns}) REFERENCES {target}{follow} DEFERRABLE INITIALLY IMMEDIATE"
    return f"ALTER TABLE {table} ADD CONSTRAINT {name}_new {definition} NOT VALID"


def drop(table: str, name: str) -> str:
    return f"ALTER TABLE {table} DROP CONSTRAINT {name}"


def validate(table: str, name: str) -> str:
    return f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}_new"


def rename(table: str, name: str) -> str:
    return f"ALTER TABLE {table} RENAME CONSTRAINT {name}_new TO {name}"


def prepare() -> Iterator[str]:
    """Yield the new keys, beside the old ones: from here on what is written is right, and corrections follow."""
    for table, _model, name, now, _before in UNIQUE:
        yield from unique(table, name, now)
    for table, name, now, _before in KEYS:
        yield key(table, name, *now, " ON UPDATE CASCADE")


def replace() -> Iterator[str]:
    """Yield how the new keys, validated, take the names of the old ones."""
    for table, name, _now, before in KEYS:
        yield validate(table, name)
        if before:
            yield drop(table, name)
        yield rename(table, name)
    for table, _model, name, _now, before in UNIQUE:
        if before:
            yield drop(table, name)
        yield rename(table, name)


def put_back() -> Iterator[str]:
    """Yield how the old keys come back in place of the new ones."""
    for table, _model, name, _now, before in UNIQUE:
        if before:
            yield from unique(table, name, before)
    for table, name, _now, before in KEYS:
        if before:
            yield key(table, name, *before)
            yield validate(table, name)
        yield drop(table, name)
        if before:
            yield rename(table, name)
    for table, _model, name, _now, before in UNIQUE:
        yield drop(table, name)
        if before:
            yield rename(table, name)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("requests_app", "0017_product_of_a_request")]

    operations = [
        migrations.RunSQL([*prepare()], migrations.RunSQL.noop),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL(
            [*replace()],
            [*put_back()],
            state_operations=[
                *(migrations.RemoveConstraint(model, name) for _table, model, name, _now, before in UNIQUE if before),
                *(
                    migrations.AddConstraint(model, models.UniqueConstraint(fields=now, name=name))
                    for _table, model, name, now, _before in UNIQUE
                ),
            ],
        ),
        migrations.RunSQL(
            f"ALTER TABLE {LINE} ALTER product_id SET NOT NULL, ALTER submitted_at SET NOT NULL",
            f"ALTER TABLE {LINE} ALTER product_id DROP NOT NULL, ALTER submitted_at DROP NOT NULL",
            state_operations=[
                migrations.AlterField(
                    model_name="requestline",
                    name="product",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_default=None,
                        db_index=False,
                        editable=False,
                        help_text="That of its offer.",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="requests_app.product",
                        verbose_name="product",
                    ),
                ),
                migrations.AlterField(
                    model_name="requestline",
                    name="submitted_at",
                    field=models.DateTimeField(
                        db_default=None,
                        editable=False,
                        help_text="When its request was.",
                        verbose_name="received at",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            [
                f"ALTER TABLE {REQUEST} ADD CONSTRAINT requests_app_request_product CHECK ({ABOUT_BOTH}) NOT VALID",
                f"ALTER TABLE {REQUEST} VALIDATE CONSTRAINT requests_app_request_product",
            ],
            f"ALTER TABLE {REQUEST} DROP CONSTRAINT requests_app_request_product",
        ),
        AddIndexConcurrently(
            model_name="subscriptionrequest",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False), ("product__isnull", False)),
                fields=["partner", "product", "-submitted_at", "-id"],
                include=("customer", "kind"),
                name="requests_app_closed_product",
            ),
        ),
        AddIndexConcurrently(
            model_name="requestline",
            index=models.Index(
                fields=["partner", "product", "-submitted_at", "-subscription_request"],
                name="requests_app_line_product",
            ),
        ),
    ]
