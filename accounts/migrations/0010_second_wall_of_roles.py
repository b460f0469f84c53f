"""The second wall asks for the role, too, where a row says who may do what.

Who belongs is written by those in charge; what an account may do on the site by those above it, and a password by its
owner. A forgotten permission check then changes nothing.
"""

from django.db import migrations

IN_CHARGE = """
CREATE FUNCTION portal_administers() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
  SELECT coalesce(array_agg(m.customer_id), '{}')
  FROM accounts_customermembership m JOIN accounts_user u ON u.id = m.user_id AND u.is_active
  WHERE m.user_id = (SELECT portal_acting()) AND m.role = 'admin'
$$;

CREATE FUNCTION portal_manages() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
  SELECT coalesce(array_agg(m.partner_id), '{}')
  FROM accounts_partnermembership m JOIN accounts_user u ON u.id = m.user_id AND u.is_active
  WHERE m.user_id = (SELECT portal_acting()) AND m.role = 'manager'
$$;
"""

ACCOUNTS = """
CREATE FUNCTION portal_guard_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.is_superuser, NEW.is_staff) IS DISTINCT FROM (OLD.is_superuser, OLD.is_staff)
     AND NOT portal_sees_everything() THEN
    RAISE EXCEPTION 'only a superuser says who works for the site' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NEW.is_active IS DISTINCT FROM OLD.is_active
     AND NOT (portal_sees_everything() OR (portal_is_staff() AND NOT OLD.is_superuser)) THEN
    RAISE EXCEPTION 'only staff say who may sign in' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (NEW.password, NEW.email) IS DISTINCT FROM (OLD.password, OLD.email)
     AND portal_acting() <> OLD.id AND NOT portal_looks_people_up() THEN
    RAISE EXCEPTION 'a password and an address are their owner''s' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER portal_guard_account BEFORE UPDATE ON accounts_user
  FOR EACH ROW EXECUTE FUNCTION portal_guard_account();
"""

DROP = """
DROP TRIGGER portal_guard_account ON accounts_user;
DROP FUNCTION portal_guard_account, portal_manages, portal_administers;
"""

STAFF = "(SELECT portal_is_staff())"
EVERYTHING = "(SELECT portal_sees_everything())"
WORKS_FOR = "ANY((SELECT portal_works_for())::bigint[])"
BELONGS_TO = "ANY((SELECT portal_belongs_to())::bigint[])"
BUYS_FROM = "ANY((SELECT portal_buys_from())::bigint[])"
ADMINISTERS = "ANY((SELECT portal_administers())::bigint[])"
MANAGES = "ANY((SELECT portal_manages())::bigint[])"


def of_its_customer(of_partners: str) -> str:
    return f"customer_id IN (SELECT c.id FROM accounts_customer c WHERE c.partner_id = {of_partners})"


AT_CUSTOMER = f"{EVERYTHING} OR customer_id = {BELONGS_TO} OR {of_its_customer(WORKS_FOR)}"
IN_CHARGE_AT_CUSTOMER = f"{EVERYTHING} OR customer_id = {ADMINISTERS} OR {of_its_customer(MANAGES)}"
AT_PARTNER = f"{STAFF} OR partner_id = {WORKS_FOR}"
IN_CHARGE_AT_PARTNER = f"{STAFF} OR partner_id = {MANAGES}"
OWN_CUSTOMER = f"{EVERYTHING} OR id = {BELONGS_TO} OR partner_id = {WORKS_FOR}"
OWN_CUSTOMER_STAYS = f"{EVERYTHING} OR (id = {BELONGS_TO} AND partner_id = {BUYS_FROM}) OR partner_id = {WORKS_FOR}"
IN_CHARGE_OF_CUSTOMER = f"{EVERYTHING} OR (id = {ADMINISTERS} AND partner_id = {BUYS_FROM}) OR partner_id = {MANAGES}"
INVITED = (
    f"{EVERYTHING} OR partner_id = {WORKS_FOR} OR (customer_id IS NULL AND {STAFF})"
    f" OR (customer_id = {BELONGS_TO} AND partner_id = {BUYS_FROM})"
)
MAY_INVITE = (
    f"{EVERYTHING} OR partner_id = {MANAGES} OR (customer_id IS NULL AND {STAFF})"
    f" OR (customer_id = {ADMINISTERS} AND partner_id = {BUYS_FROM})"
)

# table, command, which rows there are and may be left behind, and what both were before
CHANGED = [
    ("accounts_customermembership", "INSERT", None, IN_CHARGE_AT_CUSTOMER, None, AT_CUSTOMER),
    ("accounts_customermembership", "UPDATE", *[IN_CHARGE_AT_CUSTOMER] * 2, *[AT_CUSTOMER] * 2),
    ("accounts_customermembership", "DELETE", IN_CHARGE_AT_CUSTOMER, None, AT_CUSTOMER, None),
    ("accounts_partnermembership", "INSERT", None, IN_CHARGE_AT_PARTNER, None, AT_PARTNER),
    ("accounts_partnermembership", "UPDATE", *[IN_CHARGE_AT_PARTNER] * 2, *[AT_PARTNER] * 2),
    ("accounts_partnermembership", "DELETE", IN_CHARGE_AT_PARTNER, None, AT_PARTNER, None),
    ("accounts_customer", "INSERT", None, f"{EVERYTHING} OR partner_id = {MANAGES}", None,
     f"{EVERYTHING} OR partner_id = {WORKS_FOR}"),
    ("accounts_customer", "UPDATE", *[IN_CHARGE_OF_CUSTOMER] * 2, OWN_CUSTOMER, OWN_CUSTOMER_STAYS),
    ("accounts_partner", "UPDATE", *[f"{STAFF} OR id = {MANAGES}"] * 2, *[f"{STAFF} OR id = {WORKS_FOR}"] * 2),
]  # fmt: skip


def alter(table: str, command: str, using: str | None, check: str | None) -> str:
    rows = f" USING ({using})" if using else ""
    left = f" WITH CHECK ({check})" if check else ""
    return f"ALTER POLICY second_wall_{command.lower()} ON {table}{rows}{left}"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_second_wall_of_sign_in")]

    operations = [
        migrations.RunSQL(IN_CHARGE + ACCOUNTS, DROP),
        *(
            migrations.RunSQL(alter(table, command, using, check), alter(table, command, used, checked))
            for table, command, using, check, used, checked in CHANGED
        ),
        migrations.RunSQL(
            [
                "DROP POLICY second_wall_all ON accounts_invitation",
                f"CREATE POLICY second_wall_select ON accounts_invitation FOR SELECT USING ({INVITED})",
                f"CREATE POLICY second_wall_insert ON accounts_invitation FOR INSERT WITH CHECK ({MAY_INVITE})",
                f"CREATE POLICY second_wall_update ON accounts_invitation FOR UPDATE USING ({MAY_INVITE})",
            ],
            [
                "DROP POLICY second_wall_select ON accounts_invitation",
                "DROP POLICY second_wall_insert ON accounts_invitation",
                "DROP POLICY second_wall_update ON accounts_invitation",
                f"CREATE POLICY second_wall_all ON accounts_invitation FOR ALL USING ({INVITED}) WITH CHECK ({INVITED})",
            ],
        ),
    ]
