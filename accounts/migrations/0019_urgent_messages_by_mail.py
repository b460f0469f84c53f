"""Whether somebody wants mails about urgent messages. Nobody has said so yet: they get them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0018_languages_of_partners"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="urgent_messages_by_mail",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="They stand in the portal in any case. Mails about your requests are not affected.",
                verbose_name="urgent messages by mail",
            ),
        ),
    ]
