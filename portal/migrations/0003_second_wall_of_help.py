"""The second wall of what helps before asking: everybody reads the resources and staff write them; an answer is left by
its reader alone, at a customer of theirs, and staff learn how many there are without seeing whose."""

from django.db import migrations

STAFF = "(SELECT portal_is_staff())"
EVERYTHING = "(SELECT portal_sees_everything())"
SITE = "(SELECT portal_is_site())"
ME = "(SELECT portal_acting())"
WORKS_FOR = "ANY((SELECT portal_works_for())::bigint[])"
BELONGS_TO = "ANY((SELECT portal_belongs_to())::bigint[])"

# table, command, which rows there are (USING), which rows may be left behind (WITH CHECK)
POLICIES = [
    ("supportresource", "SELECT", "true", ""),
    ("supportresource", "INSERT", "", STAFF),
    ("supportresource", "UPDATE", STAFF, ""),
    ("supportresource", "DELETE", STAFF, ""),
    ("helpanswer", "SELECT", f"{EVERYTHING} OR partner_id = {WORKS_FOR} OR customer_id = {BELONGS_TO}", ""),
    ("helpanswer", "INSERT", "", f"{SITE} OR (user_id = {ME} AND customer_id = {BELONGS_TO})"),
]

# An answer is given by somebody of the customer's, about a subscription of the customer's, to the customer's partner.
KEYS = [
    ("customer_id, partner_id", "accounts_customer (id, partner_id)", "answer_of_partners_customer"),
    ("subscription_id, customer_id", "requests_app_subscription (id, customer_id)", "answer_of_customers_subscription"),
]

COUNT = """
CREATE FUNCTION portal_help_answers(resource bigint, since timestamptz) RETURNS bigint LANGUAGE plpgsql
STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT portal_is_staff() THEN
    RETURN 0;
  END IF;
  RETURN (SELECT count(*) FROM portal_helpanswer WHERE resource_id = resource AND created_at >= since);
END $$;
"""


def create(table: str, command: str, using: str, check: str) -> str:
    rows = f" USING ({using})" if using else ""
    left = f" WITH CHECK ({check})" if check else ""
    return f"CREATE POLICY second_wall_{command.lower()} ON portal_{table} FOR {command}{rows}{left}"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_policies_ask_prepared_functions"),
        ("portal", "0002_support_resources"),
    ]

    operations = [
        *(
            migrations.RunSQL(
                create(table, command, using, check),
                f"DROP POLICY second_wall_{command.lower()} ON portal_{table}",
            )
            for table, command, using, check in POLICIES
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE portal_{table} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE portal_{table} DISABLE ROW LEVEL SECURITY",
            )
            for table in dict.fromkeys(table for table, *_ in POLICIES)
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE portal_helpanswer ADD CONSTRAINT portal_{name} "
                f"FOREIGN KEY ({columns}) REFERENCES {target} DEFERRABLE INITIALLY IMMEDIATE",
                f"ALTER TABLE portal_helpanswer DROP CONSTRAINT portal_{name}",
            )
            for columns, target, name in KEYS
        ),
        migrations.RunSQL(COUNT, "DROP FUNCTION portal_help_answers"),
    ]
