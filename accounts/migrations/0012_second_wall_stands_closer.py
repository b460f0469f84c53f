"""What an attacker with any statement could still do: belong without an invitation, move a membership, read the log of
others' partner, write the site's content."""

from django.db import migrations

STAFF = "(SELECT portal_is_staff())"
SITE = "(SELECT portal_is_site())"
ME = "(SELECT portal_acting())"
WORKS_FOR = "ANY((SELECT portal_works_for())::bigint[])"
MANAGES = "ANY((SELECT portal_manages())::bigint[])"
ADMINISTERS = "ANY((SELECT portal_administers())::bigint[])"
EVERYTHING = "(SELECT portal_sees_everything())"
IN_CHARGE_AT_CUSTOMER = (
    f"{EVERYTHING} OR customer_id = {ADMINISTERS}"
    f" OR customer_id IN (SELECT c.id FROM accounts_customer c WHERE c.partner_id = {MANAGES})"
)
IN_CHARGE_AT_PARTNER = f"{STAFF} OR partner_id = {MANAGES}"
COLLEAGUES = "portal_knows(user_id, (SELECT portal_works_for()), '{}', '{}')"
ACQUAINTANCES = (
    "portal_knows(user_id, (SELECT portal_works_for()), (SELECT portal_belongs_to()), (SELECT portal_buys_from()))"
)
CONTENT = ["portal_selfservicelink", "requests_app_product"]
DEFINERS = [
    "portal_is_staff()", "portal_sees_everything()", "portal_works_for()", "portal_belongs_to()", "portal_buys_from()",
    "portal_administers()", "portal_manages()", "portal_note_affiliation()", "portal_remember_removal()",
    "portal_knows(bigint, bigint[], bigint[], bigint[])",
]  # fmt: skip

STAY = """
CREATE FUNCTION portal_stay_put() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a membership is of one person at one organisation' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER portal_stay_put BEFORE UPDATE ON accounts_customermembership FOR EACH ROW
  WHEN ((OLD.user_id, OLD.customer_id) IS DISTINCT FROM (NEW.user_id, NEW.customer_id))
  EXECUTE FUNCTION portal_stay_put();
CREATE TRIGGER portal_stay_put BEFORE UPDATE ON accounts_partnermembership FOR EACH ROW
  WHEN ((OLD.user_id, OLD.partner_id) IS DISTINCT FROM (NEW.user_id, NEW.partner_id))
  EXECUTE FUNCTION portal_stay_put();
"""
GO = """
DROP TRIGGER portal_stay_put ON accounts_customermembership;
DROP TRIGGER portal_stay_put ON accounts_partnermembership;
DROP FUNCTION portal_stay_put;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_plain_names"),
        ("portal", "0001_initial"),
        ("requests_app", "0006_second_wall"),
    ]

    operations = [
        migrations.RunSQL(STAY, GO),
        migrations.RunSQL(
            f"ALTER POLICY second_wall_insert ON accounts_customermembership WITH CHECK ({SITE})",
            f"ALTER POLICY second_wall_insert ON accounts_customermembership WITH CHECK ({IN_CHARGE_AT_CUSTOMER})",
        ),
        migrations.RunSQL(
            f"ALTER POLICY second_wall_insert ON accounts_partnermembership WITH CHECK ({SITE})",
            f"ALTER POLICY second_wall_insert ON accounts_partnermembership WITH CHECK ({IN_CHARGE_AT_PARTNER})",
        ),
        migrations.RunSQL(
            f"ALTER POLICY second_wall_select ON django_admin_log USING ({STAFF} OR user_id = {ME} OR {COLLEAGUES})",
            f"ALTER POLICY second_wall_select ON django_admin_log USING ({STAFF} OR user_id = {ME} OR {ACQUAINTANCES})",
        ),
        *(
            migrations.RunSQL(
                [
                    f"CREATE POLICY second_wall_select ON {table} FOR SELECT USING (true)",
                    f"CREATE POLICY second_wall_insert ON {table} FOR INSERT WITH CHECK ({STAFF})",
                    f"CREATE POLICY second_wall_update ON {table} FOR UPDATE USING ({STAFF})",
                    f"CREATE POLICY second_wall_delete ON {table} FOR DELETE USING ({STAFF})",
                    f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
                ],
                [
                    f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
                    *(
                        f"DROP POLICY second_wall_{command} ON {table}"
                        for command in ("select", "insert", "update", "delete")
                    ),
                ],
            )
            for table in CONTENT
        ),
        *(
            migrations.RunSQL(
                f"ALTER FUNCTION {function} SET search_path = pg_catalog, public, pg_temp",
                f"ALTER FUNCTION {function} SET search_path = pg_catalog, public",
            )
            for function in [*DEFINERS, "portal_note_actor()"]
        ),
    ]
