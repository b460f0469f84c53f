"""``migrate`` as the role that owns the tables; afterwards the application may read and write rows, and no more."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import migrate

from portal.lib.database_roles import database_owner, grant_to_application


class Command(migrate.Command):
    help = f"{migrate.Command.help} Runs as the owner of the tables."

    def handle(self, *args: Any, **options: Any) -> None:
        alias = options["database"]
        with database_owner(alias) as connection:
            super().handle(*args, **options)
            if not (options["plan"] or options["check_unapplied"]):
                call_command("createcachetable", settings.CACHE_TABLE, database=alias, verbosity=0)
                grant_to_application(connection, settings.DATABASES[alias]["USER"])
