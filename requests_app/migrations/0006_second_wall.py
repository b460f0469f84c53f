"""The second wall: row level security by who is acting, for offers, subscriptions, requests and their history.

The functions it asks are those of accounts.0005_second_wall.
"""

from django.db import migrations

EVERYTHING = "(SELECT portal_sees_everything())"
SITE = "(SELECT portal_is_site())"
ME = "(SELECT portal_acting())"
WORKS_FOR = "ANY((SELECT portal_works_for())::bigint[])"
BELONGS_TO = "ANY((SELECT portal_belongs_to())::bigint[])"
BUYS_FROM = "ANY((SELECT portal_buys_from())::bigint[])"

OF_PARTNER = f"{EVERYTHING} OR partner_id = {WORKS_FOR}"
OF_BOTH = f"{OF_PARTNER} OR customer_id = {BELONGS_TO}"
# Of a request that the acting person sees: the policy of requests holds in here, too.
OF_REQUEST = "EXISTS (SELECT 1 FROM requests_app_subscriptionrequest r WHERE r.id = subscription_request_id)"

# table, command, which rows there are (USING), which rows may be left behind (WITH CHECK)
POLICIES = [
    ("offer", "SELECT", f"{OF_PARTNER} OR partner_id = {BUYS_FROM}", ""),
    ("offer", "INSERT", "", OF_PARTNER),
    ("offer", "UPDATE", OF_PARTNER, OF_PARTNER),
    ("offer", "DELETE", OF_PARTNER, ""),
    ("subscription", "SELECT", OF_BOTH, ""),
    ("subscription", "INSERT", "", OF_PARTNER),
    ("subscription", "UPDATE", OF_BOTH, OF_PARTNER),  # who asks to cancel one locks its row, but cannot change it
    ("subscription", "DELETE", OF_PARTNER, ""),
    ("subscriptionrequest", "SELECT", OF_BOTH, ""),
    ("subscriptionrequest", "INSERT", "", f"{SITE} OR (author_id = {ME} AND customer_id = {BELONGS_TO})"),
    ("subscriptionrequest", "UPDATE", OF_BOTH, OF_BOTH),
    ("requestline", "SELECT", f"{OF_PARTNER} OR {OF_REQUEST}", ""),
    ("requestline", "INSERT", "", OF_REQUEST),
    ("requestevent", "SELECT", OF_REQUEST, ""),
    ("requestevent", "INSERT", "", f"({SITE} OR actor_id = {ME}) AND {OF_REQUEST}"),
]

WHO_ACTED_IS_KNOWN = """
CREATE FUNCTION portal_note_actor() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE of_partner bigint;
BEGIN
  SELECT partner_id INTO of_partner FROM requests_app_subscriptionrequest WHERE id = NEW.subscription_request_id;
  IF NOT EXISTS (SELECT 1 FROM accounts_affiliation WHERE user_id = NEW.actor_id AND partner_id = of_partner) THEN
    INSERT INTO accounts_affiliation (user_id, partner_id) VALUES (NEW.actor_id, of_partner) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER portal_note_actor AFTER INSERT ON requests_app_requestevent
  FOR EACH ROW EXECUTE FUNCTION portal_note_actor();
"""
"""Somebody of the site's who takes a step has no membership there: the history shows their name all the same."""


def create(table: str, command: str, using: str, check: str) -> str:
    rows = f" USING ({using})" if using else ""
    left = f" WITH CHECK ({check})" if check else ""
    return f"CREATE POLICY second_wall_{command.lower()} ON requests_app_{table} FOR {command}{rows}{left}"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_second_wall"),
        ("requests_app", "0005_subscription_names_its_partner"),
    ]

    operations = [
        *(
            migrations.RunSQL(
                create(table, command, using, check),
                f"DROP POLICY second_wall_{command.lower()} ON requests_app_{table}",
            )
            for table, command, using, check in POLICIES
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE requests_app_{table} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE requests_app_{table} DISABLE ROW LEVEL SECURITY",
            )
            for table in dict.fromkeys(table for table, *_ in POLICIES)
        ),
        migrations.RunSQL(
            WHO_ACTED_IS_KNOWN,
            "DROP TRIGGER portal_note_actor ON requests_app_requestevent; DROP FUNCTION portal_note_actor",
        ),
    ]
