"""Links and resources that a partner keeps for its own customers, and who reads and writes which of them."""

import django.db.models.deletion
from django.db import migrations, models

STAFF = "(SELECT portal_is_staff())"
EVERYTHING = "(SELECT portal_sees_everything())"
WORKS_FOR = "ANY((SELECT portal_works_for())::bigint[])"
BUYS_FROM = "ANY((SELECT portal_buys_from())::bigint[])"
MANAGES = "ANY((SELECT portal_manages())::bigint[])"

READS = f"partner_id IS NULL OR {STAFF} OR partner_id = {WORKS_FOR} OR partner_id = {BUYS_FROM}"
WRITES = f"{EVERYTHING} OR (partner_id IS NULL AND {STAFF}) OR partner_id = {MANAGES}"


def of_content(rows: str = "") -> str:
    """Return the condition that an address is of a link or a resource that the person sees, and where ``rows`` holds."""
    where = f" WHERE {rows}" if rows else ""
    return " OR ".join(
        f"{owner}_id IN (SELECT id FROM portal_{table}{where})"
        for owner, table in (("link", "selfservicelink"), ("resource", "supportresource"))
    )


# table -> who reads, who writes; and what held before
NOW = {"selfservicelink": (READS, WRITES), "supportresource": (READS, WRITES)}
ADDRESSES = {"contentaddress": (of_content(), of_content(WRITES))}
BEFORE = dict.fromkeys((*NOW, *ADDRESSES), ("true", STAFF))

COUNT = """
CREATE OR REPLACE FUNCTION portal_help_answers(resource bigint, since timestamptz) RETURNS bigint LANGUAGE plpgsql
STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT {allowed} THEN
    RETURN 0;
  END IF;
  RETURN (SELECT count(*) FROM portal_helpanswer WHERE resource_id = resource AND created_at >= since);
END $$;
"""
STAFF_COUNT = COUNT.format(allowed="portal_is_staff()")
KEEPERS_COUNT = COUNT.format(
    allowed="(portal_is_staff() OR EXISTS (SELECT 1 FROM portal_supportresource r "
    "WHERE r.id = resource AND r.partner_id = ANY(portal_manages())))"
)


def wall(policies: dict[str, tuple[str, str]]) -> str:
    """Return the statements that make ``policies`` hold."""
    return "".join(
        f"ALTER POLICY second_wall_select ON portal_{table} USING ({reads});"
        f"ALTER POLICY second_wall_insert ON portal_{table} WITH CHECK ({writes});"
        f"ALTER POLICY second_wall_update ON portal_{table} USING ({writes});"
        f"ALTER POLICY second_wall_delete ON portal_{table} USING ({writes});"
        for table, (reads, writes) in policies.items()
    )


def partner(name: str) -> list[migrations.operations.base.Operation]:
    """Return what a kind of content gains."""
    return [
        migrations.AddField(
            name,
            "partner",
            models.ForeignKey(
                blank=True,
                help_text="Whose customers see it. Empty: those of all partners.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.partner",
                verbose_name="partner",
            ),
        ),
        migrations.AlterField(
            name,
            "key",
            models.SlugField(help_text="Stays the same when texts change.", max_length=60, verbose_name="key"),
        ),
        migrations.AddConstraint(
            name,
            models.UniqueConstraint(
                fields=["partner", "key"],
                name=f"portal_{name}_key",
                nulls_distinct=False,
                violation_error_message="There is one with this key already.",
            ),
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_policies_ask_prepared_functions"),
        ("portal", "0006_columns_that_are_rows_now"),
    ]

    operations = [
        *partner("selfservicelink"),
        *partner("supportresource"),
        migrations.RunSQL(wall(NOW | ADDRESSES), wall(BEFORE)),
        migrations.RunSQL(KEEPERS_COUNT, STAFF_COUNT),
        # On the way back whose a row is will be forgotten: then nobody shall read it by mistake.
        *(
            migrations.RunSQL(
                migrations.RunSQL.noop, f"UPDATE portal_{table} SET is_draft = true WHERE partner_id IS NOT NULL"
            )
            for table in NOW
        ),
    ]
