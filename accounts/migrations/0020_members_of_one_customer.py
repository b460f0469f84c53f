"""Who belongs to a customer, and who did, is asked of one customer at a time: the wall then looks at that customer alone.

``customer_id IN (the customers of the reader's partners)`` was read as a list of all of them first, however few rows it
was to be held against: on the page of one request that took longer than everything else.
"""

from django.db import migrations

EVERYTHING = "(SELECT portal_sees_everything())"
LOOKS_UP = "(SELECT portal_looks_people_up())"
ME = "(SELECT portal_acting())"
WORKS_FOR = "ANY((SELECT portal_works_for())::bigint[])"
BELONGS_TO = "ANY((SELECT portal_belongs_to())::bigint[])"

AS_A_LIST = f"customer_id IN (SELECT c.id FROM accounts_customer c WHERE c.partner_id = {WORKS_FOR})"


def one_by_one(table: str) -> str:
    return f"EXISTS (SELECT 1 FROM accounts_customer c WHERE c.id = {table}.customer_id AND c.partner_id = {WORKS_FOR})"


OWN = {"accounts_customermembership": f"{LOOKS_UP} OR user_id = {ME} OR ", "accounts_formermember": ""}


def alter(table: str, of_its_customer: str) -> str:
    rows = f"{OWN[table]}{EVERYTHING} OR customer_id = {BELONGS_TO} OR {of_its_customer}"
    return f"ALTER POLICY second_wall_select ON {table} USING ({rows})"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0019_urgent_messages_by_mail")]

    operations = [migrations.RunSQL(alter(table, one_by_one(table)), alter(table, AS_A_LIST)) for table in OWN]
