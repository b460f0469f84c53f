"""Pictures that articles show, and whether an article has helped; behind the second wall like what they belong to."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import portal.lib.translated

STAFF = "(SELECT portal_is_staff())"
EVERYTHING = "(SELECT portal_sees_everything())"
SITE = "(SELECT portal_is_site())"
ME = "(SELECT portal_acting())"
WORKS_FOR = "ANY((SELECT portal_works_for())::bigint[])"
BUYS_FROM = "ANY((SELECT portal_buys_from())::bigint[])"
BELONGS_TO = "ANY((SELECT portal_belongs_to())::bigint[])"
MANAGES = "ANY((SELECT portal_manages())::bigint[])"

KEPT = f"{EVERYTHING} OR (partner_id IS NULL AND {STAFF}) OR partner_id = {MANAGES}"
OWN = f"{SITE} OR (user_id = {ME} AND customer_id = {BELONGS_TO})"

# table, command, which rows there are (USING), which rows may be left behind (WITH CHECK)
POLICIES = [
    (
        "picture",
        "SELECT",
        f"partner_id IS NULL OR {STAFF} OR partner_id = {WORKS_FOR} OR partner_id = {BUYS_FROM}",
        "",
    ),
    ("picture", "INSERT", "", KEPT),
    ("picture", "UPDATE", KEPT, KEPT),
    ("picture", "DELETE", KEPT, ""),
    ("articleverdict", "SELECT", f"{EVERYTHING} OR partner_id = {WORKS_FOR} OR customer_id = {BELONGS_TO}", ""),
    ("articleverdict", "INSERT", "", OWN),
    # Who has gone to another customer says it anew from there.
    ("articleverdict", "UPDATE", f"{SITE} OR user_id = {ME}", OWN),
]

COUNT = """
CREATE FUNCTION portal_article_verdicts(resource bigint, since timestamptz, until timestamptz, said boolean)
RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT (portal_is_staff() OR EXISTS (SELECT 1 FROM portal_supportresource r
      WHERE r.id = resource AND r.partner_id = ANY(portal_manages()))) THEN
    RETURN 0;
  END IF;
  RETURN (SELECT count(*) FROM portal_articleverdict
      WHERE resource_id = resource AND helped = said AND said_at >= since AND said_at < until);
END $$;
"""


def create(table: str, command: str, using: str, check: str) -> str:
    """Return the statement that makes a policy."""
    rows = f" USING ({using})" if using else ""
    left = f" WITH CHECK ({check})" if check else ""
    return f"CREATE POLICY second_wall_{command.lower()} ON portal_{table} FOR {command}{rows}{left}"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_name_folded"),
        ("portal", "0008_history_of_content"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="supportresource",
            name="body",
            field=portal.lib.translated.TranslatedField(
                blank=True,
                help_text="Markdown; an empty line begins a paragraph. Without one the resource is only its link.",
                verbose_name="text",
            ),
        ),
        migrations.AlterField(
            model_name="supportresourceevent",
            name="body",
            field=portal.lib.translated.TranslatedField(
                blank=True,
                help_text="Markdown; an empty line begins a paragraph. Without one the resource is only its link.",
                verbose_name="text",
            ),
        ),
        migrations.CreateModel(
            name="ArticleVerdict",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("helped", models.BooleanField(verbose_name="helped")),
                ("said_at", models.DateTimeField(verbose_name="at")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.partner",
                        verbose_name="partner",
                    ),
                ),
                (
                    "resource",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="verdicts",
                        to="portal.supportresource",
                        verbose_name="support resource",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reader",
                    ),
                ),
            ],
            options={
                "verbose_name": "verdict on an article",
                "verbose_name_plural": "verdicts on articles",
                "ordering": ["-said_at", "-pk"],
                "indexes": [
                    models.Index(fields=["resource", "said_at"], name="portal_verdict_resource"),
                    models.Index(fields=["partner", "said_at"], include=("customer",), name="portal_verdict_partner"),
                ],
                "constraints": [models.UniqueConstraint(fields=("user", "resource"), name="portal_verdict_once")],
            },
        ),
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.SlugField(
                        help_text="By which articles name it. Stays the same.", max_length=60, verbose_name="key"
                    ),
                ),
                (
                    "alt",
                    portal.lib.translated.TranslatedField(
                        help_text="In words, for who does not see it; in every language.", verbose_name="what it shows"
                    ),
                ),
                ("content", models.BinaryField()),
                ("content_type", models.CharField(editable=False, max_length=20, verbose_name="type")),
                (
                    "digest",
                    models.CharField(editable=False, help_text="SHA-256 of the content, its address.", max_length=64),
                ),
                ("width", models.PositiveSmallIntegerField(editable=False, verbose_name="width")),
                ("height", models.PositiveSmallIntegerField(editable=False, verbose_name="height")),
                ("size", models.PositiveIntegerField(editable=False, help_text="Bytes.", verbose_name="size")),
                ("added_at", models.DateTimeField(editable=False, verbose_name="added at")),
                (
                    "partner",
                    models.ForeignKey(
                        blank=True,
                        help_text="Whose articles may show it. Empty: all.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.partner",
                        verbose_name="partner",
                    ),
                ),
            ],
            options={
                "verbose_name": "picture",
                "verbose_name_plural": "pictures",
                "ordering": ["key", "pk"],
                "indexes": [models.Index(fields=["digest"], name="portal_picture_digest")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("partner", "key"),
                        name="portal_picture_key",
                        nulls_distinct=False,
                        violation_error_message="There is one with this key already.",
                    )
                ],
            },
        ),
        *(
            migrations.RunSQL(
                create(table, command, using, check), f"DROP POLICY second_wall_{command.lower()} ON portal_{table}"
            )
            for table, command, using, check in POLICIES
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE portal_{table} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE portal_{table} DISABLE ROW LEVEL SECURITY",
            )
            for table in dict.fromkeys(table for table, *_ in POLICIES)
        ),
        # Whoever says it belongs to the partner's customer.
        migrations.RunSQL(
            "ALTER TABLE portal_articleverdict ADD CONSTRAINT portal_verdict_of_partners_customer FOREIGN KEY "
            "(customer_id, partner_id) REFERENCES accounts_customer (id, partner_id) DEFERRABLE INITIALLY IMMEDIATE",
            "ALTER TABLE portal_articleverdict DROP CONSTRAINT portal_verdict_of_partners_customer",
        ),
        migrations.RunSQL(COUNT, "DROP FUNCTION portal_article_verdicts"),
    ]
