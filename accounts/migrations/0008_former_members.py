"""Who was removed from a customer is remembered by the database itself, whoever removes them and however."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

EVERYTHING = "(SELECT portal_sees_everything())"
WORKS_FOR = "ANY((SELECT portal_works_for())::bigint[])"
BELONGS_TO = "ANY((SELECT portal_belongs_to())::bigint[])"
ROWS = (
    f"{EVERYTHING} OR customer_id = {BELONGS_TO}"
    f" OR customer_id IN (SELECT c.id FROM accounts_customer c WHERE c.partner_id = {WORKS_FOR})"
)

REMEMBER = f"""
CREATE FUNCTION portal_remember_removal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO accounts_formermember (user_id, customer_id, removed_at) VALUES (OLD.user_id, OLD.customer_id, now())
    ON CONFLICT (user_id, customer_id) DO UPDATE SET removed_at = now();
  ELSE
    DELETE FROM accounts_formermember WHERE user_id = NEW.user_id AND customer_id = NEW.customer_id;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER portal_remember_removal AFTER INSERT OR DELETE ON accounts_customermembership
  FOR EACH ROW EXECUTE FUNCTION portal_remember_removal();

CREATE POLICY second_wall_select ON accounts_formermember FOR SELECT USING ({ROWS});
ALTER TABLE accounts_formermember ENABLE ROW LEVEL SECURITY;
"""

FORGET = """
ALTER TABLE accounts_formermember DISABLE ROW LEVEL SECURITY;
DROP POLICY second_wall_select ON accounts_formermember;
DROP TRIGGER portal_remember_removal ON accounts_customermembership;
DROP FUNCTION portal_remember_removal;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_second_wall_of_invitations"),
    ]

    operations = [
        migrations.AlterField(
            model_name="customer",
            name="tenant_may_join",
            field=models.BooleanField(
                default=False,
                help_text="Whoever signs in with Microsoft from this tenant becomes a viewer, without an invitation. People you have removed stay out until somebody adds them again.",
                verbose_name="people of our tenant may join",
            ),
        ),
        migrations.CreateModel(
            name="FormerMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("removed_at", models.DateTimeField(auto_now_add=True)),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="former_members",
                        to="accounts.customer",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="former_memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "former person of a customer",
                "verbose_name_plural": "former people of customers",
                "constraints": [
                    models.UniqueConstraint(fields=("user", "customer"), name="accounts_formermember_once")
                ],
            },
        ),
        migrations.RunSQL(REMEMBER, FORGET),
    ]
