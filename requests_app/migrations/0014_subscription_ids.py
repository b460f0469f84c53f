"""Finding a partner's subscriptions by their IDs in Partner Center. Built without stopping anybody's writing."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("requests_app", "0014_imports")]

    operations = [
        AddIndexConcurrently(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("external_id", ""), _negated=True),
                fields=["partner", "external_id"],
                name="requests_app_sub_external",
            ),
        ),
    ]
