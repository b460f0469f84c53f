"""The second wall around seat additions, attachments and what is internal; and deadlines say what they come from."""

from django.db import migrations

EVERYTHING = "(SELECT portal_sees_everything())"
SITE = "(SELECT portal_is_site())"
ME = "(SELECT portal_acting())"
WORKS_FOR = "ANY((SELECT portal_works_for())::bigint[])"

REQUEST = "SELECT 1 FROM requests_app_subscriptionrequest r WHERE r.id = subscription_request_id"
OF_REQUEST = f"EXISTS ({REQUEST})"
# What is internal is for those who work for the request's partner.
OF_READER = f"EXISTS ({REQUEST} AND (NOT is_internal OR {EVERYTHING} OR r.partner_id = {WORKS_FOR}))"
OF_EVENT = "EXISTS (SELECT 1 FROM requests_app_requestevent e WHERE e.id = event_id{})"
SUBSCRIPTION = "SELECT 1 FROM requests_app_subscription s WHERE s.id = subscription_id"
OF_PARTNER = f"EXISTS ({SUBSCRIPTION} AND ({EVERYTHING} OR s.partner_id = {WORKS_FOR}))"

POLICIES = [
    ("seatbatch", "SELECT", f"USING (EXISTS ({SUBSCRIPTION}))"),
    ("seatbatch", "INSERT", f"WITH CHECK ({OF_PARTNER})"),
    ("seatbatch", "UPDATE", f"USING ({OF_PARTNER}) WITH CHECK ({OF_PARTNER})"),
    ("seatbatch", "DELETE", f"USING ({OF_PARTNER})"),
    ("attachment", "SELECT", f"USING ({OF_EVENT.format('')})"),
    ("attachment", "INSERT", f"WITH CHECK ({SITE} OR {OF_EVENT.format(f' AND e.actor_id = {ME}')})"),
]
EVENTS_BEFORE = [
    ("SELECT", f"USING ({OF_REQUEST})"),
    ("INSERT", f"WITH CHECK (({SITE} OR actor_id = {ME}) AND {OF_REQUEST})"),
]
EVENTS = [
    ("SELECT", f"USING ({OF_READER})"),
    ("INSERT", f"WITH CHECK (({SITE} OR actor_id = {ME}) AND {OF_READER})"),
]

NOTE_ACTOR = """
CREATE OR REPLACE FUNCTION portal_note_actor() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE of_partner bigint;
BEGIN
  %s
  SELECT partner_id INTO of_partner FROM requests_app_subscriptionrequest WHERE id = NEW.subscription_request_id;
  IF NOT EXISTS (SELECT 1 FROM accounts_affiliation WHERE user_id = NEW.actor_id AND partner_id = of_partner) THEN
    INSERT INTO accounts_affiliation (user_id, partner_id) VALUES (NEW.actor_id, of_partner) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$
"""
THE_SITE_ITSELF = "IF NEW.actor_id IS NULL THEN RETURN NULL; END IF;"

WHY = """
UPDATE requests_app_subscriptionrequest SET deadline_reason = CASE
    WHEN cancel_when = 'end_of_term' THEN 'end_of_term'
    WHEN kind = 'cancellation' AND deadline <> submitted_at + interval '2 days' THEN 'window'
    ELSE 'answer' END
"""


def policy(table: str, command: str, rows: str) -> str:
    return f"CREATE POLICY second_wall_{command.lower()} ON requests_app_{table} FOR {command} {rows}"


def drop(table: str, command: str) -> str:
    return f"DROP POLICY second_wall_{command.lower()} ON requests_app_{table}"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_policies_ask_prepared_functions"),
        ("requests_app", "0009_windows_outcomes_conversation"),
    ]

    operations = [
        *(migrations.RunSQL(policy(table, command, rows), drop(table, command)) for table, command, rows in POLICIES),
        *(
            migrations.RunSQL(
                f"ALTER TABLE requests_app_{table} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE requests_app_{table} DISABLE ROW LEVEL SECURITY",
            )
            for table in ("seatbatch", "attachment")
        ),
        *(
            migrations.RunSQL(
                [drop("requestevent", command), policy("requestevent", command, rows)],
                [drop("requestevent", command), policy("requestevent", command, before)],
            )
            for (command, rows), (_, before) in zip(EVENTS, EVENTS_BEFORE, strict=True)
        ),
        migrations.RunSQL(NOTE_ACTOR % THE_SITE_ITSELF, NOTE_ACTOR % ""),
        migrations.RunSQL(WHY, migrations.RunSQL.noop),
    ]
