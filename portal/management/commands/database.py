"""The embedded PostgreSQL by hand: for a development server, for psql, for starting afresh."""

from argparse import ArgumentParser
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.lib import embedded_postgres
from portal.lib.embedded_postgres import PURPOSES, Cluster, EmbeddedPostgresError, cluster_for


class Command(BaseCommand):
    help = (
        "Start, stop, show or reset the embedded PostgreSQL of this checkout. `start` keeps it running until `stop`; "
        "`url` prints an address for psql; `reset` deletes the data, `remove` those of both purposes."
    )
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status", "url", "reset", "remove"])
        parser.add_argument("--purpose", choices=PURPOSES, default="demo")
        parser.add_argument("--user", default="portal_app", help="the role that `url` names (portal_app)")

    def handle(self, *args: Any, **options: Any) -> None:
        cluster = cluster_for(settings.BASE_DIR, options["purpose"])
        try:
            getattr(self, options["action"])(cluster, options["user"])
        except EmbeddedPostgresError as error:
            raise CommandError(str(error)) from error

    def start(self, cluster: Cluster, _: str) -> None:
        """Start the server and let it run on after this command."""
        durable = not cluster.is_disposable
        started = embedded_postgres.start(cluster, durable=durable, report=self.stdout.write)
        embedded_postgres.keep(cluster)
        self.stdout.write("PostgreSQL has been started." if started else "PostgreSQL was running already.")
        self.stdout.write(f"Its data are in {cluster.data_dir}")

    def stop(self, cluster: Cluster, _: str) -> None:
        """Stop the server in order."""
        stopped = embedded_postgres.stop(cluster, report=self.stdout.write)
        self.stdout.write("PostgreSQL has been stopped." if stopped else "PostgreSQL was not running.")

    def status(self, cluster: Cluster, _: str) -> None:
        """Say whether the server runs, and where everything is."""
        self.stdout.write("running" if embedded_postgres.is_running(cluster) else "not running")
        self.stdout.write(f"data:    {cluster.data_dir}")
        self.stdout.write(f"log:     {cluster.log_file}")
        self.stdout.write(f"socket:  {cluster.socket_dir}")
        self.stdout.write(f"account: {cluster.account or 'your own'}")

    def url(self, cluster: Cluster, user: str) -> None:
        """Print an address that psql and libpq understand."""
        connection = cluster.django_settings(user)
        host = quote(connection["HOST"], safe="")
        self.stdout.write(f"postgresql://{quote(user)}@{host}:{connection['PORT']}/{connection['NAME']}")

    def reset(self, cluster: Cluster, _: str) -> None:
        """Stop the server and delete its data."""
        embedded_postgres.reset(cluster, report=self.stdout.write)
        self.stdout.write(f"{cluster.data_dir} is gone.")

    def remove(self, *_: Any) -> None:
        """Stop the servers of both purposes and delete everything that was kept for them."""
        embedded_postgres.remove(settings.BASE_DIR, report=self.stdout.write)
        self.stdout.write("The databases of this folder are gone.")
