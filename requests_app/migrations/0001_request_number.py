"""Numbers for requests: short enough to be read out, unique by construction, and telling nobody how many there are.

Multiplying by a number that shares no factor with 10^9 visits every nine-digit number once before any comes again.
"""

from django.db import migrations


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(
            """
            CREATE SEQUENCE request_number AS bigint MINVALUE 1 MAXVALUE 999999999 NO CYCLE;
            CREATE FUNCTION next_request_number() RETURNS varchar LANGUAGE sql VOLATILE
                RETURN 'R-' || lpad((nextval('request_number') * 387420489 % 1000000000)::text, 9, '0');
            """,
            """
            DROP FUNCTION next_request_number();
            DROP SEQUENCE request_number;
            """,
        ),
    ]
