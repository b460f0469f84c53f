"""Cancellation rules that staff keep, with the facts as they were known, and the history of every change.

The triggers are django-pghistory's; docs/decisions/0012 says what they write and who is noted.
"""

import datetime

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import portal.lib.acting
import portal.lib.translated

STAFF = "(SELECT portal_is_staff())"
WORKS_FOR_SOMEBODY = "(SELECT portal_works_for()) <> '{}'"
BY_A_TRIGGER = "pg_trigger_depth() > 0"
"""A change is noted where it happens, and nowhere else."""

POLICIES = [
    ("cancellationpolicy", "SELECT", "USING (true)"),
    ("cancellationpolicy", "INSERT", f"WITH CHECK ({STAFF})"),
    ("cancellationpolicy", "UPDATE", f"USING ({STAFF})"),
    ("cancellationpolicy", "DELETE", f"USING ({STAFF})"),
    ("cancellationpolicyevent", "SELECT", f"USING ({STAFF} OR {WORKS_FOR_SOMEBODY})"),
    ("cancellationpolicyevent", "INSERT", f"WITH CHECK ({BY_A_TRIGGER})"),
]

WHOLE_TERM = {
    "en": "After the window the whole term is billed, also where you pay by the month. A cancellation then takes "
    "effect at the end of the term.",
    "zh-hant": "超過可取消期間後，無論是否按月付款，都會計費至合約期滿；此時提出的取消會在合約期滿時生效。",
}
AS_A_WHOLE = {
    "en": "It is cancelled as a whole: single seats cannot be given back before the renewal. After the window the "
    "whole term is billed.",
    "zh-hant": "只能整筆取消，續約前無法只退部分授權；超過可取消期間後，會計費至合約期滿。",
}
METERED = {
    "en": "Within the window everything is refunded except usage that was metered. After it the whole term is billed.",
    "zh-hant": "可取消期間內全額退費，但已計量的用量除外；超過後會計費至合約期滿。",
}
BOUGHT_FOR_GOOD = {
    "en": "Bought once and yours for good. After the window nothing is refunded.",
    "zh-hant": "一次買斷、永久使用；超過可取消期間後不退費。",
}
BY_USE = {
    "en": "There is no term: it can be cancelled at any time, and what was used until then is billed.",
    "zh-hant": "沒有合約期，可隨時取消；取消前已使用的部分仍會計費。",
}
CANCELLING = "Microsoft Learn, Partner Center: cancelling new commerce subscriptions"
SOFTWARE = "Microsoft Learn, Partner Center: cancelling software purchases"

FACTS = [
    # product type, hours, counted from, refund, seats can be given back, afterwards, note, source, confidence
    ("license_based", 168, "purchase_or_renewal", "prorated", True, "whole_term_billed", WHOLE_TERM,
     f"{CANCELLING}. Microsoft says 7 calendar days; vendors count 168 hours.", "H"),
    ("software_subscription", 168, "purchase_or_renewal", "prorated", False, "whole_term_billed", AS_A_WHOLE,
     SOFTWARE, "H"),
    ("perpetual_software", 720, "purchase", "full", False, "not_refunded", BOUGHT_FOR_GOOD, SOFTWARE, "H"),
    ("marketplace_saas", 72, "purchase_or_renewal", "full_without_usage", False, "whole_term_billed", METERED,
     "Microsoft Learn, Partner Center: cancelling marketplace products. It does not tell of giving back single seats.",
     "M"),
    ("business_central", 168, "purchase_or_renewal", "prorated", True, "whole_term_billed", WHOLE_TERM, CANCELLING,
     "H"),
    ("azure_usage", None, "purchase", "none", False, "usage_billed", BY_USE,
     "Microsoft Learn, Partner Center: Azure plans are billed by use and have no cancellation window.", "M"),
]  # fmt: skip
COLUMNS = (
    "product_type", "window_hours", "counted_from", "refund", "partial_reduction", "afterwards", "note", "source",
    "confidence",
)  # fmt: skip


def load_facts(apps, schema_editor):
    """Write the rules as they were known in November 2026, for as far back as is known. Staff keep them from here on."""
    policy = apps.get_model("requests_app", "CancellationPolicy")
    for fact in FACTS:
        policy.objects.create(in_force_from=datetime.date(2000, 1, 1), **dict(zip(COLUMNS, fact, strict=True)))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_second_wall_stands_closer"),
        ("requests_app", "0007_indexes_hold_what_policies_read"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CancellationPolicyEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "product_type",
                    models.CharField(
                        choices=[
                            ("license_based", "License-based subscription"),
                            ("software_subscription", "Software subscription"),
                            ("perpetual_software", "Perpetual software"),
                            ("marketplace_saas", "Marketplace SaaS"),
                            ("business_central", "Dynamics 365 Business Central"),
                            ("azure_usage", "Azure, billed by usage"),
                        ],
                        max_length=30,
                        verbose_name="product type",
                    ),
                ),
                (
                    "in_force_from",
                    models.DateField(
                        help_text="For what is bought or renewed on this day (UTC) or later.",
                        verbose_name="in force from",
                    ),
                ),
                (
                    "window_hours",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="In hours; 7 days are 168. Empty: no time within which it can be cancelled and refunded.",
                        null=True,
                        verbose_name="window",
                    ),
                ),
                (
                    "counted_from",
                    models.CharField(
                        choices=[
                            ("purchase", "the purchase"),
                            ("purchase_or_renewal", "the purchase, and again each renewal"),
                        ],
                        default="purchase_or_renewal",
                        max_length=30,
                        verbose_name="counted from",
                    ),
                ),
                (
                    "refund",
                    models.CharField(
                        choices=[
                            ("prorated", "what is left of the term, prorated"),
                            ("full", "everything"),
                            ("full_without_usage", "everything but metered usage"),
                            ("none", "nothing"),
                        ],
                        default="prorated",
                        max_length=30,
                        verbose_name="refunded within the window",
                    ),
                ),
                (
                    "partial_reduction",
                    models.BooleanField(
                        default=False,
                        help_text="Some of them, within their window.",
                        verbose_name="seats can be given back",
                    ),
                ),
                (
                    "afterwards",
                    models.CharField(
                        choices=[
                            ("whole_term_billed", "the whole term is billed, whatever the billing plan"),
                            ("usage_billed", "what was used is billed"),
                            ("not_refunded", "nothing is refunded"),
                        ],
                        default="whole_term_billed",
                        max_length=30,
                        verbose_name="afterwards",
                    ),
                ),
                (
                    "note",
                    portal.lib.translated.TranslatedField(
                        blank=True,
                        help_text="In words, for customers. Never a sum of money.",
                        verbose_name="what happens afterwards",
                    ),
                ),
                (
                    "source",
                    models.TextField(
                        help_text="An address, or where it was read.", max_length=400, verbose_name="source"
                    ),
                ),
                (
                    "confidence",
                    models.CharField(
                        choices=[
                            ("H", "high: Microsoft's own page, or two independent sources"),
                            ("M", "medium: one good secondary source"),
                            ("L", "low: inferred, or old"),
                        ],
                        default="M",
                        max_length=1,
                        verbose_name="confidence",
                    ),
                ),
                ("verified_on", models.DateField(blank=True, null=True, verbose_name="verified on")),
            ],
            options={
                "verbose_name": "change of a cancellation rule",
                "verbose_name_plural": "changes of cancellation rules",
                "ordering": ["pgh_id"],
            },
        ),
        migrations.CreateModel(
            name="CancellationPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "product_type",
                    models.CharField(
                        choices=[
                            ("license_based", "License-based subscription"),
                            ("software_subscription", "Software subscription"),
                            ("perpetual_software", "Perpetual software"),
                            ("marketplace_saas", "Marketplace SaaS"),
                            ("business_central", "Dynamics 365 Business Central"),
                            ("azure_usage", "Azure, billed by usage"),
                        ],
                        max_length=30,
                        verbose_name="product type",
                    ),
                ),
                (
                    "in_force_from",
                    models.DateField(
                        help_text="For what is bought or renewed on this day (UTC) or later.",
                        verbose_name="in force from",
                    ),
                ),
                (
                    "window_hours",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="In hours; 7 days are 168. Empty: no time within which it can be cancelled and refunded.",
                        null=True,
                        verbose_name="window",
                    ),
                ),
                (
                    "counted_from",
                    models.CharField(
                        choices=[
                            ("purchase", "the purchase"),
                            ("purchase_or_renewal", "the purchase, and again each renewal"),
                        ],
                        default="purchase_or_renewal",
                        max_length=30,
                        verbose_name="counted from",
                    ),
                ),
                (
                    "refund",
                    models.CharField(
                        choices=[
                            ("prorated", "what is left of the term, prorated"),
                            ("full", "everything"),
                            ("full_without_usage", "everything but metered usage"),
                            ("none", "nothing"),
                        ],
                        default="prorated",
                        max_length=30,
                        verbose_name="refunded within the window",
                    ),
                ),
                (
                    "partial_reduction",
                    models.BooleanField(
                        default=False,
                        help_text="Some of them, within their window.",
                        verbose_name="seats can be given back",
                    ),
                ),
                (
                    "afterwards",
                    models.CharField(
                        choices=[
                            ("whole_term_billed", "the whole term is billed, whatever the billing plan"),
                            ("usage_billed", "what was used is billed"),
                            ("not_refunded", "nothing is refunded"),
                        ],
                        default="whole_term_billed",
                        max_length=30,
                        verbose_name="afterwards",
                    ),
                ),
                (
                    "note",
                    portal.lib.translated.TranslatedField(
                        blank=True,
                        help_text="In words, for customers. Never a sum of money.",
                        verbose_name="what happens afterwards",
                    ),
                ),
                (
                    "source",
                    models.TextField(
                        help_text="An address, or where it was read.", max_length=400, verbose_name="source"
                    ),
                ),
                (
                    "confidence",
                    models.CharField(
                        choices=[
                            ("H", "high: Microsoft's own page, or two independent sources"),
                            ("M", "medium: one good secondary source"),
                            ("L", "low: inferred, or old"),
                        ],
                        default="M",
                        max_length=1,
                        verbose_name="confidence",
                    ),
                ),
                ("verified_on", models.DateField(blank=True, null=True, verbose_name="verified on")),
            ],
            options={
                "verbose_name": "cancellation rule",
                "verbose_name_plural": "cancellation rules",
                "ordering": ["product_type", "-in_force_from"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("product_type", "in_force_from"),
                        name="requests_app_policy_once",
                        violation_error_message="There is a rule for this product type from this day on already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("window_hours__isnull", True),
                            models.Q(("window_hours__gte", 1), ("window_hours__lte", 8784)),
                            _connector="OR",
                        ),
                        name="requests_app_policy_window",
                        violation_error_message="A window is between 1 hour and 366 days (8784 hours) long.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("window_hours__isnull", False),
                            models.Q(("partial_reduction", False), ("refund", "none")),
                            _connector="OR",
                        ),
                        name="requests_app_policy_refund",
                        violation_error_message="Without a window nothing is refunded and no seats can be given back.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("in_force_from__gte", datetime.date(2000, 1, 1)),
                            ("in_force_from__lt", datetime.date(2101, 1, 1)),
                        ),
                        name="requests_app_policy_plausible",
                        violation_error_message="Dates lie between the years 2000 and 2100. Look for a mistyped year.",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="cancellationpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "requests_app_cancellationpolicyevent" ("afterwards", "confidence", "counted_from", "id", "in_force_from", "note", "partial_reduction", "pgh_created_at", "pgh_label", "pgh_obj_id", "product_type", "refund", "source", "verified_on", "window_hours") VALUES (NEW."afterwards", NEW."confidence", NEW."counted_from", NEW."id", NEW."in_force_from", NEW."note", NEW."partial_reduction", NOW(), \'insert\', NEW."id", NEW."product_type", NEW."refund", NEW."source", NEW."verified_on", NEW."window_hours"); RETURN NULL;',
                    hash="563c423619a21667c32f89d788de8a234522c020",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_bc2d6",
                    table="requests_app_cancellationpolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="cancellationpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "requests_app_cancellationpolicyevent" ("afterwards", "confidence", "counted_from", "id", "in_force_from", "note", "partial_reduction", "pgh_created_at", "pgh_label", "pgh_obj_id", "product_type", "refund", "source", "verified_on", "window_hours") VALUES (NEW."afterwards", NEW."confidence", NEW."counted_from", NEW."id", NEW."in_force_from", NEW."note", NEW."partial_reduction", NOW(), \'update\', NEW."id", NEW."product_type", NEW."refund", NEW."source", NEW."verified_on", NEW."window_hours"); RETURN NULL;',
                    hash="f3b96b8e36172c3ab97a01de14b51d2f4f13a3fc",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_bfff0",
                    table="requests_app_cancellationpolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="cancellationpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "requests_app_cancellationpolicyevent" ("afterwards", "confidence", "counted_from", "id", "in_force_from", "note", "partial_reduction", "pgh_created_at", "pgh_label", "pgh_obj_id", "product_type", "refund", "source", "verified_on", "window_hours") VALUES (OLD."afterwards", OLD."confidence", OLD."counted_from", OLD."id", OLD."in_force_from", OLD."note", OLD."partial_reduction", NOW(), \'delete\', OLD."id", OLD."product_type", OLD."refund", OLD."source", OLD."verified_on", OLD."window_hours"); RETURN NULL;',
                    hash="76a769038181c5f437de165fc3516ca3a1aad85b",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_bcf86",
                    table="requests_app_cancellationpolicy",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="cancellationpolicyevent",
            name="acted_by",
            field=models.ForeignKey(
                db_default=portal.lib.acting.WhoActs(),
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="cancellationpolicyevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="history",
                related_query_name="history",
                to="requests_app.cancellationpolicy",
            ),
        ),
        migrations.AddIndex(
            model_name="cancellationpolicyevent",
            index=models.Index(fields=["pgh_obj", "pgh_id"], name="requests_app_policy_history"),
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
            for table in ("cancellationpolicy", "cancellationpolicyevent")
        ),
        migrations.RunPython(load_facts, migrations.RunPython.noop),  # last: rows lock the tables against changes
    ]
