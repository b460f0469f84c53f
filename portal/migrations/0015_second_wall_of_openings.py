"""The second wall of what was opened: its reader alone sees a row, everybody else at most how many there are.

Counting is the database's own: who asks learns sums, of all customers (staff) or of those of a partner (its managers).
"""

from django.db import migrations

SITE = "(SELECT portal_is_site())"
ME = "(SELECT portal_acting())"
BELONGS_TO = "ANY((SELECT portal_belongs_to())::bigint[])"

POLICIES = [
    ("select", f"FOR SELECT USING ({SITE} OR user_id = {ME})"),
    ("insert", f"FOR INSERT WITH CHECK ({SITE} OR (user_id = {ME} AND customer_id = {BELONGS_TO}))"),
]

# The customer is the partner's. What is deleted takes what is counted of it along.
KEYS = [
    ("of_partners_customer", "(customer_id, partner_id) REFERENCES accounts_customer (id, partner_id)"),
    ("of_link", "(link_id) REFERENCES portal_selfservicelink ON DELETE CASCADE"),
    ("of_resource", "(resource_id) REFERENCES portal_supportresource ON DELETE CASCADE"),
]

HELPED = """
CREATE VIEW portal_contenthelped AS
  SELECT resource_id, partner_id, created_at, true AS helped FROM portal_helpanswer WHERE resource_id IS NOT NULL
  UNION ALL
  SELECT resource_id, partner_id, said_at, helped FROM portal_articleverdict
"""

HEAD = "STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

# Days are those of UTC, `upto` is not included. Of requests and answers the whole time is searched by an index that
# begins with the partner: one look for each of them.
EFFECTS = f"""
CREATE FUNCTION portal_content_effects(since date, upto date, of_partner bigint)
RETURNS TABLE (month date, link bigint, resource bigint, opened bigint, helped bigint, not_helped bigint, asked bigint)
LANGUAGE plpgsql {HEAD} SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  begins timestamptz := since::timestamp AT TIME ZONE 'UTC';
  ends timestamptz := upto::timestamp AT TIME ZONE 'UTC';
BEGIN
  IF NOT (portal_is_staff() OR coalesce(of_partner = ANY(portal_manages()), false)) THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH found AS (
    SELECT date_trunc('month', o.day)::date AS of_month, o.link_id AS of_link, o.resource_id AS of_resource,
           count(*) AS was_opened, 0::bigint AS has_helped, 0::bigint AS has_not, 0::bigint AS was_asked
    FROM portal_contentopening o
    WHERE o.day >= since AND o.day < upto AND (of_partner IS NULL OR o.partner_id = of_partner)
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT date_trunc('month', h.created_at AT TIME ZONE 'UTC')::date, NULL, h.resource_id,
           0, count(*) FILTER (WHERE h.helped), count(*) FILTER (WHERE NOT h.helped), 0
    FROM portal_contenthelped h
    WHERE h.created_at >= begins AND h.created_at < ends AND (of_partner IS NULL OR h.partner_id = of_partner)
    GROUP BY 1, 3
    UNION ALL
    SELECT date_trunc('month', q.submitted_at AT TIME ZONE 'UTC')::date, NULL, r.id, 0, 0, 0, count(*)
    FROM accounts_partner p
    JOIN requests_app_subscriptionrequest q ON q.partner_id = p.id
    CROSS JOIN LATERAL unnest(q.read_before) AS was_read(key)
    JOIN portal_supportresource r ON r.key = was_read.key AND (r.partner_id IS NULL OR r.partner_id = q.partner_id)
    WHERE q.submitted_at >= begins AND q.submitted_at < ends AND (of_partner IS NULL OR p.id = of_partner)
    GROUP BY 1, 3
    UNION ALL
    SELECT date_trunc('month', o.day)::date, o.link_id, NULL, 0, 0, 0, count(*)
    FROM portal_contentopening o
    WHERE o.link_id IS NOT NULL AND o.day >= since AND o.day < upto
      AND (of_partner IS NULL OR o.partner_id = of_partner)
      AND EXISTS (
        SELECT 1 FROM requests_app_subscriptionrequest q
        WHERE q.customer_id = o.customer_id AND q.author_id = o.user_id
          AND q.submitted_at >= o.opened_at AND q.submitted_at < o.opened_at + interval '24 hours'
      )
    GROUP BY 1, 2
  )
  SELECT f.of_month, f.of_link, f.of_resource, sum(f.was_opened)::bigint, sum(f.has_helped)::bigint,
         sum(f.has_not)::bigint, sum(f.was_asked)::bigint
  FROM found f GROUP BY 1, 2, 3;
END $$;
"""

FORGET = """
CREATE FUNCTION portal_forget_openings(before date) RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  gone bigint;
BEGIN
  IF NOT portal_is_site() OR before > (now() AT TIME ZONE 'UTC')::date - interval '12 months' THEN
    RAISE EXCEPTION 'openings are kept for a year' USING ERRCODE = 'insufficient_privilege';
  END IF;
  DELETE FROM portal_contentopening WHERE day < before;
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_name_folded"),
        ("portal", "0014_openings_of_content"),
        ("requests_app", "0018_fill_product_of_a_request"),
    ]

    operations = [
        *(
            migrations.RunSQL(
                f"CREATE POLICY second_wall_{name} ON portal_contentopening {rows}",
                f"DROP POLICY second_wall_{name} ON portal_contentopening",
            )
            for name, rows in POLICIES
        ),
        migrations.RunSQL(
            "ALTER TABLE portal_contentopening ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE portal_contentopening DISABLE ROW LEVEL SECURITY",
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE portal_contentopening ADD CONSTRAINT portal_opening_{name} FOREIGN KEY {key}",
                f"ALTER TABLE portal_contentopening DROP CONSTRAINT portal_opening_{name}",
            )
            for name, key in KEYS
        ),
        migrations.RunSQL(HELPED, "DROP VIEW portal_contenthelped"),
        migrations.RunSQL(EFFECTS, "DROP FUNCTION portal_content_effects"),
        migrations.RunSQL(FORGET, "DROP FUNCTION portal_forget_openings"),
    ]
