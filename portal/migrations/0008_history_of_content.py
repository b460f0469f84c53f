"""The history of links, resources and their addresses; docs/decisions/0012 says who writes it, and how."""

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import portal.lib.acting
import portal.lib.links
import portal.lib.translated

STAFF = "(SELECT portal_is_staff())"
MANAGES = "ANY((SELECT portal_manages())::bigint[])"
BY_A_TRIGGER = "pg_trigger_depth() > 0"
OF_AN_OWN = " OR ".join(
    f"{owner}_id IN (SELECT id FROM portal_{table} WHERE partner_id = {MANAGES})"
    for owner, table in (("link", "selfservicelink"), ("resource", "supportresource"))
)
READS = {
    "selfservicelinkevent": f"{STAFF} OR partner_id = {MANAGES}",
    "supportresourceevent": f"{STAFF} OR partner_id = {MANAGES}",
    "contentaddressevent": f"{STAFF} OR {OF_AN_OWN}",
}

COLUMNS = {
    "selfservicelink": "id, is_draft, publish_from, publish_until, partner_id, key, note, title, description, category,"
    " service",
    "supportresource": "id, is_draft, publish_from, publish_until, partner_id, key, note, title, summary, body, services,"
    " kinds, verified_on",
    "contentaddress": "id, link_id, resource_id, cloud, address, source, confidence, verified_on",
}


def as_it_stands(table: str) -> str:
    """Return the statement that makes what is there the first version of its history, as the site's own."""
    return (
        f"INSERT INTO portal_{table}event (pgh_created_at, pgh_label, pgh_obj_id, {COLUMNS[table]})"
        f" SELECT now(), 'insert', id, {COLUMNS[table]} FROM portal_{table}"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_name_folded"),
        ("portal", "0007_content_of_partners"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ContentAddressEvent",
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
                    "cloud",
                    models.CharField(
                        choices=[
                            ("commercial", "Commercial"),
                            ("gcc", "GCC"),
                            ("gcc_high", "GCC High"),
                            ("dod", "DoD"),
                        ],
                        max_length=20,
                        verbose_name="cloud",
                    ),
                ),
                (
                    "address",
                    models.CharField(
                        max_length=300, validators=[portal.lib.links.validate_link_template], verbose_name="address"
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        blank=True, help_text="Where the address was read.", max_length=400, verbose_name="source"
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
                "verbose_name": "change of an address",
                "verbose_name_plural": "changes of addresses",
                "ordering": ["written_at", "pgh_id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SelfServiceLinkEvent",
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
                (
                    "key",
                    models.SlugField(
                        db_index=False, help_text="Stays the same when texts change.", max_length=60, verbose_name="key"
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
                ("title", portal.lib.translated.TranslatedField(verbose_name="title")),
                (
                    "description",
                    portal.lib.translated.TranslatedField(
                        blank=True, help_text="What one does there, in one sentence.", verbose_name="description"
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("administer", "Administer your services"),
                            ("configure", "Set up a service"),
                            ("messages", "Read Microsoft's messages"),
                            ("health", "Check service health"),
                            ("help", "Get help from Microsoft"),
                        ],
                        max_length=20,
                        verbose_name="category",
                    ),
                ),
                (
                    "service",
                    models.CharField(
                        blank=True,
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
                        help_text="Customers who own the service see the link first.",
                        max_length=30,
                        verbose_name="service",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of a self-service link",
                "verbose_name_plural": "changes of self-service links",
                "ordering": ["written_at", "pgh_id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SupportResourceEvent",
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
                (
                    "key",
                    models.SlugField(
                        db_index=False, help_text="Stays the same when texts change.", max_length=60, verbose_name="key"
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
                ("title", portal.lib.translated.TranslatedField(verbose_name="title")),
                (
                    "summary",
                    portal.lib.translated.TranslatedField(
                        help_text="One sentence that says what is to be found here: it stands under the title.",
                        verbose_name="summary",
                    ),
                ),
                (
                    "body",
                    portal.lib.translated.TranslatedField(
                        blank=True,
                        help_text="Plain text; an empty line begins a paragraph. Without one the resource is only its link.",
                        verbose_name="text",
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
                        help_text="What it is about. None: about all of them.",
                        verbose_name="services",
                    ),
                ),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("purchase", "Purchase"),
                                ("cancellation", "Cancellation"),
                                ("more_seats", "More seats"),
                                ("fewer_seats", "Fewer seats"),
                                ("end_of_term", "End of term"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                        help_text="None: before each.",
                        verbose_name="before which requests",
                    ),
                ),
                (
                    "verified_on",
                    models.DateField(
                        blank=True,
                        help_text="When its facts were last compared with their source.",
                        null=True,
                        verbose_name="text verified on",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of a support resource",
                "verbose_name_plural": "changes of support resources",
                "ordering": ["written_at", "pgh_id"],
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contentaddress",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "portal_contentaddressevent" ("address", "cloud", "confidence", "id", "link_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "resource_id", "source", "verified_on") VALUES (NEW."address", NEW."cloud", NEW."confidence", NEW."id", NEW."link_id", NOW(), \'insert\', NEW."id", NEW."resource_id", NEW."source", NEW."verified_on"); RETURN NULL;',
                    hash="3ae97d3dca8c15247727db2cc0f836a34187ded9",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_64f65",
                    table="portal_contentaddress",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contentaddress",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."cloud" IS DISTINCT FROM (NEW."cloud") OR OLD."confidence" IS DISTINCT FROM (NEW."confidence") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."link_id" IS DISTINCT FROM (NEW."link_id") OR OLD."resource_id" IS DISTINCT FROM (NEW."resource_id") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."verified_on" IS DISTINCT FROM (NEW."verified_on"))',
                    func='INSERT INTO "portal_contentaddressevent" ("address", "cloud", "confidence", "id", "link_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "resource_id", "source", "verified_on") VALUES (NEW."address", NEW."cloud", NEW."confidence", NEW."id", NEW."link_id", NOW(), \'update\', NEW."id", NEW."resource_id", NEW."source", NEW."verified_on"); RETURN NULL;',
                    hash="7f96120f42ade7fbb358892d9ca4a2ad191a3e72",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_7d2ad",
                    table="portal_contentaddress",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="contentaddress",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "portal_contentaddressevent" ("address", "cloud", "confidence", "id", "link_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "resource_id", "source", "verified_on") VALUES (OLD."address", OLD."cloud", OLD."confidence", OLD."id", OLD."link_id", NOW(), \'delete\', OLD."id", OLD."resource_id", OLD."source", OLD."verified_on"); RETURN NULL;',
                    hash="4872b50ad24e5eaf9f1086e14e7dce85f8449fd5",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_a87a1",
                    table="portal_contentaddress",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="selfservicelink",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "portal_selfservicelinkevent" ("category", "description", "id", "is_draft", "key", "note", "partner_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publish_from", "publish_until", "service", "title") VALUES (NEW."category", NEW."description", NEW."id", NEW."is_draft", NEW."key", NEW."note", NEW."partner_id", NOW(), \'insert\', NEW."id", NEW."publish_from", NEW."publish_until", NEW."service", NEW."title"); RETURN NULL;',
                    hash="ab6cd1b600f80f2b3031e28f417dd6039a93b7f7",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_71b9c",
                    table="portal_selfservicelink",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="selfservicelink",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."category" IS DISTINCT FROM (NEW."category") OR OLD."description" IS DISTINCT FROM (NEW."description") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_draft" IS DISTINCT FROM (NEW."is_draft") OR OLD."key" IS DISTINCT FROM (NEW."key") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."partner_id" IS DISTINCT FROM (NEW."partner_id") OR OLD."publish_from" IS DISTINCT FROM (NEW."publish_from") OR OLD."publish_until" IS DISTINCT FROM (NEW."publish_until") OR OLD."service" IS DISTINCT FROM (NEW."service") OR OLD."title" IS DISTINCT FROM (NEW."title"))',
                    func='INSERT INTO "portal_selfservicelinkevent" ("category", "description", "id", "is_draft", "key", "note", "partner_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publish_from", "publish_until", "service", "title") VALUES (NEW."category", NEW."description", NEW."id", NEW."is_draft", NEW."key", NEW."note", NEW."partner_id", NOW(), \'update\', NEW."id", NEW."publish_from", NEW."publish_until", NEW."service", NEW."title"); RETURN NULL;',
                    hash="d4f76c73affc7174f8a430a915c8bd36e178b483",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_f1137",
                    table="portal_selfservicelink",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="selfservicelink",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "portal_selfservicelinkevent" ("category", "description", "id", "is_draft", "key", "note", "partner_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publish_from", "publish_until", "service", "title") VALUES (OLD."category", OLD."description", OLD."id", OLD."is_draft", OLD."key", OLD."note", OLD."partner_id", NOW(), \'delete\', OLD."id", OLD."publish_from", OLD."publish_until", OLD."service", OLD."title"); RETURN NULL;',
                    hash="0c6923715b95eb173ddbe90497317dbec850dcac",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_34231",
                    table="portal_selfservicelink",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="supportresource",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "portal_supportresourceevent" ("body", "id", "is_draft", "key", "kinds", "note", "partner_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publish_from", "publish_until", "services", "summary", "title", "verified_on") VALUES (NEW."body", NEW."id", NEW."is_draft", NEW."key", NEW."kinds", NEW."note", NEW."partner_id", NOW(), \'insert\', NEW."id", NEW."publish_from", NEW."publish_until", NEW."services", NEW."summary", NEW."title", NEW."verified_on"); RETURN NULL;',
                    hash="8346bdc743be66b76c30dbe3ff39d579e8abb9dc",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_39a25",
                    table="portal_supportresource",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="supportresource",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."body" IS DISTINCT FROM (NEW."body") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_draft" IS DISTINCT FROM (NEW."is_draft") OR OLD."key" IS DISTINCT FROM (NEW."key") OR OLD."kinds" IS DISTINCT FROM (NEW."kinds") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."partner_id" IS DISTINCT FROM (NEW."partner_id") OR OLD."publish_from" IS DISTINCT FROM (NEW."publish_from") OR OLD."publish_until" IS DISTINCT FROM (NEW."publish_until") OR OLD."services" IS DISTINCT FROM (NEW."services") OR OLD."summary" IS DISTINCT FROM (NEW."summary") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."verified_on" IS DISTINCT FROM (NEW."verified_on"))',
                    func='INSERT INTO "portal_supportresourceevent" ("body", "id", "is_draft", "key", "kinds", "note", "partner_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publish_from", "publish_until", "services", "summary", "title", "verified_on") VALUES (NEW."body", NEW."id", NEW."is_draft", NEW."key", NEW."kinds", NEW."note", NEW."partner_id", NOW(), \'update\', NEW."id", NEW."publish_from", NEW."publish_until", NEW."services", NEW."summary", NEW."title", NEW."verified_on"); RETURN NULL;',
                    hash="c79e798fa37bad61c438d11e2a6a6ebac368aef0",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_8f3cd",
                    table="portal_supportresource",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="supportresource",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "portal_supportresourceevent" ("body", "id", "is_draft", "key", "kinds", "note", "partner_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publish_from", "publish_until", "services", "summary", "title", "verified_on") VALUES (OLD."body", OLD."id", OLD."is_draft", OLD."key", OLD."kinds", OLD."note", OLD."partner_id", NOW(), \'delete\', OLD."id", OLD."publish_from", OLD."publish_until", OLD."services", OLD."summary", OLD."title", OLD."verified_on"); RETURN NULL;',
                    hash="7dfb5fb1f69db0e7e6a00c776585c86a5065083f",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_6e0d9",
                    table="portal_supportresource",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="contentaddressevent",
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
            model_name="contentaddressevent",
            name="link",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="portal.selfservicelink",
                verbose_name="self-service link",
            ),
        ),
        migrations.AddField(
            model_name="contentaddressevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="history",
                related_query_name="history",
                to="portal.contentaddress",
            ),
        ),
        migrations.AddField(
            model_name="contentaddressevent",
            name="resource",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="portal.supportresource",
                verbose_name="support resource",
            ),
        ),
        migrations.AddField(
            model_name="selfservicelinkevent",
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
            model_name="selfservicelinkevent",
            name="partner",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Whose customers see it. Empty: those of all partners.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="accounts.partner",
                verbose_name="partner",
            ),
        ),
        migrations.AddField(
            model_name="selfservicelinkevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="history",
                related_query_name="history",
                to="portal.selfservicelink",
            ),
        ),
        migrations.AddField(
            model_name="supportresourceevent",
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
            model_name="supportresourceevent",
            name="partner",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Whose customers see it. Empty: those of all partners.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="accounts.partner",
                verbose_name="partner",
            ),
        ),
        migrations.AddField(
            model_name="supportresourceevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="history",
                related_query_name="history",
                to="portal.supportresource",
            ),
        ),
        migrations.AddIndex(
            model_name="contentaddressevent",
            index=models.Index(fields=["link", "written_at"], name="portal_link_address_history"),
        ),
        migrations.AddIndex(
            model_name="contentaddressevent",
            index=models.Index(fields=["resource", "written_at"], name="portal_res_address_history"),
        ),
        migrations.AddIndex(
            model_name="selfservicelinkevent",
            index=models.Index(fields=["pgh_obj", "written_at"], name="portal_link_history"),
        ),
        migrations.AddIndex(
            model_name="supportresourceevent",
            index=models.Index(fields=["pgh_obj", "written_at"], name="portal_resource_history"),
        ),
        *(migrations.RunSQL(as_it_stands(table), migrations.RunSQL.noop) for table in COLUMNS),
        *(
            migrations.RunSQL(
                f"CREATE POLICY second_wall_select ON portal_{table} FOR SELECT USING ({reads});"
                f"CREATE POLICY second_wall_insert ON portal_{table} FOR INSERT WITH CHECK ({BY_A_TRIGGER});"
                f"ALTER TABLE portal_{table} ENABLE ROW LEVEL SECURITY;",
                f"ALTER TABLE portal_{table} DISABLE ROW LEVEL SECURITY;"
                f"DROP POLICY second_wall_select ON portal_{table};"
                f"DROP POLICY second_wall_insert ON portal_{table};",
            )
            for table, reads in READS.items()
        ),
    ]
