"""Indexes for the jobs that escalate, and for the count in the header. Built without stopping anybody's writing."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("requests_app", "0010_second_wall_of_conversation")]

    operations = [
        AddIndexConcurrently(
            model_name="subscriptionrequest",
            index=models.Index(
                condition=models.Q(
                    ("escalation__lt", 2), ("status__in", ("submitted", "in_review", "waiting", "approved", "failed"))
                ),
                fields=["deadline", "id"],
                name="requests_app_req_escalate",
            ),
        ),
        AddIndexConcurrently(
            model_name="subscriptionrequest",
            index=models.Index(
                condition=models.Q(("status", "waiting")),
                fields=["customer", "id"],
                include=("partner",),
                name="requests_app_req_waiting",
            ),
        ),
    ]
