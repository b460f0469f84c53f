"""What a request is about, in rows of its own: the product of its subscription; for purchases, of each line's offer.

The database writes it, and into lines when their request came, however a row is inserted: by COPY, in bulk, by the code
of yesterday while a deployment is under way. Rows that are on file are filled in by the next migration, which has the
keys by which a correction of the subscription's or the offer's product follows.
"""

import django.db.models.deletion
from django.db import migrations, models

OF_SUBSCRIPTION = """
CREATE FUNCTION portal_note_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT product_id INTO NEW.product_id FROM requests_app_subscription WHERE id = NEW.subscription_id;
  RETURN NEW;
END $$;

CREATE TRIGGER portal_note_product BEFORE INSERT ON requests_app_subscriptionrequest
  FOR EACH ROW WHEN (NEW.product_id IS NULL AND NEW.subscription_id IS NOT NULL) EXECUTE FUNCTION portal_note_product();
"""

OF_OFFER = """
CREATE FUNCTION portal_note_product_of_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT product_id INTO NEW.product_id FROM requests_app_offer WHERE id = NEW.offer_id;
  SELECT submitted_at INTO NEW.submitted_at FROM requests_app_subscriptionrequest WHERE id = NEW.subscription_request_id;
  RETURN NEW;
END $$;

CREATE TRIGGER portal_note_product_of_line BEFORE INSERT ON requests_app_requestline
  FOR EACH ROW WHEN (NEW.product_id IS NULL OR NEW.submitted_at IS NULL)
  EXECUTE FUNCTION portal_note_product_of_line();
"""


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0016_fill_when_answered")]

    operations = [
        migrations.AddField(
            model_name="subscriptionrequest",
            name="product",
            field=models.ForeignKey(
                db_constraint=False,
                db_default=None,
                db_index=False,
                editable=False,
                help_text="That of its subscription, as it is now. Empty for purchases: see their lines.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="requests_app.product",
                verbose_name="product",
            ),
        ),
        migrations.AddField(
            model_name="requestline",
            name="product",
            field=models.ForeignKey(
                db_constraint=False,
                db_default=None,
                db_index=False,
                editable=False,
                help_text="That of its offer.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="requests_app.product",
                verbose_name="product",
            ),
        ),
        migrations.AddField(
            model_name="requestline",
            name="submitted_at",
            field=models.DateTimeField(
                db_default=None,
                editable=False,
                help_text="When its request was.",
                null=True,
                verbose_name="received at",
            ),
        ),
        migrations.RunSQL(
            OF_SUBSCRIPTION,
            "DROP TRIGGER portal_note_product ON requests_app_subscriptionrequest; DROP FUNCTION portal_note_product",
        ),
        migrations.RunSQL(
            OF_OFFER,
            "DROP TRIGGER portal_note_product_of_line ON requests_app_requestline;"
            " DROP FUNCTION portal_note_product_of_line",
        ),
    ]
