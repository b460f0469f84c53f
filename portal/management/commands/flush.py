"""``flush`` as the role that owns the tables: the application cannot truncate them."""

from typing import Any

from django.core.management.commands import flush

from portal.lib.database_roles import database_owner


class Command(flush.Command):
    help = f"{flush.Command.help} Runs as the owner of the tables."

    def handle(self, **options: Any) -> None:
        with database_owner(options["database"]):
            super().handle(**options)
