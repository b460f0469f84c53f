"""The second wall of announcements: read by those whose organisation is meant, kept by staff and by each partner's
managers; what somebody has read is their own, and who keeps an announcement learns how many have."""

from django.db import migrations

STAFF = "(SELECT portal_is_staff())"
EVERYTHING = "(SELECT portal_sees_everything())"
SITE = "(SELECT portal_is_site())"
ME = "(SELECT portal_acting())"
WORKS_FOR = "(SELECT portal_works_for())::bigint[]"
BUYS_FROM = "(SELECT portal_buys_from())::bigint[]"
BELONGS_TO = "(SELECT portal_belongs_to())::bigint[]"
MANAGES = "ANY((SELECT portal_manages())::bigint[])"

READS = (
    f"{STAFF}"
    f" OR (partner_id IS NULL AND (partners = '{{}}' OR partners && {WORKS_FOR} OR partners && {BUYS_FROM}))"
    f" OR partner_id = ANY({WORKS_FOR})"
    f" OR (partner_id = ANY({BUYS_FROM}) AND (customers = '{{}}' OR customers && {BELONGS_TO}))"
)
KEEPS = f"({EVERYTHING} OR (partner_id IS NULL AND {STAFF}) OR partner_id = {MANAGES})"
OF_THE_PARTNER = (
    "(customers = '{}' OR customers <@ ARRAY("
    "SELECT c.id FROM accounts_customer c WHERE c.partner_id = portal_announcement.partner_id))"
)
HISTORY = f"{STAFF} OR partner_id = {MANAGES}"
OWN = f"{SITE} OR user_id = {ME}"
OWN_OF_WHAT_ONE_READS = f"{SITE} OR (user_id = {ME} AND announcement_id IN (SELECT id FROM portal_announcement))"

# table, command, which rows there are (USING), which rows may be left behind (WITH CHECK)
POLICIES = [
    ("announcement", "SELECT", READS, ""),
    ("announcement", "INSERT", "", f"{KEEPS} AND {OF_THE_PARTNER}"),
    ("announcement", "UPDATE", KEEPS, f"{KEEPS} AND {OF_THE_PARTNER}"),
    ("announcement", "DELETE", KEEPS, ""),
    ("announcementread", "SELECT", OWN, ""),
    ("announcementread", "INSERT", "", OWN_OF_WHAT_ONE_READS),
    ("announcementread", "UPDATE", OWN, OWN_OF_WHAT_ONE_READS),
    ("announcementread", "DELETE", SITE, ""),
    ("announcementevent", "SELECT", HISTORY, ""),
    ("announcementevent", "INSERT", "", "pg_trigger_depth() > 0"),
]

# Nobody sees what others have read, so that Django could not delete it with its announcement.
GONE_WITH_IT = (
    "ALTER TABLE portal_announcementread ADD CONSTRAINT portal_announcementread_of"
    " FOREIGN KEY (announcement_id) REFERENCES portal_announcement (id) ON DELETE CASCADE"
)

COUNT = """
CREATE FUNCTION portal_announcement_readers(announcement bigint) RETURNS bigint LANGUAGE plpgsql
STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT (portal_is_staff() OR EXISTS (
    SELECT 1 FROM portal_announcement a WHERE a.id = announcement AND a.partner_id = ANY(portal_manages()))) THEN
    RETURN 0;
  END IF;
  RETURN (SELECT count(*) FROM portal_announcementread r WHERE r.announcement_id = announcement AND r.read_at IS NOT NULL);
END $$;
"""


def create(table: str, command: str, using: str, check: str) -> str:
    rows = f" USING ({using})" if using else ""
    left = f" WITH CHECK ({check})" if check else ""
    return f"CREATE POLICY second_wall_{command.lower()} ON portal_{table} FOR {command}{rows}{left}"


class Migration(migrations.Migration):
    dependencies = [("portal", "0012_announcements")]

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
        migrations.RunSQL(
            GONE_WITH_IT, "ALTER TABLE portal_announcementread DROP CONSTRAINT portal_announcementread_of"
        ),
        migrations.RunSQL(COUNT, "DROP FUNCTION portal_announcement_readers"),
    ]
