"""Customers are found by the beginning of their names. The table is rewritten: of ten thousand rows in no time."""

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0016_second_wall_of_holidays"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="name_folded",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Lower("name"),
                output_field=models.CharField(max_length=300),
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                fields=["partner", "name_folded"],
                name="accounts_customer_prefix",
                opclasses=["int8_ops", "varchar_pattern_ops"],
            ),
        ),
    ]
