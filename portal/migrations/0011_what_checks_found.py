"""Why an address cannot be reached, with which status it answered, and where it leads, as a check has found it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0010_texts_become_markdown"),
    ]

    operations = [
        migrations.AddField(
            model_name="contentaddress",
            name="check_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("name", "its name is not known (DNS)"),
                    ("private", "it leads into a private network"),
                    ("connection", "there is no connection"),
                    ("certificate", "its certificate does not hold (TLS)"),
                    ("answer", "the answer makes no sense"),
                    ("redirects", "it leads on and on"),
                    ("insecure", "it leads to an address without https"),
                ],
                editable=False,
                max_length=20,
                verbose_name="why it cannot be reached",
            ),
        ),
        migrations.AddField(
            model_name="contentaddress",
            name="check_status",
            field=models.PositiveSmallIntegerField(
                blank=True, editable=False, null=True, verbose_name="status of the answer"
            ),
        ),
        migrations.AddField(
            model_name="contentaddress",
            name="leads_to",
            field=models.CharField(blank=True, editable=False, max_length=1000, verbose_name="leads to"),
        ),
        migrations.AddConstraint(
            model_name="contentaddress",
            constraint=models.CheckConstraint(
                condition=models.Q(("leads_to", ""), ("check_result", "moved"), _connector="OR"),
                name="portal_address_leads_on_where_it_moved",
            ),
        ),
        migrations.AddConstraint(
            model_name="contentaddress",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("check_reason", ""), ("check_status", None)),
                    models.Q(("check_result", ""), _negated=True),
                    _connector="OR",
                ),
                name="portal_address_unchecked_says_nothing",
            ),
        ),
    ]
