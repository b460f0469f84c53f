"""The second wall for invitations: staff look after those to partners' teams, each side after its own."""

from django.db import migrations

STAFF = "(SELECT portal_is_staff())"
EVERYTHING = "(SELECT portal_sees_everything())"
WORKS_FOR = "ANY((SELECT portal_works_for())::bigint[])"
BELONGS_TO = "ANY((SELECT portal_belongs_to())::bigint[])"
BUYS_FROM = "ANY((SELECT portal_buys_from())::bigint[])"
ROWS = (
    f"{EVERYTHING} OR partner_id = {WORKS_FOR} OR (customer_id IS NULL AND {STAFF})"
    f" OR (customer_id = {BELONGS_TO} AND partner_id = {BUYS_FROM})"
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_invitations")]

    operations = [
        migrations.RunSQL(
            [
                f"CREATE POLICY second_wall_all ON accounts_invitation FOR ALL USING ({ROWS}) WITH CHECK ({ROWS})",
                "ALTER TABLE accounts_invitation ENABLE ROW LEVEL SECURITY",
            ],
            [
                "ALTER TABLE accounts_invitation DISABLE ROW LEVEL SECURITY",
                "DROP POLICY second_wall_all ON accounts_invitation",
            ],
        )
    ]
