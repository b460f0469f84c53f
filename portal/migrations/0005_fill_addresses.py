"""What stood in columns is written into rows: a migration of its own, so that no table is changed and filled at once."""

import re

from django.db import migrations

CLOUDS = {"commercial": "Commercial", "gcc": "GCC", "gcc_high": "GCC High", "dod": "DoD"}
NAMED = re.compile(r"(Commercial|GCC High|GCC|DoD) ([HML])\b")


def columns_to_rows(apps, schema_editor):
    """Give each address the source of its text. Its confidence is what the source says, else medium; low without one."""
    address = apps.get_model("portal", "ContentAddress")
    for owner, model in (("link", "SelfServiceLink"), ("resource", "SupportResource")):
        for row in apps.get_model("portal", model).objects.all():
            named = dict(NAMED.findall(row.note))
            known = {cloud: getattr(row, f"address_{cloud}") for cloud in CLOUDS if getattr(row, f"address_{cloud}")}
            for cloud, text in known.items():
                address.objects.create(
                    **{owner: row},
                    cloud=cloud,
                    address=text,
                    source=row.note,
                    confidence=named.get(CLOUDS[cloud], "M" if row.note else "L"),
                    verified_on=row.verified_on,
                )
            row.is_draft = not row.is_published
            if owner == "link" and not known and row.verified_on:
                row.note = f"{row.note} Verified on {row.verified_on}.".strip()
            row.save()


def rows_to_columns(apps, schema_editor):
    """Keep the addresses, the first of the sources and the oldest of the dates."""
    for model in ("SelfServiceLink", "SupportResource"):
        for row in apps.get_model("portal", model).objects.prefetch_related("addresses"):
            known = sorted(row.addresses.all(), key=lambda one: list(CLOUDS).index(one.cloud))
            for one in known:
                setattr(row, f"address_{one.cloud}", one.address)
            dates = [one.verified_on for one in known if one.verified_on]
            row.verified_on = row.verified_on or min(dates, default=None)
            row.note = row.note or next((one.source for one in known if one.source), "")
            row.is_published = not row.is_draft
            row.save()


class Migration(migrations.Migration):
    dependencies = [("portal", "0004_addresses_are_rows")]

    operations = [migrations.RunPython(columns_to_rows, rows_to_columns)]
