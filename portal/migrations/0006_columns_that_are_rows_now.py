"""The columns go whose contents are rows."""

from django.db import migrations, models

GONE = ["address_commercial", "address_gcc", "address_gcc_high", "address_dod", "is_published"]


class Migration(migrations.Migration):
    dependencies = [("portal", "0005_fill_addresses")]

    operations = [
        *(migrations.RemoveField(name, column) for name in ("selfservicelink", "supportresource") for column in GONE),
        migrations.RemoveField("selfservicelink", "verified_on"),
        migrations.AlterField(
            "supportresource",
            "verified_on",
            models.DateField(
                blank=True,
                help_text="When its facts were last compared with their source.",
                null=True,
                verbose_name="text verified on",
            ),
        ),
    ]
