"""Steps with many requests at once, and their second wall: a run is seen by who has started it, and by nobody else."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SITE = "(SELECT portal_is_site())"
ME = "(SELECT portal_acting())"
MINE = f"{SITE} OR started_by_id = {ME}"
OF_RUN = "EXISTS (SELECT 1 FROM requests_app_bulkrun b WHERE b.id = run_id)"  # the policy of runs holds in here, too
OF_REQUEST = "EXISTS (SELECT 1 FROM requests_app_subscriptionrequest r WHERE r.id = subscription_request_id)"

POLICIES = [
    ("bulkrun", "SELECT", f"USING ({MINE})"),
    ("bulkrun", "INSERT", f"WITH CHECK ({MINE})"),
    ("bulkrun", "UPDATE", f"USING ({MINE}) WITH CHECK ({MINE})"),
    ("bulkrun", "DELETE", f"USING ({SITE})"),
    ("bulkitem", "SELECT", f"USING ({OF_RUN})"),
    ("bulkitem", "INSERT", f"WITH CHECK ({OF_RUN} AND {OF_REQUEST})"),
    ("bulkitem", "UPDATE", f"USING ({OF_RUN}) WITH CHECK ({OF_RUN})"),
    ("bulkitem", "DELETE", f"USING ({SITE})"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("requests_app", "0012_queue"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.UUIDField(
                        editable=False, help_text="Of the form that was sent: the same form runs once.", unique=True
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("claim", "Claim"),
                            ("reassign", "Assign"),
                            ("release", "Release"),
                            ("decline", "Decline"),
                        ],
                        max_length=20,
                        verbose_name="step",
                    ),
                ),
                (
                    "text",
                    models.TextField(
                        blank=True, help_text="The reason, or the note that goes with each step.", max_length=4000
                    ),
                ),
                (
                    "language",
                    models.CharField(help_text="In which its reader is told what was refused.", max_length=10),
                ),
                ("total", models.PositiveIntegerField()),
                ("started_at", models.DateTimeField(verbose_name="started at")),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who is assigned to them.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "action on many requests",
                "verbose_name_plural": "actions on many requests",
                "ordering": ["-started_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="BulkItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        help_text="The request's, for a reader who may not see it any more.", max_length=12
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Still to do"),
                            ("done", "Done"),
                            ("moved", "Somebody was quicker, or the step is not possible there"),
                            ("refused", "Not possible with this request"),
                            ("not_allowed", "Your role does not include it"),
                            ("gone", "Not yours to work any more"),
                            ("error", "An error on our side"),
                        ],
                        max_length=20,
                    ),
                ),
                ("sentence", models.TextField(blank=True, help_text="Why it was refused, in the language of the run.")),
                (
                    "subscription_request",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="requests_app.subscriptionrequest",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="requests_app.bulkrun",
                    ),
                ),
            ],
            options={
                "verbose_name": "request of an action on many",
                "verbose_name_plural": "requests of an action on many",
                "ordering": ["pk"],
            },
        ),
        migrations.AddIndex(
            model_name="bulkrun",
            index=models.Index(fields=["started_by", "-started_at", "-id"], name="requests_app_bulk_mine"),
        ),
        migrations.AddIndex(
            model_name="bulkrun",
            index=models.Index(fields=["started_at"], name="requests_app_bulk_age"),
        ),
        migrations.AddConstraint(
            model_name="bulkrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("assignee__isnull", False), ("step", "reassign")),
                    models.Q(models.Q(("step", "reassign"), _negated=True), ("assignee__isnull", True)),
                    _connector="OR",
                ),
                name="requests_app_bulk_assignee",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("step", "decline"), _negated=True), models.Q(("text", ""), _negated=True), _connector="OR"
                ),
                name="requests_app_bulk_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("total__gte", 1), ("total__lte", 10000)), name="requests_app_bulk_total"
            ),
        ),
        migrations.AddIndex(
            model_name="bulkitem",
            index=models.Index(
                condition=models.Q(("outcome", "")), fields=["run", "id"], name="requests_app_bulk_pending"
            ),
        ),
        migrations.AddIndex(
            model_name="bulkitem",
            index=models.Index(
                condition=models.Q(("outcome__in", ["", "done"]), _negated=True),
                fields=["run", "id"],
                name="requests_app_bulk_refused",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkitem",
            constraint=models.UniqueConstraint(
                fields=("run", "subscription_request"), name="requests_app_bulk_item_once"
            ),
        ),
        *(
            migrations.RunSQL(
                f"CREATE POLICY second_wall_{command.lower()} ON requests_app_{table} FOR {command} {rows}",
                f"DROP POLICY second_wall_{command.lower()} ON requests_app_{table}",
            )
            for table, command, rows in POLICIES
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE requests_app_{table} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE requests_app_{table} DISABLE ROW LEVEL SECURITY",
            )
            for table in ("bulkrun", "bulkitem")
        ),
    ]
