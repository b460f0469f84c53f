"""Languages that a partner answers in; its managers keep their partner's row, but neither its name nor its edition."""

import django.contrib.postgres.fields
from django.db import migrations, models

import portal.lib.spoken_languages

GUARD = """
CREATE FUNCTION portal_guard_partner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.name, NEW.edition) IS DISTINCT FROM (OLD.name, OLD.edition) AND NOT portal_is_staff() THEN
    RAISE EXCEPTION 'a partner''s name and edition are the staff''s to change' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER portal_guard_partner BEFORE UPDATE ON accounts_partner
  FOR EACH ROW EXECUTE FUNCTION portal_guard_partner();
"""
NO_GUARD = "DROP TRIGGER portal_guard_partner ON accounts_partner; DROP FUNCTION portal_guard_partner;"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0017_name_folded")]

    operations = [
        migrations.AddField(
            "partner",
            "languages",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=portal.lib.spoken_languages.spoken_languages, max_length=8),
                blank=True,
                db_default=[],
                default=list,
                help_text="In which customers are answered.",
                verbose_name="languages spoken",
            ),
        ),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
