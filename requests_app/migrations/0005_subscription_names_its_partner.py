"""A subscription names its customer's partner: what a partner's people list and filter, and what the wall asks."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_affiliations"),
        ("requests_app", "0004_forms_ask_once_dates_are_plausible"),
    ]

    operations = [
        migrations.AddField(
            model_name="subscription",
            name="partner",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.partner",
                verbose_name="partner",
            ),
        ),
        migrations.RunSQL(
            "UPDATE requests_app_subscription s SET partner_id = c.partner_id"
            " FROM accounts_customer c WHERE c.id = s.customer_id; SET CONSTRAINTS ALL IMMEDIATE",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name="subscription",
            name="partner",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.partner",
                verbose_name="partner",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE requests_app_subscription ADD CONSTRAINT requests_app_subscription_of_partners_customer"
            " FOREIGN KEY (customer_id, partner_id) REFERENCES accounts_customer (id, partner_id)"
            " DEFERRABLE INITIALLY IMMEDIATE",
            "ALTER TABLE requests_app_subscription DROP CONSTRAINT requests_app_subscription_of_partners_customer",
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(fields=["partner", "commitment_end_date", "id"], name="requests_app_sub_partner"),
        ),
    ]
