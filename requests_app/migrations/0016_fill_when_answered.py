"""First answers and windows of what is on file, from its history and from what it was based on; and an index by closing.

In batches, each a transaction of its own, and nothing is written twice: it may be stopped and run again, and people go
on working meanwhile. Of fewer seats no more is known than the deadline, which has the partner's lead time in it.
"""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models

BATCH = 10_000

ANSWERS = """
UPDATE requests_app_subscriptionrequest r SET answered_at = greatest(answer.at, r.submitted_at)
FROM (
  SELECT e.subscription_request_id AS id, min(e.created_at) AS at
  FROM requests_app_requestevent e
  JOIN requests_app_subscriptionrequest asked ON asked.id = e.subscription_request_id
  WHERE e.subscription_request_id BETWEEN %s AND %s AND asked.answered_at IS NULL AND (
    e.action IN ('claim', 'release', 'ask_customer', 'resume', 'approve', 'decline', 'complete', 'fail', 'retry')
    OR e.action = 'message'
      AND NOT EXISTS (SELECT 1 FROM accounts_customermembership m
                      WHERE m.user_id = e.actor_id AND m.customer_id = asked.customer_id)
      AND NOT EXISTS (SELECT 1 FROM accounts_formermember f
                      WHERE f.user_id = e.actor_id AND f.customer_id = asked.customer_id))
  GROUP BY e.subscription_request_id
) answer
WHERE r.id = answer.id
"""

WINDOWS = """
UPDATE requests_app_subscriptionrequest r SET window_closes_at = known.closes_at
FROM (
  SELECT id, CASE
    WHEN kind = 'cancellation' AND cancel_when = 'now' AND facts #>> '{subscription,cancellation_allowed_until}' IS NOT NULL
      THEN (facts #>> '{subscription,cancellation_allowed_until}')::timestamptz
    WHEN deadline_reason = 'window' THEN deadline END AS closes_at
  FROM requests_app_subscriptionrequest
  WHERE id BETWEEN %s AND %s AND window_closes_at IS NULL AND kind IN ('cancellation', 'fewer_seats')
) known
WHERE r.id = known.id AND known.closes_at > r.submitted_at
"""


def fill(apps: Any, schema_editor: Any) -> None:
    """Fill both columns in, ``BATCH`` keys at a time; outside a transaction each statement commits by itself."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM requests_app_subscriptionrequest")
        first, last = cursor.fetchone()
        for start in range(first, last + 1, BATCH):
            for statement in (ANSWERS, WINDOWS):
                cursor.execute(statement, [start, start + BATCH - 1])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0016_second_wall_of_holidays"),
        ("requests_app", "0015_when_answered"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        ValidateConstraint(model_name="subscriptionrequest", name="requests_app_request_answered"),
        AddIndexConcurrently(
            model_name="subscriptionrequest",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)),
                fields=["partner", "closed_at"],
                name="requests_app_req_closed",
            ),
        ),
    ]
