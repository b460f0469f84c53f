"""What became of each mail, and a view of it for staff: texts and subjects are not in it.

The view belongs to the owner of the tables, whom row level security does not bind; its own condition opens it to staff
alone. The application may read it and nothing else (``portal.lib.database_roles.WITHHELD``). The condition is about who
asks, not about rows: PostgreSQL asks it once, before it reads any. So the view needs no ``security_barrier``, which would
keep it from using the order of an index.
"""

from django.db import migrations, models
from django.db.models import Q

VIEW = """
CREATE VIEW accounts_delivery AS
SELECT id, kind, message_id, recipient, created_at, attempts, last_try_at, last_error, sent_at, failed_at,
       text <> '' AS has_text
FROM accounts_outgoingmail
WHERE (SELECT portal_is_staff())
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_policies_ask_prepared_functions")]

    operations = [
        migrations.AddField("outgoingmail", "kind", models.CharField(blank=True, db_default="", max_length=60)),
        migrations.AddField("outgoingmail", "attempts", models.PositiveIntegerField(db_default=0, default=0)),
        migrations.AddField("outgoingmail", "last_try_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("outgoingmail", "last_error", models.CharField(blank=True, db_default="", max_length=300)),
        migrations.AddField("outgoingmail", "failed_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddIndex(
            "outgoingmail",
            models.Index(fields=["failed_at"], condition=Q(sent_at=None), name="accounts_mail_unsent"),
        ),
        migrations.AddConstraint(
            "outgoingmail",
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(failed_at=None), name="accounts_mail_is_sent_or_has_failed"
            ),
        ),
        migrations.AddConstraint(
            "outgoingmail",
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(text="", html=""), name="accounts_mail_sent_keeps_no_text"
            ),
        ),
        migrations.AddConstraint(
            "outgoingmail",
            models.CheckConstraint(
                condition=Q(failed_at=None) | ~Q(last_error=""), name="accounts_mail_failed_for_a_reason"
            ),
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60, verbose_name="kind")),
                ("message_id", models.CharField(max_length=200, verbose_name="Message-ID")),
                ("recipient", models.EmailField(max_length=254, verbose_name="recipient")),
                ("created_at", models.DateTimeField(verbose_name="written")),
                ("attempts", models.PositiveIntegerField(verbose_name="tries")),
                ("last_try_at", models.DateTimeField(null=True, verbose_name="last try")),
                ("last_error", models.CharField(max_length=300, verbose_name="last error")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent")),
                ("failed_at", models.DateTimeField(null=True, verbose_name="given up")),
                ("has_text", models.BooleanField(verbose_name="text")),
            ],
            options={
                "verbose_name": "mail",
                "verbose_name_plural": "mails",
                "db_table": "accounts_delivery",
                "managed": False,
            },
        ),
        migrations.RunSQL(VIEW, "DROP VIEW accounts_delivery"),
    ]
