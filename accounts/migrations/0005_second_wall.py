"""The second wall: row level security by who is acting, for people, organisations and what they keep to themselves.

``portal.acting`` is set for each transaction by ``portal.lib.acting``. The functions that read memberships run as the
owner of the tables (SECURITY DEFINER), so that a policy can ask what the acting person may not read. Policies call
them inside ``(SELECT …)``: PostgreSQL then asks once for a statement instead of once for a row.
"""

from django.db import migrations

OWN_NAMES_ONLY = "SET search_path = pg_catalog, public"

ACTING = """
CREATE FUNCTION portal_acting() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE who text := current_setting('portal.acting', true);
BEGIN
  IF who = 'site' THEN RETURN -1;
  ELSIF who = 'nobody' THEN RETURN 0;
  ELSIF who <> '' THEN RETURN who::bigint;
  END IF;
  RAISE EXCEPTION 'nobody has said who is acting'
    USING ERRCODE = 'insufficient_privilege', HINT = 'Run this inside portal.lib.acting.acting_as().';
END $$;

CREATE FUNCTION portal_is_site() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT portal_acting() = -1 $$;

CREATE FUNCTION portal_looks_people_up() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT portal_acting() = -1 OR current_setting('portal.looking_up', true) = 'on' $$;
"""

MEMBERSHIP = f"""
CREATE FUNCTION portal_is_staff() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER {OWN_NAMES_ONLY} AS $$
  SELECT portal_acting() = -1 OR EXISTS (
    SELECT 1 FROM accounts_user WHERE id = (SELECT portal_acting()) AND is_active AND (is_staff OR is_superuser))
$$;

CREATE FUNCTION portal_sees_everything() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER {OWN_NAMES_ONLY} AS $$
  SELECT portal_acting() = -1 OR EXISTS (
    SELECT 1 FROM accounts_user WHERE id = (SELECT portal_acting()) AND is_active AND is_superuser)
$$;

CREATE FUNCTION portal_works_for() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER {OWN_NAMES_ONLY} AS $$
  SELECT coalesce(array_agg(m.partner_id), '{{}}')
  FROM accounts_partnermembership m JOIN accounts_user u ON u.id = m.user_id AND u.is_active
  WHERE m.user_id = (SELECT portal_acting())
$$;

CREATE FUNCTION portal_belongs_to() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER {OWN_NAMES_ONLY} AS $$
  SELECT coalesce(array_agg(m.customer_id), '{{}}')
  FROM accounts_customermembership m JOIN accounts_user u ON u.id = m.user_id AND u.is_active
  WHERE m.user_id = (SELECT portal_acting())
$$;

CREATE FUNCTION portal_buys_from() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER {OWN_NAMES_ONLY} AS $$
  SELECT coalesce(array_agg(DISTINCT c.partner_id), '{{}}')
  FROM accounts_customermembership m
  JOIN accounts_user u ON u.id = m.user_id AND u.is_active
  JOIN accounts_customer c ON c.id = m.customer_id
  WHERE m.user_id = (SELECT portal_acting())
$$;
"""

AFFILIATION = f"""
CREATE FUNCTION portal_note_affiliation() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {OWN_NAMES_ONLY} AS $$
BEGIN
  IF TG_TABLE_NAME = 'accounts_partnermembership' THEN
    INSERT INTO accounts_affiliation (user_id, partner_id) VALUES (NEW.user_id, NEW.partner_id)
    ON CONFLICT DO NOTHING;
  ELSE
    INSERT INTO accounts_affiliation (user_id, partner_id, customer_id)
    SELECT NEW.user_id, c.partner_id, c.id FROM accounts_customer c WHERE c.id = NEW.customer_id
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER portal_note_affiliation AFTER INSERT OR UPDATE ON accounts_partnermembership
  FOR EACH ROW EXECUTE FUNCTION portal_note_affiliation();
CREATE TRIGGER portal_note_affiliation AFTER INSERT OR UPDATE ON accounts_customermembership
  FOR EACH ROW EXECUTE FUNCTION portal_note_affiliation();

INSERT INTO accounts_affiliation (user_id, partner_id) SELECT user_id, partner_id FROM accounts_partnermembership;
INSERT INTO accounts_affiliation (user_id, partner_id, customer_id)
  SELECT m.user_id, c.partner_id, c.id FROM accounts_customermembership m JOIN accounts_customer c ON c.id = m.customer_id;

CREATE FUNCTION portal_knows(person bigint, works_for bigint[], belongs_to bigint[], buys_from bigint[])
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER {OWN_NAMES_ONLY} AS $$
  SELECT EXISTS (
    SELECT 1 FROM accounts_affiliation a
    WHERE a.user_id = person
      AND (a.partner_id = ANY(works_for)
           OR a.customer_id = ANY(belongs_to)
           OR (a.customer_id IS NULL AND a.partner_id = ANY(buys_from))))
$$;
"""

DROP = """
DROP TRIGGER portal_note_affiliation ON accounts_partnermembership;
DROP TRIGGER portal_note_affiliation ON accounts_customermembership;
DROP FUNCTION portal_knows, portal_note_affiliation, portal_buys_from, portal_belongs_to, portal_works_for,
  portal_sees_everything, portal_is_staff, portal_looks_people_up, portal_is_site, portal_acting;
DELETE FROM accounts_affiliation;
"""

STAFF = "(SELECT portal_is_staff())"
EVERYTHING = "(SELECT portal_sees_everything())"
LOOKS_UP = "(SELECT portal_looks_people_up())"
SITE = "(SELECT portal_is_site())"
ME = "(SELECT portal_acting())"
WORKS_FOR = "ANY((SELECT portal_works_for())::bigint[])"
BELONGS_TO = "ANY((SELECT portal_belongs_to())::bigint[])"
BUYS_FROM = "ANY((SELECT portal_buys_from())::bigint[])"
KNOWN = "portal_knows({}, (SELECT portal_works_for()), (SELECT portal_belongs_to()), (SELECT portal_buys_from()))"

ITS_CUSTOMER = f"customer_id IN (SELECT c.id FROM accounts_customer c WHERE c.partner_id = {WORKS_FOR})"
AT_CUSTOMER = f"{EVERYTHING} OR customer_id = {BELONGS_TO} OR {ITS_CUSTOMER}"
AT_PARTNER = f"{STAFF} OR partner_id = {WORKS_FOR}"
OWN_CUSTOMER = f"{EVERYTHING} OR id = {BELONGS_TO} OR partner_id = {WORKS_FOR}"
OWN_CUSTOMER_STAYS = f"{EVERYTHING} OR (id = {BELONGS_TO} AND partner_id = {BUYS_FROM}) OR partner_id = {WORKS_FOR}"
OWN_PERSON = f"{LOOKS_UP} OR {STAFF} OR id = {ME}"
KEPT_TO_ONESELF = f"{LOOKS_UP} OR user_id = {ME}"

# table, command, which rows there are (USING), which rows may be left behind (WITH CHECK)
POLICIES = [
    ("accounts_partner", "SELECT", f"{STAFF} OR id = {WORKS_FOR} OR id = {BUYS_FROM}", ""),
    ("accounts_partner", "INSERT", "", STAFF),
    ("accounts_partner", "UPDATE", f"{STAFF} OR id = {WORKS_FOR}", f"{STAFF} OR id = {WORKS_FOR}"),
    ("accounts_partner", "DELETE", STAFF, ""),
    ("accounts_customer", "SELECT", OWN_CUSTOMER, ""),
    ("accounts_customer", "INSERT", "", f"{EVERYTHING} OR partner_id = {WORKS_FOR}"),
    ("accounts_customer", "UPDATE", OWN_CUSTOMER, OWN_CUSTOMER_STAYS),
    ("accounts_customer", "DELETE", f"{EVERYTHING} OR partner_id = {WORKS_FOR}", ""),
    ("accounts_customermembership", "SELECT", f"{LOOKS_UP} OR user_id = {ME} OR {AT_CUSTOMER}", ""),
    ("accounts_customermembership", "INSERT", "", AT_CUSTOMER),
    ("accounts_customermembership", "UPDATE", AT_CUSTOMER, AT_CUSTOMER),
    ("accounts_customermembership", "DELETE", AT_CUSTOMER, ""),
    ("accounts_partnermembership", "SELECT", f"{LOOKS_UP} OR user_id = {ME} OR {AT_PARTNER}", ""),
    ("accounts_partnermembership", "INSERT", "", AT_PARTNER),
    ("accounts_partnermembership", "UPDATE", AT_PARTNER, AT_PARTNER),
    ("accounts_partnermembership", "DELETE", AT_PARTNER, ""),
    # Staff act for the site, and their names stand in everybody's histories.
    ("accounts_user", "SELECT", f"{OWN_PERSON} OR ({ME} > 0 AND (is_staff OR is_superuser)) OR {KNOWN.format('id')}", ""),
    ("accounts_user", "INSERT", "", SITE),
    ("accounts_user", "UPDATE", OWN_PERSON, OWN_PERSON),
    ("accounts_user", "DELETE", SITE, ""),
    ("accounts_outgoingmail", "ALL", SITE, SITE),
    ("account_emailaddress", "ALL", KEPT_TO_ONESELF, KEPT_TO_ONESELF),
    ("django_admin_log", "SELECT", f"{STAFF} OR user_id = {ME} OR {KNOWN.format('user_id')}", ""),
    ("django_admin_log", "INSERT", "", f"{SITE} OR user_id = {ME}"),
]  # fmt: skip


def create(table: str, command: str, using: str, check: str) -> str:
    rows = f" USING ({using})" if using else ""
    left = f" WITH CHECK ({check})" if check else ""
    return f"CREATE POLICY second_wall_{command.lower()} ON {table} FOR {command}{rows}{left}"


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("accounts", "0004_affiliations"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [
        migrations.RunSQL(ACTING + MEMBERSHIP + AFFILIATION, DROP),
        *(
            migrations.RunSQL(
                create(table, command, using, check), f"DROP POLICY second_wall_{command.lower()} ON {table}"
            )
            for table, command, using, check in POLICIES
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"
            )
            for table in dict.fromkeys(table for table, *_ in POLICIES)
        ),
    ]
