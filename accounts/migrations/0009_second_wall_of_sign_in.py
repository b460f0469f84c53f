"""The second wall for what people sign in with: second factors, sessions and accounts elsewhere are their owner's alone."""

from django.db import migrations

LOOKS_UP = "(SELECT portal_looks_people_up())"
ME = "(SELECT portal_acting())"
KEPT_TO_ONESELF = f"{LOOKS_UP} OR user_id = {ME}"
OF_ACCOUNT = "EXISTS (SELECT 1 FROM socialaccount_socialaccount a WHERE a.id = account_id)"

POLICIES = {
    "mfa_authenticator": KEPT_TO_ONESELF,
    "usersessions_usersession": KEPT_TO_ONESELF,
    "socialaccount_socialaccount": KEPT_TO_ONESELF,
    "socialaccount_socialtoken": OF_ACCOUNT,
}


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_former_members"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
        ("usersessions", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            [
                f"CREATE POLICY second_wall_all ON {table} FOR ALL USING ({rows}) WITH CHECK ({rows})",
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            ],
            [f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY", f"DROP POLICY second_wall_all ON {table}"],
        )
        for table, rows in POLICIES.items()
    ]
