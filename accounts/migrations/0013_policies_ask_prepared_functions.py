"""The functions that policies ask keep their plans for the session: PL/pgSQL does, SQL functions plan in each statement."""

from django.db import migrations

HEAD = "STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
ACTIVE = "JOIN accounts_user u ON u.id = m.user_id AND u.is_active"
PERSON = "SELECT 1 FROM accounts_user WHERE id = portal_acting() AND is_active"

ANSWERS = {
    "portal_is_staff() RETURNS boolean": f"portal_acting() = -1 OR EXISTS ({PERSON} AND (is_staff OR is_superuser))",
    "portal_sees_everything() RETURNS boolean": f"portal_acting() = -1 OR EXISTS ({PERSON} AND is_superuser)",
    "portal_works_for() RETURNS bigint[]": (
        f"ARRAY(SELECT m.partner_id FROM accounts_partnermembership m {ACTIVE} WHERE m.user_id = portal_acting())"
    ),
    "portal_belongs_to() RETURNS bigint[]": (
        f"ARRAY(SELECT m.customer_id FROM accounts_customermembership m {ACTIVE} WHERE m.user_id = portal_acting())"
    ),
    "portal_buys_from() RETURNS bigint[]": (
        f"ARRAY(SELECT DISTINCT c.partner_id FROM accounts_customermembership m {ACTIVE}"
        " JOIN accounts_customer c ON c.id = m.customer_id WHERE m.user_id = portal_acting())"
    ),
    "portal_knows(person bigint, works_for bigint[], belongs_to bigint[], buys_from bigint[]) RETURNS boolean": (
        "EXISTS (SELECT 1 FROM accounts_affiliation a WHERE a.user_id = person AND (a.partner_id = ANY(works_for)"
        " OR a.customer_id = ANY(belongs_to) OR (a.customer_id IS NULL AND a.partner_id = ANY(buys_from))))"
    ),
}


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_second_wall_stands_closer")]

    operations = [
        migrations.RunSQL(
            f"CREATE OR REPLACE FUNCTION {function} LANGUAGE plpgsql {HEAD} AS $$ BEGIN RETURN {answer}; END $$",
            f"CREATE OR REPLACE FUNCTION {function} LANGUAGE sql {HEAD} AS $$ SELECT {answer} $$",
        )
        for function, answer in ANSWERS.items()
    ]
