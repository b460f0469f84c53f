"""Imports: the run, what its columns mean, what its lines would do; and the second wall around them, for managers."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

EVERYTHING = "(SELECT portal_sees_everything())"
MANAGES = "ANY((SELECT portal_manages())::bigint[])"
ME = "(SELECT portal_acting())"
SITE = "(SELECT portal_is_site())"
OF_MANAGER = f"{EVERYTHING} OR partner_id = {MANAGES}"

POLICIES = [
    ("importrun", "SELECT", f"USING ({OF_MANAGER})"),
    ("importrun", "INSERT", f"WITH CHECK (({OF_MANAGER}) AND ({SITE} OR started_by_id = {ME}))"),
    ("importrun", "UPDATE", f"USING ({OF_MANAGER}) WITH CHECK ({OF_MANAGER})"),
    ("importrun", "DELETE", f"USING ({OF_MANAGER})"),
    ("importmapping", "SELECT", f"USING ({OF_MANAGER})"),
    ("importmapping", "INSERT", f"WITH CHECK ({OF_MANAGER})"),
    ("importmapping", "UPDATE", f"USING ({OF_MANAGER}) WITH CHECK ({OF_MANAGER})"),
    ("importmapping", "DELETE", f"USING ({OF_MANAGER})"),
    ("importline", "SELECT", f"USING ({OF_MANAGER})"),
    ("importline", "INSERT", f"WITH CHECK ({OF_MANAGER})"),
    ("importline", "DELETE", f"USING ({OF_MANAGER})"),
]
TABLES = ("importrun", "importmapping", "importline")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0016_second_wall_of_holidays"),
        ("requests_app", "0013_bulk"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="line")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("changed", "Changed"),
                            ("unchanged", "Unchanged"),
                            ("wrong", "Wrong"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        blank=True, help_text="What the line is about, as the file says it.", max_length=200
                    ),
                ),
                (
                    "changes",
                    models.JSONField(default=list, blank=True, help_text="Field, what it is now, what it becomes."),
                ),
                (
                    "problems",
                    models.JSONField(
                        default=list, blank=True, help_text="Column, code, value and details of what is wrong."
                    ),
                ),
            ],
            options={
                "verbose_name": "line of an import",
                "verbose_name_plural": "lines of imports",
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="ImportMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("customers", "Customers"), ("subscriptions", "Subscriptions"), ("offers", "Offers")],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("headings_digest", models.CharField(max_length=64)),
                (
                    "columns",
                    models.JSONField(
                        default=dict, blank=True, help_text="The heading of each field, and which one of several."
                    ),
                ),
                ("how", models.JSONField(default=dict, blank=True, help_text="How dates are read.")),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "meaning of columns",
                "verbose_name_plural": "meanings of columns",
            },
        ),
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("customers", "Customers"), ("subscriptions", "Subscriptions"), ("offers", "Offers")],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("mapping", "columns to be matched"),
                            ("checking", "being checked"),
                            ("checked", "to be confirmed"),
                            ("writing", "being written"),
                            ("done", "done"),
                        ],
                        default="mapping",
                        max_length=20,
                        verbose_name="status",
                    ),
                ),
                ("file_name", models.CharField(max_length=150, verbose_name="file")),
                (
                    "how",
                    models.JSONField(
                        default=dict, blank=True, help_text="How the file is read: encoding, delimiter, sheet, dates."
                    ),
                ),
                (
                    "headings",
                    models.JSONField(default=list, blank=True, help_text="As they stand in the file, by column."),
                ),
                ("samples", models.JSONField(default=list, blank=True, help_text="The first values of each column.")),
                ("columns", models.JSONField(default=dict, blank=True, help_text="In which column each field stands.")),
                (
                    "problem",
                    models.JSONField(
                        default=dict, blank=True, help_text="What kept the run from getting on: a code and its details."
                    ),
                ),
                ("new", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("unchanged", models.PositiveIntegerField(default=0)),
                ("wrong", models.PositiveIntegerField(default=0)),
                (
                    "digest",
                    models.CharField(
                        blank=True, help_text="Of what was previewed; it is confirmed as a whole.", max_length=64
                    ),
                ),
                ("only_right", models.BooleanField(default=False, help_text="Lines that are wrong are left out.")),
                ("created_at", models.DateTimeField(verbose_name="started")),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done")),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "ordering": ["-pk"],
            },
        ),
        migrations.AddField(
            model_name="importline",
            name="partner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.partner"
            ),
        ),
        migrations.AddField(
            model_name="importmapping",
            name="partner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.partner",
                verbose_name="partner",
            ),
        ),
        migrations.AddField(
            model_name="importrun",
            name="partner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="imports",
                to="accounts.partner",
                verbose_name="partner",
            ),
        ),
        migrations.AddField(
            model_name="importrun",
            name="started_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="importline",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="preview", to="requests_app.importrun"
            ),
        ),
        migrations.AddConstraint(
            model_name="importmapping",
            constraint=models.UniqueConstraint(
                fields=("partner", "kind", "headings_digest"), name="requests_app_mapping_once"
            ),
        ),
        migrations.AddIndex(
            model_name="importrun",
            index=models.Index(fields=["partner", "-id"], name="requests_app_import_partner"),
        ),
        migrations.AddConstraint(
            model_name="importrun",
            constraint=models.UniqueConstraint(fields=("id", "partner"), name="requests_app_import_of_partner"),
        ),
        migrations.AddConstraint(
            model_name="importrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at__isnull", False), ("status", "done")),
                    models.Q(models.Q(("status", "done"), _negated=True), ("done_at__isnull", True)),
                    _connector="OR",
                ),
                name="requests_app_import_done",
            ),
        ),
        migrations.AddConstraint(
            model_name="importrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["checked", "writing", "done"]), _negated=True),
                    models.Q(models.Q(("digest", ""), _negated=True), ("checked_at__isnull", False)),
                    _connector="OR",
                ),
                name="requests_app_import_checked",
            ),
        ),
        migrations.AddIndex(
            model_name="importline",
            index=models.Index(fields=["run", "state", "number"], name="requests_app_line_state"),
        ),
        migrations.AddConstraint(
            model_name="importline",
            constraint=models.UniqueConstraint(fields=("run", "number"), name="requests_app_importline_once"),
        ),
        migrations.RunSQL(
            "ALTER TABLE requests_app_importline ADD CONSTRAINT requests_app_line_of_partners_run "
            "FOREIGN KEY (run_id, partner_id) REFERENCES requests_app_importrun (id, partner_id) DEFERRABLE INITIALLY IMMEDIATE",
            "ALTER TABLE requests_app_importline DROP CONSTRAINT requests_app_line_of_partners_run",
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
            for table in TABLES
        ),
    ]
