"""Each address of a link or a resource becomes a row of its own, with its source and its confidence; published or not
becomes a draft, and two moments."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

import portal.lib.links


def moments(name):
    """Return the columns that say when something is shown, for a model."""
    return [
        migrations.AddField(
            name,
            "is_draft",
            models.BooleanField(default=False, help_text="Readers do not see a draft.", verbose_name="draft"),
        ),
        migrations.AddField(
            name,
            "publish_from",
            models.DateTimeField(
                blank=True, help_text="In your time zone. Empty: at once.", null=True, verbose_name="published from"
            ),
        ),
        migrations.AddField(
            name,
            "publish_until",
            models.DateTimeField(
                blank=True, help_text="In your time zone. Empty: for good.", null=True, verbose_name="published until"
            ),
        ),
        migrations.AddConstraint(
            name,
            models.CheckConstraint(
                condition=Q(publish_until__gt=F("publish_from")),
                name=f"portal_{name}_ends_after_it_begins",
                violation_error_message="It would end before it begins. Look at the two moments of publishing.",
            ),
        ),
        migrations.RenameField(name, "source", "note"),
        migrations.AlterField(
            name,
            "note",
            models.CharField(
                blank=True,
                help_text="For who keeps this: what is not sure, what was decided.",
                max_length=400,
                verbose_name="note",
            ),
        ),
    ]


WALL = """
CREATE POLICY second_wall_select ON portal_contentaddress FOR SELECT USING (true);
CREATE POLICY second_wall_insert ON portal_contentaddress FOR INSERT WITH CHECK ((SELECT portal_is_staff()));
CREATE POLICY second_wall_update ON portal_contentaddress FOR UPDATE USING ((SELECT portal_is_staff()));
CREATE POLICY second_wall_delete ON portal_contentaddress FOR DELETE USING ((SELECT portal_is_staff()));
ALTER TABLE portal_contentaddress ENABLE ROW LEVEL SECURITY;
"""
NO_WALL = "".join(
    f"DROP POLICY second_wall_{command} ON portal_contentaddress;"
    for command in ("select", "insert", "update", "delete")
)


class Migration(migrations.Migration):
    dependencies = [("portal", "0003_second_wall_of_help")]

    operations = [
        migrations.CreateModel(
            name="ContentAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                        max_length=300,
                        validators=[portal.lib.links.validate_link_template],
                        verbose_name="address",
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
                (
                    "checked_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="checked by the site at"),
                ),
                (
                    "check_result",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("opens", "opens"),
                            ("sign_in", "asks to sign in"),
                            ("moved", "leads to another address"),
                            ("gone", "there is no such page"),
                            ("timeout", "no answer in time"),
                            ("unreachable", "cannot be reached"),
                        ],
                        editable=False,
                        max_length=20,
                        verbose_name="found by the check",
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="addresses",
                        to="portal.selfservicelink",
                        verbose_name="self-service link",
                    ),
                ),
                (
                    "resource",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="addresses",
                        to="portal.supportresource",
                        verbose_name="support resource",
                    ),
                ),
            ],
            options={
                "verbose_name": "address",
                "verbose_name_plural": "addresses",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(link=None, resource__isnull=False) | Q(link__isnull=False, resource=None),
                        name="portal_address_of_one",
                    ),
                    models.UniqueConstraint(fields=["link", "cloud"], name="portal_address_once_a_link"),
                    models.UniqueConstraint(fields=["resource", "cloud"], name="portal_address_once_a_resource"),
                    models.CheckConstraint(
                        condition=Q(checked_at=None, check_result="")
                        | (Q(checked_at__isnull=False) & ~Q(check_result="")),
                        name="portal_address_check_says_what",
                    ),
                ],
            },
        ),
        *moments("selfservicelink"),
        *moments("supportresource"),
        migrations.RunSQL(WALL, NO_WALL),
    ]
