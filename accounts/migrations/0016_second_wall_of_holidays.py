"""The second wall around a partner's holidays: its customers read them (an answer is promised by them), its people keep them."""

from django.db import migrations

STAFF = "(SELECT portal_is_staff())"
WORKS_FOR = "ANY((SELECT portal_works_for())::bigint[])"
MANAGES = "ANY((SELECT portal_manages())::bigint[])"
BUYS_FROM = "ANY((SELECT portal_buys_from())::bigint[])"
KEEPS = f"{STAFF} OR partner_id = {MANAGES}"

POLICIES = [
    ("SELECT", f"USING ({STAFF} OR partner_id = {WORKS_FOR} OR partner_id = {BUYS_FROM})"),
    ("INSERT", f"WITH CHECK ({KEEPS})"),
    ("UPDATE", f"USING ({KEEPS}) WITH CHECK ({KEEPS})"),
    ("DELETE", f"USING ({KEEPS})"),
]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_business_hours")]

    operations = [
        *(
            migrations.RunSQL(
                f"CREATE POLICY second_wall_{command.lower()} ON accounts_partnerholiday FOR {command} {rows}",
                f"DROP POLICY second_wall_{command.lower()} ON accounts_partnerholiday",
            )
            for command, rows in POLICIES
        ),
        migrations.RunSQL(
            "ALTER TABLE accounts_partnerholiday ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE accounts_partnerholiday DISABLE ROW LEVEL SECURITY",
        ),
    ]
