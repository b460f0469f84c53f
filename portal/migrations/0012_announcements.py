"""Announcements, who has read them, and their history; docs/decisions/0012 says who writes that, and how."""

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import portal.lib.acting
import portal.lib.links
import portal.lib.translated


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_name_folded"),
        ("portal", "0011_what_checks_found"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Announcement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "is_draft",
                    models.BooleanField(default=False, help_text="Readers do not see a draft.", verbose_name="draft"),
                ),
                (
                    "publish_from",
                    models.DateTimeField(
                        blank=True,
                        help_text="In your time zone. Empty: at once.",
                        null=True,
                        verbose_name="published from",
                    ),
                ),
                (
                    "publish_until",
                    models.DateTimeField(
                        blank=True,
                        help_text="In your time zone. Empty: for good.",
                        null=True,
                        verbose_name="published until",
                    ),
                ),
                ("title", portal.lib.translated.TranslatedField(verbose_name="title")),
                (
                    "body",
                    portal.lib.translated.TranslatedField(
                        blank=True,
                        help_text="What happens, what it means for the reader, and what they should do.",
                        verbose_name="text",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[("information", "Information"), ("warning", "Warning"), ("urgent", "Urgent")],
                        default="information",
                        help_text="An urgent one stands at the top of every page until its reader has read or hidden it.",
                        max_length=20,
                        verbose_name="level",
                    ),
                ),
                (
                    "services",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("exchange", "Exchange Online"),
                                ("sharepoint", "SharePoint Online"),
                                ("teams", "Microsoft Teams"),
                                ("entra", "Microsoft Entra ID"),
                                ("intune", "Microsoft Intune"),
                                ("defender", "Microsoft Defender"),
                                ("office_apps", "Microsoft 365 apps"),
                                ("power_platform", "Power Platform"),
                                ("dynamics", "Dynamics 365"),
                                ("azure", "Azure"),
                                ("windows", "Windows"),
                            ],
                            max_length=30,
                        ),
                        blank=True,
                        default=list,
                        help_text="What it is about: readers see it beside the title.",
                        verbose_name="services",
                    ),
                ),
                (
                    "address",
                    models.CharField(
                        blank=True,
                        help_text="Where there is more to read.",
                        max_length=300,
                        validators=[portal.lib.links.validate_address],
                        verbose_name="address",
                    ),
                ),
                (
                    "happens_from",
                    models.DateTimeField(
                        blank=True,
                        help_text="When what it tells of takes place, in your time zone.",
                        null=True,
                        verbose_name="happens from",
                    ),
                ),
                (
                    "happens_until",
                    models.DateTimeField(
                        blank=True,
                        help_text="Empty: nobody knows yet, or it is but a moment.",
                        null=True,
                        verbose_name="happens until",
                    ),
                ),
                (
                    "clouds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("commercial", "Commercial"),
                                ("gcc", "GCC"),
                                ("gcc_high", "GCC High"),
                                ("dod", "DoD"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                        help_text="None: customers of each cloud.",
                        verbose_name="clouds",
                    ),
                ),
                (
                    "to_owners_only",
                    models.BooleanField(
                        default=False,
                        help_text="Those with a running subscription to one of the services that are ticked above.",
                        verbose_name="only for customers who own one of the services",
                    ),
                ),
                (
                    "customers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        default=list,
                        help_text="None: all of the partner's.",
                        verbose_name="customers",
                    ),
                ),
                (
                    "partners",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        default=list,
                        help_text="Whose customers get it. None: those of each partner.",
                        verbose_name="partners",
                    ),
                ),
                (
                    "by_mail",
                    models.BooleanField(
                        default=False,
                        help_text="Once, when it is published, to everybody at the customers who get it. For urgent ones.",
                        verbose_name="also by mail",
                    ),
                ),
                ("mailed_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="mailed at")),
                (
                    "note",
                    models.CharField(
                        blank=True,
                        help_text="For who keeps this: what is not sure, what was decided.",
                        max_length=400,
                        verbose_name="note",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "partner",
                    models.ForeignKey(
                        blank=True,
                        help_text="Whose customers get it. Empty: those of all partners.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.partner",
                        verbose_name="partner",
                    ),
                ),
            ],
            options={
                "verbose_name": "announcement",
                "verbose_name_plural": "announcements",
                "ordering": ["-created_at", "-pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AnnouncementEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "written_at",
                    models.DateTimeField(db_default=portal.lib.acting.ClockTimestamp(), verbose_name="written at"),
                ),
                ("id", models.BigIntegerField()),
                (
                    "is_draft",
                    models.BooleanField(default=False, help_text="Readers do not see a draft.", verbose_name="draft"),
                ),
                (
                    "publish_from",
                    models.DateTimeField(
                        blank=True,
                        help_text="In your time zone. Empty: at once.",
                        null=True,
                        verbose_name="published from",
                    ),
                ),
                (
                    "publish_until",
                    models.DateTimeField(
                        blank=True,
                        help_text="In your time zone. Empty: for good.",
                        null=True,
                        verbose_name="published until",
                    ),
                ),
                ("title", portal.lib.translated.TranslatedField(verbose_name="title")),
                (
                    "body",
                    portal.lib.translated.TranslatedField(
                        blank=True,
                        help_text="What happens, what it means for the reader, and what they should do.",
                        verbose_name="text",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[("information", "Information"), ("warning", "Warning"), ("urgent", "Urgent")],
                        default="information",
                        help_text="An urgent one stands at the top of every page until its reader has read or hidden it.",
                        max_length=20,
                        verbose_name="level",
                    ),
                ),
                (
                    "services",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("exchange", "Exchange Online"),
                                ("sharepoint", "SharePoint Online"),
                                ("teams", "Microsoft Teams"),
                                ("entra", "Microsoft Entra ID"),
                                ("intune", "Microsoft Intune"),
                                ("defender", "Microsoft Defender"),
                                ("office_apps", "Microsoft 365 apps"),
                                ("power_platform", "Power Platform"),
                                ("dynamics", "Dynamics 365"),
                                ("azure", "Azure"),
                                ("windows", "Windows"),
                            ],
                            max_length=30,
                        ),
                        blank=True,
                        default=list,
                        help_text="What it is about: readers see it beside the title.",
                        verbose_name="services",
                    ),
                ),
                (
                    "address",
                    models.CharField(
                        blank=True,
                        help_text="Where there is more to read.",
                        max_length=300,
                        validators=[portal.lib.links.validate_address],
                        verbose_name="address",
                    ),
                ),
                (
                    "happens_from",
                    models.DateTimeField(
                        blank=True,
                        help_text="When what it tells of takes place, in your time zone.",
                        null=True,
                        verbose_name="happens from",
                    ),
                ),
                (
                    "happens_until",
                    models.DateTimeField(
                        blank=True,
                        help_text="Empty: nobody knows yet, or it is but a moment.",
                        null=True,
                        verbose_name="happens until",
                    ),
                ),
                (
                    "clouds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("commercial", "Commercial"),
                                ("gcc", "GCC"),
                                ("gcc_high", "GCC High"),
                                ("dod", "DoD"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                        help_text="None: customers of each cloud.",
                        verbose_name="clouds",
                    ),
                ),
                (
                    "to_owners_only",
                    models.BooleanField(
                        default=False,
                        help_text="Those with a running subscription to one of the services that are ticked above.",
                        verbose_name="only for customers who own one of the services",
                    ),
                ),
                (
                    "customers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        default=list,
                        help_text="None: all of the partner's.",
                        verbose_name="customers",
                    ),
                ),
                (
                    "partners",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        default=list,
                        help_text="Whose customers get it. None: those of each partner.",
                        verbose_name="partners",
                    ),
                ),
                (
                    "by_mail",
                    models.BooleanField(
                        default=False,
                        help_text="Once, when it is published, to everybody at the customers who get it. For urgent ones.",
                        verbose_name="also by mail",
                    ),
                ),
                (
                    "note",
                    models.CharField(
                        blank=True,
                        help_text="For who keeps this: what is not sure, what was decided.",
                        max_length=400,
                        verbose_name="note",
                    ),
                ),
                (
                    "acted_by",
                    models.ForeignKey(
                        db_default=portal.lib.acting.WhoActs(),
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Whose customers get it. Empty: those of all partners.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="accounts.partner",
                        verbose_name="partner",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="history",
                        related_query_name="history",
                        to="portal.announcement",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of an announcement",
                "verbose_name_plural": "changes of announcements",
                "ordering": ["written_at", "pgh_id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AnnouncementRead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                ("dismissed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "announcement",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="reads",
                        to="portal.announcement",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "read announcement",
                "verbose_name_plural": "read announcements",
            },
        ),
        migrations.AddIndex(
            model_name="announcement",
            index=models.Index(
                condition=models.Q(("by_mail", True), ("mailed_at", None)),
                fields=["id"],
                name="portal_announcement_to_mail",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(
                condition=models.Q(("publish_until__gt", models.F("publish_from"))),
                name="portal_announcement_ends_after_it_begins",
                violation_error_message="It would end before it begins. Look at the two moments of publishing.",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_draft", True), ("publish_from__isnull", False), _connector="OR"),
                name="portal_announcement_is_published_at",
                violation_error_message="Say from when on it is published.",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(
                condition=models.Q(("happens_until__gt", models.F("happens_from"))),
                name="portal_announcement_happens_forwards",
                violation_error_message="What it tells of would end before it begins. Look at the two moments of happening.",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("customers", []), ("partner", None)),
                    models.Q(("partner__isnull", False), ("partners", [])),
                    _connector="OR",
                ),
                name="portal_announcement_audience",
                violation_error_message="Customers are chosen in a partner's announcement, partners in one of the site.",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("to_owners_only", False), models.Q(("services", []), _negated=True), _connector="OR"
                ),
                name="portal_announcement_owners_of_what",
                violation_error_message="Tick the services whose owners get it.",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(
                condition=models.Q(("by_mail", False), ("level", "urgent"), _connector="OR"),
                name="portal_announcement_mail_is_urgent",
                violation_error_message="Only an urgent announcement goes out by mail.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="announcement",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "portal_announcementevent" ("address", "body", "by_mail", "clouds", "customers", "happens_from", "happens_until", "id", "is_draft", "level", "note", "partner_id", "partners", "pgh_created_at", "pgh_label", "pgh_obj_id", "publish_from", "publish_until", "services", "title", "to_owners_only") VALUES (NEW."address", NEW."body", NEW."by_mail", NEW."clouds", NEW."customers", NEW."happens_from", NEW."happens_until", NEW."id", NEW."is_draft", NEW."level", NEW."note", NEW."partner_id", NEW."partners", NOW(), \'insert\', NEW."id", NEW."publish_from", NEW."publish_until", NEW."services", NEW."title", NEW."to_owners_only"); RETURN NULL;',
                    hash="4731d5f429a0af845689d3de487e55827567f503",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_cdea3",
                    table="portal_announcement",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="announcement",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."body" IS DISTINCT FROM (NEW."body") OR OLD."by_mail" IS DISTINCT FROM (NEW."by_mail") OR OLD."clouds" IS DISTINCT FROM (NEW."clouds") OR OLD."customers" IS DISTINCT FROM (NEW."customers") OR OLD."happens_from" IS DISTINCT FROM (NEW."happens_from") OR OLD."happens_until" IS DISTINCT FROM (NEW."happens_until") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_draft" IS DISTINCT FROM (NEW."is_draft") OR OLD."level" IS DISTINCT FROM (NEW."level") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."partner_id" IS DISTINCT FROM (NEW."partner_id") OR OLD."partners" IS DISTINCT FROM (NEW."partners") OR OLD."publish_from" IS DISTINCT FROM (NEW."publish_from") OR OLD."publish_until" IS DISTINCT FROM (NEW."publish_until") OR OLD."services" IS DISTINCT FROM (NEW."services") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."to_owners_only" IS DISTINCT FROM (NEW."to_owners_only"))',
                    func='INSERT INTO "portal_announcementevent" ("address", "body", "by_mail", "clouds", "customers", "happens_from", "happens_until", "id", "is_draft", "level", "note", "partner_id", "partners", "pgh_created_at", "pgh_label", "pgh_obj_id", "publish_from", "publish_until", "services", "title", "to_owners_only") VALUES (NEW."address", NEW."body", NEW."by_mail", NEW."clouds", NEW."customers", NEW."happens_from", NEW."happens_until", NEW."id", NEW."is_draft", NEW."level", NEW."note", NEW."partner_id", NEW."partners", NOW(), \'update\', NEW."id", NEW."publish_from", NEW."publish_until", NEW."services", NEW."title", NEW."to_owners_only"); RETURN NULL;',
                    hash="894a47124f55dd0f87d0709ed690c8614926ae14",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_0fd98",
                    table="portal_announcement",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="announcement",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "portal_announcementevent" ("address", "body", "by_mail", "clouds", "customers", "happens_from", "happens_until", "id", "is_draft", "level", "note", "partner_id", "partners", "pgh_created_at", "pgh_label", "pgh_obj_id", "publish_from", "publish_until", "services", "title", "to_owners_only") VALUES (OLD."address", OLD."body", OLD."by_mail", OLD."clouds", OLD."customers", OLD."happens_from", OLD."happens_until", OLD."id", OLD."is_draft", OLD."level", OLD."note", OLD."partner_id", OLD."partners", NOW(), \'delete\', OLD."id", OLD."publish_from", OLD."publish_until", OLD."services", OLD."title", OLD."to_owners_only"); RETURN NULL;',
                    hash="67b4f5450571e345b5ef7f2cf3642abf121a5d64",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_3329c",
                    table="portal_announcement",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="announcementevent",
            index=models.Index(fields=["pgh_obj", "written_at"], name="portal_announcement_history"),
        ),
        migrations.AddConstraint(
            model_name="announcementread",
            constraint=models.UniqueConstraint(fields=("announcement", "user"), name="portal_announcementread_once"),
        ),
        migrations.AddConstraint(
            model_name="announcementread",
            constraint=models.CheckConstraint(
                condition=models.Q(("read_at__isnull", False), ("dismissed_at__isnull", False), _connector="OR"),
                name="portal_announcementread_did",
            ),
        ),
    ]
