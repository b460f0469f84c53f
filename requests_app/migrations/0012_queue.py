"""Indexes of the queue: each order of each of its views has one. Built without stopping anybody's writing.

The planner is told that an assignee, a customer and a subscription are of one partner: else it takes "mine, at my
partner" for a handful, and reads them all to sort them. The indexes of single foreign keys go once others begin alike.
"""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0017_name_folded"),
        ("requests_app", "0011_what_waits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="subscription",
            index=models.Index(
                fields=["partner", "external_id"],
                name="requests_app_sub_external",
                opclasses=["int8_ops", "varchar_pattern_ops"],
            ),
        ),
        AddIndexConcurrently(
            model_name="subscription",
            index=models.Index(
                fields=["partner", "order_id"],
                name="requests_app_sub_order",
                opclasses=["int8_ops", "varchar_pattern_ops"],
            ),
        ),
        AddIndexConcurrently(
            model_name="subscriptionrequest",
            index=models.Index(
                condition=models.Q(("status__in", ("submitted", "in_review", "waiting", "approved", "failed"))),
                fields=["partner", "status", "deadline", "id"],
                include=("customer",),
                name="requests_app_open_state",
            ),
        ),
        AddIndexConcurrently(
            model_name="subscriptionrequest",
            index=models.Index(
                condition=models.Q(("status__in", ("submitted", "in_review", "waiting", "approved", "failed"))),
                fields=["partner", "kind", "deadline", "id"],
                include=("customer",),
                name="requests_app_open_kind",
            ),
        ),
        AddIndexConcurrently(
            model_name="subscriptionrequest",
            index=models.Index(
                condition=models.Q(("status__in", ("submitted", "in_review", "waiting", "approved", "failed"))),
                fields=["assignee", "deadline", "id"],
                include=("partner", "customer"),
                name="requests_app_open_holder",
            ),
        ),
        AddIndexConcurrently(
            model_name="subscriptionrequest",
            index=models.Index(
                condition=models.Q(("status__in", ("submitted", "in_review", "waiting", "approved", "failed"))),
                fields=["customer", "deadline", "id"],
                include=("partner",),
                name="requests_app_open_asker",
            ),
        ),
        AddIndexConcurrently(
            model_name="subscriptionrequest",
            index=models.Index(
                condition=models.Q(("status__in", ("submitted", "in_review", "waiting", "approved", "failed"))),
                fields=["partner", "submitted_at", "id"],
                include=("customer",),
                name="requests_app_open_age",
            ),
        ),
        AddIndexConcurrently(
            model_name="subscriptionrequest",
            index=models.Index(
                condition=models.Q(("status__in", ("submitted", "in_review", "waiting", "approved", "failed"))),
                fields=["partner", "status", "submitted_at", "id"],
                include=("customer",),
                name="requests_app_open_state_age",
            ),
        ),
        AddIndexConcurrently(
            model_name="subscriptionrequest",
            index=models.Index(
                condition=models.Q(("status__in", ("submitted", "in_review", "waiting", "approved", "failed"))),
                fields=["partner", "kind", "submitted_at", "id"],
                include=("customer",),
                name="requests_app_open_kind_age",
            ),
        ),
        AddIndexConcurrently(
            model_name="subscriptionrequest",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)),
                fields=["partner", "-submitted_at", "-id"],
                include=("customer",),
                name="requests_app_closed",
            ),
        ),
        AddIndexConcurrently(
            model_name="subscriptionrequest",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)),
                fields=["partner", "kind", "-submitted_at", "-id"],
                include=("customer",),
                name="requests_app_closed_kind",
            ),
        ),
        AddIndexConcurrently(
            model_name="subscriptionrequest",
            index=models.Index(
                fields=["assignee", "-submitted_at", "-id"],
                include=("partner", "customer"),
                name="requests_app_req_assignee",
            ),
        ),
        AddIndexConcurrently(
            model_name="subscriptionrequest",
            index=models.Index(
                fields=["partner", "external_reference"],
                name="requests_app_req_reference",
                opclasses=["int8_ops", "varchar_pattern_ops"],
            ),
        ),
        migrations.RunSQL(
            "CREATE STATISTICS requests_app_request_places (dependencies)"
            " ON partner_id, customer_id, assignee_id, subscription_id FROM requests_app_subscriptionrequest",
            "DROP STATISTICS requests_app_request_places",
        ),
        migrations.AlterField(
            model_name="subscriptionrequest",
            name="assignee",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assigned_requests",
                to=settings.AUTH_USER_MODEL,
                verbose_name="assignee",
            ),
        ),
        migrations.AlterField(
            model_name="subscriptionrequest",
            name="customer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="requests",
                to="accounts.customer",
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="subscriptionrequest",
            name="partner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="requests",
                to="accounts.partner",
                verbose_name="partner",
            ),
        ),
    ]
