"""When a request was first answered, and by when its window asked for it to be done: what the manager's figures count.

Both are empty in what is on file; the next migration fills them in.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0014_imports")]

    operations = [
        migrations.AddField(
            model_name="subscriptionrequest",
            name="answered_at",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text="When the partner took the first step that the customer sees; see workflow.is_answer.",
                null=True,
                verbose_name="first answered at",
            ),
        ),
        migrations.AddField(
            model_name="subscriptionrequest",
            name="window_closes_at",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text="The closing, without lead time, of the window that was open when it was filed and that "
                "matters for it.",
                null=True,
                verbose_name="window closes at",
            ),
        ),
        AddConstraintNotValid(
            model_name="subscriptionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("answered_at__gte", models.F("submitted_at"))),
                name="requests_app_request_answered",
            ),
        ),
    ]
