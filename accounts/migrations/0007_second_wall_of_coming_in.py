"""The second wall for what comes with invitations and with sign-in: second factors, sessions, accounts elsewhere."""

from django.db import migrations

STAFF = "(SELECT portal_is_staff())"
EVERYTHING = "(SELECT portal_sees_everything())"
WORKS_FOR = "ANY((SELECT portal_works_for())::bigint[])"
BELONGS_TO = "ANY((SELECT portal_belongs_to())::bigint[])"
BUYS_FROM = "ANY((SELECT portal_buys_from())::bigint[])"

# Staff look after partners' own people; a customer's people after the customer's.
INVITED = (
    f"{EVERYTHING} OR partner_id = {WORKS_FOR} OR (customer_id IS NULL AND {STAFF})"
    f" OR (customer_id = {BELONGS_TO} AND partner_id = {BUYS_FROM})"
)

POLICIES = {
    "accounts_invitation": INVITED,
}


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_invitations"),
    ]

    operations = [
        migrations.RunSQL(
            [
                f"CREATE POLICY second_wall_all ON {table} FOR ALL USING ({rows}) WITH CHECK ({rows})",
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            ],
            [
                f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
                f"DROP POLICY second_wall_all ON {table}",
            ],
        )
        for table, rows in POLICIES.items()
    ]
