"""Make the two roles and the database on a PostgreSQL server of one's own."""

from argparse import ArgumentParser
from typing import Any

import environ
import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from portal.lib.database_roles import prepare


class Command(BaseCommand):
    help = (
        "Make the owner's and the application's role and the database, as DATABASE_OWNER_URL and DATABASE_URL name "
        "them, on the server that --admin-url leads to. Safe to repeat."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--admin-url",
            required=True,
            help="postgres://administrator:password@host:port/postgres; used once, not kept",
        )

    def handle(self, *args: Any, **options: Any) -> None:

        application, owner = connections["default"].settings_dict, settings.DATABASE_OWNER
        if settings.CLUSTER is not None or owner is None:
            raise CommandError("Set DATABASE_URL and DATABASE_OWNER_URL first: they name the roles to make.")
        if owner["USER"] == application["USER"]:
            raise CommandError("DATABASE_URL and DATABASE_OWNER_URL must name two different roles.")
        admin = environ.Env.db_url_config(options["admin_url"])
        try:
            connection = psycopg.connect(
                host=admin["HOST"],
                port=admin["PORT"] or 5432,
                user=admin["USER"],
                password=admin["PASSWORD"],
                dbname=admin["NAME"] or "postgres",
                autocommit=True,
            )
        except psycopg.OperationalError as error:
            raise CommandError(f"No connection with --admin-url: {error}") from error
        with connection:
            prepare(
                connection,
                database=application["NAME"],
                owner=owner["USER"],
                owner_password=owner["PASSWORD"],
                app=application["USER"],
                app_password=application["PASSWORD"],
            )
        self.stdout.write(self.style.SUCCESS("Roles and database are there. Next: manage.py migrate"))
